//! One test binary for everything that goes through a real door.

mod playground_discord;
mod playground_meta;
