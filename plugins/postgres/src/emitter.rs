//! Reads changes, publishes them, and says so to their source, in this order and for ever.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use metrics::{Counter, counter, gauge};
use tidewire::{BrokerError, PluginContext, PublishError, PublishOptions};
use tokio::sync::watch;

use crate::{
    connect::Connector,
    error::{SyncError, cause_of},
    mapping::{Omitted, Rendered},
    source::{self, Change, Wanted},
    table::Operation,
};

/// How often a node that does not lead asks whether it may.
const ASK: Duration = Duration::from_millis(500);

/// How often what is installed is looked after: a table that was dropped and made anew has no triggers.
const TEND: Duration = Duration::from_secs(10);

/// What was read longer ago is read again before it is published: this process may have been halted meanwhile, and another may have taken its place. Shorter than the time after which the
/// database ends an idle session, and with it the lead.
const FRESH: Duration = Duration::from_secs(10);

/// After fewer changes than this the next are waited for as after none: reading and deleting costs the database about as much for a few changes as for many, and each deletion writes to disk.
const MANY: usize = 512;

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// More events than this are not remembered as published while the database is away: no batch has so many.
const REMEMBERED: usize = 4096;

/// Moves changes from a source to the broker.
pub(crate) struct Emitter {
    pub(crate) context: PluginContext,
    pub(crate) connector: Connector,
    pub(crate) wanted: Arc<Wanted>,
    pub(crate) interval: Duration,
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) installed: watch::Sender<bool>,
    /// What the broker confirmed, and the source could not be told when it failed: keys and positions.
    pub(crate) published: HashMap<String, i64>,
    /// What the broker confirmed since, and the source is being told.
    pub(crate) telling: Vec<(String, i64)>,
}

/// What became of a batch.
#[derive(Default)]
struct Outcome {
    done: Vec<i64>,
    failed: bool,
}

impl Emitter {
    /// Runs until it is told to stop. Whatever fails is tried again.
    pub(crate) async fn run(mut self) {
        let mut pause = SHORTEST_PAUSE;
        while !self.is_stopped() {
            let began = Instant::now();
            let session = AssertUnwindSafe(self.session()).catch_unwind().await;
            leads(false);
            match session {
                Ok(Ok(())) => break,
                Ok(Err(error)) => {
                    counter!("tidewire_postgres_failures_total", "of" => "database").increment(1);
                    tracing::warn!(%error, cause = cause_of(&error), "the source of changes failed; they wait");
                }
                Err(_) => tracing::error!("reading changes panicked; they wait"),
            }
            if began.elapsed() > LONGEST_PAUSE {
                pause = SHORTEST_PAUSE;
            }
            self.rest(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        tracing::debug!("no more changes are read here");
    }

    fn is_stopped(&self) -> bool {
        *self.stop.borrow() || self.context.is_stopping()
    }

    /// Waits, but not when it is time to stop.
    async fn rest(&self, pause: Duration) {
        let mut stop = self.stop.clone();
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.context.stopping() => {}
            // Whoever could say stop is gone: then that is what it says.
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }

    /// One connection's life, until it fails or is not needed any more.
    async fn session(&mut self) -> Result<(), SyncError> {
        let room = REMEMBERED.saturating_sub(self.published.len());
        self.published.extend(self.telling.drain(..).take(room));
        let mut source = source::open(&self.connector, &self.wanted).await?;
        self.installed.send_replace(true);
        let (mut led, mut tended, mut pause) = (false, Instant::now(), SHORTEST_PAUSE);
        while !self.is_stopped() {
            if tended.elapsed() >= TEND {
                source.tend().await?;
                tended = Instant::now();
            }
            if !source.lead().await? {
                self.rest(ASK).await;
                continue;
            }
            if !std::mem::replace(&mut led, true) {
                tracing::info!("this node publishes the changes of the database");
                leads(true);
            }
            let changes = source.read().await?;
            if changes.is_empty() {
                self.rest(self.interval).await;
                continue;
            }
            let few = changes.len() < MANY;
            let outcome = self.publish(changes, Instant::now()).await;
            if !outcome.done.is_empty() {
                source.confirm(&outcome.done).await?;
                self.telling.clear();
                if !self.published.is_empty() {
                    let done: HashSet<i64> = outcome.done.into_iter().collect();
                    self.published.retain(|_, position| !done.contains(position));
                }
                // What fails is a part, so there is no use in waiting ever longer.
                pause = SHORTEST_PAUSE;
            }
            if outcome.failed {
                counter!("tidewire_postgres_failures_total", "of" => "broker").increment(1);
                self.rest(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            } else if few {
                self.rest(self.interval).await;
            }
        }
        Ok(())
    }

    /// Publishes changes in rounds, none of which has a row twice: events of one round may fail each by itself, and the second change of a row must not be stored before the first.
    async fn publish(&mut self, changes: Vec<Change>, read: Instant) -> Outcome {
        let mut waiting = VecDeque::from(changes);
        let mut outcome = Outcome::default();
        while !waiting.is_empty() && !outcome.failed && read.elapsed() < FRESH {
            let round = next_round(&mut waiting);
            self.publish_round(round, &mut outcome).await;
        }
        outcome
    }

    async fn publish_round(&mut self, round: Vec<Change>, outcome: &mut Outcome) {
        let Some(realtime) = self.context.realtime() else {
            outcome.failed = true;
            return;
        };
        let mut batch = realtime.batch();
        let mut added = Vec::with_capacity(round.len());
        for change in round {
            let mapping = &self.wanted.mappings[change.table];
            if self.published.contains_key(&change.key) {
                outcome.done.push(change.position);
                continue;
            }
            match mapping.render(change.operation, change.row.as_deref(), change.key_only) {
                Ok(Rendered { channel, event, data }) => {
                    batch.add_dynamic(&channel, event, data, PublishOptions::new().key(change.key.clone()));
                    added.push(change);
                }
                Err(omitted) => {
                    report(&mapping.table.label(), change.operation, change.position, &omitted);
                    outcome.done.push(change.position);
                }
            }
        }
        let answers = batch.publish().await;
        let mut published = 0;
        for (change, answer) in added.into_iter().zip(answers) {
            let table = || self.wanted.mappings[change.table].table.label();
            match answer {
                Ok(answer) if answer.duplicate => changes("duplicate").increment(1),
                Ok(_) => published += 1,
                Err(PublishError::Broker(BrokerError::Conflict)) => {
                    // The key belongs to this change, so the mapping has changed since the event was stored; what mattered has been said.
                    tracing::warn!(table = table(), number = change.position, "a change was published before, as another event");
                    changes("duplicate").increment(1);
                }
                Err(error) if may_pass(&error) => {
                    tracing::warn!(table = table(), %error, cause = source_of(&error), "changes are not published; they wait");
                    outcome.failed = true;
                    continue;
                }
                Err(error) => {
                    let operation = change.operation.name();
                    tracing::error!(table = table(), operation, number = change.position, %error, "a change fits no event of the contract, and is left out");
                    changes("rejected").increment(1);
                }
            }
            self.telling.push((change.key, change.position));
            outcome.done.push(change.position);
        }
        changes("published").increment(published);
    }
}

/// Whether the same event may be stored later. Of a broker everything may be, whatever it says today: a change is not given up because a store is broken.
fn may_pass(error: &PublishError) -> bool {
    matches!(error, PublishError::Broker(_)) || error.is_retryable()
}

fn source_of(error: &PublishError) -> String {
    std::error::Error::source(error).map(ToString::to_string).unwrap_or_default()
}

/// The longest run of changes in which no row comes twice. A truncation is alone: it concerns all rows of its table.
///
/// Of a table without a key all rows count as one, but those that are new: nothing has happened to them yet.
fn next_round(waiting: &mut VecDeque<Change>) -> Vec<Change> {
    let mut rows = HashMap::new();
    let mut length = 0;
    for next in waiting.iter() {
        let alone = next.operation == Operation::Truncate;
        let new = next.identity.is_empty() && next.operation == Operation::Insert;
        let before = rows.insert((next.table, next.identity.as_str()), new);
        if (alone && length > 0) || before.is_some_and(|before| !(before && new)) {
            break;
        }
        length += 1;
        if alone {
            break;
        }
    }
    waiting.drain(..length).collect()
}

fn report(table: &str, operation: Operation, number: i64, omitted: &Omitted) {
    let operation = operation.name();
    let outcome = match omitted {
        Omitted::Unwanted => "filtered",
        Omitted::FilterPanicked => {
            tracing::error!(table, operation, number, "the filter panicked; the change is left out");
            "rejected"
        }
        Omitted::Unaddressed(reason) => {
            tracing::warn!(table, operation, number, reason, "a change belongs to no channel, and is left out");
            "rejected"
        }
        Omitted::Unreadable(reason) => {
            tracing::error!(table, operation, number, reason, "a row cannot be sent, and is left out");
            "rejected"
        }
    };
    changes(outcome).increment(1);
}

fn changes(outcome: &'static str) -> Counter {
    counter!("tidewire_postgres_changes_total", "outcome" => outcome)
}

fn leads(leads: bool) {
    gauge!("tidewire_postgres_leads").set(if leads { 1.0 } else { 0.0 });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(position: i64, table: usize, identity: &str, operation: Operation) -> Change {
        let identity = identity.to_owned();
        Change { position, key: String::new(), table, operation, row: None, key_only: false, identity }
    }

    #[test]
    fn no_row_is_twice_in_a_round_and_a_truncation_is_alone() {
        use Operation::{Delete, Insert, Truncate, Update};
        let mut waiting = VecDeque::from([
            change(1, 0, "1", Insert),
            change(2, 1, "1", Insert),
            change(3, 0, "2", Insert),
            change(4, 0, "1", Update),
            change(5, 1, "2", Insert),
            change(6, 0, "", Truncate),
            change(7, 0, "1", Insert),
            change(8, 2, "", Insert),
            change(9, 2, "", Insert),
            change(10, 2, "", Update),
            change(11, 2, "", Insert),
            change(12, 2, "", Delete),
            change(13, 2, "", Delete),
        ]);
        let mut rounds = Vec::new();
        while !waiting.is_empty() {
            rounds.push(next_round(&mut waiting).into_iter().map(|change| change.position).collect::<Vec<_>>());
        }
        assert_eq!(rounds, [vec![1, 2, 3], vec![4, 5], vec![6], vec![7, 8, 9], vec![10], vec![11], vec![12], vec![13]]);
    }
}
