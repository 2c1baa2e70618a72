//! What scenarios do beside writing and clicking: raw requests, small steps of the clock, and closer looks.

use std::time::{Duration, Instant};

use baton::playground::discord::{File, MessageView, Say};
use baton::playground::meta::{self, CustomerId, PhoneMessage};
use baton::store::{inbox, message, outbox};
use serde_json::{Value, json};

use super::World;
use super::transcript::unescaped;

impl World {
    /// Moves the clock of Baton and of WhatsApp forward.
    pub fn seconds(&self, seconds: i64) {
        self.clock.shift(seconds * 1000);
    }

    /// The bytes of a webhook under Baton's app secret.
    pub fn signature(&self, body: &[u8]) -> String {
        meta::signature(self.meta.app_secret(), body)
    }

    /// Posts bytes to the webhook's door with these signature headers; the status.
    pub async fn post(&self, body: impl Into<Vec<u8>>, signatures: &[String]) -> u16 {
        let mut request = client().post(self.hook()).header("content-type", "application/json").body(body.into());
        for signature in signatures {
            request = request.header("x-hub-signature-256", signature.as_str());
        }
        request.send().await.map_or(0, |answer| answer.status().as_u16())
    }

    /// Posts a body signed as Meta does; the status.
    pub async fn post_signed(&self, body: &Value) -> u16 {
        let bytes = meta::spelled(body);
        let signature = self.signature(&bytes);
        self.post(bytes, &[signature]).await
    }

    /// Status and body of a GET.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let answer = client().get(format!("{}{path}", self.address())).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// The value of a metric, by its full name with labels.
    pub async fn metric(&self, name: &str) -> f64 {
        let (_, text) = self.get("/metrics").await;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    /// The webhook body of a text, not delivered yet.
    pub fn text_body(&self, customer: CustomerId, text: &str) -> Value {
        serde_json::from_slice(&self.meta.signed_text(customer, &self.number, text).bytes).unwrap()
    }

    /// A body with these elements of one list (`messages`, `statuses`, …) for the first number.
    pub fn body_with(&self, list: &str, elements: &[Value]) -> Value {
        json!({ "object": "whatsapp_business_account", "entry": [{ "id": "102290129340398", "changes": [{
            "field": "messages",
            "value": {
                "messaging_product": "whatsapp",
                "metadata": { "display_phone_number": "15550100001", "phone_number_id": self.number },
                list: elements,
            },
        }]}]})
    }

    /// Delivers a status of a message of ours, as Meta would.
    pub async fn status(&self, wamid: &str, status: &str) -> u16 {
        let at = (self.clock.now().0 / 1000).to_string();
        let status = json!({ "id": wamid, "status": status, "timestamp": at, "recipient_id": "15551230000" });
        self.post_signed(&self.body_with("statuses", &[status])).await
    }

    /// The last post of a thread that holds this.
    pub fn post_with(&self, thread: u64, text: &str) -> MessageView {
        let found = self.posts(thread).into_iter().rfind(|post| post.content.contains(text));
        found.unwrap_or_else(|| panic!("no post with {text:?}\n{}", self.transcript()))
    }

    /// Whether a post of a thread holds this.
    pub fn has_post(&self, thread: u64, text: &str) -> bool {
        self.posts(thread).iter().any(|post| post.content.contains(text))
    }

    /// What Baton has put on a post.
    pub fn marks(&self, thread: u64, post: u64) -> String {
        let post = self.chat.message(thread, post).unwrap();
        let ours = |users: &[u64]| users.iter().any(|user| self.chat.is_bot(*user));
        let marks = post.reactions.iter().filter(|r| ours(&r.users)).map(|r| r.emoji.as_str());
        marks.collect::<Vec<_>>().join(" ")
    }

    /// The messages of one customer as the thread shows them, without the name above.
    pub fn mirrored(&self, thread: u64, name: &str) -> Vec<String> {
        let head = format!("**{name}**\n");
        self.texts(thread).iter().filter_map(|text| text.strip_prefix(&head).map(str::to_owned)).collect()
    }

    /// A post with files.
    pub fn write_files(&self, user: u64, thread: u64, text: &str, files: Vec<File>) -> u64 {
        self.chat.say(user, thread, Say { text: text.to_owned(), reply_to: None, files }).unwrap()
    }

    /// A post that answers another.
    pub fn write_to(&self, user: u64, thread: u64, reply_to: u64, text: &str) -> u64 {
        let say = Say { text: text.to_owned(), reply_to: Some(reply_to), files: Vec::new() };
        self.chat.say(user, thread, say).unwrap()
    }

    /// Name and text of the file that comes with a post.
    pub fn enclosed(&self, post: &MessageView) -> (String, String) {
        let [file] = post.attachments.as_slice() else { panic!("one file is expected: {post:#?}") };
        (file.filename.clone(), String::from_utf8(file.bytes.to_vec()).unwrap())
    }

    /// The newest message that the business sent to a customer and that arrived.
    pub fn newest_received(&self, customer: CustomerId) -> PhoneMessage {
        self.received(customer).pop().unwrap_or_else(|| panic!("nothing was received\n{}", self.transcript()))
    }

    /// The field of a card.
    pub fn fact(&self, card: &MessageView, name: &str) -> Option<String> {
        let fields = card.embeds[0]["fields"].as_array()?;
        let field = fields.iter().find(|field| field["name"] == name)?;
        Some(unescaped(field["value"].as_str().unwrap_or_default()))
    }

    /// The head of a thread.
    pub fn head(&self, thread: u64) -> MessageView {
        let posts = self.chat.messages(thread);
        posts.into_iter().find(|m| !m.deleted && !m.embeds.is_empty()).expect("a thread has a head")
    }

    /// Waits until nothing is under way but replies whose time to be taken back is not over.
    pub async fn quiet_but_for_sends(&self) {
        self.heard().await;
        let begun = Instant::now();
        loop {
            let store = &self.app().store;
            let (new, _) = inbox::counts(store).await.unwrap();
            let due = outbox::counts(store).await.unwrap().0;
            let sends = self.meta.accepted().len();
            let id = self.conversations().await[0].id;
            let waiting = message::of(store, id).await.unwrap().iter().filter(|m| m.is_waiting()).count();
            // Each waiting reply is one row.
            if new == 0 && usize::try_from(due).unwrap() <= waiting {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{new} {due} {sends}\n{}", self.transcript());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Presses the card's button of the one conversation there is.
    pub async fn press_card(&self, user: u64, label: &str) -> String {
        let card = self.cards().remove(0);
        self.press(user, &card, label).await
    }

    /// The one conversation is Ana's, and the customer has written this.
    pub async fn owned_by_ana(&self, name: &str, text: &str) -> (CustomerId, u64) {
        let customer = self.customer(name);
        self.says(customer, text);
        self.quiet().await;
        self.claims(self.ana).await;
        self.quiet().await;
        (customer, self.thread())
    }

    /// What everybody can see anywhere calls nobody.
    pub fn assert_no_pings(&self) {
        let channels = [self.support, self.operator].into_iter().chain(self.threads().into_iter().map(|t| t.id));
        for post in channels.flat_map(|channel| self.chat.messages(channel)) {
            if self.chat.is_bot(post.author) {
                let called = (post.pings.len(), post.role_pings.len(), post.pings_everyone);
                assert_eq!(called, (0, 0, false), "{post:#?}");
            }
        }
    }
}

/// A file of an agent.
pub fn file(name: &str, content_type: &str, bytes: impl Into<Vec<u8>>) -> File {
    File { name: name.to_owned(), content_type: content_type.to_owned(), bytes: bytes.into() }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(15)).build().unwrap()
}
