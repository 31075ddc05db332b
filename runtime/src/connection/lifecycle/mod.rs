//! The functions of the service that follow a connection through its life.

mod aftermath;
mod builder;
mod caller;
mod connecting;
mod message;
mod reason;

use std::{error::Error as _, fmt, sync::Arc};

use serde::Serialize;
use serde_json::Value;
use tidewire_schema::wire::WireCode;

pub(super) use self::aftermath::Aftermath;
pub(crate) use self::connecting::Prepared;
pub use self::{
    caller::{Caller, InvalidState},
    connecting::{Accepted, Connecting, Subscriber},
    message::ClientMessage,
    reason::DisconnectReason,
};
use super::{
    Handle,
    assigned::give_later,
    calls::Handlers,
    guarded::{Failure, guarded},
};
use crate::{access::Denied, broker::BoxFuture, contract::Known, realtime::Realtime, transport::Refusal};

type Ask<T, A> = Arc<dyn Fn(T) -> BoxFuture<'static, A> + Send + Sync>;

/// Every function of the service that acts for a connection.
#[derive(Default)]
pub(crate) struct Callbacks {
    pub(crate) handlers: Handlers,
    pub(super) connect: Option<Ask<Connecting, Result<Accepted, Denied>>>,
    pub(super) subscribe: Option<Ask<Subscriber, Result<Accepted, Denied>>>,
    pub(super) message: Option<Ask<(ClientMessage, Caller), Result<(), Denied>>>,
    pub(super) unsubscribe: Option<Ask<Subscriber, ()>>,
    pub(super) disconnect: Option<Ask<(Caller, DisconnectReason), ()>>,
}

#[derive(Serialize)]
struct GreetingFrame<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    channel: &'a str,
    data: Value,
}

impl Callbacks {
    /// Whether anybody wants to hear of what ends.
    pub(super) fn follow(&self) -> bool {
        self.unsubscribe.is_some() || self.disconnect.is_some()
    }

    /// Asks whether a client may come in, and what it gets.
    pub(crate) async fn connect(&self, realtime: &Realtime, connecting: impl FnOnce() -> Connecting) -> Result<Prepared, Refusal> {
        let Some(connect) = &self.connect else { return Ok(Prepared::default()) };
        let connecting = connecting();
        let fixed = connecting.fixed;
        let mut prepared = decide(realtime, "on_connect", || connect(connecting)).await?;
        if fixed && !prepared.channels.is_empty() {
            tracing::warn!("`on_connect` gives channels to a plain `EventSource`, which has those of its URL");
            prepared.channels.clear();
        }
        Ok(prepared)
    }

    /// Asks whether a connection may have a channel. Answers the greeting that comes before it, as a finished frame.
    pub(crate) async fn subscribe(
        &self,
        realtime: &Realtime,
        handle: &Arc<Handle>,
        (known, channel): (&Known, &str),
        by_service: bool,
    ) -> Result<Option<Arc<str>>, Refusal> {
        let mut greeting = None;
        if let Some(subscribe) = &self.subscribe {
            let subscriber = Subscriber::new(Caller::new(realtime, handle), channel.into(), known, by_service);
            let prepared = decide(realtime, "on_subscribe", || subscribe(subscriber)).await?;
            if let Some(state) = prepared.state {
                handle.keep_state(state);
            }
            give_later(realtime, handle, prepared.channels);
            greeting = prepared.greeting.map(|data| {
                let frame = GreetingFrame { kind: "greeting", channel, data };
                serde_json::to_string(&frame).expect("text and JSON always serialize").into()
            });
        }
        handle.joined(channel, by_service);
        Ok(greeting)
    }

    /// Shows the service what a client wants, before it is done.
    pub(super) async fn message(
        &self,
        realtime: &Realtime,
        handle: &Arc<Handle>,
        message: impl FnOnce() -> ClientMessage,
    ) -> Result<(), Refusal> {
        let Some(hear) = &self.message else { return Ok(()) };
        let (message, caller) = (message(), Caller::new(realtime, handle));
        let patience = realtime.shared().limits.authorize_timeout;
        match guarded("on_message", patience, || hear((message, caller))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(denied)) => Err(refusal("on_message", &denied)),
            Err(failure) => Err(failed(failure)),
        }
    }
}

/// Asks a function of the service, and holds its answer against the contract.
async fn decide(
    realtime: &Realtime,
    what: &'static str,
    ask: impl FnOnce() -> BoxFuture<'static, Result<Accepted, Denied>>,
) -> Result<Prepared, Refusal> {
    let shared = realtime.shared();
    let accepted = match guarded(what, shared.limits.authorize_timeout, ask).await {
        Ok(Ok(accepted)) => accepted,
        Ok(Err(denied)) => return Err(refusal(what, &denied)),
        Err(failure) => return Err(failed(failure)),
    };
    accepted.prepare(&shared.registry, realtime.as_publisher()).map_err(|reason| {
        tracing::error!(reason, "what `{what}` answered cannot be used");
        undecided()
    })
}

fn refusal(what: &str, denied: &Denied) -> Refusal {
    if let Some(cause) = denied.source() {
        tracing::error!(%cause, "`{what}` failed");
    }
    Refusal::new(denied.code(), denied.to_string())
}

/// What went wrong is in the log by now.
fn failed(_: Failure) -> Refusal {
    undecided()
}

fn undecided() -> Refusal {
    Refusal::new(WireCode::Internal, "it could not be decided whether you may do this")
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callbacks")
            .field("handlers", &self.handlers)
            .field("connect", &self.connect.is_some())
            .field("subscribe", &self.subscribe.is_some())
            .field("message", &self.message.is_some())
            .field("unsubscribe", &self.unsubscribe.is_some())
            .field("disconnect", &self.disconnect.is_some())
            .finish()
    }
}
