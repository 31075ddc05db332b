//! The plugin.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tidewire::{Plugin, PluginContext, PluginError};
use tokio::sync::watch;

use crate::{
    builder::PostgresSyncBuilder,
    connect::Connector,
    emitter::Emitter,
    error::SyncError,
    mapping::Mapping,
    source,
    source::{Replication, Wanted},
    table::Table,
};

/// How long a service that begins waits for its database. Without it the service begins all the same, and the changes are recorded from the moment on that the database is there.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long whoever stops it waits for the batch under way.
const LAST_BATCH: Duration = Duration::from_secs(10);

#[doc = include_str!("docs/sync.md")]
pub struct PostgresSync {
    connector: Connector,
    tables: Vec<Table>,
    channel: Option<String>,
    outbox: String,
    replication: Option<Arc<Replication>>,
    interval: Duration,
    row_bytes: usize,
    state: Mutex<State>,
}

/// What is known once the service has begun.
#[derive(Default)]
struct State {
    begun: Option<(PluginContext, Arc<Wanted>)>,
    running: Option<Running>,
}

/// The task that reads, and how to end it.
struct Running {
    stop: watch::Sender<bool>,
    // Closes when the task is over.
    installed: watch::Receiver<bool>,
}

impl PostgresSync {
    /// Begins to set the plugin up for a database: `postgres://user@host/database`, or `host=… dbname=…`.
    ///
    /// The connection must be its own for as long as it lasts, which a pooler in transaction mode does not give.
    pub fn builder(address: impl AsRef<str>) -> PostgresSyncBuilder {
        PostgresSyncBuilder::new(address.as_ref())
    }

    pub(crate) fn new(
        connector: Connector,
        tables: Vec<Table>,
        channel: Option<String>,
        outbox: String,
        slot: Option<String>,
        interval: Duration,
        row_bytes: usize,
    ) -> Self {
        let replication = slot.map(|slot| Arc::new(Replication::new(slot)));
        Self { connector, tables, channel, outbox, replication, interval, row_bytes, state: Mutex::default() }
    }

    /// Reads changes on this node again, after [`stop`](Self::stop). A service that begins does this by itself; on a node that reads already it warns in the log and does nothing more.
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    pub fn start(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((context, wanted)) = state.begun.clone() else {
            tracing::warn!("changes are read once the service is built; starting earlier does nothing");
            return;
        };
        // A task whose channel is closed is over.
        if state.running.as_ref().is_some_and(|running| running.installed.has_changed().is_ok()) {
            tracing::warn!("changes are being read on this node already; starting again does nothing");
            return;
        }
        let (stop, stopped) = watch::channel(false);
        let (installed, seen) = watch::channel(false);
        let emitter = Emitter {
            context: context.clone(),
            connector: self.connector.clone(),
            wanted,
            interval: self.interval,
            stop: stopped,
            installed,
            published: HashMap::new(),
            telling: Vec::new(),
        };
        context.spawn("emit", async move {
            emitter.run().await;
            Ok(())
        });
        state.running = Some(Running { stop, installed: seen });
    }

    /// Stops reading on this node, after the batch under way, and leaves the lead to another. Changes are recorded on, and wait.
    ///
    /// # Cancel safety
    ///
    /// It stops also when the future is dropped; then nobody waits for it.
    pub async fn stop(&self) {
        let running = self.state.lock().unwrap_or_else(PoisonError::into_inner).running.take();
        let Some(Running { stop, mut installed }) = running else { return };
        stop.send_replace(true);
        // An error says that the other end is gone, which is what is waited for.
        let over = async { while installed.changed().await.is_ok() {} };
        if tokio::time::timeout(LAST_BATCH, over).await.is_err() {
            tracing::warn!("the last changes are still being published");
        }
    }

    /// Stops reading on this node, and removes triggers, function and outbox from the database, or slot and publication, with all changes that wait in it. Stop the other nodes first: one that runs on installs it again.
    ///
    /// Removing what is not there is no error.
    ///
    /// # Errors
    ///
    /// [`SyncError`] if the database cannot be reached or refuses, for example because a table is locked for longer than three seconds. Nothing was removed; try again.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it answers, everything may have been removed, or nothing.
    pub async fn uninstall(&self) -> Result<(), SyncError> {
        self.stop().await;
        source::uninstall(&self.connector, &self.outbox, self.replication.as_deref()).await
    }
}

impl Plugin for PostgresSync {
    fn name(&self) -> &'static str {
        "postgres"
    }

    async fn start(&self, context: PluginContext) -> Result<(), PluginError> {
        let contract = context.contract();
        let mappings =
            self.tables.iter().map(|table| Mapping::new(table, self.channel.as_deref(), contract)).collect::<Result<Vec<_>, _>>()?;
        let wanted = Wanted { outbox: self.outbox.clone(), replication: self.replication.clone(), mappings, row_bytes: self.row_bytes };
        self.state.lock().unwrap_or_else(PoisonError::into_inner).begun = Some((context, Arc::new(wanted)));
        Self::start(self);
        let installed = self.state.lock().unwrap_or_else(PoisonError::into_inner).running.as_ref().map(|running| running.installed.clone());
        if let Some(mut installed) = installed
            && tokio::time::timeout(PATIENCE, installed.wait_for(|installed| *installed)).await.is_err()
        {
            tracing::warn!("the database cannot be reached; the service begins without it");
        }
        Ok(())
    }

    async fn stop(&self) -> Result<(), PluginError> {
        Self::stop(self).await;
        Ok(())
    }
}

/// Without the address: it may hold a password.
impl fmt::Debug for PostgresSync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresSync").field("tables", &self.tables).field("outbox", &self.outbox).finish_non_exhaustive()
    }
}
