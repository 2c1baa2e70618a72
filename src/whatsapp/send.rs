//! Sends to a customer.
//!
//! Properties: a message that WhatsApp has taken is never sent again by the same job; a request that left without an answer
//! is unknown and is not repeated; nothing is sent after a part that failed, so the order holds.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::event::Failure;
use crate::domain::ids::{NumberId, OutboxId, Wamid};
use crate::port::{Address, Channel, Job, Outcome, Outgoing, Receipt, Scope};

use super::answer::{Accepted, Asked, invalid, later, repeatable};
use super::graph::Answer;
use super::outgoing::{self, Part, Plan};
use super::{WhatsApp, upload};

/// Jobs remembered; the oldest are forgotten first.
const REMEMBERED: usize = 4096;

/// Why a message waits that WhatsApp was not asked about.
const PACE: &str = "the pace WhatsApp allows";

/// How far jobs of several steps have come.
#[derive(Default)]
pub(super) struct Progress(Mutex<BTreeMap<OutboxId, Steps>>);

#[derive(Default, Clone)]
struct Steps {
    /// Id of the uploaded file.
    media: Option<String>,
    /// Ids of the messages WhatsApp has taken.
    wamids: Vec<String>,
}

impl Progress {
    fn of(&self, outbox: OutboxId) -> Steps {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&outbox).cloned().unwrap_or_default()
    }

    fn keep(&self, outbox: OutboxId, steps: &Steps) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(outbox, steps.clone());
        if all.len() > REMEMBERED {
            all.pop_first();
        }
    }

    fn forget(&self, outbox: OutboxId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&outbox);
    }
}

impl WhatsApp {
    pub(super) async fn send(
        &self,
        job: &Job,
        number: &NumberId,
        to: &Address,
        content: &Outgoing,
        quote: Option<&Wamid>,
    ) -> Outcome {
        let plan = match outgoing::plan(content).await {
            Ok(plan) => plan,
            Err(reason) => return invalid(reason),
        };
        let scope = self.scope(number);
        let asked = Self::asked(&scope, job);
        let mut steps = self.progress.of(job.outbox);
        let outcome = self.steps(job, number, to, quote, &plan, &mut steps, asked).await;
        match &outcome {
            Outcome::Done(_) | Outcome::Refused { .. } => self.progress.forget(job.outbox),
            Outcome::Later { .. } | Outcome::Unknown(_) => self.progress.keep(job.outbox, &steps),
        }
        let outcome = match content {
            Outgoing::Reaction { .. } => repeatable(outcome, asked),
            Outgoing::Content(_) | Outgoing::File { .. } => partly(outcome, steps.wamids.len(), plan.parts.len()),
        };
        self.learn(number, to, &outcome);
        outcome
    }

    #[expect(clippy::too_many_arguments, reason = "the pieces of one job, taken apart by its caller")]
    async fn steps(
        &self,
        job: &Job,
        number: &NumberId,
        to: &Address,
        quote: Option<&Wamid>,
        plan: &Plan,
        steps: &mut Steps,
        asked: Asked<'_>,
    ) -> Outcome {
        if let (Some(file), None) = (&plan.upload, &steps.media) {
            match upload::upload(&self.graph, number.as_str(), file, self.settings.timeout).await {
                Ok(id) => steps.media = Some(id),
                Err(answer) => return repeatable(answer.outcome(asked), asked),
            }
        }
        let media = steps.media.clone().unwrap_or_default();
        for (index, part) in plan.parts.iter().enumerate().skip(steps.wamids.len()) {
            let quote = quote.filter(|_| index == 0);
            match self.part(job, number, to, quote, part, &media, asked).await {
                Ok(wamid) => steps.wamids.push(wamid),
                Err(outcome) => return outcome,
            }
        }
        Outcome::Done(Receipt { remote: steps.wamids.clone(), file: None })
    }

    #[expect(clippy::too_many_arguments, reason = "the pieces of one job, taken apart by its caller")]
    async fn part(
        &self,
        job: &Job,
        number: &NumberId,
        to: &Address,
        quote: Option<&Wamid>,
        part: &Part,
        media: &str,
        asked: Asked<'_>,
    ) -> Result<String, Outcome> {
        let request = outgoing::message(to, quote, job.outbox, part.node(media)).map_err(invalid)?;
        if let Err(wait) = self.pace.turn(number, customer(to)).await {
            let after_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
            return Err(later(after_ms, Scope::Lane, PACE));
        }
        match self.graph.post(&[number.as_str(), "messages"], &request).await {
            Answer::Fine(body) => {
                let accepted: Option<Accepted> = serde_json::from_slice(&body).ok();
                let id = accepted.and_then(|accepted| accepted.messages.into_iter().map(|message| message.id).next());
                id.filter(|id| !id.is_empty())
                    .ok_or_else(|| Outcome::Unknown("WhatsApp accepted the message without giving it an id".to_owned()))
            }
            other => Err(other.outcome(asked)),
        }
    }

    /// Slows down before the next message as WhatsApp has just asked.
    fn learn(&self, number: &NumberId, to: &Address, outcome: &Outcome) {
        let Outcome::Later { after_ms, scope, why } = outcome else { return };
        let pause = Duration::from_millis(u64::try_from(*after_ms).unwrap_or(0));
        match scope {
            // Its turn is not taken, and the debt that makes it wait is known.
            Scope::Lane if why == PACE => {}
            Scope::All(_) | Scope::Stopped(_) => self.pace.pause_number(number, pause),
            Scope::Lane => self.pace.pause_pair(number, customer(to), pause),
        }
    }
}

fn customer(to: &Address) -> &str {
    if to.phone.is_empty() { &to.bsuid } else { &to.phone }
}

/// Says that a part of a long message has gone out where the rest has not.
fn partly(outcome: Outcome, sent: usize, of: usize) -> Outcome {
    match outcome {
        Outcome::Refused { refusal, failure } if sent > 0 => {
            let reason = format!("The first {sent} of {of} parts were sent, the rest was not: {}", failure.reason);
            Outcome::Refused { refusal, failure: Failure { code: failure.code, reason } }
        }
        Outcome::Unknown(why) if sent > 0 => Outcome::Unknown(format!("{sent} of {of} parts were sent; {why}")),
        other => other,
    }
}
