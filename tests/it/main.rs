//! One binary for everything that goes through a real door.

#![expect(unreachable_pub, reason = "one crate, in which modules share what they need")]

mod browser;
mod command_line;
mod config;
mod crash;
mod crash_move;
mod dependencies;
mod discord_files;
mod discord_gateway;
mod discord_markup;
mod discord_members;
mod discord_pace;
mod discord_perform;
mod discord_suggest;
mod faults;
mod house;
mod kill;
mod ledger;
mod migrations;
mod page;
mod page_suggest;
mod playground_discord;
mod playground_discord_files;
mod playground_discord_members;
mod playground_discord_suggest;
mod playground_meta;
mod playground_telegram;
mod process;
mod races;
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
mod whatsapp_templates;
mod whatsapp_translate;
mod world;
