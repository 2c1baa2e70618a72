//! What stands in channels: alarms, lists and boards, each in one post that is edited where it is.

use std::collections::{BTreeSet, HashMap};

use super::Settings;
use super::known::Known;
use super::resolve::Resolved;
use crate::domain::card::Post;
use crate::domain::effect::Standing;
use crate::domain::ids::{AgentId, ChannelRef, PostRef, Time, UserRef};
use crate::domain::name;
use crate::domain::report::{Arriving, Listed, Load};
use crate::domain::words;
use crate::port::{Call, Place};
use crate::store::{StoreError, Tx, report, standing};

/// What slipped longer ago than this is not listed any more.
const LATE_MS: i64 = 86_400_000;
/// How many of those that are late at once are listed one by one.
const LISTED: i64 = 15;
/// How many of each kind a board lists.
const ON_BOARD: i64 = 7;
/// After this a list of those who have no thread yet is looked at again, for each of its parts.
const LOOK_AGAIN_MS: i64 = 60_000;
/// How many people a board shows.
const PEOPLE: i64 = 20;

/// What stands in channels, and what it tells.
#[derive(Default)]
pub(super) struct Shown {
    /// The posts there are, by what they show and where; and whether they have said that it is over.
    posts: HashMap<(String, String), (PostRef, bool)>,
    /// What is late in a team, and how many there are.
    storms: HashMap<String, (Vec<Listed>, i64)>,
    teams: HashMap<String, Team>,
    /// Parts of lists of those who have no thread yet, and how many there are in all.
    arriving: HashMap<String, (Vec<Arriving>, i64)>,
}

/// How a team stands.
struct Team {
    load: Load,
    unowned: (Vec<Listed>, i64),
    late: (Vec<Listed>, i64),
}

impl Shown {
    /// Loads what these posts tell.
    pub(super) async fn load(
        &mut self,
        tx: &mut Tx,
        which: &BTreeSet<(&Standing, &ChannelRef)>,
        settings: &Settings,
        now: Time,
    ) -> Result<(), StoreError> {
        let mut teams: BTreeSet<&str> = BTreeSet::new();
        if !which.is_empty() {
            let keys: Vec<(String, &str)> = which.iter().map(|(what, at)| (what.key(), at.as_str())).collect();
            let posts = standing::of(tx, &keys).await?;
            self.posts
                .extend(posts.into_iter().map(|row| ((row.what, row.channel), (PostRef(row.post), row.over != 0))));
        }
        for (what, _) in which {
            match what {
                Standing::Alarm { .. } => {}
                Standing::Arrivals { channel, page } => {
                    let (count, some) = (report::arriving_count(tx, channel.as_str()).await?, Arriving::IN_A_POST);
                    let listed = report::arriving(tx, channel.as_str(), some, page * some).await?;
                    if listed.is_empty() {
                        standing::over(tx, &what.key()).await?;
                    }
                    self.arriving.insert(what.key(), (listed, count));
                }
                Standing::Board { team } => {
                    teams.insert(team);
                }
                Standing::Storm { team } => {
                    let (listed, count) = report::late(tx, team, (now.plus_ms(-LATE_MS), now), LISTED).await?;
                    if count == 0 {
                        standing::over(tx, &what.key()).await?;
                    }
                    self.storms.insert(team.clone(), (told(&listed), count));
                }
            }
        }
        for team in teams {
            let load = report::load(tx, team, PEOPLE, (settings.pace, now)).await?;
            let (unowned, waiting) = report::unowned(tx, team, ON_BOARD, 0).await?;
            let (late, slipping) = report::overdue(tx, team, now, ON_BOARD).await?;
            let team_now = Team { load, unowned: (told(&unowned), waiting), late: (told(&late), slipping) };
            self.teams.insert(team.to_owned(), team_now);
        }
        Ok(())
    }
}

impl Known {
    /// A post that stands: made where there is none, edited where it is.
    pub(super) fn standing(&self, (what, channel): (&Standing, &ChannelRef), call: &[UserRef], now: Time) -> Resolved {
        let mut over = false;
        let shown = match what {
            Standing::Alarm { .. } => self.alarm(what),
            Standing::Storm { team } => self.shown.storms.get(team).map(|(listed, count)| {
                over = *count == 0;
                words::storm(team, listed, *count)
            }),
            Standing::Arrivals { .. } => self.shown.arriving.get(&what.key()).map(|(listed, count)| {
                over = listed.is_empty();
                words::arrivals(listed, *count)
            }),
            Standing::Board { team } => self.shown.teams.get(team).map(|team| {
                let (unowned, late) = (&team.unowned, &team.late);
                words::board(&team.load, (&unowned.0, unowned.1), (&late.0, late.1), now)
            }),
        };
        let Some(shown) = shown else { return Resolved::Nothing };
        let place = Place { channel: channel.clone(), thread: None };
        // What is over needs no post, and what begins anew another.
        let posts = &self.shown.posts;
        let stands = posts.get(&(what.key(), channel.0.clone())).filter(|(_, was_over)| over || !was_over);
        let call = Box::new(match stands {
            Some((post, _)) => Call::EditPost { place, post: post.clone(), body: shown },
            None if over => return Resolved::Nothing,
            None => Call::Post { place, post: shown.calling(call.to_vec()), reply_to: None, files: Vec::new() },
        });
        match self.shown.arriving.get(&what.key()) {
            // It changes with every thread that is made: looked at again, the less often the longer it is.
            Some((_, count)) if !over => Resolved::Lasting(call, LOOK_AGAIN_MS * (1 + count / Arriving::IN_A_POST)),
            _ => Resolved::Call(call),
        }
    }

    fn alarm(&self, what: &Standing) -> Option<Post> {
        let Standing::Alarm { conversation, nth } = what else { return None };
        let conversation = self.conversations.get(conversation)?;
        let alarm = conversation.clocks.alarm.as_ref().filter(|alarm| alarm.nth >= *nth)?;
        let name = |id: AgentId| self.agents.get(&id).map(|a| name::display(&a.name, 40, "somebody"));
        let customer = self.contacts.get(&conversation.contact).map(words::customer_name)?;
        if alarm.nth > *nth {
            return Some(words::alarm_past(conversation, &customer));
        }
        let owner = conversation.owner().and_then(name);
        Some(words::alarm(alarm, (conversation, &customer), owner.as_deref(), name))
    }
}

fn told(listed: &[report::Listed]) -> Vec<Listed> {
    listed.iter().map(report::Listed::told).collect()
}
