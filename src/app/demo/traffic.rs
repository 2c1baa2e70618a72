//! People who play along: a few customers who are writing when the page opens, and, on a switch, a busy day.

use std::time::Duration;

use tokio::sync::watch;

use crate::playground::discord::Discord;
use crate::playground::meta::{Attachment, Content, CustomerId, Meta};
use crate::playground::page::samples;
use crate::playground::telegram::Telegram;

/// Customers of a busy day; more would only scroll by.
const CROWD: usize = 24;

const QUESTIONS: &[&str] = &[
    "Hello, is the blue city bike still available?",
    "Do you rent cargo bikes for a weekend?",
    "My brakes squeak since the service yesterday.",
    "Can I pick up my order after six?",
    "I was charged twice for order 2041.",
    "Which tyre size do I need for the Tour 5?",
];
const FOLLOW_UPS: &[&str] =
    &["Are you there?", "It is a bit urgent.", "Thanks!", "And how much would it be?", "I can also come by.", "👍"];
const ANSWERS: &[&str] = &[
    "Hello! Let me look that up for you.",
    "Yes, we have it in stock. Shall I put one aside?",
    "I am sorry about that. I have asked the workshop.",
    "We are open until seven today.",
    "That is refunded, you will see it within two days.",
];
const NAMES: &[&str] =
    &["Noor", "Elif", "Tomás", "Ingrid", "Kofi", "Mei", "Luca", "Hanna", "Ravi", "Zoé", "Piotr", "Amina"];

/// Who plays along.
pub(super) struct Stage {
    pub(super) meta: Meta,
    pub(super) discord: Discord,
    pub(super) number: String,
    pub(super) agents: Vec<u64>,
    pub(super) telegram: Telegram,
    pub(super) forum: i64,
}

impl Stage {
    /// Three customers write before anybody looks.
    pub(super) fn open(&self) {
        let maria = self.meta.customer("Maria López", "+34611223344");
        let jonas = self.meta.customer("Jonas Weber", "+491512345678");
        let aiko = self.meta.customer_without_phone("Aiko Tanaka", "aiko.t");
        self.says(maria, "Hola! My bike was to arrive *yesterday* and it is not here. Order 2041.");
        self.says(jonas, "Guten Tag, the chain fell off on my first ride 😕");
        let picture = Attachment::new("image/png", samples::picture()).caption("It looks like this");
        self.meta.sends(jonas, &self.number, Content::Image(picture));
        self.says(aiko, "Do you deliver to Kyoto?");
    }

    fn says(&self, customer: CustomerId, text: &str) {
        self.meta.says(customer, &self.number, text);
    }

    /// A busy day, while the switch is on.
    pub(super) async fn play(self, busy: watch::Receiver<bool>) {
        let mut crowd: Vec<CustomerId> = Vec::new();
        for round in 0_usize.. {
            tokio::time::sleep(Duration::from_millis(900)).await;
            if !*busy.borrow() {
                continue;
            }
            self.a_customer_writes(&mut crowd, round);
            match round % 4 {
                1 | 3 => self.an_agent_works(round),
                2 => self.billing_works(round),
                _ => {}
            }
        }
    }

    fn a_customer_writes(&self, crowd: &mut Vec<CustomerId>, round: usize) {
        if crowd.len() < CROWD && (crowd.is_empty() || round.is_multiple_of(3)) {
            let name = NAMES[crowd.len() % NAMES.len()];
            let customer = self.meta.customer(name, &format!("+1555300{:04}", crowd.len()));
            crowd.push(customer);
            self.says(customer, QUESTIONS[crowd.len() % QUESTIONS.len()]);
            return;
        }
        let customer = crowd[(round * 7) % crowd.len()];
        self.says(customer, FOLLOW_UPS[round % FOLLOW_UPS.len()]);
    }

    /// Whoever owns a topic in which the customer wrote last answers there.
    fn billing_works(&self, round: usize) {
        let telegram = &self.telegram;
        let people: Vec<(String, i64)> =
            telegram.users().into_iter().filter(|u| !u.bot).map(|u| (u.name, u.id)).collect();
        let open = telegram.topics(self.forum).into_iter().filter(|topic| !topic.closed && !topic.deleted);
        let waiting = open.filter_map(|topic| {
            let messages = telegram.messages(self.forum, Some(topic.id));
            let mut said = messages.iter().filter(|m| !m.deleted && m.service.is_none());
            // The bot says what customers write; the first thing it says is the card.
            let card = said.clone().next()?;
            said.next_back().filter(|last| last.author == telegram.bot_id())?;
            let owner = people.iter().find(|(name, _)| card.text.contains(&format!("Owner: {name}")))?;
            Some((topic.id, owner.1))
        });
        let waiting: Vec<(i64, i64)> = waiting.collect();
        if let Some((topic, user)) = waiting.get(round % waiting.len().max(1)) {
            let _ = telegram.say(*user, self.forum, Some(*topic), ANSWERS[round % ANSWERS.len()]);
        }
    }

    /// One of the agents claims the oldest card that waits, or answers in a thread they own.
    fn an_agent_works(&self, round: usize) {
        let Some(agent) = self.agents.get(round / 2 % self.agents.len().max(1)).copied() else { return };
        let Some(channel) = self.discord.channels().into_iter().find(|c| c.name == "support") else { return };
        let cards = self.discord.messages(channel.id);
        let waiting = cards.iter().find_map(|card| Some((card, card.button("Claim")?)));
        if let Some((card, claim)) = waiting.filter(|_| round % 4 == 1) {
            // A click that comes too late is refused in words, as it would be for a person.
            let _ = self.discord.click(agent, channel.id, card.id, claim);
            return;
        }
        let mine = format!("<@{agent}>");
        let owned: Vec<u64> = cards
            .iter()
            .filter(|card| card.embeds.iter().any(|embed| embed["fields"].to_string().contains(&mine)))
            .map(|card| card.id)
            .collect();
        if let Some(thread) = owned.get(round % owned.len().max(1)) {
            let _ = self.discord.say(agent, *thread, ANSWERS[round % ANSWERS.len()]);
        }
    }
}
