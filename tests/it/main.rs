//! One binary for everything that goes through a real door.

#![expect(unreachable_pub, reason = "one crate, in which modules share what they need")]

mod browser;
mod crash;
mod dependencies;
mod discord_gateway;
mod discord_markup;
mod discord_pace;
mod discord_perform;
mod faults;
mod house;
mod kill;
mod ledger;
mod migrations;
mod page;
mod playground_discord;
mod playground_meta;
mod process;
mod scenarios;
mod specs;
mod store;
mod whatsapp_errors;
mod whatsapp_fetch;
mod whatsapp_markup;
mod whatsapp_send;
mod whatsapp_signature;
mod whatsapp_split;
mod whatsapp_support;
mod whatsapp_translate;
mod world;
