//! The middleware of a service, sorted by what it hooks into.

use std::{
    any::type_name,
    collections::HashMap,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use serde_json::Value;
use tidewire_schema::wire::WireCode;
use tokio::task::JoinHandle;
use tracing::Instrument as _;

use super::{Deliver, Middleware, Outgoing, PublishRequest, Start, SubscribeRequest, Tailor, TurnedAway, asked::Place};
use crate::{
    access::{ConnectRequest, Denied, Grant},
    broker::BoxFuture,
    contract::{Known, Registry},
    identity::ConnectionId,
    observe::{self, HookFailure},
    transport::{Refusal, Rejection},
};

/// A [`Middleware`] that can be kept beside others.
pub(crate) trait Hooks: Send + Sync {
    fn name(&self) -> &'static str;
    /// The plugin that it came with.
    fn plugin(&self) -> Option<&'static str> {
        None
    }
    fn kinds(&self) -> Kinds;
    fn delivers(&self, pattern: &str) -> bool;
    fn connect<'a>(&'a self, request: &'a ConnectRequest, grant: &'a mut Grant) -> BoxFuture<'a, Result<(), TurnedAway>>;
    fn subscribe<'a>(&'a self, request: &'a SubscribeRequest) -> BoxFuture<'a, Result<(), Denied>>;
    fn publish<'a>(&'a self, request: &'a mut PublishRequest) -> BoxFuture<'a, Result<(), Denied>>;
    fn deliver(&self, event: &Outgoing<'_>) -> Deliver;
}

/// Which hooks a middleware has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub(crate) struct Kinds {
    connect: bool,
    subscribe: bool,
    publish: bool,
    of_service: bool,
}

impl<M: Middleware> Hooks for M {
    fn name(&self) -> &'static str {
        type_name::<M>()
    }

    fn kinds(&self) -> Kinds {
        Kinds {
            connect: takes_part(|(hook, request, grant): (&'static M, &'static ConnectRequest, &'static mut Grant)| {
                hook.connect(request, grant)
            }),
            subscribe: takes_part(|(hook, request): (&'static M, &'static SubscribeRequest)| hook.subscribe(request)),
            publish: takes_part(|(hook, request): (&'static M, &'static mut PublishRequest)| hook.publish(request)),
            of_service: self.publishes_of_service(),
        }
    }

    fn delivers(&self, pattern: &str) -> bool {
        Middleware::delivers(self, pattern)
    }

    fn connect<'a>(&'a self, request: &'a ConnectRequest, grant: &'a mut Grant) -> BoxFuture<'a, Result<(), TurnedAway>> {
        Box::pin(Middleware::connect(self, request, grant))
    }

    fn subscribe<'a>(&'a self, request: &'a SubscribeRequest) -> BoxFuture<'a, Result<(), Denied>> {
        Box::pin(Middleware::subscribe(self, request))
    }

    fn publish<'a>(&'a self, request: &'a mut PublishRequest) -> BoxFuture<'a, Result<(), Denied>> {
        Box::pin(Middleware::publish(self, request))
    }

    fn deliver(&self, event: &Outgoing<'_>) -> Deliver {
        Middleware::deliver(self, event)
    }
}

/// Whether a hook is more than the default one, whose future alone has no size: any other holds at least what it is asked about.
fn takes_part<A, F>(_: fn(A) -> F) -> bool {
    size_of::<F>() > 0
}

/// Several in the order in which they were added.
pub(super) type List = Arc<[Arc<dyn Hooks>]>;

/// All middleware of a service.
#[derive(Clone)]
pub(crate) struct Stack {
    connect: List,
    subscribe: List,
    publish: List,
    publish_of_service: List,
    // By the pattern of a channel, where there are any.
    deliver: Arc<HashMap<&'static str, List>>,
    registry: Arc<Registry>,
    patience: Duration,
}

/// Whom something is for.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) connection: Option<ConnectionId>,
    pub(crate) user: Option<String>,
}

impl Stack {
    pub(crate) fn new(all: &[Arc<dyn Hooks>], registry: Arc<Registry>, patience: Duration) -> Self {
        let with = |wanted: fn(Kinds) -> bool| all.iter().filter(|hooks| wanted(hooks.kinds())).cloned().collect();
        let delivering = |pattern: &str| -> List { all.iter().filter(|hooks| hooks.delivers(pattern)).cloned().collect() };
        let deliver = registry.patterns().map(|pattern| (pattern, delivering(pattern))).filter(|(_, list)| !list.is_empty()).collect();
        Self {
            connect: with(|kinds| kinds.connect),
            subscribe: with(|kinds| kinds.subscribe),
            publish: with(|kinds| kinds.publish),
            publish_of_service: with(|kinds| kinds.publish && kinds.of_service),
            deliver: Arc::new(deliver),
            registry,
            patience,
        }
    }

    /// What to ask connect hooks about; nothing if there are none.
    pub(crate) fn connect(&self, request: impl FnOnce() -> ConnectRequest) -> Option<Arc<ConnectRequest>> {
        (!self.connect.is_empty()).then(|| Arc::new(request()))
    }

    /// Asks what somebody may do who was let in with a grant. The end that the grant has stays.
    pub(crate) async fn admit(&self, request: &Arc<ConnectRequest>, mut grant: Arc<Grant>) -> Result<Arc<Grant>, Rejection> {
        let end = grant.ends();
        for hooks in self.connect.iter() {
            let (asked, request, mut own) = (hooks.clone(), request.clone(), Grant::clone(&grant));
            let answer = self.ask("connect", hooks, async move { asked.connect(&request, &mut own).await.map(|()| own) }).await?;
            let left = match answer {
                Ok(left) if left == *grant => continue,
                Ok(left) => left,
                Err(TurnedAway::Denied(denied)) => return Err(denied.into_refusal().into()),
                Err(TurnedAway::Response(response)) => return Err(Rejection::Answered(response)),
            };
            if let Some(flaw) = left.flaw(&self.registry) {
                let (plugin, middleware) = (hooks.plugin(), hooks.name());
                tracing::error!(flaw, plugin, middleware, "a connect hook left a grant that cannot be used");
                return Err(failed().into());
            }
            grant = Arc::new(match (end, left.ends()) {
                (Some(end), own) if own.is_none_or(|own| own > end) => left.ending(end),
                _ => left,
            });
        }
        Ok(grant)
    }

    /// Asks whether somebody may have a channel; nothing if there is nobody to ask.
    pub(crate) fn subscribe(
        &self,
        who: impl FnOnce() -> Who,
        (known, channel): (&Known, &str),
        start: impl Into<Start>,
    ) -> Option<BoxFuture<'static, Result<(), Refusal>>> {
        if self.subscribe.is_empty() {
            return None;
        }
        let Who { connection, user } = who();
        let request = Arc::new(SubscribeRequest { connection, user, place: Place::new(known, channel), start: start.into() });
        let this = self.clone();
        Some(Box::pin(async move {
            for hooks in this.subscribe.iter() {
                let (asked, request) = (hooks.clone(), request.clone());
                let answer = this.ask("subscribe", hooks, async move { asked.subscribe(&request).await }).await?;
                answer.map_err(Denied::into_refusal)?;
            }
            Ok(())
        }))
    }

    /// Asks what becomes of the data of an event that a client publishes.
    pub(crate) async fn publish(
        &self,
        who: impl FnOnce() -> Who,
        (known, channel): (&Known, &str),
        event: &'static str,
        data: Option<Value>,
    ) -> Result<Option<Value>, Refusal> {
        if self.publish.is_empty() {
            return Ok(data);
        }
        let Who { connection, user: sender } = who();
        let request = PublishRequest { connection, sender, place: Place::new(known, channel), event, data };
        self.pass_on(&self.publish, request).await?.map_err(Denied::into_refusal)
    }

    /// Whether somebody wants to see what the service publishes.
    pub(crate) fn watches_service(&self) -> bool {
        !self.publish_of_service.is_empty()
    }

    /// Asks what becomes of the data of an event that the service publishes.
    pub(crate) async fn publish_of_service(
        &self,
        sender: Option<String>,
        (known, channel): (&Known, &str),
        event: &'static str,
        data: Option<Value>,
    ) -> Result<Option<Value>, Denied> {
        let request = PublishRequest { connection: None, sender, place: Place::new(known, channel), event, data };
        match self.pass_on(&self.publish_of_service, request).await {
            Ok(answer) => answer,
            Err(refusal) => Err(Denied::failed(std::io::Error::other(refusal.message().to_owned()))),
        }
    }

    async fn pass_on(&self, list: &List, mut request: PublishRequest) -> Result<Result<Option<Value>, Denied>, Refusal> {
        for hooks in list.iter() {
            let asked = hooks.clone();
            let answer = self.ask("publish", hooks, async move { asked.publish(&mut request).await.map(|()| request) }).await?;
            request = match answer {
                Ok(request) => request,
                Err(denied) => return Ok(Err(denied)),
            };
        }
        Ok(Ok(request.data))
    }

    /// What fits events to one client; nothing if no hook wants that.
    pub(crate) fn tailor(&self, who: impl FnOnce() -> Who) -> Option<Tailor> {
        (!self.deliver.is_empty()).then(|| Tailor::new(self.deliver.clone(), self.registry.clone(), who()))
    }

    /// Waits for one hook, but not for ever.
    ///
    /// The hook is a task of its own: whoever waits here may be a worker with thousands of connections, and a hook that computes for long, or panics, must
    /// be nobody's trouble but that of who asked. It ends with the waiting.
    async fn ask<T: Send + 'static>(
        &self,
        hook: &'static str,
        hooks: &Arc<dyn Hooks>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Refusal> {
        let asking = Asking(tokio::spawn(work.in_current_span()));
        let failure = match tokio::time::timeout(self.patience, asking).await {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) => HookFailure::Panic,
            Err(_) => HookFailure::Timeout,
        };
        observe::hook_failed(hook, failure);
        tracing::error!(plugin = hooks.plugin(), middleware = hooks.name(), hook, reason = failure.name(), "a hook failed");
        Err(failed())
    }
}

/// What is said of a hook that failed. The log has the rest.
fn failed() -> Refusal {
    Refusal::new(WireCode::Internal, "the service could not decide about this")
}

/// A hook that is under way; dropping it ends the hook.
struct Asking<T>(JoinHandle<T>);

impl<T> Future for Asking<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        Pin::new(&mut self.0).poll(cx).map(|ended| match ended {
            Ok(answer) => Some(answer),
            Err(error) => {
                // What a panic carries belongs to the service, and dropping it may panic again.
                let _ = catch_unwind(AssertUnwindSafe(move || drop(error)));
                None
            }
        })
    }
}

impl<T> Drop for Asking<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack").field("patience", &self.patience).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    impl Middleware for Nothing {}

    struct OnlyPublish;

    impl Middleware for OnlyPublish {
        async fn publish(&self, _: &mut PublishRequest) -> Result<(), Denied> {
            Ok(())
        }
    }

    #[test]
    fn a_hook_that_is_not_there_is_not_called() {
        let none = Kinds { connect: false, subscribe: false, publish: false, of_service: false };
        assert_eq!(Hooks::kinds(&Nothing), none);
        assert_eq!(Hooks::kinds(&OnlyPublish), Kinds { publish: true, ..none });
    }
}
