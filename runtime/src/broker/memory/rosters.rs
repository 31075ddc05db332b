//! Who is present, in the memory of this process.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::Duration,
};

use serde_json::Value;
use tidewire_schema::History;
use tokio::time::Instant;

use super::{Shard, Shared, count};
use crate::{
    broker::{Appearance, Appeared, Attendee, CHANGES, Delivery, Lease, RosterChange, StoredMember, StoredRoster, changes_of},
    hub::Wakeup,
    identity::ConnectionId,
};

/// Until when each lease holds.
#[derive(Default)]
pub(super) struct Leases {
    // Locked after a shard, if both.
    ends: Mutex<HashMap<Lease, Instant>>,
}

impl Leases {
    fn holds(&self, lease: Lease) -> bool {
        self.ends().get(&lease).is_some_and(|end| *end > Instant::now())
    }

    /// Whether it held until now.
    fn renew(&self, lease: Lease, lasts: Duration) -> bool {
        let now = Instant::now();
        self.ends().insert(lease, now + lasts).is_some_and(|end| end > now)
    }

    /// Forgets those that ran out; whether there were any.
    fn forget(&self) -> bool {
        let (now, mut ends) = (Instant::now(), self.ends());
        let before = ends.len();
        ends.retain(|_, end| *end > now);
        ends.len() < before
    }

    fn ends(&self) -> MutexGuard<'_, HashMap<Lease, Instant>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who a member is: a user and a connection may have one name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    User(String),
    Nobody(ConnectionId),
}

impl Key {
    fn of(attendee: &Attendee) -> Self {
        attendee.user.clone().map_or(Self::Nobody(attendee.connection), Self::User)
    }
}

/// What a member costs beside its name, and each connection of it beside its state: their places in maps and lists, their allocations.
const MEMBER_OVERHEAD: usize = 160;
const HELD_OVERHEAD: usize = 64;

/// Everybody who is present on one channel.
#[derive(Default)]
pub(super) struct Roster {
    members: HashMap<Key, Member>,
    bytes: usize,
}

struct Member {
    since: u64,
    // In the order of their states, the newest last.
    held: Vec<Held>,
}

struct Held {
    connection: ConnectionId,
    lease: Lease,
    state: String,
}

impl Key {
    fn bytes(&self) -> usize {
        match self {
            Self::User(user) => user.len(),
            Self::Nobody(_) => 0,
        }
    }
}

impl Held {
    fn bytes(&self) -> usize {
        HELD_OVERHEAD + self.state.len()
    }
}

impl Roster {
    /// `None` when it is full: it has `most` members, or would take more than `room` bytes besides.
    fn appear(&mut self, appearance: &Appearance, now: u64, room: usize) -> Option<RosterChange> {
        let Appearance { attendee, lease, state, again, most } = appearance;
        let (key, count) = (Key::of(attendee), self.members.len());
        let held = self.members.get(&key).and_then(|member| member.held.iter().find(|held| held.connection == attendee.connection));
        let taken = held.map_or(0, Held::bytes);
        let member = if self.members.contains_key(&key) { 0 } else { MEMBER_OVERHEAD + key.bytes() };
        let needed = member + HELD_OVERHEAD + state.len();
        if needed > taken + room {
            return None;
        }
        let before = self.view(&key);
        let member = match self.members.get_mut(&key) {
            Some(member) => member,
            None if count >= *most => return None,
            None => self.members.entry(key.clone()).or_insert(Member { since: now, held: Vec::new() }),
        };
        let known = member.held.iter().position(|held| held.connection == attendee.connection);
        if known.is_none() && member.held.len() >= *most {
            return None;
        }
        let repeated = known.map(|at| &mut member.held[at]).filter(|held| held.state == *state && (*again || held.lease != *lease));
        if let Some(held) = repeated {
            held.lease = *lease;
        } else {
            if let Some(at) = known {
                member.held.remove(at);
            }
            member.held.push(Held { connection: attendee.connection, lease: *lease, state: state.clone() });
            self.bytes = self.bytes + needed - taken;
        }
        let mut change = RosterChange::default();
        change.note(before, self.view(&key));
        Some(change)
    }

    /// Takes away whom `goes` names.
    fn remove(&mut self, keys: Vec<Key>, goes: impl Fn(ConnectionId, Lease) -> bool) -> RosterChange {
        let mut change = RosterChange::default();
        for key in keys {
            let before = self.view(&key);
            if let Some(member) = self.members.get_mut(&key) {
                let gone = |held: &Held| goes(held.connection, held.lease);
                self.bytes -= member.held.iter().filter(|held| gone(held)).map(Held::bytes).sum::<usize>();
                member.held.retain(|held| !gone(held));
                if member.held.is_empty() {
                    self.members.remove(&key);
                    self.bytes -= MEMBER_OVERHEAD + key.bytes();
                }
            }
            change.note(before, self.view(&key));
        }
        change
    }

    fn sweep(&mut self, leases: &Leases) -> RosterChange {
        let all: HashSet<Lease> = self.members.values().flat_map(|member| &member.held).map(|held| held.lease).collect();
        let dead: HashSet<Lease> = all.into_iter().filter(|lease| !leases.holds(*lease)).collect();
        if dead.is_empty() {
            return RosterChange::default();
        }
        let touched = self.members.iter().filter(|(_, member)| member.held.iter().any(|held| dead.contains(&held.lease)));
        let touched = touched.map(|(key, _)| key.clone()).collect();
        self.remove(touched, |_, lease| dead.contains(&lease))
    }

    fn view(&self, key: &Key) -> Option<StoredMember> {
        let member = self.members.get(key)?;
        let state = member.held.last().and_then(|held| serde_json::from_str(&held.state).ok()).unwrap_or(Value::Null);
        let (id, user) = match key {
            Key::User(user) => (user.clone(), Some(user.clone())),
            Key::Nobody(connection) => (connection.to_string(), None),
        };
        Some(StoredMember { id, user, connections: member.held.len() as u64, since: member.since, state })
    }
}

impl RosterChange {
    fn note(&mut self, before: Option<StoredMember>, after: Option<StoredMember>) {
        match (before, after) {
            (None, Some(after)) => self.joined.push(after),
            (Some(before), Some(after)) if before != after => self.changed.push(after),
            (Some(before), None) => self.left.push(before.id),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
}

impl Shared {
    pub(super) fn appear(&self, channel: &str, appearance: &Appearance) -> Appeared {
        // Nobody is forgotten to make room for somebody else, and histories need some of it.
        let room = (self.bounds.bytes / 2).saturating_sub(self.rosters.load(Ordering::Relaxed));
        self.change(channel, |roster, now| {
            if !self.leases.holds(appearance.lease) {
                return (Appeared::Lapsed, RosterChange::default());
            }
            match roster.appear(appearance, now, room) {
                Some(change) => (Appeared::Present, change),
                None => (Appeared::Full, RosterChange::default()),
            }
        })
    }

    pub(super) fn depart(&self, channel: &str, attendee: &Attendee, lease: Lease) {
        self.change(channel, |roster, _| {
            let goes = |connection, held| connection == attendee.connection && held == lease;
            ((), roster.remove(vec![Key::of(attendee)], goes))
        });
    }

    pub(super) fn sweep(&self, channel: &str) {
        self.change(channel, |roster, _| ((), roster.sweep(&self.leases)));
    }

    pub(super) fn roster(&self, channel: &str) -> StoredRoster {
        self.sweep(channel);
        let changes = changes_of(channel);
        let mut shard = self.shard(&changes);
        let members = shard.rosters.get(&*changes).map(|roster| roster.members.keys().filter_map(|key| roster.view(key)).collect());
        let position = shard.history(&changes, &self.channels).head();
        shard.used(&changes, self.next_use());
        drop(shard);
        self.shrink();
        StoredRoster { position, members: members.unwrap_or_default() }
    }

    pub(super) fn renew(&self, lease: Lease, lasts: Duration, channels: &[Arc<str>]) -> Vec<Arc<str>> {
        let lapsed = if self.leases.renew(lease, lasts) { Vec::new() } else { channels.to_vec() };
        if self.leases.forget() {
            self.sweep_all();
        }
        lapsed
    }

    /// Whoever nobody follows must go, too: there is no expiry here that would see to it.
    fn sweep_all(&self) {
        for shard in &self.shards {
            let all: Vec<Arc<str>> = super::lock(shard).rosters.keys().cloned().collect();
            for changes in all {
                self.change_at(&changes, |roster, _| ((), roster.sweep(&self.leases)));
            }
        }
    }

    fn change<T>(&self, channel: &str, work: impl FnOnce(&mut Roster, u64) -> (T, RosterChange)) -> T {
        self.change_at(&changes_of(channel), work)
    }

    /// Changes a roster and stores what changed, under the lock that makes the order.
    fn change_at<T>(&self, changes: &str, work: impl FnOnce(&mut Roster, u64) -> (T, RosterChange)) -> T {
        let now = (self.clock)();
        let mut shard = self.shard(changes);
        let known = shard.rosters.remove_entry(changes);
        let (name, mut roster) = known.unwrap_or_else(|| (Arc::from(changes), Roster::default()));
        let before = roster.bytes;
        let (answer, change) = work(&mut roster, now);
        self.account(before, roster.bytes);
        count(&self.rosters, before, roster.bytes);
        if !roster.members.is_empty() {
            shard.rosters.insert(name, roster);
        }
        let wakeups = self.store_change(&mut shard, changes, &change, now);
        drop(shard);
        drop(wakeups);
        if !change.is_empty() {
            self.shrink();
        }
        answer
    }

    fn store_change(&self, shard: &mut Shard, changes: &str, change: &RosterChange, now: u64) -> Vec<Wakeup> {
        let History::Keep { max, ttl } = CHANGES else { return Vec::new() };
        if change.is_empty() {
            return Vec::new();
        }
        let entry = self.append(shard, changes, &change.draft(), (max, ttl), now);
        self.deliver(changes, &Delivery::Stored(entry))
    }
}
