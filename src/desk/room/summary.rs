//! What a summary tells, loaded when it is due.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{MOST_CLOCKS, Room};
use crate::desk::policy::Policy;
use crate::desk::stats::{self, Whom};
use crate::domain::ids::Time;
use crate::domain::period::Period;
use crate::domain::report::Summed;
use crate::store::{StoreError, Tx, report, stats as figures};

/// How many people of a team are told one by one.
const PEOPLE: i64 = 50;

impl Room {
    /// How the teams of these summaries stand, and how it went since the summary before.
    pub(super) async fn load_summaries(
        &mut self,
        tx: &mut Tx,
        due: &BTreeSet<(String, Time)>,
        policy: &Policy,
        now: Time,
    ) -> Result<(), StoreError> {
        for (name, at) in due {
            let Some(summary) = policy.summaries.get(name) else { continue };
            let before = summary.schedule.last(at.plus_ms(-1));
            let day = NaiveDate::default();
            let period = Period { first: day, last: day, from: before, to: *at };
            let mut teams = Vec::new();
            for team in &summary.teams {
                let load = report::load(tx, team, PEOPLE, (policy.pace, now)).await?;
                let unheard = report::unheard(tx, team).await?;
                let stats = if figures::size(tx, period, MOST_CLOCKS + 1).await? > MOST_CLOCKS {
                    None
                } else {
                    Some(stats::of(tx, policy, &Whom::Team(team.clone()), period).await?)
                };
                teams.push(Summed { load, oldest: Time(unheard.oldest), again: unheard.again, stats });
            }
            self.reports.summaries.insert((name.clone(), *at), teams);
        }
        Ok(())
    }

    /// What a summary tells of each of its teams.
    pub(in crate::desk) fn summary(&self, name: &str, at: Time) -> &[Summed] {
        self.reports.summaries.get(&(name.to_owned(), at)).map_or(&[], Vec::as_slice)
    }
}
