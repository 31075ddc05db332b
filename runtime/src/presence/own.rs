//! What the connections of this node show, and bringing it to the broker.

use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
    fmt,
    sync::{Arc, Weak},
};

use tidewire_schema::check::Issue;
use tokio::{sync::Mutex, time::Instant};

use super::Presence;
use crate::{
    access::Revocations,
    broker::{Appearance, Appeared, Attendee},
    connection::{ConnectionError, Dismissal, Handle},
    contract::Registry,
    error::{BrokerError, ChannelError},
    identity::ConnectionId,
    observe,
};

/// How often a lease that ran out meanwhile is taken again for one appearance.
const TRIES: usize = 3;

/// A connection on a channel.
pub(super) type Place = (ConnectionId, Arc<str>);

/// What this node's connections want the rosters to say.
#[derive(Default)]
pub(super) struct Table {
    own: HashMap<ConnectionId, HashMap<Arc<str>, Own>>,
    // Who goes when, unless something comes in between.
    due: BTreeMap<(Instant, u64), Place>,
    serial: u64,
    // Channels of which the broker lost what this node had told it.
    missed: Vec<Arc<str>>,
}

/// What one connection shows on one channel.
struct Own {
    user: Option<String>,
    owner: Weak<Handle>,
    // Nothing for one that is gone, as soon as the broker knows.
    state: Option<Arc<str>>,
    // The service wants it, whatever the connection's rights are.
    by_service: bool,
    leaving: Option<u64>,
    // Calls of the broker about one place come one after another, and each says what is wanted at that moment.
    gate: Arc<Mutex<()>>,
}

/// Why a connection is not present.
#[derive(Debug)]
pub(crate) enum NotPresent {
    /// The roster is full.
    Full,
    /// The connection is present on as many channels as one may be.
    TooMany,
    /// The connection is ending.
    Ending,
    /// The broker did not do it.
    Broker(BrokerError),
}

impl Table {
    pub(super) fn is_empty(&self) -> bool {
        self.own.is_empty()
    }

    /// The channels that connections of this node are present on.
    pub(super) fn channels(&self) -> Vec<Arc<str>> {
        let mut channels: Vec<Arc<str>> = self.own.values().flat_map(|own| own.keys().cloned()).collect();
        channels.sort_unstable();
        channels.dedup();
        channels
    }

    /// Has everybody on these channels told again.
    pub(super) fn missed(&mut self, channels: Vec<Arc<str>>) {
        self.missed.extend(channels);
    }

    pub(super) fn has_missed(&self) -> bool {
        !self.missed.is_empty()
    }

    pub(super) fn take_missed(&mut self) -> Vec<Arc<str>> {
        std::mem::take(&mut self.missed)
    }

    /// Everybody on these channels, which are sorted.
    pub(super) fn on(&self, channels: &[Arc<str>]) -> Vec<Place> {
        let all = self.own.iter().flat_map(|(connection, own)| own.keys().map(|channel| (*connection, channel.clone())));
        all.filter(|(_, channel)| channels.binary_search(channel).is_ok()).collect()
    }

    fn get(&mut self, (connection, channel): &Place) -> Option<&mut Own> {
        self.own.get_mut(connection)?.get_mut(channel)
    }

    fn forget(&mut self, (connection, channel): &Place) {
        let Some(own) = self.own.get_mut(connection) else { return };
        if let Some(gone) = own.remove(channel) {
            observe::present(-1.0);
            if let Some(owner) = gone.owner.upgrade() {
                owner.set_present(channel, false);
            }
        }
        if own.is_empty() {
            self.own.remove(connection);
        }
    }

    /// Has a place left at a time, unless something comes in between.
    fn leave_at(&mut self, place: Place, at: Instant) {
        self.serial += 1;
        let serial = self.serial;
        if let Some(own) = self.get(&place) {
            own.leaving = Some(serial);
            self.due.insert((at, serial), place);
        }
    }

    /// The places that are to be left by now, and when to look again.
    pub(super) fn take_due(&mut self) -> (Vec<Place>, Option<Instant>) {
        let (now, mut gone) = (Instant::now(), Vec::new());
        while let Some(first) = self.due.first_entry() {
            let (at, serial) = *first.key();
            if at > now {
                return (gone, Some(at));
            }
            let place = first.remove();
            if let Some(own) = self.get(&place)
                && own.leaving == Some(serial)
            {
                own.state = None;
                gone.push(place);
            }
        }
        (gone, None)
    }
}

impl Presence {
    /// Shows the roster of `channel` what a connection wants it to show. The state fits the contract.
    ///
    /// Cancel-safe: what was begun is finished by whoever comes next, at the latest by the renewal of the lease.
    pub(crate) async fn appear(
        self: &Arc<Self>,
        handle: &Arc<Handle>,
        channel: &Arc<str>,
        state: String,
        by_service: bool,
    ) -> Result<(), NotPresent> {
        self.run();
        let place = (handle.connection(), channel.clone());
        let (gate, before, again, first) = {
            let mut table = self.table();
            let first = table.is_empty();
            // Under the table's lock: who ends comes through here afterwards, and finds it.
            if handle.is_ending() {
                return Err(NotPresent::Ending);
            }
            let own = table.own.entry(place.0).or_default();
            if !own.contains_key(channel) && own.len() >= self.limits.channels_per_connection {
                return Err(NotPresent::TooMany);
            }
            let own = own.entry(channel.clone()).or_insert_with(|| {
                observe::present(1.0);
                Own {
                    user: handle.grant().user_id().map(str::to_owned),
                    owner: Weak::new(),
                    state: None,
                    by_service,
                    leaving: None,
                    gate: Arc::default(),
                }
            });
            let again = !std::ptr::eq(own.owner.as_ptr(), Arc::as_ptr(handle));
            (own.owner, own.by_service, own.leaving) = (Arc::downgrade(handle), by_service, None);
            handle.set_present(channel, true);
            (own.gate.clone(), own.state.replace(state.into()), again, first)
        };
        if first {
            self.bells.renewal.notify_one();
        }
        let outcome = self.bring(&place, &gate, again).await;
        if outcome.is_err() {
            // What it showed before is still wanted, or nothing.
            let mut table = self.table();
            if let Some(own) = table.get(&place) {
                own.state = before;
            }
            if let (Some(Own { state: None, .. }), Err(NotPresent::Full)) = (table.get(&place), &outcome) {
                table.forget(&place);
            }
        }
        outcome
    }

    /// Takes a connection off the roster of `channel`.
    pub(crate) async fn leave(&self, handle: &Arc<Handle>, channel: &Arc<str>) -> Result<(), NotPresent> {
        let place = (handle.connection(), channel.clone());
        let gate = {
            let mut table = self.table();
            let Some(own) = table.get(&place).filter(|own| own.belongs_to(handle)) else { return Ok(()) };
            own.state = None;
            own.gate.clone()
        };
        self.bring(&place, &gate, false).await
    }

    /// Takes a connection off the rosters that it may not be on any more, soon.
    pub(crate) fn hold_against_rights(&self, handle: &Arc<Handle>, registry: &Registry, revocations: &Revocations) {
        let grant = handle.grant();
        let may = |channel: &str| registry.resolve(channel).is_ok_and(|known| grant.may_be_present(known, channel));
        let revoked = |channel: &str| revocations.forbid(grant.user_id(), channel).is_err();
        self.leave_some(handle, Instant::now(), |channel, own| revoked(channel) || !(own.by_service || may(channel)));
    }

    /// A connection is gone: without a word, it may come back.
    pub(crate) fn gone(&self, handle: &Arc<Handle>) {
        let grace = match handle.dismissal() {
            Some(Dismissal::Closed) => std::time::Duration::ZERO,
            _ => self.limits.presence_grace,
        };
        self.leave_some(handle, Instant::now() + grace, |_, _| true);
    }

    fn leave_some(&self, handle: &Arc<Handle>, at: Instant, goes: impl Fn(&str, &Own) -> bool) {
        let mut table = self.table();
        let connection = handle.connection();
        let Some(own) = table.own.get(&connection) else { return };
        let going = own.iter().filter(|(channel, own)| own.belongs_to(handle) && goes(channel, own));
        let going: Vec<Arc<str>> = going.map(|(channel, _)| channel.clone()).collect();
        for channel in going {
            table.leave_at((connection, channel), at);
        }
        drop(table);
        self.bells.departures.notify_one();
    }

    /// Brings to the broker what is wanted of a place now.
    pub(super) async fn bring_now(&self, place: &Place) -> Result<(), NotPresent> {
        let gate = self.table().get(place).map(|own| own.gate.clone());
        match gate {
            Some(gate) => self.bring(place, &gate, true).await,
            None => Ok(()),
        }
    }

    async fn bring(&self, place: &Place, gate: &Mutex<()>, again: bool) -> Result<(), NotPresent> {
        let _alone = gate.lock().await;
        let Some((user, state)) = self.table().get(place).map(|own| (own.user.clone(), own.state.clone())) else { return Ok(()) };
        let attendee = Attendee { user, connection: place.0 };
        let brought = match state {
            Some(state) => self.bring_state(place, attendee, &state, again).await,
            None => self.bring_end(place, attendee).await,
        };
        if let Err(NotPresent::Broker(error)) = &brought {
            tracing::debug!(cause = error.source_text(), "a roster does not know what it should");
            if !matches!(error, BrokerError::Unsupported) {
                self.doubt();
            }
        }
        brought
    }

    async fn bring_end(&self, place: &Place, attendee: Attendee) -> Result<(), NotPresent> {
        self.in_time(self.broker().depart(&place.1, attendee, self.lease())).await.map_err(NotPresent::Broker)?;
        let mut table = self.table();
        if table.get(place).is_some_and(|own| own.state.is_none()) {
            table.forget(place);
        }
        Ok(())
    }

    async fn bring_state(&self, place: &Place, attendee: Attendee, state: &str, again: bool) -> Result<(), NotPresent> {
        for _ in 0..TRIES {
            let lease = self.lease();
            let appearance =
                Appearance { attendee: attendee.clone(), lease, state: state.to_owned(), again, most: self.limits.presence_members };
            match self.in_time(self.broker().appear(&place.1, appearance)).await.map_err(NotPresent::Broker)? {
                Appeared::Present => return Ok(()),
                Appeared::Full => return Err(NotPresent::Full),
                // For this channel it was never taken, or it ran out: then others are gone with it.
                Appeared::Lapsed => {
                    let channels = self.table().channels();
                    let mut lapsed = self.in_time(self.broker().renew(lease, self.lasts(), &channels)).await.map_err(NotPresent::Broker)?;
                    lapsed.retain(|channel| *channel != place.1);
                    self.table().missed(lapsed);
                    self.bells.renewal.notify_one();
                }
            }
        }
        Err(NotPresent::Broker(BrokerError::unavailable("the lease runs out faster than it can be taken")))
    }
}

impl Own {
    fn belongs_to(&self, handle: &Arc<Handle>) -> bool {
        std::ptr::eq(self.owner.as_ptr(), Arc::as_ptr(handle))
    }
}

/// A connection was not made present.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PresenceError {
    /// The channel's parameters violate the contract.
    Channel(ChannelError),
    /// The state violates the contract.
    Invalid {
        /// Each violation.
        issues: Vec<Issue>,
    },
    /// The state is larger than allowed.
    TooLarge {
        /// How many bytes it has as JSON.
        bytes: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The roster is full, or the connection is present on as many channels as one may be.
    Full,
    /// The client was not reached, or the broker did not do it.
    Connection(ConnectionError),
}

impl fmt::Display for PresenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(cause) => fmt::Display::fmt(cause, f),
            Self::Invalid { issues } => {
                f.write_str("the state violates the contract")?;
                issues.iter().try_for_each(|issue| write!(f, "; {issue}"))
            }
            Self::TooLarge { bytes, limit } => write!(f, "the state has {bytes} bytes, the limit is {limit}"),
            Self::Full => f.write_str("there is no room on the roster"),
            Self::Connection(cause) => fmt::Display::fmt(cause, f),
        }
    }
}

impl Error for PresenceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Channel(cause) => cause.source(),
            Self::Connection(cause) => cause.source(),
            Self::Invalid { .. } | Self::TooLarge { .. } | Self::Full => None,
        }
    }
}
