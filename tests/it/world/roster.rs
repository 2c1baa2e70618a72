//! Closer looks at who owns what and who was called, and the time of day.

use baton::domain::ids::{AgentId, ConversationId, Time};
use baton::domain::workspace::Workspace;
use baton::playground::discord::MessageView;
use baton::store::{agent, record};

use super::World;
use super::chat::lies_in;

const DAY_MS: i64 = 86_400_000;

impl World {
    /// Everybody the database knows.
    pub async fn agents(&self) -> Vec<agent::Agent> {
        let mut tx = self.app().store.begin().await.unwrap();
        agent::all(&mut tx).await.unwrap()
    }

    /// Waits until the people of the team are known by name. Telegram does not tell who is in a forum: there they say
    /// something first.
    pub async fn met(&self) {
        for user in [self.ana, self.ben, self.lea, self.mia] {
            if lies_in(user) == Workspace::Telegram {
                let place = if self.chat.is_telegram() { self.operator } else { self.billing };
                let asked = self.chat.command(user, place, "help", &serde_json::json!({})).unwrap();
                self.answer(asked).await;
            }
        }
        for _ in 0..200 {
            if self.agents().await.iter().any(|agent| agent.name == "Ana") {
                return self.quiet().await;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("nobody was met");
    }

    /// The record of a conversation's owners, an entry a line: `3 Ana → Ben, handed_off by Ana: refund over limit`.
    pub async fn record(&self, id: i64) -> String {
        let agents = self.agents().await;
        let name = |id: i64| match agents.iter().find(|a| a.id == AgentId(id)) {
            Some(agent) => agent.name.clone(),
            None => "nobody".to_owned(),
        };
        let entries = record::of(&self.app().store, ConversationId(id)).await.unwrap();
        let mut before = 0;
        let lines = entries.iter().map(|e| {
            assert_eq!(e.from_agent, before, "each begins where the one before ended");
            before = e.to_agent;
            let by = if e.by_agent == 0 { String::new() } else { format!(" by {}", name(e.by_agent)) };
            let note = if e.note.is_empty() { String::new() } else { format!(": {}", e.note) };
            let decision = if e.decision == 0 { "" } else { " (decided)" };
            format!("{} {} → {}, {}{by}{note}{decision}", e.epoch, name(e.from_agent), name(e.to_agent), e.how)
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What Baton has posted that calls somebody, in all channels and threads.
    pub fn calls(&self, user: u64) -> Vec<String> {
        let threads = self.threads().into_iter().map(|t| t.id);
        let channels = [self.support, self.billing, self.backoffice, self.operator].into_iter().chain(threads);
        let posts = channels.flat_map(|channel| self.chat.messages(channel));
        posts.filter(|post| post.pings.contains(&user)).map(|post| post.content).collect()
    }

    /// The cards in a channel.
    pub fn cards_in(&self, channel: u64) -> Vec<MessageView> {
        self.chat.messages(channel).into_iter().filter(|m| !m.deleted && !m.embeds.is_empty()).collect()
    }

    /// The one thread in a channel that is open.
    pub fn thread_in(&self, channel: u64) -> u64 {
        let threads: Vec<u64> =
            self.threads().into_iter().filter(|t| t.parent == Some(channel) && !t.archived).map(|t| t.id).collect();
        assert_eq!(threads.len(), 1, "one thread is expected\n{}", self.transcript());
        threads[0]
    }

    /// Moves the clock to the next time of day, in UTC.
    pub fn at(&self, hour: i64, minute: i64) {
        let now = self.clock.now();
        let wanted = (hour * 60 + minute) * 60_000;
        self.clock.shift((wanted - now.0.rem_euclid(DAY_MS)).rem_euclid(DAY_MS));
    }

    /// The owner of a conversation, by name.
    pub async fn owner(&self, id: i64) -> Option<String> {
        let conversation = self.conversations().await.into_iter().find(|c| c.id.0 == id)?;
        let owner = conversation.owner()?;
        self.agents().await.into_iter().find(|a| a.id == owner).map(|a| a.name)
    }

    /// Waits until a conversation has this owner.
    pub async fn until_owner(&self, id: i64, name: Option<&str>) {
        for _ in 0..200 {
            if self.owner(id).await.as_deref() == name {
                return self.quiet().await;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("#{id} never went to {name:?}\n{}", self.transcript());
    }

    /// Until when the customer of a conversation is to have an answer.
    pub async fn due(&self, id: i64) -> Time {
        self.conversations().await.into_iter().find(|c| c.id.0 == id).unwrap().due_at
    }

    /// Every load is the number of conversations somebody owns.
    pub async fn assert_loads(&self) {
        let conversations = self.conversations().await;
        for agent in self.agents().await {
            let owned = conversations.iter().filter(|c| c.owner() == Some(agent.id)).count();
            assert_eq!(agent.duty.load, i64::try_from(owned).unwrap(), "{}", agent.name);
        }
    }
}
