//! One binary for everything that goes through a real door.

mod discord_markup;
mod playground_discord;
mod playground_meta;
