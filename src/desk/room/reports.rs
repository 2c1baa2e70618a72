//! What the commands of managers ask for, loaded with the batch.

use std::collections::{BTreeSet, HashMap};

use super::Room;
use super::wants::Wants;
use crate::desk::policy::Policy;
use crate::domain::ids::{AgentId, Time, UserRef};
use crate::store::report::{self, Listed, Owed};
use crate::store::{StoreError, Tx, agent};

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
    seated: HashMap<String, (Vec<AgentId>, i64)>,
    owed: HashMap<AgentId, Owed>,
    mine: HashMap<UserRef, Vec<Listed>>,
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
                    let people: Vec<(AgentId, UserRef)> =
                        self.called(named).into_iter().map(|agent| (agent.id, agent.user.clone())).collect();
                    for (id, user) in people {
                        let found = report::of_owner(tx, id, MINE).await?;
                        self.reports.mine.insert(user, found);
                        if let Some(owed) = report::owed_by(tx, id, now).await? {
                            self.reports.owed.insert(id, owed);
                        }
                    }
                    for team in teams_of(named) {
                        let (_, unowned) = report::unowned(tx, &team, 0, 0).await?;
                        self.reports.unowned.entry(team.clone()).or_insert((Vec::new(), unowned));
                        for owed in report::owed(tx, &team, now).await? {
                            self.reports.owed.insert(AgentId(owed.owner), owed);
                        }
                        let seated = report::seated(tx, &team, PEOPLE).await?;
                        let unknown: Vec<AgentId> =
                            seated.0.iter().copied().filter(|id| !self.agents.contains_key(id)).collect();
                        if !unknown.is_empty() {
                            for found in agent::by_id(tx, policy.place, &unknown).await? {
                                self.met(found);
                            }
                        }
                        self.reports.seated.insert(team, seated);
                    }
                }
                Ask::Mine(user) => {
                    if let Some(id) = self.agent_of(user).map(|agent| agent.id) {
                        let found = report::of_owner(tx, id, MINE).await?;
                        self.reports.mine.insert(user.clone(), found);
                    }
                }
            }
        }
        Ok(())
    }

    /// A page of what nobody of a team owns, and how many there are in all.
    pub(in crate::desk) fn unowned(&self, team: &str) -> (&[Listed], i64) {
        self.reports.unowned.get(team).map_or((&[], 0), |(listed, count)| (listed, *count))
    }

    /// Who sits in a team, and how many more there are.
    pub(in crate::desk) fn seated(&self, team: &str) -> (&[AgentId], i64) {
        self.reports.seated.get(team).map_or((&[], 0), |(seated, more)| (seated, *more))
    }

    /// What somebody owes.
    pub(in crate::desk) fn owed(&self, agent: AgentId) -> Owed {
        self.reports.owed.get(&agent).copied().unwrap_or_default()
    }

    /// What somebody owns.
    pub(in crate::desk) fn mine(&self, user: &UserRef) -> &[Listed] {
        self.reports.mine.get(user).map_or(&[], Vec::as_slice)
    }
}

impl Wants {
    pub(super) fn ask(&mut self, ask: Ask) {
        self.asks.insert(ask);
    }
}
