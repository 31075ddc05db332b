//! The log of revocations: written by whoever revokes, read by every node.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use tidewire_schema::{History, wire::GapReason};
use tokio::sync::{Mutex, OwnedRwLockReadGuard, RwLock, watch};

use super::{
    Revocation, Revocations, RevokeError, Subject,
    record::{self, Entry, Item},
    table::GRACE,
};
use crate::{
    broker::{BoxFuture, Draft, Range, ReadRequest},
    channel::Publisher,
    connection::{Connections, Handle},
    cursor::{Cursor, Epoch},
    error::BrokerError,
    hub::{Hub, Roster},
    session::{Verdict, decide, milliseconds},
};

/// Where the log is: a channel that no client can name.
pub(crate) const LOG_CHANNEL: &str = "$revocations";
/// Entries outlive the longest revocation that they can hold.
pub(super) const KEPT: History = History::Keep { max: 100_000, ttl: 31 * 24 * 60 * 60 };
const EVENT: &str = "revocations";
/// How many revocations one entry holds.
const AT_ONCE: usize = 256;
/// How much of the log is read at once.
const PAGE_EVENTS: usize = 1000;
const PAGE_BYTES: usize = 1024 * 1024;
/// How many positions are asked for at once.
const POSITIONS: usize = 500;
/// The longest that one question to the broker may take: the log has to be known again within a few of them.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a client whose time is over may take to hear that everything was revoked.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How long to ask for the positions of revoked users before doing without.
const POSITION_PATIENCE: Duration = Duration::from_secs(1);

/// The log, as this node knows it.
pub(crate) struct Log {
    pub(super) hub: Arc<Hub>,
    pub(super) roster: Arc<Roster>,
    publisher: Publisher,
    connections: Arc<Connections>,
    revocations: Arc<Revocations>,
    default_duration: Duration,
    // Up to where it was read. Whoever reads on holds it, so that entries are taken one after another.
    position: Mutex<Option<Cursor>>,
    // Read by those who reach for the connections of this node, until they did: whoever writes it waits for them.
    reaching: Arc<RwLock<()>>,
    // When everything was known last.
    known: watch::Sender<Option<tokio::time::Instant>>,
}

impl Log {
    pub(crate) fn new(
        (hub, roster): (Arc<Hub>, Arc<Roster>),
        publisher: Publisher,
        connections: Arc<Connections>,
        revocations: Arc<Revocations>,
        default_duration: Duration,
    ) -> Arc<Self> {
        let known = watch::Sender::new(None);
        let (position, reaching) = (Mutex::default(), Arc::default());
        Arc::new(Self { hub, roster, publisher, connections, revocations, default_duration, position, reaching, known })
    }

    pub(crate) fn revocations(&self) -> &Arc<Revocations> {
        &self.revocations
    }

    /// When everything was known last; `None` while it never was.
    pub(super) fn known_at(&self) -> Option<tokio::time::Instant> {
        *self.known.borrow()
    }

    /// Revokes all of them; how many. On this node they are in force when it answers.
    pub(crate) async fn revoke(self: &Arc<Self>, given: Vec<Revocation>) -> Result<usize, RevokeError> {
        let mut items = Vec::with_capacity(given.len());
        for revocation in &given {
            let lasts = milliseconds(revocation.duration_or(self.default_duration)?);
            items.push(Item { subject: revocation.subject(&self.publisher)?, lasts, upto: None });
        }
        let count = items.len();
        self.note_positions(&mut items).await.map_err(RevokeError::Broker)?;
        let mut items = items.into_iter().peekable();
        while items.peek().is_some() {
            let revoke = items.by_ref().take(AT_ONCE).collect();
            self.write(&Entry { revoke, ..Entry::default() }).await.map_err(RevokeError::Broker)?;
        }
        if count > 0 {
            tracing::debug!(count, "revoked");
            self.catch_up().await.map_err(RevokeError::Broker)?;
            // Whatever is published from now on must not reach anybody here who lost it.
            drop(self.reaching.write().await);
        }
        Ok(count)
    }

    /// Takes all of them back; how many of them were in force.
    pub(crate) async fn restore(self: &Arc<Self>, given: Vec<Revocation>) -> Result<usize, RevokeError> {
        let subjects = given.iter().map(|revocation| revocation.subject(&self.publisher)).collect::<Result<Vec<_>, _>>()?;
        if subjects.is_empty() {
            return Ok(0);
        }
        // What another node revoked a moment ago counts.
        self.catch_up().await.map_err(RevokeError::Broker)?;
        let count = subjects.iter().collect::<HashSet<_>>().into_iter().filter(|subject| self.revocations.holds(subject)).count();
        for restore in subjects.chunks(AT_ONCE) {
            self.write(&Entry { restore: restore.to_vec(), ..Entry::default() }).await.map_err(RevokeError::Broker)?;
        }
        tracing::debug!(count, "restored");
        self.catch_up().await.map_err(RevokeError::Broker)?;
        Ok(count)
    }

    /// Notes where the channels stand now: what is stored by now is still due to those who are there.
    async fn note_positions(&self, items: &mut [Item]) -> Result<(), BrokerError> {
        let channels: HashSet<Arc<str>> = items.iter().filter_map(|item| item.subject.channel.clone()).collect();
        let positions = self.positions(channels.into_iter().collect()).await?;
        for item in items {
            item.upto = item.subject.channel.as_ref().and_then(|channel| positions.get(channel)).copied();
        }
        Ok(())
    }

    async fn positions(&self, channels: Vec<Arc<str>>) -> Result<HashMap<Arc<str>, Cursor>, BrokerError> {
        let mut known = HashMap::with_capacity(channels.len());
        for batch in channels.chunks(POSITIONS) {
            let positions = self.ask(self.hub.broker().positions(batch)).await?;
            known.extend(batch.iter().cloned().zip(positions));
        }
        Ok(known)
    }

    async fn write(&self, entry: &Entry) -> Result<(), BrokerError> {
        let data = serde_json::to_string(entry).expect("text and numbers always serialize");
        let draft =
            Draft { event: EVENT, sender: None, origin: None, exclude: None, data: Some(data), retention: KEPT, latest: false, key: None };
        self.ask(self.hub.broker().publish(LOG_CHANNEL, draft)).await.map(drop)
    }

    /// Reads what there is, and takes it. Afterwards everything is in force on this node that was in the log when this began.
    ///
    /// Cancel-safe: what was read is in force.
    pub(super) async fn catch_up(self: &Arc<Self>) -> Result<(), BrokerError> {
        let mut position = self.position.lock().await;
        loop {
            // The clock is read before the store: what comes in between may not be in the answer.
            let asked = tokio::time::Instant::now();
            let after = position.unwrap_or_else(|| Cursor::start(Epoch::random()));
            let request = ReadRequest { range: Range::After(after), limit: PAGE_EVENTS, bytes: PAGE_BYTES };
            let page = self.ask(self.hub.broker().read(LOG_CHANNEL, request)).await?;
            if let Some(before) = *position
                && let Verdict::Gap(reason) = decide(Some(&before), &page, None)
                && !matches!(reason, GapReason::Hole | GapReason::Tail)
            {
                // Some entries may have been missed, so all of them count anew. What is in force stays until it ends.
                tracing::warn!(reason = reason.name(), "the log of revocations is not continuous; it is read again");
                *position = None;
                continue;
            }
            // Before anything is in force: from there on nothing may keep this from going on.
            let reaching = self.reaching.clone().read_owned().await;
            let mut revoked = Vec::new();
            for (entry, time) in page.entries.iter().filter_map(record::read) {
                revoked.extend(self.revocations.apply(entry, time));
            }
            if !revoked.is_empty() {
                tokio::spawn(self.clone().enforce(revoked, reaching));
            }
            *position = Some(page.entries.last().filter(|_| page.more).map_or(page.head, |last| last.cursor));
            if !page.more {
                self.known.send_replace(Some(asked));
                return Ok(());
            }
        }
    }

    /// Has those who are connected lose what was revoked: at once what they have got everything of, and the rest a little later.
    async fn enforce(self: Arc<Self>, revoked: Vec<Subject>, reaching: OwnedRwLockReadGuard<()>) {
        let targets = Targets::of(&revoked);
        let hit = self.connections.those(|handle| targets.hit(handle));
        self.ask_where_users_stand(&targets, &hit).await;
        for handle in &hit {
            handle.touch();
        }
        drop((hit, reaching));
        tokio::time::sleep(GRACE + Duration::from_millis(10)).await;
        // Those, too, who were on their way in.
        for handle in self.connections.those(|handle| targets.hit(handle)) {
            handle.touch();
        }
        if !targets.everything.is_empty() {
            tokio::time::sleep(LAST_WORDS).await;
            // Who is still there takes nothing, or was given it back.
            for handle in self.connections.those(|handle| targets.hit(handle) && self.is_banished(handle)) {
                handle.cut();
            }
        }
    }

    fn is_banished(&self, handle: &Handle) -> bool {
        handle.grant().user_id().is_some_and(|user| self.revocations.everything_of(user).is_some())
    }

    /// Finds out up to where events are due to users who lose everything: where their channels stand now, which includes what was stored before the call.
    async fn ask_where_users_stand(&self, targets: &Targets, hit: &[Arc<Handle>]) {
        let mut wanted: HashMap<Box<str>, HashSet<Arc<str>>> =
            targets.everything.iter().map(|user| (user.clone(), HashSet::new())).collect();
        for handle in hit {
            if let Some(channels) = handle.grant().user_id().and_then(|user| wanted.get_mut(user)) {
                channels.extend(handle.channels());
            }
        }
        let channels: HashSet<Arc<str>> = wanted.values().flatten().cloned().collect();
        let asking = tokio::time::timeout(POSITION_PATIENCE, self.positions(channels.into_iter().collect()));
        // Without an answer what this node knows has to do.
        let positions = asking.await.ok().and_then(Result::ok).unwrap_or_default();
        for (user, channels) in wanted {
            let own = channels.into_iter().filter_map(|channel| Some((channel.clone(), *positions.get(&channel)?)));
            self.revocations.allow_upto(&user, own);
        }
    }

    /// Whether nothing that needs rights is handed out.
    pub(super) fn pause(&self, paused: bool) {
        if !self.revocations.set_paused(paused) {
            return;
        }
        if paused {
            tracing::warn!("the log of revocations cannot be followed: nothing that needs rights is handed out");
        } else {
            tracing::info!("the log of revocations is known");
        }
        self.roster.tell_degraded(paused || self.hub.is_degraded());
        self.connections.those(|_| true).iter().for_each(|handle| handle.touch());
    }

    pub(super) fn expire(&self) {
        self.revocations.expire();
    }

    pub(super) async fn ask<T>(&self, answer: BoxFuture<'_, Result<T, BrokerError>>) -> Result<T, BrokerError> {
        let answer = self.publisher.in_time(answer);
        tokio::time::timeout(PATIENCE, answer).await.unwrap_or_else(|elapsed| Err(BrokerError::unknown(elapsed)))
    }
}

/// Whom to look for among those who are connected.
struct Targets {
    users: HashSet<Box<str>>,
    everything: HashSet<Box<str>>,
    channels: HashSet<Arc<str>>,
}

impl Targets {
    fn of(revoked: &[Subject]) -> Self {
        let (mut users, mut everything, mut channels) = (HashSet::new(), HashSet::new(), HashSet::new());
        for Subject { user, channel } in revoked {
            match (user, channel) {
                (Some(user), channel) => {
                    users.insert(user.clone());
                    if channel.is_none() {
                        everything.insert(user.clone());
                    }
                }
                (None, Some(channel)) => {
                    channels.insert(channel.clone());
                }
                (None, None) => {}
            }
        }
        Self { users, everything, channels }
    }

    fn hit(&self, handle: &Handle) -> bool {
        handle.grant().user_id().is_some_and(|user| self.users.contains(user))
            || (!self.channels.is_empty() && handle.channels().iter().any(|channel| self.channels.contains(channel)))
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("revocations", &self.revocations).finish_non_exhaustive()
    }
}
