//! The application's commands in the guild.

use std::collections::HashSet;

use serde_json::Value;

use super::super::commands::{check, kind};
use super::super::refusal::{self, Refusal};
use super::super::world::{Command, World};
use super::guilds::known;
use super::{Answer, Call, Reply};

/// A guild takes 200 new commands a day from one application.
const CREATES_PER_DAY: usize = 200;
const DAY_MS: u64 = 86_400_000;

fn own(world: &World, application: u64, guild: u64) -> Result<(), Refusal> {
    if application != world.bot {
        return Err(refusal::UNKNOWN_APPLICATION.blame("another application's commands"));
    }
    known(world, guild)
}

pub(super) fn list(world: &World, application: u64, guild: u64) -> Answer {
    own(world, application, guild)?;
    Reply::ok(world.commands.iter().map(|c| world.command_json(c)).collect())
}

pub(super) fn set(world: &mut World, call: &Call<'_>, application: u64, guild: u64) -> Answer {
    own(world, application, guild)?;
    let mut form = call.form();
    let Value::Array(bodies) = call.body() else {
        return Err(refusal::INVALID_FORM.blame("a list of commands is expected").into());
    };
    let mut names = HashSet::new();
    for (b, body) in bodies.iter().enumerate() {
        check(&mut form, body, &format!("{b}."));
        if !names.insert((kind(body), body["name"].as_str().unwrap_or_default())) {
            let message = "Application command names must be unique";
            form.error(format_args!("{b}"), "APPLICATION_COMMANDS_DUPLICATE_NAME", message);
        }
    }
    for (of, most) in [(1, 100), (2, 15), (3, 15)] {
        if bodies.iter().filter(|b| kind(b) == of).count() > most {
            let message = format!("Maximum number of commands of type {of} reached ({most}).");
            form.error(format_args!("commands"), "APPLICATION_COMMANDS_MAX", &message);
        }
    }
    form.finish()?;
    let mut next = Vec::with_capacity(bodies.len());
    for body in bodies {
        next.push(stored(world, body)?);
    }
    world.commands = next;
    world.tick();
    list(world, application, guild)
}

pub(super) fn create(world: &mut World, call: &Call<'_>, application: u64, guild: u64) -> Answer {
    own(world, application, guild)?;
    let mut form = call.form();
    check(&mut form, call.body(), "");
    form.finish()?;
    let new = stored(world, call.body())?;
    let body = world.command_json(&new);
    let known = world.commands.iter().position(|c| c.id == new.id);
    match known {
        Some(at) => world.commands[at] = new,
        None => world.commands.push(new),
    }
    world.tick();
    if known.is_some() { Reply::ok(body) } else { Reply::created(body) }
}

pub(super) fn delete(world: &mut World, application: u64, guild: u64, command: u64) -> Answer {
    own(world, application, guild)?;
    let before = world.commands.len();
    world.commands.retain(|c| c.id != command);
    if world.commands.len() == before {
        return Err(refusal::UNKNOWN_COMMAND.into());
    }
    world.tick();
    Reply::nothing()
}

/// The command as it will be kept: one of the same name and type keeps its id, a new one counts against the day.
fn stored(world: &mut World, body: &Value) -> Result<Command, Refusal> {
    let same = |c: &&Command| c.body["name"] == body["name"] && kind(&c.body) == kind(body);
    let now = world.now_ms();
    match world.commands.iter().find(same) {
        Some(known) if known.body == *body => Ok(known.clone()),
        Some(known) => {
            let id = known.id;
            Ok(Command { id, version: world.new_id(), body: body.clone() })
        }
        None => {
            world.command_creates.retain(|at| at + DAY_MS > now);
            if world.command_creates.len() >= CREATES_PER_DAY {
                return Err(refusal::TOO_MANY_COMMANDS);
            }
            world.command_creates.push_back(now);
            let id = world.new_id();
            Ok(Command { id, version: id, body: body.clone() })
        }
    }
}
