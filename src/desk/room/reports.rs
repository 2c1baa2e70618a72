//! What the commands of managers ask for, loaded with the batch.

use std::collections::{BTreeSet, HashMap};

use super::Room;
use super::wants::Wants;
use crate::desk::policy::Policy;
use crate::domain::alarm::Storm;
use crate::domain::ids::{AgentId, ConversationId, Time, UserRef};
use crate::domain::report::{Load, Summed};
use crate::store::report::{self, Listed};
use crate::store::{StoreError, Tx};

/// How many conversations a page has.
pub(in crate::desk) const PAGE: i64 = 10;
/// How many people of a team are told one by one.
const PEOPLE: i64 = 200;
/// How many of somebody's own conversations are listed.
const MINE: i64 = 25;

/// What is asked about a team or by a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ask {
    /// What the people of a team carry, or what somebody does; every team when empty.
    Load(String),
    /// A page of what nobody of a team owns; of every team when empty.
    Unowned(String, i64),
    /// What somebody owns.
    Mine(UserRef),
}

/// What was found.
#[derive(Default)]
pub(super) struct Reports {
    unowned: HashMap<String, (Vec<Listed>, i64)>,
    loads: HashMap<String, Load>,
    /// How many customers wait for somebody.
    waiting: HashMap<AgentId, i64>,
    mine: HashMap<AgentId, Vec<Listed>>,
    slipped: HashMap<String, BTreeSet<ConversationId>>,
    /// What each summary that is due tells of its teams.
    pub(super) summaries: HashMap<(String, Time), Vec<Summed>>,
}

impl Room {
    pub(super) async fn load_reports(
        &mut self,
        tx: &mut Tx,
        asks: &BTreeSet<Ask>,
        policy: &Policy,
        now: Time,
    ) -> Result<(), StoreError> {
        let teams_of = |named: &str| -> Vec<String> {
            policy.teams.keys().filter(|team| named.is_empty() || team.eq_ignore_ascii_case(named)).cloned().collect()
        };
        for ask in asks {
            match ask {
                Ask::Unowned(named, page) => {
                    for team in teams_of(named) {
                        let found = report::unowned(tx, &team, PAGE, (page - 1) * PAGE).await?;
                        self.reports.unowned.insert(team, found);
                    }
                }
                Ask::Load(named) => {
                    let named = named.trim_start_matches('@');
                    let people: Vec<AgentId> = self.called(named).into_iter().map(|agent| agent.id).collect();
                    for id in people {
                        let found = report::of_owner(tx, id, MINE).await?;
                        self.reports.mine.insert(id, found);
                        if let Some(owed) = report::owed_by(tx, id, now).await? {
                            self.reports.waiting.insert(id, owed.waiting);
                        }
                    }
                    for team in teams_of(named) {
                        let load = report::load(tx, &team, PEOPLE, (policy.pace, now)).await?;
                        self.reports.loads.insert(team, load);
                    }
                }
                Ask::Mine(user) => {
                    if let Some(id) = self.agent_of(user).map(|agent| agent.id) {
                        let found = report::of_owner(tx, id, MINE).await?;
                        self.reports.mine.insert(id, found);
                    }
                }
            }
        }
        Ok(())
    }

    /// Which conversations of the teams in the room slipped lately.
    pub(super) async fn load_slipped(&mut self, tx: &mut Tx, policy: &Policy, now: Time) -> Result<(), StoreError> {
        let since = now.plus_ms(-Storm::WITHIN_MS);
        let teams: BTreeSet<String> = self.conversations.values().map(|c| c.team.clone()).collect();
        let enough = i64::try_from(policy.storm.threshold).unwrap_or(i64::MAX).saturating_add(1);
        for team in teams {
            let found = report::slipped(tx, &team, since, enough).await?;
            self.reports.slipped.insert(team, found.into_iter().collect());
        }
        Ok(())
    }

    /// Which conversations of a team slipped lately, as far as they matter.
    pub(in crate::desk) fn slipped(&self, team: &str) -> BTreeSet<ConversationId> {
        let mut slipped = self.reports.slipped.get(team).cloned().unwrap_or_default();
        let alarms = self.pending.rest.alarms.iter();
        slipped.extend(alarms.filter(|alarm| alarm.slip && alarm.team == team).map(|alarm| alarm.conversation));
        slipped
    }

    /// A page of what nobody of a team owns, and how many there are in all.
    pub(in crate::desk) fn unowned(&self, team: &str) -> (&[Listed], i64) {
        self.reports.unowned.get(team).map_or((&[], 0), |(listed, count)| (listed, *count))
    }

    /// How many customers wait for somebody who was asked about.
    pub(in crate::desk) fn waiting_for(&self, agent: AgentId) -> i64 {
        self.reports.waiting.get(&agent).copied().unwrap_or_default()
    }

    /// What the people of a team carry.
    pub(in crate::desk) fn load_of(&self, team: &str) -> Option<&Load> {
        self.reports.loads.get(team)
    }

    /// What somebody owns.
    pub(in crate::desk) fn mine(&self, agent: AgentId) -> &[Listed] {
        self.reports.mine.get(&agent).map_or(&[], Vec::as_slice)
    }
}

impl Wants {
    pub(super) fn ask(&mut self, ask: Ask) {
        self.asks.insert(ask);
    }
}
