//! Events that a client publishes: one after another, each until it is known what became of it.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    journal::Answer,
    ledger::{Entry, Ledger},
};

/// When an answer is taken for lost.
const PATIENCE: Duration = Duration::from_secs(6);
/// How long to wait before the next try.
const PAUSE: Duration = Duration::from_millis(150);

pub(super) struct Outbox {
    ledger: Arc<Ledger>,
    waiting: VecDeque<Waiting>,
    /// The reference of the front's attempt, and since when.
    under_way: Option<(u64, Instant)>,
    not_before: Instant,
    reference: u64,
}

pub(super) struct Waiting {
    pub(super) entry: Entry,
    pub(super) frame: Value,
    pub(super) fatal: bool,
}

impl Outbox {
    pub(super) fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger, waiting: VecDeque::new(), under_way: None, not_before: Instant::now(), reference: 0 }
    }

    pub(super) fn push(&mut self, waiting: Waiting) {
        self.waiting.push_back(waiting);
    }

    /// A reference that no frame has carried yet.
    pub(super) fn reference(&mut self) -> u64 {
        self.reference += 1;
        self.reference
    }

    /// How long until there is something to do; `None` if nothing waits.
    pub(super) fn due(&self) -> Option<Duration> {
        self.waiting.front()?;
        Some(match self.under_way {
            Some((_, began)) => (began + PATIENCE).saturating_duration_since(Instant::now()),
            None => self.not_before.saturating_duration_since(Instant::now()),
        })
    }

    /// The frame to send now, and whether the connection is to end right after it.
    pub(super) fn next(&mut self) -> Option<(Value, bool)> {
        if self.under_way.is_some_and(|(_, began)| began.elapsed() >= PATIENCE) {
            self.lost();
        }
        if self.under_way.is_some() || Instant::now() < self.not_before {
            return None;
        }
        let reference = self.reference + 1;
        let front = self.waiting.front_mut()?;
        let (mut frame, fatal) = (front.frame.clone(), std::mem::take(&mut front.fatal));
        frame["ref"] = reference.into();
        self.reference = reference;
        self.under_way = Some((reference, Instant::now()));
        Some((frame, fatal))
    }

    /// Nobody will answer any more.
    pub(super) fn lost(&mut self) {
        if let (Some((_, began)), Some(front)) = (self.under_way.take(), self.waiting.front()) {
            self.ledger.attempted(front.entry, began, Answer::Unknown);
            self.not_before = Instant::now() + PAUSE;
        }
    }

    /// Takes an answer; whether a publish is done with it.
    pub(super) fn answered(&mut self, reply: &Value) -> bool {
        let Some((_, began)) = self.under_way.filter(|(reference, _)| reply["ref"] == *reference) else { return false };
        let Some(front) = self.waiting.front() else { return false };
        self.under_way = None;
        let (answer, done) = read(reply);
        self.ledger.attempted(front.entry, began, answer);
        if done {
            self.waiting.pop_front();
        } else {
            let pause = reply["error"]["retryAfter"].as_u64().map_or(PAUSE, Duration::from_millis);
            self.not_before = Instant::now() + pause;
        }
        done
    }
}

/// What a reply says, and whether there is nothing more to try.
fn read(reply: &Value) -> (Answer, bool) {
    if reply["type"] == "ack" {
        let at = reply["id"].as_str().and_then(|id| id.parse().ok());
        let answer = at.map_or(Answer::Passed, |at| Answer::Stored { at, duplicate: reply["duplicate"] == true });
        return (answer, true);
    }
    match reply["error"]["code"].as_u64().and_then(|code| u16::try_from(code).ok()) {
        None | Some(4100 | 4104) => (Answer::Unknown, false),
        Some(code) => (Answer::Refused(code), code < 4100),
    }
}
