//! One binary for everything that goes through a real door.

#![expect(unreachable_pub, reason = "one crate, in which modules share what they need")]

mod scenarios;
mod specs;
mod world;
