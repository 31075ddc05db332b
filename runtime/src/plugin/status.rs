//! How a plugin is.

/// How a plugin is; see [`Realtime::plugins`](crate::Realtime::plugins).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PluginStatus {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub state: PluginState,
    /// How many of its tasks failed, and its stop.
    pub failures: u64,
    /// What failed last: the name of a task, or `stop`. The log says why.
    pub failed: Option<&'static str>,
}

/// What a plugin does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PluginState {
    /// It is about to start, or starts.
    Starting,
    /// It works.
    Running,
    /// A task of it failed. What is left of it works.
    Failed,
    /// It is asked to end.
    Stopping,
    /// It ended.
    Stopped,
}

impl PluginState {
    /// The name in the answer of `GET /status`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Failed => "failed",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
        }
    }
}
