//! The plugins of a service, in order.

use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, atomic::AtomicUsize},
    time::Duration,
};

use tidewire_schema::Contract;
use tokio::{sync::watch, task::JoinSet, time::Instant};
use tracing::Instrument as _;

use super::{
    Candidate, Plugin, PluginContext, PluginError, PluginHooks, PluginStatus,
    post::{Failure, Post},
};
use crate::{
    broker::BoxFuture,
    contract::Registry,
    error::{BuildError, Cause, PluginFault},
    middleware::Hooks,
    realtime::Shared,
};

/// The longest name of a plugin, in bytes.
const NAME: usize = 40;
/// What each plugin has to stop, at least, whatever those before it did with the time of all. Less only where there is less for each.
const RESERVE: Duration = Duration::from_secs(1);

/// All plugins of a service.
pub(crate) struct Plugins {
    seats: Vec<Seat>,
    patience: Duration,
    // How many routers of the service there are.
    pub(super) carriers: AtomicUsize,
    // Somebody began to stop them, and this tells when that is done.
    ended: Mutex<Option<watch::Receiver<bool>>>,
}

struct Seat {
    candidate: Candidate,
    post: Arc<Post>,
}

impl Plugins {
    /// Looks at what was added, and puts its hooks behind those of the service.
    pub(crate) async fn assemble(
        candidates: Vec<Candidate>,
        registry: &Registry,
        patience: Duration,
        middleware: &mut Vec<Arc<dyn Hooks>>,
    ) -> Result<Arc<Self>, BuildError> {
        for (at, candidate) in candidates.iter().enumerate() {
            let flaw = |fault| BuildError::Plugin { name: candidate.name, fault };
            if !candidate.is_named {
                return Err(flaw(PluginFault::Panicked));
            }
            if !is_name(candidate.name) {
                return Err(flaw(PluginFault::Name));
            }
            if candidates[..at].iter().any(|other| other.name == candidate.name || other.type_id == candidate.type_id) {
                return Err(flaw(PluginFault::Twice));
            }
        }
        let seats: Vec<Seat> = candidates.into_iter().map(|candidate| Seat { post: Post::new(candidate.name), candidate }).collect();
        for Seat { candidate, post } in &seats {
            let (plugin, name, patterns) = (candidate.plugin.clone(), candidate.name, registry.patterns().collect::<Vec<_>>());
            let work = async move {
                let mut hooks = PluginHooks::default();
                plugin.hooks(&mut hooks);
                Ok(hooks.settle(name, &patterns))
            };
            // A panic would be one of `build`, without the name.
            let taken = attempt(Box::pin(work.instrument(post.span().clone())), patience).await.map_err(|failure| {
                post.failed("hooks", &failure);
                BuildError::Plugin { name, fault: failure.into() }
            })?;
            middleware.extend(taken);
        }
        Ok(Arc::new(Self { seats, patience, carriers: AtomicUsize::new(0), ended: Mutex::default() }))
    }

    /// Starts one after the other. When one fails, those before it are stopped.
    pub(crate) async fn start(&self, contract: &'static Contract, service: &Arc<Shared>) -> Result<(), BuildError> {
        for (at, Seat { candidate, post }) in self.seats.iter().enumerate() {
            let context = PluginContext::new(contract, Arc::downgrade(service), post.clone());
            let work = candidate.plugin.clone().start(context).instrument(post.span().clone());
            if let Err(failure) = attempt(Box::pin(work), self.patience).await {
                post.failed("start", &failure);
                post.end(Instant::now()).await;
                self.stop_first(at, None).await;
                return Err(BuildError::Plugin { name: candidate.name, fault: failure.into() });
            }
            post.begins();
            tracing::debug!(plugin = candidate.name, of = candidate.type_name, "a plugin runs");
        }
        Ok(())
    }

    pub(super) fn get<P: Plugin>(&self) -> Option<Arc<P>> {
        let typed = |seat: &Seat| Arc::clone(&seat.candidate.typed) as Arc<dyn Any + Send + Sync>;
        self.seats.iter().find_map(|seat| typed(seat).downcast().ok())
    }

    pub(crate) fn status(&self) -> Vec<PluginStatus> {
        self.seats.iter().map(|seat| seat.post.status()).collect()
    }

    /// Stops all of them, once, until `until` at the latest; whoever comes later waits for the same.
    pub(crate) async fn stop(self: &Arc<Self>, until: Option<Instant>) {
        if self.seats.is_empty() {
            return;
        }
        let mut ended = {
            let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
            ended.get_or_insert_with(|| self.begin_to_stop(until)).clone()
        };
        // An error means that the runtime ends, and with it everything.
        let _ = ended.wait_for(|ended| *ended).await;
    }

    /// In a task of its own: whoever waits may stop waiting.
    fn begin_to_stop(self: &Arc<Self>, until: Option<Instant>) -> watch::Receiver<bool> {
        let (sender, receiver) = watch::channel(false);
        let plugins = self.clone();
        tokio::spawn(async move {
            plugins.stop_first(plugins.seats.len(), until).await;
            let _ = sender.send(true);
        });
        receiver
    }

    async fn stop_first(&self, count: usize, until: Option<Instant>) {
        for (others, Seat { candidate, post }) in self.seats[..count].iter().enumerate().rev() {
            let now = Instant::now();
            let share = until.map(|until| share(until.saturating_duration_since(now), others));
            let deadline = now.checked_add(share.map_or(self.patience, |share| share.min(self.patience))).unwrap_or(now);
            post.begins_to_stop();
            let work = candidate.plugin.clone().stop().instrument(post.span().clone());
            if let Err(failure) = attempt(Box::pin(work), deadline.saturating_duration_since(now)).await {
                post.failed("stop", &failure);
            }
            post.end(deadline).await;
            tracing::debug!(plugin = candidate.name, "a plugin ended");
        }
    }
}

/// Without this, tasks that hold their context would hold each other for ever.
impl Drop for Plugins {
    fn drop(&mut self) {
        for seat in self.seats.iter().rev() {
            seat.post.abandon();
        }
    }
}

impl From<Failure> for PluginFault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Error(error) => Self::Failed(Cause::from(error)),
            Failure::Panic => Self::Panicked,
            Failure::Timeout => Self::TooLate,
        }
    }
}

/// How much of what is left one plugin may have to stop while so many others wait for their turn.
fn share(left: Duration, others: usize) -> Duration {
    let others = u32::try_from(others).unwrap_or(u32::MAX);
    let kept = RESERVE.min(left / others.saturating_add(1));
    left.saturating_sub(kept.saturating_mul(others))
}

/// Runs something of a plugin, for so long at most. It is a task of its own, so that one which computes for long, or panics, holds nobody up.
async fn attempt<T>(work: BoxFuture<'static, Result<T, PluginError>>, patience: Duration) -> Result<T, Failure>
where
    T: Send + 'static,
{
    let mut running = JoinSet::new();
    running.spawn(work);
    match tokio::time::timeout(patience, running.join_next()).await {
        Ok(Some(Ok(answer))) => answer.map_err(Failure::Error),
        Ok(ended) => {
            // What a panic carries belongs to the plugin, and dropping it may panic again.
            let _ = catch_unwind(AssertUnwindSafe(move || drop(ended)));
            Err(Failure::Panic)
        }
        Err(_) => Err(Failure::Timeout),
    }
}

fn is_name(name: &str) -> bool {
    (1..=NAME).contains(&name.len()) && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

impl fmt::Debug for Plugins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.seats.iter().map(|seat| &seat.candidate)).finish()
    }
}
