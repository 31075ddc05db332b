//! Channels that the service gives to a connection: the right to them, and where they stay while the client is away.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{
    Handle, NotTaken, Operation, Relay,
    errand::Outcome,
    execute::{denied, subscribe},
    handle::Reserved,
};
use crate::{
    access::Gate,
    broker::{BoxFuture, Recipient},
    contract::Known,
    cursor::Cursor,
    identity::{ConnectionId, NodeId, SessionKey},
    realtime::Realtime,
    session::{Beginning, By, Filter, Wish},
    transport::Refusal,
};

/// How long a client may be away until what the service gave it is forgotten.
const KEPT: Duration = Duration::from_secs(30);
/// How many clients that are away are remembered. The oldest are forgotten first.
const ABSENT: usize = 16 * 1024;
/// How long a client that is back has to say from where its channels go on, before they begin now.
const CLAIM: Duration = Duration::from_secs(2);
/// How long the node where a client was may take to say what it had there.
const INHERITANCE: Duration = Duration::from_secs(2);

/// What the service gave to one client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Assigned {
    /// Whose client it is.
    pub(super) user: Option<String>,
    /// Those that it was subscribed to.
    pub(super) live: Vec<String>,
    /// Those that it left by itself: the right stays.
    pub(super) idle: Vec<String>,
}

impl Assigned {
    pub(super) fn is_empty(&self) -> bool {
        self.live.is_empty() && self.idle.is_empty()
    }
}

/// What is kept of clients that are away.
#[derive(Debug, Default)]
pub(super) struct Absent(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    clients: HashMap<ConnectionId, (NodeId, Instant, Assigned)>,
    // In the order in which they went.
    order: VecDeque<(Instant, ConnectionId)>,
}

impl Absent {
    /// Remembers what a client had on `node`.
    pub(super) fn keep(&self, connection: ConnectionId, node: NodeId, assigned: Assigned) {
        let now = Instant::now();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget(now, ABSENT - 1);
        kept.clients.insert(connection, (node, now, assigned));
        kept.order.push_back((now, connection));
    }

    /// What the client had on `node`. It is asked for once.
    pub(super) fn take(&self, connection: ConnectionId, node: NodeId) -> Option<Assigned> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget(Instant::now(), ABSENT);
        let (at, _, assigned) = kept.clients.remove(&connection)?;
        (at == node).then_some(assigned)
    }
}

impl Kept {
    fn forget(&mut self, now: Instant, most: usize) {
        while let Some((since, connection)) = self.order.front().copied() {
            if now.duration_since(since) < KEPT && self.order.len() <= most {
                return;
            }
            self.order.pop_front();
            // It may have come and gone again since.
            if self.clients.get(&connection).is_some_and(|(_, kept, _)| *kept == since) {
                self.clients.remove(&connection);
            }
        }
    }
}

impl Handle {
    /// Whether the service gave it this channel.
    pub(super) fn is_assigned(&self, channel: &str) -> bool {
        self.state().assigned.contains(channel)
    }

    /// Whether its client may subscribe to a channel: the service gave it the channel, or the grant says so; and nothing of it was revoked.
    pub(crate) fn permit(&self, gate: &Gate, known: &Known, channel: &str) -> Result<(), Refusal> {
        let grant = self.grant();
        if self.is_assigned(channel) {
            gate.revocations().check(grant.user_id(), channel)
        } else {
            gate.may_subscribe(&grant, known, channel)
        }
    }

    /// Takes back that the service gave it a channel.
    pub(super) fn unassign(&self, channel: &str) {
        self.state().assigned.remove(channel);
    }

    /// What the service gave it.
    pub(super) fn assigned(&self) -> Assigned {
        let user = self.grant().user_id().map(str::to_owned);
        let state = self.state();
        let (live, idle): (Vec<_>, Vec<_>) = state.assigned.iter().map(ToString::to_string).partition(|name| state.channels.contains(name));
        Assigned { user, live, idle }
    }

    /// By whom it has the channel, if not by its own wish.
    pub(crate) fn given_by(&self, channel: &str) -> Option<By> {
        self.is_assigned(channel).then_some(By::Server)
    }

    /// Gives it what its client had before, and lets go on what waited for that.
    pub(super) fn inherit(&self, assigned: &Assigned) {
        let same = self.belongs_to(assigned.user.as_deref());
        let mut state = self.state();
        if same {
            state.assigned.extend(assigned.live.iter().chain(&assigned.idle).map(|name| Arc::from(name.as_str())));
            state.returning = assigned.live.iter().map(|name| Arc::from(name.as_str())).collect();
        }
        state.expecting = None;
    }

    /// Hands on what it has to the next connection of its client.
    pub(super) fn hand_on_to(&self, next: &Self) {
        let assigned = self.assigned();
        if !next.is_fixed() && !assigned.is_empty() {
            next.inherit(&assigned);
        }
    }

    /// What its client finds when it comes back: nothing if it was told not to, or is back already.
    pub(super) fn left_behind(&self) -> Option<Assigned> {
        let keeps = {
            let state = self.state();
            !state.assigned.is_empty() && state.dismissal.is_none()
        };
        keeps.then(|| self.assigned())
    }

    /// Whether somebody was asked what its client had before.
    pub(crate) fn is_expecting(&self) -> bool {
        self.state().expecting.is_some()
    }

    /// Expects word of what its client had before.
    pub(super) fn expect(&self) {
        self.state().expecting = Some(tokio::sync::watch::Sender::new(()));
    }

    /// Waits until it is known what its client had before, if anybody was asked.
    pub(super) async fn settled(&self) {
        let expecting = self.state().expecting.as_ref().map(tokio::sync::watch::Sender::subscribe);
        if let Some(mut expecting) = expecting {
            // It ends when the sender is dropped.
            let _ = expecting.changed().await;
        }
    }

    fn is_over(&self) -> bool {
        let state = self.state();
        state.ended || state.dismissal.is_some()
    }
}

/// Subscribes a connection to a channel of the contract, because the service wants it. What is published after this answered comes.
pub(super) async fn assign(realtime: &Realtime, handle: &Arc<Handle>, channel: &str, after: Option<Cursor>) -> Outcome {
    let shared = realtime.shared();
    if handle.is_fixed() {
        return Outcome::Fixed;
    }
    let Ok(known) = shared.registry.resolve(channel) else { return Outcome::Unknown };
    if let Err(refusal) = shared.gate.revocations().check(handle.grant().user_id(), channel) {
        return Outcome::from(refusal);
    }
    // As a command of the client: one after another.
    let _turn = handle.turn.lock().await;
    let limit = shared.limits.channels_per_connection;
    {
        let mut state = handle.state();
        if state.ended || state.dismissal.is_some() {
            return Outcome::Gone;
        }
        // Rights without a subscription count, too: nothing of a connection grows without a bound.
        if !state.assigned.contains(channel) && state.assigned.len() >= limit {
            return Outcome::TooMany;
        }
        state.assigned.insert(channel.into());
    }
    let reservation = match handle.reserve(channel, limit) {
        Reserved::New(reservation) => reservation,
        Reserved::Already => return Outcome::Done,
        Reserved::TooMany => {
            handle.unassign(channel);
            return Outcome::TooMany;
        }
    };
    let wanted = after.map_or(Beginning::Fresh, Beginning::After);
    if let Some(asking) = shared.publisher.hooks().subscribe(|| handle.who(), (known, channel), wanted)
        && let Err(refusal) = asking.await
    {
        handle.unassign(channel);
        return Outcome::from(refusal);
    }
    let member = shared.hub.join(channel, known.retention, handle.outlet().clone());
    if shared.in_time(Box::pin(member.open())).await.is_err() {
        handle.unassign(channel);
        return Outcome::Unavailable;
    }
    let beginning = match (after, member.ring().join_now()) {
        (Some(cursor), _) => Beginning::After(cursor),
        // Where it begins is decided here: whoever asked may publish at once, and means this client, too.
        (None, Some((head, joint))) => Beginning::At(head, joint.end),
        (None, None) => Beginning::Fresh,
    };
    let wish = Wish { member, beginning, filter: Filter::default(), reference: None, by: Some(By::Server) };
    let greeting = match shared.callbacks.subscribe(realtime, handle, (known, channel), true).await {
        Ok(greeting) => greeting,
        Err(refusal) => {
            handle.unassign(channel);
            return Outcome::from(refusal);
        }
    };
    let greeted = greeting.map_or(Ok(()), |greeting| handle.post(Operation::Message(greeting)));
    match greeted.and_then(|()| handle.post(Operation::Subscribe(wish))) {
        Ok(()) => {
            reservation.keep();
            Outcome::Done
        }
        Err(not_taken) => {
            handle.unassign(channel);
            Outcome::from(not_taken)
        }
    }
}

/// Gives channels to a connection when there is time: whoever says so may be in the middle of a command of the client.
pub(crate) fn give_later(realtime: &Realtime, handle: &Arc<Handle>, channels: Vec<String>) {
    if channels.is_empty() {
        return;
    }
    let (realtime, handle) = (realtime.clone(), handle.clone());
    let giving: BoxFuture<'static, ()> = Box::pin(async move {
        for channel in channels {
            let outcome = assign(&realtime, &handle, &channel, None).await;
            if !matches!(outcome, Outcome::Done) {
                tracing::warn!(?outcome, "a channel could not be given to a client");
            }
        }
    });
    tokio::spawn(giving);
}

/// Takes a channel from a connection: the right that the service gave it, and the subscription, whoever wanted it.
pub(super) async fn withdraw(handle: &Handle, channel: &str) -> Outcome {
    if handle.is_fixed() {
        return Outcome::Fixed;
    }
    let _turn = handle.turn.lock().await;
    handle.unassign(channel);
    // Its live queries go by the right, whether or not it has the channel.
    handle.touch();
    if !handle.has(channel) {
        return Outcome::Done;
    }
    match handle.post(Operation::Withdraw(channel.into())) {
        Ok(()) => {
            handle.release(channel);
            Outcome::Done
        }
        Err(not_taken) => Outcome::from(not_taken),
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        Self::Denied { code: refusal.code().number(), message: refusal.message().to_owned() }
    }
}

impl From<NotTaken> for Outcome {
    fn from(not_taken: NotTaken) -> Self {
        match not_taken {
            NotTaken::Full => Self::Full,
            NotTaken::Ending | NotTaken::Lost => Self::Gone,
        }
    }
}

/// A channel of the URL of a client that is back, which it may have only if the service gave it to it.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) channel: String,
    pub(crate) beginning: Beginning,
    pub(crate) filter: Filter,
}

/// Looks for what the service gave to a client that was connected as `before`: here, and where it was.
pub(crate) fn returned(realtime: &Realtime, handle: &Handle, before: SessionKey) {
    let shared = realtime.shared();
    let elsewhere = before.node != shared.hub.node();
    match shared.connections.absent().take(handle.connection(), before.node) {
        Some(assigned) if !handle.is_fixed() => handle.inherit(&assigned),
        None if elsewhere && !handle.is_fixed() => handle.expect(),
        _ => {}
    }
    if elsewhere {
        // Behind the expectation: the answer may come at once.
        Relay::moved(realtime, before, handle.grant().user_id());
    }
}

/// Gives a client back what the service gave it before, as soon as that is known. Its own word, from where a channel goes on, comes first.
pub(crate) fn welcome_back(realtime: &Realtime, handle: &Arc<Handle>, wanted: Vec<Wanted>) {
    if !handle.is_expecting() && handle.state().returning.is_empty() {
        return;
    }
    let (realtime, handle) = (realtime.clone(), handle.clone());
    tokio::spawn(async move {
        // A node that is gone, or too old, says nothing.
        let _ = tokio::time::timeout(INHERITANCE, handle.settled()).await;
        handle.state().expecting = None;
        for Wanted { channel, beginning, filter } in wanted {
            let turn = handle.turn.lock().await;
            let outcome = subscribe(&realtime, &handle, &channel, (beginning, filter, false), None).await;
            drop(turn);
            if let Err(refusal) = outcome {
                // Who does not take its frames is told by what does not come.
                let _ = handle.post(Operation::Message(denied(&channel, None, refusal).json().into()));
            }
        }
        if handle.state().returning.is_empty() {
            return;
        }
        tokio::time::sleep(CLAIM).await;
        let returning = std::mem::take(&mut handle.state().returning);
        for channel in returning {
            if handle.is_over() || !handle.is_assigned(&channel) || handle.has(&channel) {
                continue;
            }
            let outcome = assign(&realtime, &handle, &channel, None).await;
            tracing::debug!(?outcome, "a channel that the service gave to a client began anew");
        }
    });
}

/// Tells the node where a client is now what the service gave it here.
pub(super) fn bequeath(realtime: &Realtime, to: NodeId, key: &SessionKey, user: Option<&str>, live: Option<&Handle>) {
    let shared = realtime.shared();
    let assigned = match live {
        Some(handle) => handle.assigned(),
        None => shared.connections.absent().take(key.connection(), shared.hub.node()).unwrap_or_default(),
    };
    let assigned = if assigned.user.as_deref() == user { assigned } else { Assigned::default() };
    Relay::left(realtime, Recipient::Node(to), shared.hub.node(), key.connection(), assigned);
}

/// Takes word of what the service gave to a client on another node, which is here now, or will be somewhere soon.
pub(super) fn receive(realtime: &Realtime, node: NodeId, connection: ConnectionId, assigned: Assigned) {
    let connections = &realtime.shared().connections;
    match connections.find(connection) {
        Some(handle) if handle.is_expecting() => handle.inherit(&assigned),
        Some(_) => {}
        None if assigned.is_empty() => {}
        None => connections.absent().keep(connection, node, assigned),
    }
}

/// Tells all nodes what the service gave to a client that is sent to one of them, because this one stops.
pub(super) fn part(realtime: &Realtime, handle: &Handle) {
    let assigned = handle.assigned();
    if !assigned.is_empty() {
        Relay::left(realtime, Recipient::Everybody, realtime.shared().hub.node(), handle.connection(), assigned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assigned(channel: &str) -> Assigned {
        Assigned { user: None, live: vec![channel.to_owned()], idle: Vec::new() }
    }

    fn client(number: u64) -> ConnectionId {
        format!("c-{number:016x}").parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_client_had_is_kept_for_a_while_and_handed_out_once() {
        let (absent, here, there) = (Absent::default(), NodeId::random(), NodeId::random());
        absent.keep(client(1), here, assigned("a"));
        assert_eq!(absent.take(client(1), there), None, "it was not there");
        absent.keep(client(1), here, assigned("a"));
        assert_eq!(absent.take(client(1), here), Some(assigned("a")));
        assert_eq!(absent.take(client(1), here), None);
        absent.keep(client(1), here, assigned("a"));
        tokio::time::advance(KEPT / 2).await;
        absent.keep(client(1), here, assigned("b"));
        tokio::time::advance(KEPT / 2).await;
        assert_eq!(absent.take(client(1), here), Some(assigned("b")), "the later absence counts");
        absent.keep(client(2), here, assigned("a"));
        tokio::time::advance(KEPT).await;
        assert_eq!(absent.take(client(2), here), None);
        let kept = absent.0.lock().unwrap();
        assert!(kept.clients.is_empty() && kept.order.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_absent_clients_are_remembered() {
        let (absent, here) = (Absent::default(), NodeId::random());
        for number in 0..=ABSENT as u64 {
            absent.keep(client(number), here, assigned("a"));
        }
        assert_eq!(absent.0.lock().unwrap().clients.len(), ABSENT);
        assert_eq!(absent.take(client(0), here), None, "the oldest is forgotten");
        assert!(absent.take(client(1), here).is_some());
    }
}
