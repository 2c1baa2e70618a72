//! Baton runs a team's WhatsApp customers from inside its own team chat.

pub mod app;
pub mod clock;
pub mod config;
pub mod crash;
pub mod delivery;
pub mod desk;
pub mod discord;
pub mod domain;
pub mod intake;
pub mod links;
pub mod metrics;
pub mod playground;
pub mod port;
pub mod scheduler;
pub mod secret;
pub mod store;
pub mod web;
pub mod whatsapp;
