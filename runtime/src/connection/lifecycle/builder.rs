//! How a service names its functions.

use std::sync::Arc;

use super::{Accepted, Caller, ClientMessage, Connecting, DisconnectReason, Subscriber};
use crate::{access::Denied, connection::CallError, contract::ClientCall, realtime::RealtimeBuilder};

impl RealtimeBuilder {
    #[doc = include_str!("../../docs/calls.md")]
    pub fn on_call<C, F, R>(mut self, handler: F) -> Self
    where
        C: ClientCall,
        F: Fn(C, Caller) -> R + Send + Sync + 'static,
        R: Future<Output = Result<C::Reply, CallError>> + Send + 'static,
    {
        self.callbacks.handlers.add(handler);
        self
    }

    #[doc = include_str!("../../docs/connections.md")]
    pub fn on_connect<F, R>(mut self, decide: F) -> Self
    where
        F: Fn(Connecting) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Accepted, Denied>> + Send + 'static,
    {
        self.callbacks.connect = Some(Arc::new(move |connecting| Box::pin(decide(connecting))));
        self
    }

    /// Asks this function about each channel of each connection, after the grant allowed it and before the client hears of it: those of the URL, those that
    /// are asked for later, those that the service itself gives.
    ///
    /// A [greeting](Accepted::greeting) comes right before the channel's `subscribed`. A channel that is answered [`Denied`] is `denied` by itself; with `id:` lines
    /// the whole request is refused. Whoever resumes is asked about as well. What is set last holds. Time, panics and what is wrong with the answer are as
    /// with [`on_connect`](Self::on_connect).
    ///
    /// ```
    /// # use tidewire::{Accepted, RealtimeBuilder, Subscriber, realtime_events};
    /// # #[realtime_events(name = "docs")]
    /// # pub mod live {
    /// #     #[connection(greeting)]
    /// #     pub struct Hello { pub text: String }
    /// #     #[channel("chat/{room_id}")]
    /// #     pub struct Chat { pub room_id: String }
    /// # }
    /// # fn set_up(builder: RealtimeBuilder) -> RealtimeBuilder {
    /// builder.on_subscribe(|subscriber: Subscriber| async move {
    ///     let Some(room) = subscriber.param("roomId").filter(|_| subscriber.is::<live::Chat>()) else { return Ok(Accepted::new()) };
    ///     Ok(Accepted::new().greeting(live::Hello { text: format!("welcome to {room}") }))
    /// })
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// The function's future is dropped when the client goes before it is done. Whatever it answered `Ok` is followed by one call of
    /// [`on_unsubscribe`](Self::on_unsubscribe).
    pub fn on_subscribe<F, R>(mut self, decide: F) -> Self
    where
        F: Fn(Subscriber) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Accepted, Denied>> + Send + 'static,
    {
        self.callbacks.subscribe = Some(Arc::new(move |subscriber| Box::pin(decide(subscriber))));
        self
    }

    /// Shows this function each event and call of a client that is allowed and right, before it is done. `Err` refuses it. What is set last holds.
    ///
    /// It is for what concerns a client as such: when it was seen last, how much it may say. The client waits meanwhile, so it should be brief; after
    /// [`Limits::authorize_timeout`](crate::Limits) the message is refused with `internal`.
    ///
    /// # Cancel safety
    ///
    /// The function's future is dropped when the client goes before it is done.
    pub fn on_message<F, R>(mut self, hear: F) -> Self
    where
        F: Fn(ClientMessage, Caller) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Denied>> + Send + 'static,
    {
        self.callbacks.message = Some(Arc::new(move |(message, caller)| Box::pin(hear(message, caller))));
        self
    }

    /// Tells this function of each channel that a connection does not have any more: because the client left it, because the right was taken away, because the
    /// connection ended. Once for each that [`on_subscribe`](Self::on_subscribe) accepted. What is set last holds.
    ///
    /// Nobody waits for it. What ends of one connection is told one after another, in order, and [`on_disconnect`](Self::on_disconnect) comes last.
    pub fn on_unsubscribe<F, R>(mut self, hear: F) -> Self
    where
        F: Fn(Subscriber) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        self.callbacks.unsubscribe = Some(Arc::new(move |subscriber| Box::pin(hear(subscriber))));
        self
    }

    /// Tells this function of each connection that ended, and why: exactly once for each that [`on_connect`](Self::on_connect) accepted, or for each at all where
    /// there is no such function. Of a node that is killed nobody is told. What is set last holds.
    ///
    /// The same client may be connected anew by then, here or on another node.
    pub fn on_disconnect<F, R>(mut self, hear: F) -> Self
    where
        F: Fn(Caller, DisconnectReason) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        self.callbacks.disconnect = Some(Arc::new(move |(caller, reason)| Box::pin(hear(caller, reason))));
        self
    }
}
