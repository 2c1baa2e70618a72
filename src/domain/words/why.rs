//! Why a conversation went to whom it went: the stored decision in words.

use super::owner::{is, reasons, strategy, strategy_name};
use super::span;
use crate::domain::conversation::Conversation;
use crate::domain::decision::Inputs;
use crate::domain::ids::Time;
use crate::domain::markup::{Block, Inline, Markup};
use crate::domain::roster::Standing;
use crate::domain::routing::{By, Candidate, Choice, Exclusion, Preference, Request, Wait};

/// How many candidates `/why` names.
const NAMED: usize = 10;

/// `/why`
#[must_use]
pub fn why(
    conversation: &Conversation,
    inputs: &Inputs,
    choice: &Choice,
    (version, at): (&str, Time),
    now: Time,
) -> Markup {
    let mut blocks = Vec::new();
    let mut line = |text: String| blocks.push(Block::Line(vec![Inline::Text(text)]));
    line(format!("#{} {}", conversation.id, outcome(inputs, choice)));
    line(rule(inputs));
    line(asked(&inputs.request));
    if let Choice::Chosen { by, .. } = choice {
        line(format!("Decided by: {}.", decided(*by, &inputs.request)));
    }
    let mut people: Vec<&Candidate> = inputs.slate.candidates.iter().collect();
    let chosen = |c: &Candidate| matches!(choice, Choice::Chosen { agent, .. } if *agent == c.agent);
    people.sort_by_key(|c| (!chosen(c), inputs.request.excludes(c)));
    blocks.extend(people.iter().take(NAMED).map(|c| candidate(c, &inputs.request, chosen(c), at)));
    let others = others(inputs, people.get(NAMED..).unwrap_or_default());
    if !others.is_empty() {
        blocks.push(Block::Line(vec![Inline::Text(format!("Besides: {others}."))]));
    }
    let ago = span(now.since(at));
    blocks.push(Block::Line(vec![Inline::Text(format!("Decided {ago} ago, by configuration {version}."))]));
    Markup(blocks)
}

fn outcome(inputs: &Inputs, choice: &Choice) -> String {
    match choice {
        Choice::Chosen { agent, able, .. } => {
            let name =
                inputs.slate.candidates.iter().find(|c| c.agent == *agent).map_or("somebody", |c| c.name.as_str());
            let of = if *able == 1 { "the only one who could".to_owned() } else { format!("one of {able} who could") };
            format!("went to {name}, {of}.")
        }
        Choice::Waits { why: Wait::Manual } => {
            format!("waits to be claimed: the team {} takes its conversations by hand.", inputs.request.team)
        }
        Choice::Waits { why } => format!("waits for a person: {}.", waits(*why)),
        Choice::Nobody { kept_out } => {
            let reasons = reasons(kept_out);
            let why = if reasons.is_empty() { "nobody is in the team".to_owned() } else { reasons };
            format!("found nobody: {why}.")
        }
    }
}

fn waits(why: Wait) -> &'static str {
    match why {
        Wait::Vip => "the customer is a VIP",
        Wait::Urgent => "it is urgent",
        Wait::Rule => "the rule says so",
        Wait::Manual => "the team takes everything by hand",
        Wait::Lapsed => "it lapsed too often",
    }
}

fn rule(inputs: &Inputs) -> String {
    match (inputs.rule, inputs.arrival.is_some()) {
        (Some(index), _) => {
            let because = if inputs.matched.is_empty() { String::new() } else { format!(": {}", inputs.matched) };
            format!("Rule {} “{}”{because}.", index + 1, inputs.rule_name)
        }
        (None, true) => "No rule matched; the number's own team has it.".to_owned(),
        (None, false) if inputs.rule_name.is_empty() => "It was in the queue already.".to_owned(),
        (None, false) => format!("It was in the queue already, by rule “{}”.", inputs.rule_name),
    }
}

fn asked(request: &Request) -> String {
    let skills = match (request.skills.is_empty(), request.relaxed) {
        (true, _) => String::new(),
        (false, false) => format!(", with {}", request.skills.join(" and ")),
        (false, true) => format!(", {} no longer asked for", request.skills.join(" and ")),
    };
    format!("Team {}, {}{skills}.", request.team, strategy_name(request.strategy))
}

fn decided(by: By, request: &Request) -> String {
    match by {
        By::Preference(Preference::Account) => "named for this customer".to_owned(),
        By::Preference(Preference::LastOwner) => "had this customer last".to_owned(),
        By::Only => "nobody else could".to_owned(),
        By::Level => format!("the best at {}", request.skills.join(" and ")),
        By::Strategy => strategy(request.strategy).to_owned(),
        By::LongestSince => {
            format!("alike by {}, so who was longest without a new one", strategy_name(request.strategy))
        }
        By::Id => "nothing told them apart, so who came to the team first".to_owned(),
    }
}

fn candidate(candidate: &Candidate, request: &Request, chosen: bool, at: Time) -> Block {
    let level = if request.skills.is_empty() || candidate.level == 0 {
        String::new()
    } else {
        format!(", level {}", candidate.level)
    };
    let idle = match (candidate.load, candidate.idle_since.some(), candidate.assigned_at.some()) {
        (0, Some(since), _) => format!(", idle {}", span(at.since(since))),
        (0, None, _) => ", nothing so far".to_owned(),
        (_, _, Some(last)) => format!(", last one {} ago", span(at.since(last))),
        (_, _, None) => String::new(),
    };
    let why_not = match request.excludes(candidate) {
        None if chosen => " ← chosen".to_owned(),
        None => String::new(),
        Some(Exclusion::Spent) => ": let it lapse or gave it back".to_owned(),
        Some(Exclusion::Unskilled) => ": lacks the skill".to_owned(),
        Some(Exclusion::Standing(Standing::Full)) => ": full".to_owned(),
        Some(Exclusion::Standing(standing)) => format!(": {}", is(standing)),
    };
    let text = format!(" {} of {}{level}{idle}{why_not}", candidate.load, candidate.capacity);
    let name = Inline::Bold(vec![Inline::Text(candidate.name.clone())]);
    Block::Item { number: None, text: vec![name, Inline::Text(text)] }
}

/// Those who are not named: how many could, and how many could not for what.
fn others(inputs: &Inputs, unnamed: &[&Candidate]) -> String {
    let mut counts = inputs.slate.beyond.clone();
    for candidate in unnamed.iter().filter(|c| c.member) {
        let out = inputs.request.excludes(candidate);
        match counts.iter_mut().find(|(known, _)| *known == out) {
            Some((_, n)) => *n += 1,
            None => counts.push((out, 1)),
        }
    }
    counts.sort_unstable();
    let able: i64 = counts.iter().filter(|(out, _)| out.is_none()).map(|(_, n)| n).sum();
    let able = (able > 0).then(|| format!("{able} more who could"));
    let out: Vec<(Exclusion, i64)> = counts.iter().filter_map(|(out, n)| Some(((*out)?, *n))).collect();
    let out = Some(reasons(&out)).filter(|reasons| !reasons.is_empty());
    able.into_iter().chain(out).collect::<Vec<_>>().join(", ")
}

/// No decision is known for a conversation.
#[must_use]
pub fn no_decision(conversation: &Conversation) -> Markup {
    if conversation.last_inbound_at == Time::NEVER {
        let id = conversation.id;
        return Markup::plain(&format!("#{id} was begun by one of you and is theirs: nobody was picked for it."));
    }
    Markup::plain(&format!(
        "#{} was not given to anybody by a rule: the team {} takes its conversations by hand. /whois tells who owns it.",
        conversation.id, conversation.team
    ))
}
