//! Baton runs a team's WhatsApp customers from inside its own team chat.

pub mod discord;
pub mod domain;
pub mod playground;
pub mod port;
pub mod secret;
