//! `baton report`: how a period went, on the terminal and as tables for a spreadsheet. It only reads, beside a Baton that may
//! be running, and nobody waits for it.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;

use super::policy;
use crate::chart;
use crate::config::Config;
use crate::desk::policy::Policy;
use crate::desk::stats::{self, Whom};
use crate::domain::ids::{AgentId, ConversationId, Time};
use crate::domain::period::Period;
use crate::domain::stats::{Measured, Stats};
use crate::domain::targets::Kind;
use crate::domain::words;
use crate::store::{Store, Tx, agent, table};

/// How many conversations are read at once.
const AT_ONCE: i64 = 500;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// A team; every team when not given.
    pub team: Option<String>,
    /// A person, by their name in the configuration or the workspace.
    pub agent: Option<String>,
    /// Which days, as people type them; the last seven when empty.
    pub period: String,
    /// A file for one row per conversation.
    pub csv: Option<PathBuf>,
    /// A folder for the report, `conversations.csv`, `days.csv` and pictures.
    pub out: Option<PathBuf>,
}

/// Writes the tables that are asked for, and gives the report as text.
///
/// # Errors
/// When the period, team or person is none, a file cannot be written, or the database refuses.
pub async fn report(store: &Store, config: &Config, asked: &Asked, now: Time) -> anyhow::Result<String> {
    let policy = policy::policy(config)?;
    let period = Period::parse(&asked.period, now, policy.zone)?;
    let mut tx = store.begin_to_read().await?;
    let whom = whom(&mut tx, &policy, asked).await?;
    let stats = stats::of(&mut tx, &policy, &whom, period).await?;
    let text = words::stats(&stats, policy.zone).to_plain() + "\n";
    let out = |name: &str| asked.out.as_ref().map(|folder| folder.join(name));
    if let Some(folder) = &asked.out {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    for path in asked.csv.iter().cloned().chain(out("conversations.csv")) {
        conversations(&mut tx, &policy, (&whom, period), &path).await?;
    }
    if let Some(folder) = &asked.out {
        let mut days = Vec::new();
        for day in period.days(policy.zone) {
            days.push((day.first, stats::of(&mut tx, &policy, &whom, day).await?));
        }
        table_of(&days, &folder.join("days.csv"))?;
        for (name, chart) in words::courses(&days) {
            let path = folder.join(name).with_extension("svg");
            std::fs::write(&path, chart::svg(&chart)?)
                .with_context(|| format!("{} cannot be written", path.display()))?;
        }
    }
    if let Some(path) = out("report.txt") {
        std::fs::write(&path, &text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    tx.undo().await;
    Ok(text)
}

async fn whom(tx: &mut Tx, policy: &Policy, asked: &Asked) -> anyhow::Result<Whom> {
    if let Some(named) = &asked.team {
        let team = policy.teams.keys().find(|team| team.eq_ignore_ascii_case(named));
        let known = policy.teams.keys().cloned().collect::<Vec<_>>().join(", ");
        let Some(team) = team else { bail!("there is no team {named}: there is {known}") };
        return Ok(Whom::Team(team.clone()));
    }
    let Some(named) = &asked.agent else { return Ok(Whom::Everybody) };
    let bare = named.trim_start_matches('@').to_lowercase();
    let found = agent::by_name(tx, std::slice::from_ref(&bare)).await?;
    let keyed = found.iter().find(|agent| agent.key == bare);
    match (keyed, found.as_slice()) {
        (Some(agent), _) | (None, [agent]) => Ok(Whom::Agent(agent.id)),
        (None, []) => bail!("nobody is called {named}: give a name of [[agents]] or of the workspace"),
        (None, several) => bail!("{} people are called {named}: give a name of [[agents]]", several.len()),
    }
}

/// One row for each conversation that began in the period; nothing in it says who a customer is.
async fn conversations(
    tx: &mut Tx,
    policy: &Policy,
    (whom, period): (&Whom, Period),
    path: &Path,
) -> anyhow::Result<()> {
    let mut file = Table::create(
        path,
        &[
            "conversation",
            "team",
            "opened",
            "first_owner",
            "owner_after_s",
            "first_answer_by",
            "first_answer_after_s",
            "later_answers",
            "later_answers_mean_s",
            "end_after_s",
            "wrote_again",
            "slips",
            "state",
            "ended",
            "closed_by",
            "owner",
        ],
    )?;
    let (team, one) = match whom {
        Whom::Everybody => ("", AgentId::NOBODY),
        Whom::Team(team) => (team.as_str(), AgentId::NOBODY),
        Whom::Agent(agent) => ("", *agent),
    };
    let mut known: BTreeMap<AgentId, String> = BTreeMap::from([(AgentId::NOBODY, String::new())]);
    let mut after = (Time::NEVER, ConversationId(0));
    loop {
        let rows = table::of_period(tx, (period, team, one), after, AT_ONCE).await?;
        let Some(last) = rows.last() else { break };
        after = (Time(last.opened_at), ConversationId(last.id));
        let people = rows.iter().flat_map(|r| [r.first_owner, r.first_by, r.closed_by, r.owner]).map(AgentId);
        let unknown: Vec<AgentId> = people.filter(|id| !known.contains_key(id)).collect();
        for found in agent::by_id(tx, &unknown).await? {
            known.insert(found.id, found.name);
        }
        let name = |id: i64| known.get(&AgentId(id)).map_or("somebody", String::as_str);
        for row in &rows {
            file.row(&[
                row.id.to_string(),
                row.team.clone(),
                moment(row.opened_at, policy.zone),
                name(row.first_owner).to_owned(),
                seconds(row.assign_ms),
                name(row.first_by).to_owned(),
                seconds(row.first_ms),
                row.next_n.to_string(),
                seconds(if row.next_n > 0 { row.next_ms / row.next_n } else { -1 }),
                seconds(row.resolve_ms),
                row.nudges.to_string(),
                row.slips.to_string(),
                row.state.clone(),
                moment(row.ended_at, policy.zone),
                name(row.closed_by).to_owned(),
                name(row.owner).to_owned(),
            ])?;
        }
    }
    file.finish()
}

/// One row for each day.
fn table_of(days: &[(NaiveDate, Stats)], path: &Path) -> anyhow::Result<()> {
    let mut file = Table::create(
        path,
        &[
            "day",
            "begun",
            "closed",
            "owners",
            "owner_p50_s",
            "first_answers",
            "first_answer_p50_s",
            "first_answer_p90_s",
            "first_answers_in_time",
            "first_answers_promised",
            "later_answers",
            "later_answer_p50_s",
            "ends",
            "end_p50_s",
            "wrote_again_unowned",
            "wrote_again_unanswered",
            "slips",
            "reassigned",
            "handed_over",
        ],
    )?;
    for (day, stats) in days {
        let Stats { begun, closed, measured, nudged_unowned, nudged_unanswered, slips, changes, .. } = stats;
        let of = |kind: Kind| measured.iter().copied().find(|m| m.kind == kind);
        let n = |m: Option<Measured>| m.map_or(0, |m| m.n).to_string();
        let half = |m: Option<Measured>| seconds(m.map_or(-1, |m| m.p50));
        let (owner, first, next, end) = (of(Kind::Assign), of(Kind::First), of(Kind::Next), of(Kind::Resolve));
        file.row(&[
            day.to_string(),
            begun.to_string(),
            closed.to_string(),
            n(owner),
            half(owner),
            n(first),
            half(first),
            seconds(first.map_or(-1, |m| m.p90)),
            first.map_or(0, |m| m.met).to_string(),
            first.map_or(0, |m| m.promised).to_string(),
            n(next),
            half(next),
            n(end),
            half(end),
            nudged_unowned.n.to_string(),
            nudged_unanswered.n.to_string(),
            slips.iter().map(|slip| slip.n).sum::<i64>().to_string(),
            changes.reassigned.to_string(),
            changes.handed_over.to_string(),
        ])?;
    }
    file.finish()
}

/// Whole seconds; empty for what never happened.
fn seconds(ms: i64) -> String {
    if ms < 0 { String::new() } else { (ms / 1000).to_string() }
}

/// `2026-11-22T14:05:09+01:00`; empty for never.
fn moment(at: i64, zone: Tz) -> String {
    let local = Time(at).some().and_then(|at| DateTime::from_timestamp_millis(at.0));
    local.map(|utc| utc.with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S%:z").to_string()).unwrap_or_default()
}

/// A table in a file.
struct Table {
    rows: csv::Writer<File>,
    path: PathBuf,
}

impl Table {
    fn create(path: &Path, columns: &[&str]) -> anyhow::Result<Self> {
        let rows = csv::Writer::from_path(path).with_context(|| format!("{} cannot be written", path.display()))?;
        let mut table = Self { rows, path: path.to_owned() };
        table.row(&columns.iter().map(|&column| column.to_owned()).collect::<Vec<_>>())?;
        Ok(table)
    }

    fn row(&mut self, cells: &[String]) -> anyhow::Result<()> {
        let cells = cells.iter().map(|cell| harmless(cell));
        self.rows.write_record(cells).with_context(|| format!("{} cannot be written", self.path.display()))
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.rows.flush().with_context(|| format!("{} cannot be written", self.path.display()))
    }
}

/// A cell that a spreadsheet takes for text: what begins like a formula would be worked out when the file is opened.
fn harmless(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if formula { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    // story: VI-06
    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(harmless("=1+1"), "'=1+1");
        for cell in ["+x", "-x", "@x", "\tx", "\rx"] {
            assert!(harmless(cell).starts_with('\''), "{cell:?}");
        }
        assert_eq!((harmless("Ana"), harmless("")), ("Ana".to_owned(), String::new()));
        assert_eq!((seconds(-1), seconds(1_999)), (String::new(), "1".to_owned()));
    }
}
