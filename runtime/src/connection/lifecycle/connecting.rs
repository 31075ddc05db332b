//! What a service decides when a client connects or subscribes.

use std::{fmt, sync::Arc};

use serde_json::Value;
use tidewire_schema::check::Issue;

use super::Caller;
use crate::{
    access::{ConnectRequest, Grant},
    channel::Publisher,
    contract::{Channel, ConnectionState, Greeting, Known, Opening, Registry, listed, to_json},
    error::ChannelError,
    identity::ConnectionId,
};

/// A client that `authorize` let in, before its connection begins: what [`on_connect`](crate::RealtimeBuilder::on_connect) decides about.
#[derive(Debug)]
pub struct Connecting {
    pub(crate) id: ConnectionId,
    pub(crate) request: ConnectRequest,
    pub(crate) grant: Arc<Grant>,
    pub(crate) opening: Option<Value>,
    pub(crate) fixed: bool,
}

impl Connecting {
    /// The client's name, which it keeps when it comes back.
    pub fn id(&self) -> ConnectionId {
        self.id
    }

    /// The request, with its headers and the channels of its URL.
    pub fn request(&self) -> &ConnectRequest {
        &self.request
    }

    /// In whose name the client connects; `None` if in nobody's.
    pub fn user(&self) -> Option<&str> {
        self.grant.user_id()
    }

    /// What the client says of itself. `None` only if the contract of the service declares no opening, or another type for it.
    pub fn opening<O: Opening>(&self) -> Option<O> {
        serde_json::from_value(self.opening.clone()?).ok()
    }

    /// Whether it is a plain `EventSource`, whose channels are those of its URL.
    pub fn is_fixed(&self) -> bool {
        self.fixed
    }
}

/// Yes, and what goes with it: the answer of [`on_connect`](crate::RealtimeBuilder::on_connect) and [`on_subscribe`](crate::RealtimeBuilder::on_subscribe).
///
/// ```
/// # use tidewire::realtime_events;
/// # #[realtime_events(name = "docs")]
/// # pub mod live {
/// #     #[connection(greeting)]
/// #     pub struct Hello { pub unread: u32 }
/// #     #[connection(state)]
/// #     pub struct Seen { pub pages: u32 }
/// #     #[channel("inbox/{user}")]
/// #     pub struct Inbox { pub user: String }
/// # }
/// use tidewire::Accepted;
///
/// let accepted = Accepted::new()
///     .greeting(live::Hello { unread: 3 })
///     .state(live::Seen { pages: 0 })
///     .subscribe(live::Inbox { user: "ann".into() });
/// ```
#[derive(Default)]
#[must_use = "it does nothing before it is answered"]
pub struct Accepted {
    greeting: Option<Result<Value, Vec<Issue>>>,
    state: Option<Result<Value, Vec<Issue>>>,
    channels: Vec<Locate>,
}

type Locate = Box<dyn FnOnce(&Publisher) -> Result<String, ChannelError> + Send>;

/// What was accepted, held against the contract.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    pub(crate) greeting: Option<Value>,
    pub(crate) state: Option<Value>,
    pub(crate) channels: Vec<String>,
}

impl Accepted {
    /// Yes, and nothing more.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells the client something, before anything else: in `welcome`, or in a frame before the channel's `subscribed`.
    #[expect(clippy::needless_pass_by_value, reason = "a greeting is written in place; nobody needs the value afterwards")]
    pub fn greeting<G: Greeting>(self, greeting: G) -> Self {
        Self { greeting: Some(to_json(&greeting)), ..self }
    }

    /// Sets what the service keeps about the connection.
    #[expect(clippy::needless_pass_by_value, reason = "a state is written in place; nobody needs the value afterwards")]
    pub fn state<S: ConnectionState>(self, state: S) -> Self {
        Self { state: Some(to_json(&state)), ..self }
    }

    /// Subscribes the client to a channel, with the right to it, as [`Connection::subscribe`](crate::Connection::subscribe) does. For a plain `EventSource` this
    /// is nothing, and logged.
    pub fn subscribe<C: Channel>(mut self, channel: C) -> Self {
        self.channels.push(Box::new(move |publisher| publisher.locate(&channel).map(|(_, name)| name)));
        self
    }

    /// Holds it against the contract; what is wrong with it is for the log.
    pub(in crate::connection) fn prepare(self, registry: &Registry, publisher: &Publisher) -> Result<Prepared, String> {
        let wrong = |what: &str, issues: Vec<Issue>| format!("the {what} violates the contract: {}", listed(&issues));
        let greeting = self.greeting.map(|json| json.and_then(|json| registry.check_greeting(json))).transpose();
        let state = self.state.map(|json| json.and_then(|json| registry.check_state(json))).transpose();
        let channels = self.channels.into_iter().map(|locate| locate(publisher)).collect::<Result<Vec<_>, _>>();
        Ok(Prepared {
            greeting: greeting.map_err(|issues| wrong("greeting", issues))?,
            state: state.map_err(|issues| wrong("state", issues))?,
            channels: channels.map_err(|error| format!("a channel cannot be given: {error}"))?,
        })
    }
}

impl fmt::Debug for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (greets, keeps) = (self.greeting.is_some(), self.state.is_some());
        f.debug_struct("Accepted").field("greeting", &greets).field("state", &keeps).field("channels", &self.channels.len()).finish()
    }
}

/// A connection and one channel: what [`on_subscribe`](crate::RealtimeBuilder::on_subscribe) decides about, and what
/// [`on_unsubscribe`](crate::RealtimeBuilder::on_unsubscribe) hears of.
#[derive(Clone, Debug)]
pub struct Subscriber {
    caller: Caller,
    channel: Arc<str>,
    pattern: &'static str,
    params: Vec<(String, String)>,
    by_service: bool,
}

impl Subscriber {
    pub(in crate::connection) fn new(caller: Caller, channel: Arc<str>, known: &Known, by_service: bool) -> Self {
        let captured = known.pattern.capture(&channel).unwrap_or_default();
        let params = captured.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { caller, channel, pattern: known.channel.pattern.as_str(), params, by_service }
    }

    /// Whose connection it is.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The name of the channel, such as `chat/lobby`.
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// Whether it is a channel of this kind.
    ///
    /// ```
    /// # use tidewire::{Subscriber, realtime_events};
    /// # #[realtime_events(name = "docs")]
    /// # pub mod live {
    /// #     #[channel("chat/{room_id}")]
    /// #     pub struct Chat { pub room_id: String }
    /// # }
    /// fn room(subscriber: &Subscriber) -> Option<&str> {
    ///     subscriber.is::<live::Chat>().then(|| subscriber.param("roomId"))?
    /// }
    /// ```
    pub fn is<C: Channel>(&self) -> bool {
        self.pattern == C::PATTERN
    }

    /// The text of a parameter, by its name on the wire.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether the service gave the channel to the client, which did not ask for it.
    pub fn is_by_service(&self) -> bool {
        self.by_service
    }
}
