//! How a request becomes a connection.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::extract::ConnectInfo;
use futures_util::future::try_join_all;
use http::{Extensions, HeaderMap, request::Parts};
use serde_json::Value;
use tidewire_schema::wire::WireCode;

use super::{Refusal, Rejection, excerpt, http::resolve, query::EventsRequest, unavailable};
use crate::{
    access::{Coming, ConnectRequest, Grant},
    connection::{
        Alive, Connecting, Connections, Crowded, Driver, Handle, Opening, Origin, Prepared, Room, Wanted, give_later, returned,
        welcome_back,
    },
    contract::Known,
    hub::{Membership, Outlet},
    identity::{ConnectionId, SessionKey},
    middleware::Who,
    observe::{self, OpenConnection, Transport},
    realtime::{Realtime, Shared},
    serve::Lifeline,
    session::{Beginning, Control, GrantFrame, Session, SessionLimits, Wish},
    workers::Doorbell,
};

/// Where a client of Server-Sent Events says who it is.
const SESSION_HEADER: &str = "tidewire-session";

/// Who comes, and by which way.
#[derive(Debug)]
pub(super) struct Visitor {
    pub(super) server: Option<Lifeline>,
    peer: Option<IpAddr>,
    coming: Coming,
    // What connect hooks were asked about, and loaders and guards of live queries look at, where there are any.
    asked: OnceLock<Arc<ConnectRequest>>,
}

impl Visitor {
    pub(super) fn of(extensions: &Extensions) -> Self {
        Self {
            server: extensions.get::<Lifeline>().cloned(),
            peer: extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip()),
            coming: Coming::Anew,
            asked: OnceLock::new(),
        }
    }

    /// That it has a connection already.
    pub(super) fn connected(self) -> Self {
        Self { coming: Coming::Connected, ..self }
    }

    /// Asks the service what it may do, and then the hooks.
    pub(super) async fn admit(
        &self,
        shared: &Shared,
        parts: &Parts,
        channels: impl Fn() -> Vec<String> + Send + Sync,
    ) -> Result<Arc<Grant>, Rejection> {
        let request = || self.request(parts, channels());
        let grant = shared.gate.authorize(shared, (parts, self.coming), request).await?;
        let user = grant.user_id().map(str::to_owned);
        let Some(asked) = shared.publisher.hooks().connect(request) else {
            if shared.live.looks_at_requests() {
                let _ = self.asked.set(Arc::new(request()));
            }
            return Ok(grant);
        };
        let grant = shared.publisher.hooks().admit(&asked, grant).await?;
        // Set once: a request is let in once.
        let _ = self.asked.set(asked);
        if grant.user_id() != user.as_deref() {
            // Who came in under another name is still revoked under its own.
            shared.gate.admit_user(grant.user_id(), self.coming)?;
        }
        Ok(grant)
    }

    /// What the service is asked about it.
    pub(super) fn request(&self, parts: &Parts, channels: Vec<String>) -> ConnectRequest {
        let Parts { method, uri, headers, .. } = parts;
        ConnectRequest { method: method.clone(), uri: uri.clone(), headers: headers.clone(), peer: self.peer, channels }
    }

    /// What the service decides about once it was let in.
    pub(super) fn connecting(
        &self,
        parts: &Parts,
        wanted: &EventsRequest,
        (id, grant, opening): (ConnectionId, &Arc<Grant>, Option<Value>),
    ) -> Connecting {
        Connecting { id, request: self.request(parts, wanted.names()), grant: grant.clone(), opening, fixed: wanted.ids }
    }

    /// Whether its server takes nobody any more.
    pub(super) fn is_late(&self, shared: &Shared) -> bool {
        shared.roster.is_closing() || self.server.as_ref().is_some_and(Lifeline::is_cut)
    }

    /// Lets it in, if there is room.
    pub(super) fn enter(&self, shared: &Shared) -> Result<Room, Refusal> {
        if self.is_late(shared) {
            return Err(Refusal::new(WireCode::ShuttingDown, "this server is about to stop"));
        }
        shared.connections.make_room(self.peer).map_err(|crowded| match crowded {
            Crowded::Node(wait) => {
                // Those who are sent away together should not come back together.
                let wait = wait.max(Duration::from_secs(1)).mul_f64(rand::random_range(1.0..3.0));
                Refusal::new(WireCode::Overloaded, "too many connections came lately").retry_after(wait)
            }
            Crowded::Address => Refusal::new(WireCode::Overloaded, "too many connections are open from one address").retry_after(a_while()),
            Crowded::User => too_many_of_one_user(),
        })
    }
}

/// Until one of many connections may have ended.
fn a_while() -> Duration {
    Duration::from_secs(5).mul_f64(rand::random_range(1.0..3.0))
}

/// Not `overloaded`: it is not the server that has too much, and nobody should send the user to another one for it.
fn too_many_of_one_user() -> Refusal {
    Refusal::new(WireCode::RateLimited, "too many connections of this user are open").retry_after(a_while())
}

/// Somebody who was let in.
pub(super) struct Guest {
    room: Room,
    key: SessionKey,
    // What it had before.
    given: Option<SessionKey>,
    grant: Arc<Grant>,
    // What the service gives it.
    prepared: Prepared,
}

impl Guest {
    /// Gives the client its own key on this node: the one that it had before, or a new one. What is not a key says nothing, and neither does that of a
    /// connection which somebody else has.
    ///
    /// Refused if the user has too many connections, this one not counted if it replaces another one of them. The service may say no, too.
    pub(super) async fn new(
        realtime: &Realtime,
        mut room: Room,
        grant: &Arc<Grant>,
        given: Option<&str>,
        connecting: impl FnOnce(ConnectionId) -> Connecting,
    ) -> Result<Self, Refusal> {
        let shared = realtime.shared();
        let node = shared.hub.node();
        let given = given.and_then(|text| text.parse::<SessionKey>().ok());
        let given = given.filter(|key| shared.connections.proven(key).is_none_or(|live| live.belongs_to(grant.user_id())));
        if let Some(user) = grant.user_id() {
            let replaces = given.is_some_and(|key| shared.connections.proven(&key).is_some());
            room.settle(user, replaces).map_err(|_| too_many_of_one_user())?;
        }
        let key = given.map_or_else(|| SessionKey::random(node), |key| key.moved_to(node));
        let prepared = shared.callbacks.connect(realtime, || connecting(key.connection())).await?;
        Ok(Self { room, key, given, grant: grant.clone(), prepared })
    }
}

pub(super) fn given_session(headers: &HeaderMap) -> Option<&str> {
    headers.get(SESSION_HEADER)?.to_str().ok()
}

/// A connection that is about to begin, and its bell.
pub(super) struct Opened {
    pub(super) driver: Driver,
    pub(super) doorbell: Arc<Doorbell>,
}

/// Opens a connection whose client keeps cursors. It begins at once; channels come, or are denied, one by one.
pub(super) fn open(realtime: &Realtime, request: &EventsRequest, visitor: &Visitor, guest: Guest, transport: Transport) -> Opened {
    let shared = realtime.shared();
    let (mut origin, doorbell) = begin(realtime, request, visitor, guest);
    let handle = origin.listed.handle().clone();
    let (mut opening, mut wanted) = (Vec::with_capacity(request.channels.len()), Vec::new());
    for (name, beginning) in &request.channels {
        let permitted = resolve(shared, name).and_then(|known| permit(&origin, known, name).map(|()| known));
        match permitted {
            Ok(known) => {
                handle.keep(name);
                let member = shared.hub.join(name, known.retention, doorbell.clone());
                if request.presence && known.presence.is_some() {
                    origin.session.watch(shared.presence.watch(name, doorbell.clone()));
                }
                opening.push(Opening::new(realtime, &handle, member, *beginning, request.filter.clone()));
            }
            Err(_) if handle.is_expecting() => {
                wanted.push(Wanted { channel: name.clone(), beginning: *beginning, filter: request.filter.clone() });
            }
            Err(refusal) => origin.session.deny(&name.as_str().into(), refusal.into_body()),
        }
    }
    welcome_back(realtime, &handle, wanted);
    let open = note(&origin, request, transport);
    Opened { driver: Driver::new(origin, opening, open), doorbell }
}

/// Opens a connection whose ids hold the cursors of all its channels. So they are all there, or none is.
pub(super) async fn open_with_ids(
    realtime: &Realtime,
    request: &EventsRequest,
    visitor: &Visitor,
    guest: Guest,
) -> Result<Opened, Refusal> {
    let shared = realtime.shared();
    let wanted = request.channels.iter().map(|(name, beginning)| {
        let known = resolve(shared, name)?;
        shared.gate.may_subscribe(&guest.grant, known, name).map(|()| (name, known, *beginning))
    });
    // Before anything is begun: such a refusal must not end what is left of an older connection.
    let wanted = wanted.collect::<Result<Vec<_>, _>>()?;
    let who = || Who { connection: Some(guest.key.connection()), user: guest.grant.user_id().map(str::to_owned) };
    let hooks = shared.publisher.hooks();
    try_join_all(wanted.iter().filter_map(|(name, known, beginning)| hooks.subscribe(who, (known, name), *beginning))).await?;
    // Hooks take time, in which something may have been revoked.
    wanted.iter().try_for_each(|(name, known, _)| shared.gate.may_subscribe(&guest.grant, known, name))?;
    let (mut origin, doorbell) = begin(realtime, request, visitor, guest);
    let outlet: Arc<dyn Outlet> = doorbell.clone();
    let mut members: Vec<(Membership, Beginning)> = Vec::with_capacity(request.channels.len());
    for (name, known, beginning) in wanted {
        origin.listed.handle().keep(name);
        if request.presence && known.presence.is_some() {
            origin.session.watch(shared.presence.watch(name, outlet.clone()));
        }
        members.push((shared.hub.join(name, known.retention, outlet.clone()), beginning));
    }
    for (member, _) in &members {
        shared.in_time(Box::pin(member.open())).await.map_err(|error| unavailable(&error))?;
    }
    let handle = origin.listed.handle().clone();
    for (member, beginning) in members {
        let channel = member.channel().clone();
        let known = resolve(shared, &channel)?;
        if let Some(greeting) = shared.callbacks.subscribe(realtime, &handle, (known, &channel), false).await? {
            origin.session.say(Control::Message(greeting));
        }
        origin.session.subscribe(Wish { member, beginning, filter: request.filter.clone(), reference: None, by: None });
    }
    let open = note(&origin, request, Transport::EventStream);
    Ok(Opened { driver: Driver::new(origin, Vec::new(), open), doorbell })
}

/// Whether a connection may have a channel, which it begins with.
fn permit(origin: &Origin, known: &Known, channel: &str) -> Result<(), Refusal> {
    origin.listed.handle().permit(&origin.alive.realtime().shared().gate, known, channel)
}

fn begin(realtime: &Realtime, request: &EventsRequest, visitor: &Visitor, guest: Guest) -> (Origin, Arc<Doorbell>) {
    let Guest { room, key, given, grant, prepared } = guest;
    let shared = realtime.shared();
    let doorbell = Arc::new(Doorbell::default());
    let seat = shared.roster.sit(doorbell.clone(), visitor.server.as_ref().map_or(0, Lifeline::id));
    if let Some(server) = &visitor.server {
        server.hold(&shared.roster);
    }
    // Asked again now that the seat is on the list: the end may have come between the two.
    if visitor.is_late(shared) {
        seat.leave();
    }
    let mut welcome = welcome(shared, Some(key), GrantFrame::new(&grant, false));
    let handle = Handle::new(key, request.ids, doorbell.clone(), grant);
    if let Some(asked) = visitor.asked.get() {
        handle.came_by(asked.clone());
    }
    let limits = SessionLimits::from(&shared.limits);
    if let Control::Welcome(welcome) = &mut welcome {
        welcome.greeting = prepared.greeting;
    }
    let session = Session::open(welcome, Some(handle.connection()), limits).fitted_by(shared.publisher.hooks().tailor(|| handle.who()));
    handle.follow(realtime);
    if let Some(state) = prepared.state {
        handle.keep_state(state);
    }
    let listed = Connections::list(room, handle);
    give_later(realtime, listed.handle(), prepared.channels);
    if let Some(before) = given {
        returned(realtime, listed.handle(), before);
    }
    (Origin { alive: Alive::new(realtime, listed.handle()), session, listed, seat }, doorbell)
}

pub(super) fn welcome(shared: &Shared, session: Option<SessionKey>, grant: GrantFrame) -> Control {
    Control::welcome(session, shared.registry.hash().into(), shared.limits.heartbeat, grant)
}

/// Counts the connection, and leaves a line about it.
fn note(origin: &Origin, request: &EventsRequest, transport: Transport) -> OpenConnection {
    let contract = origin.alive.realtime().shared().registry.hash();
    if let Some(other) = request.contract.as_ref().filter(|given| *given != contract) {
        observe::contract_mismatch();
        tracing::debug!(client = excerpt(other), server = contract, "a client was generated from another contract");
    }
    let connection = origin.listed.handle().connection();
    let resuming = request.channels.iter().any(|(_, beginning)| matches!(beginning, Beginning::After(_)));
    tracing::debug!(%connection, transport = transport.name(), channels = request.channels.len(), resuming, "connection opened");
    OpenConnection::begin(transport)
}
