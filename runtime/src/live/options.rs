//! How a live query is run.

use std::{fmt, sync::Arc, time::Duration};

use super::LiveContext;
use crate::{access::Denied, broker::BoxFuture, contract::Event};

/// Whether somebody may look at a live query.
pub(crate) type Guard = Arc<dyn Fn(LiveContext) -> BoxFuture<'static, Result<(), Denied>> + Send + Sync>;

/// How a live query is run: the argument of [`RealtimeBuilder::live_with`](crate::RealtimeBuilder::live_with).
///
/// ```
/// use std::time::Duration;
/// use tidewire::LiveOptions;
///
/// let options = LiveOptions::new().on(["card.changed"]).timeout(Duration::from_secs(5));
/// # let _ = options;
/// ```
#[derive(Clone, Default)]
#[must_use = "options do nothing before a query is given them"]
pub struct LiveOptions {
    pub(super) on: Option<Vec<String>>,
    pub(super) timeout: Option<Duration>,
    pub(super) cache: Option<Duration>,
    pub(super) pace: Option<Duration>,
    pub(crate) guard: Option<Guard>,
}

impl LiveOptions {
    /// After every event of the channel, for as long as it takes, for everybody who may subscribe to the channel.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs after these events alone, by their names on the wire. Every event of the channel unless set; what is called last holds, and
    /// [`on_event`](Self::on_event) adds to it.
    pub fn on<N: Into<String>>(mut self, events: impl IntoIterator<Item = N>) -> Self {
        self.on = Some(events.into_iter().map(Into::into).collect());
        self
    }

    /// Runs after this event, and others only if they are named, too.
    pub fn on_event<E: Event>(mut self) -> Self {
        self.on.get_or_insert_default().push(E::NAME.to_owned());
        self
    }

    /// How long a run may take. One that takes longer is dropped, and its subscribers are told `live_timeout`. Without an end unless set: a loader that hangs then keeps
    /// its query from running again for as long as somebody looks at it.
    pub fn timeout(mut self, longest: Duration) -> Self {
        self.timeout = Some(longest);
        self
    }

    /// Keeps the last value for so long after its last subscriber left. Whoever comes by then sees it at once, while a run begins that may replace it. Not kept unless
    /// set: who comes first waits for the run.
    pub fn cache(mut self, duration: Duration) -> Self {
        self.cache = Some(duration);
        self
    }

    /// Begins one run in so long at most, for each value that somebody looks at: what is published, or asked for with `reload`, in the meantime leads to one run at its end. The first one
    /// after a rest begins at once. No pace unless set: a loader that takes no time then runs, and its value is sent, as often as events are published.
    ///
    /// For loaders that are quicker than anybody reads. Those that take a while have a pace already, since one run begins when the one before it has ended.
    pub fn pace(mut self, least: Duration) -> Self {
        self.pace = Some(least);
        self
    }

    /// Asks this function before somebody may look, behind the right to subscribe to the channel: once for each query that a connection begins. `Err` refuses it.
    ///
    /// It has [`Limits::hook_timeout`](crate::Limits) (5 s); one that takes longer or panics refuses.
    ///
    /// ```
    /// # use tidewire::{Denied, LiveContext, LiveOptions};
    /// let options = LiveOptions::new().guard(|asked: LiveContext| async move {
    ///     asked.user_id().map(|_| ()).ok_or_else(Denied::unauthenticated)
    /// });
    /// # let _ = options;
    /// ```
    pub fn guard<F, D>(mut self, decide: F) -> Self
    where
        F: Fn(LiveContext) -> D + Send + Sync + 'static,
        D: Future<Output = Result<(), Denied>> + Send + 'static,
    {
        self.guard = Some(Arc::new(move |context| Box::pin(decide(context))));
        self
    }
}

impl fmt::Debug for LiveOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveOptions")
            .field("on", &self.on)
            .field("timeout", &self.timeout)
            .field("cache", &self.cache)
            .field("pace", &self.pace)
            .field("guard", &self.guard.is_some())
            .finish()
    }
}
