//! The live connections of this node, and what their clients ask of it.

mod assigned;
mod caller;
mod calls;
mod command;
mod driver;
mod errand;
mod execute;
mod expiry;
mod guarded;
mod handle;
mod lifecycle;
mod live;
mod names;
mod opening;
mod presence;
mod publish;
mod rates;
mod relay;
mod remote;
mod residents;
mod server_side;
mod strict_json;

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    hash::{BuildHasher, RandomState},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use self::{
    assigned::Absent,
    expiry::{Agenda, look_after},
    residents::Residents,
};
pub(crate) use self::{
    assigned::{Wanted, give_later, returned, welcome_back},
    command::{Command, Request},
    driver::{Alive, Collector, Driver, Origin, Progress},
    execute::{execute, execute_all},
    guarded::{Failure, guarded},
    handle::{Dismissal, Handle, NotTaken, Operation},
    lifecycle::{Callbacks, Prepared},
    opening::Opening,
    presence::has_none,
    publish::too_often,
    rates::{Rate, SharedRates},
    relay::{Relay, Replies, Unanswered, told},
    strict_json::parse,
};
pub use self::{
    caller::{CallerConnection, MalformedCaller},
    calls::{CallError, CallFailed, Calling},
    lifecycle::{Accepted, Caller, ClientMessage, Connecting, DisconnectReason, InvalidState, Subscriber},
    remote::{Connection, ConnectionError},
};
use crate::{
    identity::{ConnectionId, SessionKey},
    realtime::Limits,
};

const SHARDS: usize = 16;

/// Everybody who is connected, by name.
pub(crate) struct Connections {
    hasher: RandomState,
    shards: [Mutex<HashMap<ConnectionId, Arc<Handle>>>; SHARDS],
    // An address is in here only while it has connections.
    addresses: Mutex<HashMap<IpAddr, usize>>,
    per_address: usize,
    arrivals: Rate,
    events: SharedRates,
    relay: Relay,
    absent: Absent,
    residents: Residents,
    agenda: Agenda,
}

/// Why nobody can come in at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crowded {
    /// Too many came lately; there is room after this time.
    Node(Duration),
    /// Too many are there from one address.
    Address,
    /// Too many are there of one user.
    User,
}

/// Room for one connection; dropping it gives the room up.
#[derive(Debug)]
pub(crate) struct Room {
    connections: Arc<Connections>,
    address: Option<IpAddr>,
    user: Option<Box<str>>,
}

/// That a connection is listed; dropping it ends that.
#[derive(Debug)]
pub(crate) struct Listed {
    handle: Arc<Handle>,
    room: Room,
}

impl Connections {
    pub(crate) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| Mutex::default()),
            addresses: Mutex::default(),
            per_address: limits.connections_per_address,
            arrivals: Rate::new(limits.arrival_rate),
            events: SharedRates::new(limits.event_rate),
            relay: Relay::new(),
            absent: Absent::default(),
            residents: Residents::new(limits),
            agenda: Agenda::default(),
        })
    }

    /// Begins to look after grants that end.
    pub(crate) fn look_after(self: &Arc<Self>) {
        look_after(self, |connections| &connections.agenda);
    }

    /// Makes room for a connection from `peer`, if there is any.
    pub(crate) fn make_room(self: &Arc<Self>, peer: Option<IpAddr>) -> Result<Room, Crowded> {
        let address = peer.and_then(counted_address);
        if let Some(address) = address {
            let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
            let held = addresses.entry(address).or_insert(0);
            if *held >= self.per_address {
                return Err(Crowded::Address);
            }
            *held += 1;
        }
        // From here on the room gives back what was taken.
        let room = Room { connections: self.clone(), address, user: None };
        self.arrivals.take().map_err(Crowded::Node)?;
        Ok(room)
    }

    /// Lists a connection. One of the same client that is still there has to go: its link is probably dead, and the client is here now.
    pub(crate) fn list(room: Room, handle: Arc<Handle>) -> Listed {
        let older = room.connections.shard(handle.connection()).insert(handle.connection(), handle.clone());
        if let Some(older) = older {
            older.hand_on_to(&handle);
            older.dismiss(Dismissal::Replaced);
        }
        Listed { handle, room }
    }

    pub(crate) fn find(&self, connection: ConnectionId) -> Option<Arc<Handle>> {
        self.shard(connection).get(&connection).cloned()
    }

    /// Those for which `test` holds.
    pub(crate) fn those(&self, test: impl Fn(&Handle) -> bool) -> Vec<Arc<Handle>> {
        let mut found = Vec::new();
        for shard in &self.shards {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            found.extend(shard.values().filter(|handle| test(handle)).cloned());
        }
        found
    }

    /// The connection whose client `key` proves somebody to be.
    pub(crate) fn proven(&self, key: &SessionKey) -> Option<Arc<Handle>> {
        self.find(key.connection()).filter(|handle| handle.is_proven_by(key))
    }

    /// What all clients of this node together may publish.
    pub(crate) fn event_rates(&self) -> &SharedRates {
        &self.events
    }

    /// The users who are connected to this node.
    fn residents(&self) -> &Residents {
        &self.residents
    }

    /// When to look at connections whose grants end.
    fn agenda(&self) -> &Agenda {
        &self.agenda
    }

    /// What is said to other nodes about connections.
    pub(crate) fn relay(&self) -> &Relay {
        &self.relay
    }

    /// What is kept of clients that are away.
    fn absent(&self) -> &Absent {
        &self.absent
    }

    fn shard(&self, connection: ConnectionId) -> MutexGuard<'_, HashMap<ConnectionId, Arc<Handle>>> {
        #[expect(clippy::cast_possible_truncation, reason = "below 16")]
        let at = (self.hasher.hash_one(connection) % SHARDS as u64) as usize;
        self.shards[at].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What somebody from there is counted under: one household has 2^64 addresses of version 6. Nothing where a proxy on this machine is, with everybody behind it.
pub(crate) fn counted_address(peer: IpAddr) -> Option<IpAddr> {
    let address = peer.to_canonical();
    let household = match address {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        IpAddr::V4(_) => address,
    };
    (!address.is_loopback()).then_some(household)
}

impl Room {
    /// Makes it the room of this user, who may have too many already. `replaces` says that one of them is about to end for it.
    pub(crate) fn settle(&mut self, user: &str, replaces: bool) -> Result<(), Crowded> {
        if !self.connections.residents.add(user, replaces) {
            return Err(Crowded::User);
        }
        self.user = Some(user.into());
        Ok(())
    }
}

impl Listed {
    pub(crate) fn handle(&self) -> &Arc<Handle> {
        &self.handle
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        if let Some(assigned) = self.handle.left_behind() {
            let node = self.handle.node();
            self.room.connections.absent.keep(self.handle.connection(), node, assigned);
        }
        self.handle.end();
        self.handle.is_gone();
        self.room.connections.agenda.leave(&self.handle);
        let connection = self.handle.connection();
        let mut shard = self.room.connections.shard(connection);
        // Its place may be taken by the same client's next connection.
        if shard.get(&connection).is_some_and(|listed| Arc::ptr_eq(listed, &self.handle)) {
            shard.remove(&connection);
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Some(user) = &self.user {
            self.connections.residents.remove(user);
        }
        let Some(address) = self.address else { return };
        let mut addresses = self.connections.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut held) = addresses.entry(address) {
            *held.get_mut() -= 1;
            if *held.get() == 0 {
                held.remove();
            }
        }
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("per_address", &self.per_address).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{access::Grant, hub::Outlet, identity::NodeId};

    struct Deaf;

    impl Outlet for Deaf {
        fn due(&self) {}
    }

    fn connections(per_address: usize) -> Arc<Connections> {
        Connections::new(&Limits { connections_per_address: per_address, ..Limits::default() })
    }

    fn handle(key: SessionKey) -> Arc<Handle> {
        Handle::new(key, false, Arc::new(Deaf), Arc::new(Grant::everything()))
    }

    #[test]
    fn the_newer_connection_of_a_client_replaces_the_older_one() {
        let connections = connections(10);
        let key = SessionKey::random(NodeId::random());
        let older = Connections::list(connections.make_room(None).unwrap(), handle(key));
        assert!(connections.proven(&key).is_some());
        let newer = Connections::list(connections.make_room(None).unwrap(), handle(key));
        assert_eq!(older.handle().dismissal(), Some(Dismissal::Replaced));
        drop(older);
        assert!(Arc::ptr_eq(&connections.proven(&key).unwrap(), newer.handle()), "the end of the older one takes nothing away");
        drop(newer);
        assert!(connections.proven(&key).is_none());
    }

    #[test]
    fn an_address_has_so_many_and_gives_them_back() {
        let connections = connections(2);
        let peer: IpAddr = "192.0.2.1".parse().unwrap();
        let rooms = [connections.make_room(Some(peer)).unwrap(), connections.make_room(Some(peer)).unwrap()];
        assert_eq!(connections.make_room(Some(peer)).unwrap_err(), Crowded::Address);
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(connections.make_room(Some(mapped)).unwrap_err(), Crowded::Address);
        connections.make_room(Some("192.0.2.2".parse().unwrap())).unwrap();
        drop(rooms);
        connections.make_room(Some(peer)).unwrap();
        assert!(connections.addresses.lock().unwrap().is_empty());
    }

    #[test]
    fn whoever_comes_from_this_machine_is_not_counted() {
        let connections = connections(1);
        for peer in ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"] {
            let peer: IpAddr = peer.parse().unwrap();
            let rooms: Vec<_> = (0..3).map(|_| connections.make_room(Some(peer)).unwrap()).collect();
            assert!(rooms.iter().all(|room| room.address.is_none()), "{peer}");
        }
        let _room = connections.make_room(Some("10.0.0.1".parse().unwrap())).unwrap();
        assert_eq!(connections.make_room(Some("10.0.0.1".parse().unwrap())).unwrap_err(), Crowded::Address, "a private network is");
    }

    #[test]
    fn a_household_is_one_address() {
        let connections = connections(1);
        let _room = connections.make_room(Some("2001:db8::1".parse().unwrap())).unwrap();
        assert_eq!(connections.make_room(Some("2001:db8::ffff".parse().unwrap())).unwrap_err(), Crowded::Address);
        connections.make_room(Some("2001:db8:0:1::1".parse().unwrap())).unwrap();
    }
}
