//! One binary for every test.

mod discord_markup;
