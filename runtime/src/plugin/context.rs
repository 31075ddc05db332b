//! What a plugin sees of the service that it is part of.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Weak},
};

use serde_json::Value;
use tidewire_schema::Contract;
use tracing::Span;

use super::{PluginError, post::Post};
use crate::{
    channel::{PublishOptions, Published},
    error::{BrokerError, PublishError},
    realtime::{Realtime, Shared},
};

/// What a plugin sees of the service that it is part of; handed to [`Plugin::start`](crate::Plugin::start). Keep it, and clone it at will.
///
/// It does not keep the service alive.
#[derive(Clone)]
pub struct PluginContext {
    contract: &'static Contract,
    service: Weak<Shared>,
    post: Arc<Post>,
}

impl PluginContext {
    pub(super) fn new(contract: &'static Contract, service: Weak<Shared>, post: Arc<Post>) -> Self {
        Self { contract, service, post }
    }

    /// The contract of the service, to hold the plugin's settings against when it starts.
    pub fn contract(&self) -> &'static Contract {
        self.contract
    }

    /// The service, for everything that a handle can do; `None` once nobody holds it any more. A plugin that keeps the handle itself keeps the service alive for ever.
    pub fn realtime(&self) -> Option<Realtime> {
        self.service.upgrade().map(Realtime::of)
    }

    /// Publishes an event by its name, as [`Realtime::publish_dynamic`].
    ///
    /// # Errors
    ///
    /// As [`Realtime::publish_dynamic`]; [`BrokerError::Unavailable`], too, once the service is gone.
    ///
    /// # Cancel safety
    ///
    /// As [`Realtime::publish_dynamic`].
    pub async fn publish_dynamic(
        &self,
        channel: &str,
        event: &str,
        data: impl Into<Option<Value>>,
        options: PublishOptions,
    ) -> Result<Published, PublishError> {
        let realtime = self.realtime().ok_or_else(|| PublishError::Broker(BrokerError::unavailable("the service is gone")))?;
        realtime.publish_dynamic(channel, event, data, options).await
    }

    /// The span of the plugin, `plugin{name}`. Its `start`, its `stop` and its tasks are in it already; enter it elsewhere.
    pub fn span(&self) -> &Span {
        self.post.span()
    }

    /// Completes when the plugin should end: right before its [`stop`](crate::Plugin::stop), and when the service is gone. Completes at once afterwards.
    ///
    /// # Cancel safety
    ///
    /// Waiting changes nothing; drop the future at any time.
    pub fn stopping(&self) -> impl Future<Output = ()> + Send + 'static {
        self.post.stopping()
    }

    /// Whether the plugin should end.
    pub fn is_stopping(&self) -> bool {
        self.post.is_stopping()
    }

    /// Runs a task beside the plugin, under a name for logs and `GET /status`, until it ends, or until the plugin does.
    ///
    /// A task that fails or panics takes nothing else down: it is logged as an error, counted by `tidewire_plugin_failures_total`, and from then on the plugin's state is
    /// [`Failed`](crate::PluginState::Failed). Nothing starts it anew; what should go on after an error loops, and waits in between. A plugin that is stopping, or
    /// stopped, runs no new tasks: the future is dropped.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use tidewire::{Json, PluginContext, PublishOptions};
    /// # fn begin(context: &PluginContext) {
    /// let clock = context.clone();
    /// context.spawn("clock", async move {
    ///     while !clock.is_stopping() {
    ///         clock.publish_dynamic("default", "clock.ticked", Json::Null, PublishOptions::new()).await?;
    ///         tokio::select! {
    ///             () = clock.stopping() => {}
    ///             () = tokio::time::sleep(Duration::from_secs(1)) => {}
    ///         }
    ///     }
    ///     Ok(())
    /// });
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    pub fn spawn<F>(&self, task: &'static str, work: F)
    where
        F: Future<Output = Result<(), PluginError>> + Send + 'static,
    {
        self.post.spawn(task, work);
    }
}

impl fmt::Debug for PluginContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PluginContext").field("plugin", &self.post.status()).finish_non_exhaustive()
    }
}
