//! A day at the desk as text: what stands in the workspace and on the phones.

use std::fmt::Write;

use baton::playground::discord::MessageView;
use baton::playground::meta::{Author, PhoneMessage};

use super::World;

impl World {
    /// Everything that can be seen, without ids and times, so that it is the same on every run.
    pub fn transcript(&self) -> String {
        let mut out = String::new();
        let channels = [
            ("support", self.support),
            ("billing", self.billing),
            ("backoffice", self.backoffice),
            ("operator", self.operator),
        ];
        for (name, channel) in channels {
            let posts: Vec<MessageView> = self.chat.messages(channel).into_iter().filter(|m| !m.deleted).collect();
            if posts.is_empty() {
                continue;
            }
            let _ = writeln!(out, "── #{name}");
            for post in posts {
                self.write_post(&mut out, &post);
            }
        }
        for thread in self.chat.threads() {
            let state = match (thread.archived, thread.locked) {
                (_, true) => " (locked)",
                (true, _) => " (archived)",
                _ => "",
            };
            let at = self.channel_name(thread.parent.unwrap_or_default());
            let _ = writeln!(out, "── thread {}{at}{state}", thread.name);
            for post in self.chat.messages(thread.id).into_iter().filter(|m| !m.deleted) {
                self.write_post(&mut out, &post);
            }
        }
        for customer in self.meta.customers() {
            for number in [&self.number, &self.second_number] {
                let history = self.meta.history(customer.id, number);
                if history.is_empty() {
                    continue;
                }
                let _ = writeln!(out, "── {}'s phone", customer.name);
                for message in &history {
                    self.write_phone(&mut out, message, &history);
                }
            }
        }
        out
    }

    /// What stands in a thread.
    pub fn said_in(&self, thread: u64) -> String {
        let mut out = String::new();
        for post in self.chat.messages(thread).into_iter().filter(|m| !m.deleted) {
            self.write_post(&mut out, &post);
        }
        out
    }

    fn write_post(&self, out: &mut String, post: &MessageView) {
        if !matches!(post.kind, 0 | 19) {
            return;
        }
        for embed in &post.embeds {
            let _ = writeln!(out, "  ┌ {}", unescaped(embed["title"].as_str().unwrap_or_default()));
            if let Some(text) = embed["description"].as_str() {
                let _ = writeln!(out, "  │ {}", indented(&unescaped(text)));
            }
            for field in embed["fields"].as_array().into_iter().flatten() {
                let value = self.masked(field["value"].as_str().unwrap_or_default());
                let _ = writeln!(out, "  │ {}: {value}", field["name"].as_str().unwrap_or_default());
            }
        }
        if !post.content.is_empty() || post.embeds.is_empty() {
            let answers = if post.reply_to.is_some() && post.kind == 19 { " ↩" } else { "" };
            let _ = writeln!(out, "  {}{answers}: {}", post.author_name, indented(&self.masked(&post.content)));
        }
        for file in &post.attachments {
            let _ = writeln!(out, "    📎 {} ({}, {} bytes)", file.filename, file.content_type, file.bytes.len());
        }
        let labels: Vec<&str> = post
            .components
            .iter()
            .flat_map(|row| row["components"].as_array().into_iter().flatten())
            .filter_map(|button| button["label"].as_str())
            .collect();
        if !labels.is_empty() {
            let _ = writeln!(out, "    [{}]", labels.join("] ["));
        }
        let reactions: Vec<&str> =
            post.reactions.iter().filter(|r| !r.users.is_empty()).map(|r| r.emoji.as_str()).collect();
        if !reactions.is_empty() {
            let _ = writeln!(out, "    {}", reactions.join(" "));
        }
    }

    /// Where a thread is that is not in the first channel.
    fn channel_name(&self, channel: u64) -> &'static str {
        match channel {
            id if id == self.billing => " in #billing",
            id if id == self.backoffice => " in #backoffice",
            _ => "",
        }
    }

    /// Times and ids replaced by what they stand for, and escapes by what they show.
    fn masked(&self, text: &str) -> String {
        let text = &unescaped(text);
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some(start) = rest.find('<') {
            out.push_str(&rest[..start]);
            let Some(len) = rest[start..].find('>') else { break };
            let tag = &rest[start..=start + len];
            if tag.starts_with("<t:") {
                out.push_str(if tag.ends_with(":R>") { "‹countdown›" } else { "‹time›" });
            } else if let Some(id) = tag.strip_prefix("<@").and_then(|t| t.trim_end_matches('>').parse::<u64>().ok()) {
                let name = self.chat.users().into_iter().find(|u| u.id == id).map(|u| u.name);
                out.push_str(&format!("@{}", name.unwrap_or_default()));
            } else if let Some(id) = tag.strip_prefix("<#").and_then(|t| t.trim_end_matches('>').parse::<u64>().ok()) {
                let parent = self.chat.thread(id).and_then(|t| t.parent).unwrap_or_default();
                out.push_str(&format!("‹thread{}›", self.channel_name(parent)));
            } else {
                out.push_str(tag);
            }
            rest = &rest[start + len + 1..];
        }
        out.push_str(rest);
        out
    }

    /// One message as the phone shows it.
    fn write_phone(&self, out: &mut String, message: &PhoneMessage, history: &[PhoneMessage]) {
        let side = match message.author {
            Author::Customer => "  they",
            Author::Business => "    we",
            Author::App => "    we (app)",
        };
        let quote = message
            .quotes
            .as_ref()
            .and_then(|id| history.iter().find(|m| m.id == *id))
            .map_or_else(String::new, |m| format!(" ↩ “{}”", m.text));
        // A picture that was sent as a file on Telegram is one on the phone.
        let media = message.media.as_ref().map_or_else(String::new, |media| {
            let picture =
                self.chat.is_telegram() && message.author == Author::Business && media.mime.starts_with("image/");
            format!(" [{}]", if picture { "image" } else { &message.kind })
        });
        let tick = if message.author == Author::Customer { String::new() } else { format!(" ({:?})", message.tick) };
        let failed = message.failed_with.map_or_else(String::new, |code| format!(" failed {code}"));
        let deleted = if message.deleted { " (deleted)" } else { "" };
        let reactions: String = [&message.customer_reaction, &message.business_reaction]
            .into_iter()
            .flatten()
            .map(|emoji| format!(" {emoji}"))
            .collect();
        let _ = writeln!(out, "{side}{quote}{media}: {}{tick}{failed}{deleted}{reactions}", indented(&message.text));
    }
}

/// The text as Discord shows it: without the backslashes that keep characters from being markup.
pub fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escapes = c == '\\' && chars.peek().is_some_and(char::is_ascii_punctuation);
        out.extend(if escapes { chars.next() } else { Some(c) });
    }
    out
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n      ")
}
