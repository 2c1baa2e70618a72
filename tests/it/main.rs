//! The integration tests, one binary.

mod playground_discord;
