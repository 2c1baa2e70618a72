//! The integration tests, one binary.

mod discord_gateway;
mod discord_markup;
mod discord_pace;
mod discord_perform;
