//! One binary for everything that goes through a real door.

#![expect(unreachable_pub, reason = "one crate, in which modules share what they need")]

mod discord_markup;
mod house;
mod migrations;
mod playground_discord;
mod playground_meta;
mod scenarios;
mod store;
mod world;
