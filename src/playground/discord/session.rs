//! The gateway's sessions: who listens, what each has been sent, and the tricks it can play.

use std::collections::VecDeque;

use axum::extract::ws::Utf8Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::events::{Event, intent};

/// How many events a session keeps for a RESUME.
const REPLAY: usize = 10_000;

/// What a session's socket is told to do.
pub(super) enum Out {
    /// Send this payload.
    Text(Utf8Bytes),
    /// Send a close frame with this code and end.
    Close(u16),
    /// End without a close frame.
    Abort,
}

/// An open socket.
pub(super) struct Line {
    pub(super) id: u64,
    pub(super) out: UnboundedSender<Out>,
}

/// What one IDENTIFY began; outlives its socket for a RESUME.
pub(super) struct Session {
    pub(super) id: String,
    pub(super) intents: u64,
    pub(super) seq: u64,
    backlog: VecDeque<(u64, Utf8Bytes)>,
    /// The socket it is on, absent while disconnected.
    pub(super) line: Option<u64>,
}

/// Every socket and session.
#[derive(Default)]
pub(super) struct Gateway {
    pub(super) lines: Vec<Line>,
    pub(super) sessions: Vec<Session>,
    /// Connections are refused.
    pub(super) down: bool,
    pub(super) identifies: u64,
    pub(super) resumes: u64,
    pub(super) next_line: u64,
    /// How many connections have ended.
    pub(super) ended: u64,
    garble: Vec<String>,
    duplicate: Vec<String>,
    swap: Swap,
}

#[derive(Default)]
enum Swap {
    #[default]
    No,
    /// The next event waits for the one after it.
    Armed,
    Holding(Box<Event>),
}

impl Gateway {
    /// Whether any session, connected or not, would be sent events of this intent.
    pub(super) fn listens(&self, intent: u64) -> bool {
        self.sessions.iter().any(|s| s.wants(intent))
    }

    /// Whether a client is there to hear an event now.
    pub(super) fn is_connected(&self) -> bool {
        self.sessions.iter().any(|s| s.line.is_some())
    }

    pub(super) fn garble_next(&mut self, name: &str) {
        self.garble.push(name.to_owned());
    }

    pub(super) fn duplicate_next(&mut self, name: &str) {
        self.duplicate.push(name.to_owned());
    }

    pub(super) fn swap_next_two(&mut self) {
        self.swap = Swap::Armed;
    }

    /// Sends an event to every session that asked for its kind.
    pub(super) fn dispatch(&mut self, event: Event) {
        if !self.listens(event.intent) {
            return;
        }
        match std::mem::take(&mut self.swap) {
            Swap::No => self.send(event),
            Swap::Armed => self.swap = Swap::Holding(Box::new(event)),
            Swap::Holding(earlier) => {
                self.send(event);
                self.send(*earlier);
            }
        }
    }

    fn send(&mut self, mut event: Event) {
        if take(&mut self.garble, event.name) {
            garble(&mut event.d);
        }
        let times = if take(&mut self.duplicate, event.name) { 2 } else { 1 };
        let full = event.d.to_string();
        let mut bare = None;
        for _ in 0..times {
            for session in self.sessions.iter_mut().filter(|s| s.wants(event.intent)) {
                // Whoever was away when somebody clicked never hears of it.
                if event.name == "INTERACTION_CREATE" && session.line.is_none() {
                    continue;
                }
                let hide = event.private && session.intents & intent::MESSAGE_CONTENT == 0;
                let d = if hide { bare.get_or_insert_with(|| stripped(&event.d)) } else { &full };
                session.send(&self.lines, event.name, d);
            }
        }
    }

    /// Sends an event to one session only.
    pub(super) fn send_to(&mut self, id: &str, name: &str, d: &Value) {
        if let Some(session) = self.sessions.iter_mut().find(|s| s.id == id) {
            session.send(&self.lines, name, &d.to_string());
        }
    }

    /// Begins a session on a line.
    pub(super) fn begin(&mut self, id: String, intents: u64, line: u64) {
        self.identifies += 1;
        self.sessions.push(Session { id, intents, seq: 0, backlog: VecDeque::new(), line: Some(line) });
    }

    /// Moves a session to a line and sends it what it missed after `seq`.
    ///
    /// # Errors
    /// The close code, or none when the session is unknown or has forgotten too much: the client has to identify.
    pub(super) fn resume(&mut self, id: &str, seq: u64, line: u64) -> Result<(), Option<u16>> {
        let session = self.sessions.iter_mut().find(|s| s.id == id).ok_or(None)?;
        if seq > session.seq {
            return Err(Some(4007));
        }
        if session.backlog.front().is_some_and(|(first, _)| *first > seq + 1) {
            return Err(None);
        }
        self.resumes += 1;
        session.line = Some(line);
        if let Some(line) = self.lines.iter().find(|l| l.id == line) {
            for (_, text) in session.backlog.iter().filter(|(s, _)| *s > seq) {
                // Fails only when the socket has gone meanwhile.
                let _ = line.out.send(Out::Text(text.clone()));
            }
        }
        session.send(&self.lines, "RESUMED", "{}");
        Ok(())
    }

    /// Takes a socket off; its session stays for a RESUME unless the client ended it on purpose.
    pub(super) fn leave(&mut self, line: u64, ended: bool) {
        self.lines.retain(|l| l.id != line);
        self.ended += 1;
        if ended {
            self.sessions.retain(|s| s.line != Some(line));
        }
        for session in self.sessions.iter_mut().filter(|s| s.line == Some(line)) {
            session.line = None;
        }
    }
}

impl Session {
    fn wants(&self, intent: u64) -> bool {
        intent == intent::ANY || self.intents & intent != 0
    }

    fn send(&mut self, lines: &[Line], name: &str, d: &str) {
        self.seq += 1;
        let text = Utf8Bytes::from(format!(r#"{{"t":"{name}","s":{},"op":0,"d":{d}}}"#, self.seq));
        if let Some(line) = self.line.and_then(|id| lines.iter().find(|l| l.id == id)) {
            // Fails only when the socket has gone meanwhile; the backlog has it.
            let _ = line.out.send(Out::Text(text.clone()));
        }
        self.backlog.push_back((self.seq, text));
        if self.backlog.len() > REPLAY {
            self.backlog.pop_front();
        }
    }
}

fn take(names: &mut Vec<String>, name: &str) -> bool {
    names.iter().position(|n| n == name).map(|at| names.swap_remove(at)).is_some()
}

/// Gives a field a type no client expects.
fn garble(d: &mut Value) {
    let Value::Object(fields) = d else { return };
    let field = ["type", "id", "user_id", "channel_id"].into_iter().find(|f| fields.contains_key(*f)).unwrap_or("id");
    fields.insert(field.to_owned(), json!({ "unexpected": "shape" }));
}

/// A message as a session without MESSAGE_CONTENT sees it.
fn stripped(d: &Value) -> String {
    let mut d = d.clone();
    blank(&mut d);
    if let Some(replied) = d.get_mut("referenced_message").filter(|m| m.is_object()) {
        blank(replied);
    }
    d.to_string()
}

/// Empties what MESSAGE_CONTENT protects.
pub(super) fn blank(message: &mut Value) {
    message["content"] = "".into();
    for list in ["embeds", "attachments", "components"] {
        message[list] = json!([]);
    }
}
