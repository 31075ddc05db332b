//! What others hold of a connection: its name, what it may do, and a box for what it should do next.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use tidewire_schema::wire::WireCode;
use tokio::{sync::watch, time::Instant};

use super::{
    calls::{Questions, Underway},
    lifecycle::Aftermath,
    live::Look,
    names::Names,
    rates::Rates,
};
use crate::{
    access::{ConnectRequest, Grant},
    clock::unix_milliseconds,
    contract::Registry,
    hub::Outlet,
    identity::{ConnectionId, NodeId, SessionKey},
    live::Feed,
    middleware::Who,
    presence::Watching,
    realtime::Limits,
    session::{Filter, Wish},
};

/// How many operations may wait for a connection that does not get round to them.
const OPERATIONS: usize = 256;
/// How many bytes of messages may wait. One is always taken, however large.
const MESSAGE_BYTES: usize = 256 * 1024;

/// Something that a connection should do.
#[derive(Debug)]
pub(crate) enum Operation {
    Subscribe(Wish),
    Unsubscribe(Arc<str>),
    Refilter(Arc<str>, Filter),
    /// Hands a finished frame to the client.
    Message(Arc<str>),
    /// Ends a channel because the service wants it.
    Withdraw(Arc<str>),
    /// Watches a roster.
    Roster(Watching),
    /// Looks at a live query.
    Live(Look),
}

/// Why a connection ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dismissal {
    /// The same client is connected anew.
    Replaced,
    /// The service wants it.
    Closed,
}

impl Dismissal {
    pub(crate) fn code(self) -> WireCode {
        match self {
            Self::Replaced => WireCode::Replaced,
            Self::Closed => WireCode::Denied,
        }
    }

    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Replaced => "the same session is connected again elsewhere",
            Self::Closed => "the service closed this connection",
        }
    }
}

/// An operation that found no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// Too much waits already.
    Full,
    /// The connection is ending.
    Ending,
    /// The channel was taken away since it was reserved.
    Lost,
}

/// A live connection.
pub(crate) struct Handle {
    key: SessionKey,
    connection: ConnectionId,
    // The channels of a plain `EventSource` are what its URL says.
    fixed: bool,
    outlet: Arc<dyn Outlet>,
    since: Instant,
    // Boxed once its client says something: many only listen.
    rates: OnceLock<Box<Rates>>,
    // Commands of one client are done one after another, however they come.
    pub(super) turn: tokio::sync::Mutex<()>,
    grant: Mutex<Arc<Grant>>,
    // Counts the grants. Looked at before anything is handed out, so it must cost no more than this.
    version: AtomicU64,
    // When the agenda looks at it, in milliseconds since 1970; zero when it does not.
    pub(super) looked_at: AtomicU64,
    // Set behind every operation and dismissal: an event that comes must not cost a look into the box.
    news: AtomicBool,
    // Its client had its time to hear that everything was revoked.
    cut: AtomicBool,
    // What connect hooks were asked about, where there are any.
    request: OnceLock<Arc<ConnectRequest>>,
    state: Mutex<State>,
    // As the rates.
    exchanges: OnceLock<Box<Exchanges>>,
    // What the service wants to hear of its end; empty where it does not.
    pub(super) aftermath: OnceLock<Box<Aftermath>>,
}

/// The calls of both directions.
#[derive(Default)]
struct Exchanges {
    underway: Underway,
    questions: Questions,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) channels: Names,
    pub(super) present: Names,
    operations: VecDeque<Operation>,
    message_bytes: usize,
    pub(super) dismissal: Option<Dismissal>,
    pub(super) ended: bool,
    /// Channels that the service gave it, whatever its grant says.
    pub(super) assigned: Names,
    /// Somebody was asked what it had of those before. Dropped when that is known.
    pub(super) expecting: Option<watch::Sender<()>>,
    /// What the service keeps about it.
    pub(super) kept: Option<Arc<Value>>,
    /// Those of the channels that begin by themselves, unless the client says first where.
    pub(super) returning: Vec<Arc<str>>,
    /// The live queries that it looks at, by their keys. Few, and most connections have none.
    pub(super) lives: Vec<(Arc<str>, Weak<Feed>)>,
}

/// What [`Handle::reserve`] came to.
#[derive(Debug)]
pub(super) enum Reserved {
    /// The channel is the connection's now, unless the reservation is dropped.
    New(Reservation),
    /// It was before.
    Already,
    /// The connection has as many as it may have.
    TooMany,
}

/// A channel that is about to be subscribed to.
#[derive(Debug)]
pub(super) struct Reservation {
    handle: Arc<Handle>,
    channel: Arc<str>,
    kept: bool,
}

impl Handle {
    pub(crate) fn new(key: SessionKey, fixed: bool, outlet: Arc<dyn Outlet>, grant: Arc<Grant>) -> Arc<Self> {
        Arc::new(Self {
            key,
            connection: key.connection(),
            fixed,
            outlet,
            since: Instant::now(),
            rates: OnceLock::new(),
            turn: tokio::sync::Mutex::default(),
            grant: Mutex::new(grant),
            version: AtomicU64::new(0),
            looked_at: AtomicU64::new(0),
            news: AtomicBool::new(false),
            cut: AtomicBool::new(false),
            request: OnceLock::new(),
            state: Mutex::default(),
            exchanges: OnceLock::new(),
            aftermath: OnceLock::new(),
        })
    }

    pub(crate) fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// Where it is.
    pub(super) fn node(&self) -> NodeId {
        self.key.node
    }

    /// How long it has been here.
    pub(super) fn age(&self) -> Duration {
        self.since.elapsed()
    }

    pub(crate) fn outlet(&self) -> &Arc<dyn Outlet> {
        &self.outlet
    }

    /// Whether its channels cannot change.
    pub(crate) fn is_fixed(&self) -> bool {
        self.fixed
    }

    /// Whether `key` proves that its owner is this client.
    pub(crate) fn is_proven_by(&self, key: &SessionKey) -> bool {
        self.key.has_secret_of(key)
    }

    /// How often its client may do something.
    pub(super) fn rates(&self, limits: &Limits) -> &Rates {
        self.rates.get_or_init(|| Box::new(Rates::new(limits)))
    }

    fn exchanges(&self) -> &Exchanges {
        self.exchanges.get_or_init(Box::default)
    }

    /// What its client called.
    pub(super) fn underway(&self) -> &Underway {
        &self.exchanges().underway
    }

    /// What its client was called with.
    pub(super) fn questions(&self) -> &Questions {
        &self.exchanges().questions
    }

    /// What its client may do now.
    pub(crate) fn grant(&self) -> Arc<Grant> {
        self.granted().clone()
    }

    /// Keeps what connect hooks were asked about, because they are asked again when a token renews the grant.
    pub(crate) fn came_by(&self, request: Arc<ConnectRequest>) {
        // A connection begins once.
        let _ = self.request.set(request);
    }

    pub(super) fn request(&self) -> Option<&Arc<ConnectRequest>> {
        self.request.get()
    }

    /// Whom hooks are asked about.
    pub(crate) fn who(&self) -> Who {
        Who { connection: Some(self.connection), user: self.granted().user_id().map(str::to_owned) }
    }

    /// Which grant that is, counted from 0.
    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Whether its client is `user`, as long as it lasts.
    pub(crate) fn belongs_to(&self, user: Option<&str>) -> bool {
        self.granted().user_id() == user
    }

    /// Whether what its client may do has ended, although the connection has not yet.
    pub(super) fn has_expired(&self) -> bool {
        self.granted().ends().is_some_and(|end| unix_milliseconds() >= end)
    }

    /// Replaces what its client may do; `Some(false)` if the grant is somebody else's, `None` if the connection is ending. What it has and may not have any more
    /// goes before anything else is handed out. A grant without an end ends when the one before it would have.
    pub(super) fn set_grant(&self, grant: Grant) -> Option<bool> {
        {
            let state = self.state();
            if state.ended || state.dismissal.is_some() {
                return None;
            }
        }
        {
            let mut held = self.granted();
            if held.user_id() != grant.user_id() {
                return Some(false);
            }
            let grant = match held.ends() {
                Some(end) if grant.ends().is_none() => grant.ending(end),
                _ => grant,
            };
            *held = Arc::new(grant);
            // Within the lock: who sees the number finds the grant.
            self.version.fetch_add(1, Ordering::AcqRel);
        }
        self.ring();
        Some(true)
    }

    /// Has it look again at what its client may do, before anything else is handed out.
    pub(crate) fn touch(&self) {
        self.version.fetch_add(1, Ordering::AcqRel);
        self.ring();
    }

    /// Ends it without a word if its client takes nothing: everything was revoked, and it had time enough to hear that.
    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::Release);
        self.outlet.noticed();
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Acquire)
    }

    /// The channels that it has, or is present on.
    pub(crate) fn channels(&self) -> Vec<Arc<str>> {
        let state = self.state();
        let present = state.present.iter().filter(|channel| !state.channels.contains(channel));
        state.channels.iter().chain(present).cloned().collect()
    }

    /// Notes whether it is present on a channel.
    pub(crate) fn set_present(&self, channel: &Arc<str>, present: bool) {
        let mut state = self.state();
        if present {
            state.present.insert(channel.clone());
        } else {
            state.present.remove(channel);
        }
    }

    /// Forgets the channels that it may not have any more, and those of them that wait to be subscribed to; answers them.
    pub(super) fn lose(&self, registry: &Registry) -> Vec<Arc<str>> {
        let grant = self.grant();
        let kept = |channel: &str| registry.resolve(channel).is_ok_and(|known| grant.may_subscribe(known, channel));
        let mut state = self.state();
        let State { channels, assigned, .. } = &mut *state;
        let lost: Vec<Arc<str>> = channels.extract(|channel| !kept(channel) && !assigned.contains(channel));
        let (waiting, operations) = std::mem::take(&mut state.operations).into_iter().partition::<VecDeque<_>, _>(
            |operation| matches!(operation, Operation::Subscribe(wish) if lost.contains(wish.member.channel())),
        );
        state.operations = operations;
        drop(state);
        // Memberships take locks of their own.
        drop(waiting);
        for channel in &lost {
            self.left(channel);
        }
        lost
    }

    fn granted(&self) -> MutexGuard<'_, Arc<Grant>> {
        self.grant.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves an operation for the connection.
    pub(crate) fn post(&self, operation: Operation) -> Result<(), NotTaken> {
        let mut state = self.state();
        if state.ended || state.dismissal.is_some() {
            return Err(NotTaken::Ending);
        }
        // Under the lock that takes channels away: what waits here to be subscribed to can be lost, too.
        if let Operation::Subscribe(wish) = &operation
            && !state.channels.contains(wish.member.channel())
        {
            return Err(NotTaken::Lost);
        }
        let bytes = if let Operation::Message(json) = &operation { json.len() } else { 0 };
        let too_large = bytes > 0 && state.message_bytes > 0 && state.message_bytes + bytes > MESSAGE_BYTES;
        if too_large || state.operations.len() >= OPERATIONS {
            return Err(NotTaken::Full);
        }
        state.message_bytes += bytes;
        state.operations.push_back(operation);
        drop(state);
        self.ring();
        Ok(())
    }

    /// Ends the connection, whatever else waits for it. The first reason holds.
    pub(crate) fn dismiss(&self, dismissal: Dismissal) {
        self.state().dismissal.get_or_insert(dismissal);
        self.ring();
    }

    pub(super) fn ring(&self) {
        self.news.store(true, Ordering::Release);
        self.outlet.noticed();
    }

    /// Whether an operation or a dismissal came since the last call.
    pub(super) fn take_news(&self) -> bool {
        self.news.load(Ordering::Relaxed) && self.news.swap(false, Ordering::AcqRel)
    }

    pub(crate) fn dismissal(&self) -> Option<Dismissal> {
        self.state().dismissal
    }

    /// The next operation.
    pub(crate) fn take(&self) -> Option<Operation> {
        let mut state = self.state();
        let operation = state.operations.pop_front()?;
        if let Operation::Message(json) = &operation {
            state.message_bytes -= json.len();
        }
        Some(operation)
    }

    /// Takes no more operations, and forgets those that wait.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        let operations = std::mem::take(&mut state.operations);
        drop(state);
        // Memberships among them take locks of their own.
        drop(operations);
        let exchanges = self.exchanges();
        exchanges.underway.end();
        exchanges.questions.end();
    }

    /// Whether it takes nothing more.
    pub(crate) fn is_ending(&self) -> bool {
        let state = self.state();
        state.ended || state.dismissal.is_some()
    }

    pub(super) fn reserve(self: &Arc<Self>, channel: &str, limit: usize) -> Reserved {
        let mut state = self.state();
        if state.channels.contains(channel) {
            return Reserved::Already;
        }
        if state.channels.len() >= limit {
            return Reserved::TooMany;
        }
        let channel: Arc<str> = channel.into();
        state.channels.insert(channel.clone());
        Reserved::New(Reservation { handle: self.clone(), channel, kept: false })
    }

    /// Counts a channel that the connection begins with.
    pub(crate) fn keep(&self, channel: &str) {
        self.state().channels.insert(channel.into());
    }

    pub(super) fn has(&self, channel: &str) -> bool {
        self.state().channels.contains(channel)
    }

    /// Forgets a channel.
    pub(crate) fn release(&self, channel: &str) {
        self.state().channels.remove(channel);
        self.left(channel);
    }

    /// What the service keeps about it.
    pub(super) fn kept(&self) -> Option<Arc<Value>> {
        self.state().kept.clone()
    }

    /// Replaces that; a value that is right.
    pub(crate) fn keep_state(&self, state: Value) {
        self.state().kept = Some(Arc::new(state));
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reservation {
    pub(super) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.kept {
            self.handle.release(&self.channel);
        }
    }
}

/// Without the key, which is a secret.
impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("connection", &self.connection).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::NodeId;

    struct Deaf;

    impl Outlet for Deaf {
        fn due(&self) {}
    }

    fn handle() -> Arc<Handle> {
        Handle::new(SessionKey::random(NodeId::random()), false, Arc::new(Deaf), Arc::new(Grant::everything()))
    }

    #[test]
    fn what_waits_for_a_connection_is_bounded_in_number_and_in_bytes() {
        let handle = handle();
        for _ in 0..OPERATIONS {
            handle.post(Operation::Unsubscribe("a".into())).unwrap();
        }
        assert_eq!(handle.post(Operation::Unsubscribe("a".into())), Err(NotTaken::Full));
        while handle.take().is_some() {}
        let large: Arc<str> = "x".repeat(MESSAGE_BYTES + 1).into();
        handle.post(Operation::Message(large.clone())).unwrap();
        assert_eq!(handle.post(Operation::Message("y".into())), Err(NotTaken::Full));
        handle.take().unwrap();
        handle.post(Operation::Message("y".into())).unwrap();
    }

    #[test]
    fn a_channel_is_had_once_and_given_back_when_it_does_not_come_to_it() {
        let handle = handle();
        let Reserved::New(reservation) = handle.reserve("a", 1) else { panic!("the first") };
        assert!(matches!(handle.reserve("a", 1), Reserved::Already));
        assert!(matches!(handle.reserve("b", 1), Reserved::TooMany));
        drop(reservation);
        let Reserved::New(reservation) = handle.reserve("b", 1) else { panic!("there is room again") };
        reservation.keep();
        assert!(handle.has("b") && !handle.has("a"));
    }

    #[test]
    fn who_has_to_go_takes_nothing_more() {
        let handle = handle();
        handle.dismiss(Dismissal::Replaced);
        handle.dismiss(Dismissal::Closed);
        assert_eq!(handle.dismissal(), Some(Dismissal::Replaced), "the first reason holds");
        assert_eq!(handle.post(Operation::Message("x".into())), Err(NotTaken::Ending));
    }

    #[test]
    fn a_grant_that_has_ended_is_known_at_once_and_its_end_stays_until_another_is_set() {
        let now = unix_milliseconds();
        let handle = handle();
        assert!(!handle.has_expired());
        assert_eq!(handle.set_grant(Grant::everything().ending(now)), Some(true));
        assert!(handle.has_expired(), "whoever rings later");
        assert_eq!(handle.set_grant(Grant::anonymous()), Some(true));
        assert!(handle.has_expired(), "a grant without an end takes over that of the one before");
        assert_eq!(handle.set_grant(Grant::anonymous().ending(now + 60_000)), Some(true));
        assert!(!handle.has_expired());
    }

    #[test]
    fn a_key_proves_its_own_client_alone() {
        let key = SessionKey::random(NodeId::random());
        let handle = Handle::new(key, false, Arc::new(Deaf), Arc::new(Grant::everything()));
        assert!(handle.is_proven_by(&key.moved_to(NodeId::random())), "wherever it was connected before");
        assert!(!handle.is_proven_by(&SessionKey::random(NodeId::random())));
    }
}
