//! What a service hangs into the way of connections and events.

mod asked;
mod deliver;
mod stack;

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use axum::response::Response;

pub use self::{
    asked::{PublishRequest, Start, SubscribeRequest},
    deliver::{Deliver, Outgoing},
};
pub(crate) use self::{
    deliver::{Fitted, Fitting, Tailor},
    stack::{Hooks, Kinds, Stack, Who},
};
use crate::access::{ConnectRequest, Denied, Grant};

#[doc = include_str!("../docs/middleware.md")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no middleware of events",
    label = "has no hooks",
    note = "implement `tidewire::Middleware` for `{Self}`; a plugin goes to `.plugin(…)`, and a layer for HTTP requests to `.layer(…)` of the router"
)]
pub trait Middleware: Send + Sync + 'static {
    /// Looks at a request that `authorize` let in, before any stream opens and before anything is read or published. It may change what its sender may do,
    /// refuse, or answer in its own way.
    ///
    /// It sees whatever `authorize` is asked about: `GET /events`, `/socket`, `/history` and `/presence`, and `POST /send`. What it does to a grant it should do to all
    /// of them alike; only the user matters on `/send`, where the rights are those of the connection. When a connected client brings a newer token (the frame
    /// `auth`), it sees the request that opened the connection once more, with that token in `Authorization`. An end that the grant has stays, whatever the
    /// hook makes of it.
    ///
    /// # Errors
    ///
    /// [`TurnedAway`]: who asked gets this answer instead of what it asked for. A [`Denied`] and a [`Response`] become one by `?`.
    ///
    /// # Cancel safety
    ///
    /// The future is dropped when the client goes before it is done, and after [`Limits::hook_timeout`](crate::Limits).
    fn connect(&self, request: &ConnectRequest, grant: &mut Grant) -> impl Future<Output = Result<(), TurnedAway>> + Send {
        let _ = (request, grant);
        Pass::default()
    }

    /// Looks at a channel that a client begins to subscribe to: one of its URL or of a frame, also after a reconnect; and at one whose history, or members, it asks for.
    /// The grant covers the channel.
    ///
    /// # Errors
    ///
    /// [`Denied`]: the channel is `denied` with that code and message, and the connection goes on; a plain `EventSource` and a read of history or members are refused
    /// as a whole.
    ///
    /// # Cancel safety
    ///
    /// As [`connect`](Self::connect). It is dropped, too, when the client leaves the channel meanwhile.
    fn subscribe(&self, request: &SubscribeRequest) -> impl Future<Output = Result<(), Denied>> + Send {
        let _ = request;
        Pass::default()
    }

    /// Looks at an event that a client publishes, and at the service's own if [`publishes_of_service`](Self::publishes_of_service) says so. It may change the
    /// data. Whatever it leaves is checked against the contract before it is stored.
    ///
    /// # Errors
    ///
    /// [`Denied`]: nothing is stored. A client gets that code and message, the service [`PublishError::Refused`](crate::PublishError::Refused).
    ///
    /// # Cancel safety
    ///
    /// As [`connect`](Self::connect). Nothing was stored when it is dropped.
    fn publish(&self, request: &mut PublishRequest) -> impl Future<Output = Result<(), Denied>> + Send {
        let _ = request;
        Pass::default()
    }

    /// Whether [`publish`](Self::publish) sees what the service itself publishes, too. Asked once.
    fn publishes_of_service(&self) -> bool {
        false
    }

    /// Whether [`deliver`](Self::deliver) sees the events of the channels with this pattern, as it stands in the contract (`"chat/{roomId}"`). Asked once for
    /// each. What is not seen is encoded once for everybody.
    fn delivers(&self, pattern: &str) -> bool {
        let _ = pattern;
        false
    }

    /// Decides what one client gets of an event: live, replayed, or in a page of history. Called for each of them, between two writes to its socket, where
    /// other connections wait: it must neither wait nor compute for long. [`Limits::hook_timeout`](crate::Limits) does not hold for it.
    ///
    /// # Panics
    ///
    /// When it panics, this client does not get this event. Nothing else happens.
    fn deliver(&self, event: &Outgoing<'_>) -> Deliver {
        let _ = event;
        Deliver::Pass
    }
}

/// What a hook answers to a request instead of what it asked for.
#[derive(Debug)]
pub enum TurnedAway {
    /// A refusal, as that of `authorize`.
    Denied(Denied),
    /// Any answer, such as a redirect to a sign-in page. Scripts cannot see the answer to a WebSocket, and an `EventSource` takes any for the end.
    Response(Box<Response>),
}

impl From<Denied> for TurnedAway {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<Response> for TurnedAway {
    fn from(response: Response) -> Self {
        Self::Response(Box::new(response))
    }
}

/// The answer of a hook that a middleware does not have. It has no size, and that is how such a hook is known and left out.
struct Pass<E>(PhantomData<fn() -> E>);

impl<E> Default for Pass<E> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<E> Future for Pass<E> {
    type Output = Result<(), E>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(()))
    }
}

impl<E> fmt::Debug for Pass<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pass")
    }
}
