//! One test binary.

mod whatsapp_errors;
mod whatsapp_fetch;
mod whatsapp_markup;
mod whatsapp_send;
mod whatsapp_signature;
mod whatsapp_split;
mod whatsapp_support;
mod whatsapp_translate;
