//! What nodes say to each other about connections.
//!
//! Messages are small JSON objects with a `type`; what is not understood comes from a newer node and is ignored. They travel through the broker, which
//! only nodes can reach, so a session key may be in them.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{Semaphore, oneshot};

use super::{
    Dismissal, NotTaken, Operation,
    assigned::{Assigned, bequeath, receive},
    errand::{Errand, Outcome},
    execute_all, presence,
};
use crate::{
    access::Grant,
    broker::Recipient,
    error::BrokerError,
    identity::{ConnectionId, NodeId, SessionKey},
    presence::NotPresent,
    realtime::Realtime,
};

/// How many requests of other nodes are worked on at once. More are dropped, and time out where they came from.
const WORKERS: usize = 1024;
/// How many questions may wait for an answer.
const QUESTIONS: usize = 4096;
/// How long another node may take for the frames of a request.
const SEND_PATIENCE: Duration = Duration::from_secs(2);
/// How long to wait for the node that has a connection.
const FIND_PATIENCE: Duration = Duration::from_secs(1);
/// How old a connection must be to be replaced by one on another node. Otherwise word of a client's way there could end its way back.
const SETTLED: Duration = Duration::from_secs(3);

// Not `Debug`: there are secrets in it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Letter {
    /// Does what the frames of a client's request ask for.
    Send {
        id: u64,
        from: String,
        session: String,
        // Whose request it is. Rights are not passed on: the connection has its own.
        #[serde(default)]
        user: Option<String>,
        frames: Vec<Value>,
    },
    /// The answer: a JSON list, or nothing when no such session is connected there, or it is somebody else's.
    Replies {
        id: u64,
        replies: Option<String>,
        #[serde(default)]
        foreign: bool,
    },
    /// Hands a finished frame to a client. Only the node that has it answers.
    Message { id: u64, from: String, connection: String, frame: String },
    /// Ends a connection. Only the node that has it answers.
    Close { id: u64, from: String, connection: String },
    /// Replaces what a connection may do. Only the node that has it answers.
    Grant { id: u64, from: String, connection: String, grant: Grant },
    /// The answer to these three.
    Found { id: u64, taken: bool },
    /// The client is connected elsewhere now: on `from`, which wants to know what the service gave it.
    Moved {
        session: String,
        #[serde(default)]
        user: Option<String>,
        #[serde(default)]
        from: Option<String>,
    },
    /// What the service gave to a client while it was on `node`.
    Left { node: String, connection: String, assigned: Assigned },
    /// Does something with a connection. Only the node that has it answers.
    Errand { id: u64, from: String, connection: String, errand: Errand },
    /// How that came out.
    Outcome { id: u64, outcome: Outcome },
    /// Has a connection present on a channel, or not any more. Only the node that has it answers.
    Presence { id: u64, from: String, connection: String, channel: String, state: Option<String> },
    #[serde(other)]
    Other,
}

/// An answer of another node.
#[derive(Debug)]
enum Answer {
    Replies(Replies),
    Found(bool),
    Outcome(Outcome),
}

/// What another node made of the frames of a client's request.
#[derive(Debug)]
pub(crate) enum Replies {
    /// The answers, as a JSON list.
    Done(String),
    /// No such session is connected there.
    Unknown,
    /// It is somebody else's.
    NotYours,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// The question never left.
    NotAsked(BrokerError),
    /// Nobody answered in time.
    Silence,
}

/// Questions to other nodes that wait for an answer, and the work that theirs make.
pub(crate) struct Relay {
    waiting: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
    next: AtomicU64,
    workers: Arc<Semaphore>,
}

impl Relay {
    pub(super) fn new() -> Self {
        Self { waiting: Mutex::default(), next: AtomicU64::new(1), workers: Arc::new(Semaphore::new(WORKERS)) }
    }

    /// Has another node do what the frames of a request by `user` ask for.
    pub(crate) async fn send(
        &self,
        realtime: &Realtime,
        key: &SessionKey,
        user: Option<&str>,
        frames: Vec<Value>,
    ) -> Result<Replies, Unanswered> {
        let (session, user) = (key.to_string(), user.map(str::to_owned));
        let letter = |id, from| Letter::Send { id, from, session, user, frames };
        match self.ask(realtime, Recipient::Node(key.node), SEND_PATIENCE, letter).await? {
            Answer::Replies(replies) => Ok(replies),
            _ => Err(Unanswered::Silence),
        }
    }

    /// Hands a frame to a connection of another node; whether that had room for it.
    pub(super) async fn message(&self, realtime: &Realtime, connection: ConnectionId, frame: String) -> Result<bool, Unanswered> {
        let letter = |id, from| Letter::Message { id, from, connection: connection.to_string(), frame };
        self.find(realtime, letter).await
    }

    /// Ends a connection of another node.
    pub(super) async fn close(&self, realtime: &Realtime, connection: ConnectionId) -> Result<bool, Unanswered> {
        self.find(realtime, |id, from| Letter::Close { id, from, connection: connection.to_string() }).await
    }

    /// Replaces what a connection of another node may do; whether it is one of the grant's user.
    pub(super) async fn grant(&self, realtime: &Realtime, connection: ConnectionId, grant: Grant) -> Result<bool, Unanswered> {
        self.find(realtime, |id, from| Letter::Grant { id, from, connection: connection.to_string(), grant }).await
    }

    /// Tells the node where the client was that it is here now, as `user`. Nobody waits for it.
    pub(crate) fn moved(realtime: &Realtime, before: SessionKey, user: Option<&str>) {
        let from = Some(realtime.shared().hub.node().to_string());
        post(realtime, Recipient::Node(before.node), Letter::Moved { session: before.to_string(), user: user.map(str::to_owned), from });
    }

    /// Tells other nodes what the service gave to a client, which will be there next. Nobody waits for it.
    pub(super) fn left(realtime: &Realtime, to: Recipient, node: NodeId, connection: ConnectionId, assigned: Assigned) {
        post(realtime, to, Letter::Left { node: node.to_string(), connection: connection.to_string(), assigned });
    }

    /// Does something with a connection of another node.
    pub(super) async fn errand(&self, realtime: &Realtime, connection: ConnectionId, errand: Errand) -> Result<Outcome, Unanswered> {
        let letter = |id, from| Letter::Errand { id, from, connection: connection.to_string(), errand };
        match self.ask(realtime, Recipient::Everybody, FIND_PATIENCE, letter).await? {
            Answer::Outcome(outcome) => Ok(outcome),
            _ => Err(Unanswered::Silence),
        }
    }

    /// Tells another node what came of something that it waits for.
    pub(super) fn answer(realtime: &Realtime, to: NodeId, id: u64, outcome: Outcome) {
        post(realtime, Recipient::Node(to), Letter::Outcome { id, outcome });
    }

    /// Waits for something that another node will say later. How long is for whoever waits.
    pub(super) fn expect(&self) -> Result<(Question<'_>, impl Future<Output = Option<Outcome>> + use<>), Unanswered> {
        let (question, answer) = self.begin()?;
        let outcome = async {
            match answer.await {
                Ok(Answer::Outcome(outcome)) => Some(outcome),
                _ => None,
            }
        };
        Ok((question, outcome))
    }

    fn begin(&self) -> Result<(Question<'_>, oneshot::Receiver<Answer>), Unanswered> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        let mut waiting = self.waiting();
        if waiting.len() >= QUESTIONS {
            return Err(Unanswered::NotAsked(BrokerError::unavailable("too many questions wait for other nodes")));
        }
        // Listed before the question leaves: the answer may be back first.
        waiting.insert(id, sender);
        Ok((Question { relay: self, id }, answer))
    }

    /// Has a connection of another node show this on a roster, or nothing; whether there was room.
    pub(super) async fn present(
        &self,
        realtime: &Realtime,
        connection: ConnectionId,
        channel: String,
        state: Option<String>,
    ) -> Result<bool, Unanswered> {
        let letter = |id, from| Letter::Presence { id, from, connection: connection.to_string(), channel, state };
        // The other node asks the broker, too.
        match self.ask(realtime, Recipient::Everybody, SEND_PATIENCE, letter).await? {
            Answer::Found(taken) => Ok(taken),
            _ => Err(Unanswered::Silence),
        }
    }

    async fn find(&self, realtime: &Realtime, letter: impl FnOnce(u64, String) -> Letter) -> Result<bool, Unanswered> {
        match self.ask(realtime, Recipient::Everybody, FIND_PATIENCE, letter).await? {
            Answer::Found(taken) => Ok(taken),
            _ => Err(Unanswered::Silence),
        }
    }

    async fn ask(
        &self,
        realtime: &Realtime,
        to: Recipient,
        patience: Duration,
        letter: impl FnOnce(u64, String) -> Letter,
    ) -> Result<Answer, Unanswered> {
        let (question, answer) = self.begin()?;
        let letter = letter(question.id, realtime.shared().hub.node().to_string());
        let asking = async {
            tell(realtime, to, &letter).await.map_err(Unanswered::NotAsked)?;
            answer.await.map_err(|_| Unanswered::Silence)
        };
        tokio::time::timeout(patience, asking).await.unwrap_or(Err(Unanswered::Silence))
    }

    fn answered(&self, id: u64, answer: Answer) {
        if let Some(sender) = self.waiting().remove(&id) {
            // Who asked may have given up in this moment.
            let _ = sender.send(answer);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<Answer>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A question that waits; dropping it ends the waiting.
pub(super) struct Question<'a> {
    relay: &'a Relay,
    id: u64,
}

impl Question<'_> {
    pub(super) fn number(&self) -> u64 {
        self.id
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.relay.waiting().remove(&self.id);
    }
}

async fn tell(realtime: &Realtime, to: Recipient, letter: &Letter) -> Result<(), BrokerError> {
    let bytes = serde_json::to_vec(letter).expect("text and numbers always serialize");
    let shared = realtime.shared();
    shared.in_time(shared.hub.broker().tell(to, bytes.into())).await
}

/// Tells it when there is time.
fn post(realtime: &Realtime, to: Recipient, letter: Letter) {
    let realtime = realtime.clone();
    tokio::spawn(async move {
        if let Err(error) = tell(&realtime, to, &letter).await {
            tracing::debug!(cause = error.source_text(), "another node was not told");
        }
    });
}

/// Takes a message of another node. Does not wait for anything.
pub(crate) fn told(realtime: &Realtime, message: &Bytes) {
    let Ok(letter) = serde_json::from_slice::<Letter>(message) else {
        tracing::debug!(bytes = message.len(), "a message of another node cannot be read");
        return;
    };
    let connections = &realtime.shared().connections;
    match letter {
        Letter::Send { id, from, session, user, frames } => {
            let (Ok(from), Ok(key)) = (from.parse::<NodeId>(), session.parse::<SessionKey>()) else { return };
            work(realtime, from, move |realtime| async move {
                match realtime.shared().connections.proven(&key) {
                    Some(handle) if !handle.belongs_to(user.as_deref()) => Letter::Replies { id, replies: None, foreign: true },
                    Some(handle) => Letter::Replies { id, replies: Some(execute_all(&realtime, &handle, frames).await), foreign: false },
                    None => Letter::Replies { id, replies: None, foreign: false },
                }
            });
        }
        Letter::Message { id, from, connection, frame } => {
            let hand_over = |handle: &super::Handle| match handle.post(Operation::Message(frame.into())) {
                Ok(()) => Some(true),
                Err(NotTaken::Full) => Some(false),
                Err(NotTaken::Ending | NotTaken::Lost) => None,
            };
            found(realtime, id, &from, &connection, hand_over);
        }
        Letter::Close { id, from, connection } => found(realtime, id, &from, &connection, |handle| {
            handle.dismiss(Dismissal::Closed);
            Some(true)
        }),
        Letter::Grant { id, from, connection, grant } => {
            found(realtime, id, &from, &connection, |handle| handle.set_grant(grant));
        }
        Letter::Moved { session, user, from } => {
            let Ok(key) = session.parse::<SessionKey>() else { return };
            let handle = connections.proven(&key).filter(|handle| handle.belongs_to(user.as_deref()));
            if let Some(from) = from.and_then(|from| from.parse().ok()) {
                bequeath(realtime, from, &key, user.as_deref(), handle.as_deref());
            }
            if let Some(handle) = handle.filter(|handle| handle.age() >= SETTLED) {
                handle.dismiss(Dismissal::Replaced);
            }
        }
        Letter::Left { node, connection, assigned } => {
            if let (Ok(node), Ok(connection)) = (node.parse(), connection.parse()) {
                receive(realtime, node, connection, assigned);
            }
        }
        Letter::Errand { id, from, connection, errand } => {
            let (Ok(from), Ok(connection)) = (from.parse::<NodeId>(), connection.parse::<ConnectionId>()) else { return };
            if let Some(handle) = connections.find(connection) {
                work(
                    realtime,
                    from,
                    move |realtime| async move { Letter::Outcome { id, outcome: errand.run(&realtime, &handle, from).await } },
                );
            }
        }
        Letter::Outcome { id, outcome } => connections.relay().answered(id, Answer::Outcome(outcome)),
        Letter::Replies { id, replies, foreign } => {
            let replies = if foreign { Replies::NotYours } else { replies.map_or(Replies::Unknown, Replies::Done) };
            connections.relay().answered(id, Answer::Replies(replies));
        }
        Letter::Presence { id, from, connection, channel, state } => {
            let (Ok(from), Ok(connection)) = (from.parse::<NodeId>(), connection.parse::<ConnectionId>()) else { return };
            let Some(handle) = connections.find(connection) else { return };
            work(realtime, from, move |realtime| async move {
                match presence::show(&realtime, &handle, &channel.into(), state).await {
                    Ok(()) => Letter::Found { id, taken: true },
                    Err(NotPresent::Full | NotPresent::TooMany) => Letter::Found { id, taken: false },
                    // Nobody understands this, so the question remains without an answer.
                    Err(NotPresent::Ending | NotPresent::Broker(_)) => Letter::Other,
                }
            });
        }
        Letter::Found { id, taken } => connections.relay().answered(id, Answer::Found(taken)),
        Letter::Other => {}
    }
}

/// Answers if the connection is here and `act` gets anywhere with it.
fn found(realtime: &Realtime, id: u64, from: &str, connection: &str, act: impl FnOnce(&super::Handle) -> Option<bool>) {
    let (Ok(from), Ok(connection)) = (from.parse::<NodeId>(), connection.parse::<ConnectionId>()) else { return };
    let handle = realtime.shared().connections.find(connection);
    if let Some(taken) = handle.and_then(|handle| act(&handle)) {
        work(realtime, from, move |_| async move { Letter::Found { id, taken } });
    }
}

/// Does something for another node, and tells it the outcome.
fn work<F: Future<Output = Letter> + Send>(realtime: &Realtime, from: NodeId, make: impl FnOnce(Realtime) -> F + Send + 'static) {
    let Ok(worker) = realtime.shared().connections.relay().workers.clone().try_acquire_owned() else {
        tracing::warn!("too many requests of other nodes at once; one is dropped");
        return;
    };
    let realtime = realtime.clone();
    tokio::spawn(async move {
        let letter = make(realtime.clone()).await;
        if let Err(error) = tell(&realtime, Recipient::Node(from), &letter).await {
            tracing::debug!(cause = error.source_text(), "another node was not answered");
        }
        drop(worker);
    });
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("waiting", &self.waiting().len()).finish_non_exhaustive()
    }
}
