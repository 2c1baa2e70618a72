//! Who carries what, and what nobody does.

use super::card::times;
use super::chart::load_picture;
use super::owner::is;
use super::roughly;
use crate::domain::card::{Labelled, Style};
use crate::domain::event::Button;
use crate::domain::ids::Time;
use crate::domain::markup::{Block, Inline, Markup};
use crate::domain::name;
use crate::domain::reply::Reply;
use crate::domain::report::{Burden, Carried, Listed, Load, Unowned};
use crate::domain::roster::{Priority, Standing};

/// How many characters a bar has.
const BAR: i64 = 10;

/// `/unassigned`
#[must_use]
pub fn unassigned(teams: &[Unowned], now: Time) -> Reply {
    let mut blocks = Vec::new();
    let mut buttons = Vec::new();
    for team in teams {
        if team.count == 0 {
            blocks.push(heading(&team.team, "nobody is waiting for an owner."));
            continue;
        }
        let shown = i64::try_from(team.listed.len()).unwrap_or_default();
        let which = match (team.before, team.count > shown) {
            (_, false) => String::new(),
            (before, true) => format!(", {} to {} of them here", before + 1, before + shown),
        };
        blocks.push(heading(&team.team, &format!("{} without an owner{which}.", team.count)));
        blocks.extend(team.listed.iter().map(|one| item(one, now)));
        if team.before + shown < team.count && shown > 0 {
            let next = (team.before + shown) / shown + 1;
            blocks.push(line(format!("More: /unassigned {} {next}", team.team)));
        }
        buttons.extend(team.listed.iter().map(|one| Labelled {
            label: format!("Claim #{}", one.id),
            button: Button::Claim(one.id),
            style: Style::Secondary,
        }));
    }
    buttons.truncate(10);
    Reply::of(Markup(blocks)).with(buttons)
}

/// `/mine`
#[must_use]
pub fn mine(owned: &[Listed], load: i64, now: Time) -> Reply {
    let mut blocks = vec![match load {
        0 => line("You own nothing, and nobody waits for you.".to_owned()),
        1 => line("You own one conversation.".to_owned()),
        n => line(format!("You own {n} conversations.")),
    }];
    blocks.extend(owned.iter().map(|one| item(one, now)));
    Reply::of(Markup(blocks))
}

/// `/load`
#[must_use]
pub fn load(teams: &[Load], now: Time) -> Reply {
    let mut blocks = Vec::new();
    for team in teams {
        let (open, may) = team.members.iter().fold((0, 0), |(open, may), m| (open + m.load, may + m.capacity));
        let waits = waits(team.members.iter().map(|m| m.waiting).sum());
        let unowned = match team.unowned {
            0 => String::new(),
            n => format!(" {n} without an owner: /unassigned {}.", team.team),
        };
        if team.members.is_empty() {
            blocks.push(heading(&team.team, &format!("nobody is in it.{unowned}")));
            continue;
        }
        blocks.push(heading(&team.team, &format!("{open} of {may} places taken, {waits}.{unowned}")));
        blocks.push(Block::Code(table(&team.members, Some(now))));
        if team.more > 0 {
            blocks.push(line(format!("And {} more.", team.more)));
        }
    }
    let reply = Reply::of(Markup(blocks));
    match load_picture(teams, now) {
        Some(picture) => reply.enclosing(picture),
        None => reply,
    }
}

/// `/load @ana`
#[must_use]
pub fn load_of(burden: &Burden, now: Time) -> Reply {
    let Burden { name, teams, standing, load, capacity, waiting, owned } = burden;
    let teams = if teams.is_empty() { "in no team".to_owned() } else { teams.join(", ") };
    let waits = waits(*waiting);
    let stands = match standing {
        Standing::Ready => "can take more",
        other => is(*other),
    };
    let text = format!(" ({teams}): {load} of {capacity} places taken, {waits}. {name} {stands}.");
    let mut blocks = vec![Block::Line(vec![Inline::Bold(vec![Inline::Text(name.clone())]), Inline::Text(text)])];
    blocks.extend(owned.iter().map(|one| item(one, now)));
    let more = load - i64::try_from(owned.len()).unwrap_or_default();
    if more > 0 {
        blocks.push(line(format!("And {more} more.")));
    }
    Reply::of(Markup(blocks))
}

pub(super) fn waits(customers: i64) -> String {
    match customers {
        0 => "nobody is waiting for them".to_owned(),
        1 => "one customer waits for them".to_owned(),
        n => format!("{n} customers wait for them"),
    }
}

fn line(text: String) -> Block {
    Block::Line(vec![Inline::Text(text)])
}

fn heading(team: &str, text: &str) -> Block {
    Block::Line(vec![Inline::Bold(vec![Inline::Text(team.to_owned())]), Inline::Text(format!(": {text}"))])
}

fn item(one: &Listed, now: Time) -> Block {
    let mut said = Vec::new();
    match one.waiting_since.some() {
        Some(since) => said.push(format!("waits {}", roughly(now.since(since)))),
        None => said.push("answered".to_owned()),
    }
    match one.due_at.some() {
        Some(due) if due > now => said.push(format!("answer due in {}", roughly(due.since(now)))),
        Some(due) => said.push(format!("answer {} late", roughly(now.since(due)))),
        None => {}
    }
    if one.nudges > 0 {
        said.push(format!("wrote again {}", times(one.nudges)));
    }
    if one.priority != Priority::Normal {
        said.push(one.priority.as_str().to_owned());
    }
    let name = format!("#{} {}", one.id, one.customer);
    Block::Item {
        number: None,
        text: vec![
            Inline::Thread { thread: one.thread.clone(), text: name },
            Inline::Text(format!(" {}", said.join(", "))),
        ],
    }
}

/// Everybody in a line of their own, in columns; with how long things last as of now, where that is told.
pub(super) fn table(members: &[Carried], now: Option<Time>) -> String {
    let width = members.iter().map(|m| short(&m.name).chars().count()).max().unwrap_or(0);
    let rows = members.iter().map(|m| {
        let filled = if m.capacity > 0 { (m.load * BAR + m.capacity / 2) / m.capacity } else { 0 }.clamp(0, BAR);
        let bar: String = (0..BAR).map(|nth| if nth < filled { '█' } else { '░' }).collect();
        let mut said = Vec::new();
        match now {
            _ if m.waiting == 0 => {}
            None => said.push(format!("{} waiting", m.waiting)),
            Some(now) => said.push(format!("{} waiting, {}", m.waiting, roughly(now.since(m.oldest)))),
        }
        match (m.due.some(), now) {
            (Some(due), Some(now)) if due > now => said.push(format!("due in {}", roughly(due.since(now)))),
            (Some(due), Some(now)) => said.push(format!("{} late", roughly(now.since(due)))),
            _ => {}
        }
        if !m.there.is_empty() {
            said.push(m.there.clone());
        }
        let name = short(&m.name);
        let pad = " ".repeat(width.saturating_sub(name.chars().count()));
        format!("{name}{pad}  {bar} {:>2}/{:<2} {}", m.load, m.capacity, said.join(", ")).trim_end().to_owned()
    });
    rows.collect::<Vec<_>>().join("\n")
}

fn short(text: &str) -> String {
    name::preview(text, 16)
}

/// There is no team of this name.
#[must_use]
pub fn no_such_team(named: &str, known: &[&str]) -> String {
    format!("There is no team {named}. There is {}.", known.join(", "))
}
