//! One binary for everything that goes through a real door.

#![expect(unreachable_pub, reason = "one crate, in which modules share what they need")]

mod crash;
mod discord_markup;
mod faults;
mod house;
mod kill;
mod ledger;
mod migrations;
mod playground_discord;
mod playground_meta;
mod process;
mod scenarios;
mod store;
mod world;
