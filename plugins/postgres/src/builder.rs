//! Setting the plugin up.

use std::{collections::HashSet, fmt, str::FromStr, time::Duration};

use tokio_postgres::{
    Config, NoTls, Socket,
    config::SslMode,
    tls::{MakeTlsConnect, TlsConnect},
};

use crate::{connect::Connector, error::ConfigError, name, sync::PostgresSync, table::Table};

/// How long an attempt to connect takes at most, unless the address says otherwise.
const CONNECT: Duration = Duration::from_secs(5);

/// Sets a [`PostgresSync`] up; made by [`PostgresSync::builder`].
#[must_use = "nothing is watched before `build` is called, and the plugin is added to a service"]
pub struct PostgresSyncBuilder {
    address: Result<Config, ConfigError>,
    connector: Option<Connector>,
    tables: Vec<Table>,
    channel: Option<String>,
    outbox: String,
    slot: Option<String>,
    interval: Duration,
    row_bytes: usize,
}

impl PostgresSyncBuilder {
    pub(crate) fn new(address: &str) -> Self {
        let address = Config::from_str(address).map_err(|error| ConfigError::Address { reason: error.to_string() });
        Self {
            address,
            connector: None,
            tables: Vec::new(),
            channel: None,
            outbox: "tidewire".to_owned(),
            slot: None,
            interval: Duration::from_millis(50),
            row_bytes: 256 * 1024,
        }
    }

    /// Encrypts the connection with a connector of the `tokio-postgres` family, such as that of `tokio-postgres-rustls`. Without it the connection is plain, and an address with `sslmode=require` is refused.
    pub fn tls<T>(mut self, tls: T) -> Self
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        self.connector = self.address.as_ref().ok().map(|config| Connector::new(in_bounds(config), tls));
        self
    }

    /// Watches a table: a [`Table`], or its name if all defaults will do.
    pub fn table(mut self, table: impl Into<Table>) -> Self {
        self.tables.push(table.into());
        self
    }

    /// The channel of all tables that name none themselves, as the contract writes it. Its parameters are filled from each row, and the parameter `table` is the table's name: see [`Table::channel`].
    pub fn channel(self, pattern: impl Into<String>) -> Self {
        Self { channel: Some(pattern.into()), ..self }
    }

    /// The schema for the outbox, its own and nobody else's: `tidewire` unless set. Services that watch the same database each for themselves need one each.
    pub fn outbox(self, schema: impl Into<String>) -> Self {
        Self { outbox: schema.into(), ..self }
    }

    /// Reads changes from the log of the database instead of an outbox, through a replication slot and a publication of this name: small letters, digits and `_`. Services that watch the
    /// same database each for themselves need one each. The schema of [`outbox`](Self::outbox) is not used then. What it needs and what it costs is told at [`PostgresSync`](crate::PostgresSync#logical-replication).
    ///
    /// ```
    /// use tidewire_postgres::PostgresSync;
    ///
    /// let sync = PostgresSync::builder("postgres://shop@localhost/shop").table("posts").logical_replication("tidewire").build()?;
    /// # Ok::<(), tidewire_postgres::ConfigError>(())
    /// ```
    pub fn logical_replication(self, slot: impl Into<String>) -> Self {
        Self { slot: Some(slot.into()), ..self }
    }

    /// How long the plugin rests when it finds nothing: 50 ms unless set, from 10 ms to 10 s.
    pub fn poll_interval(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    /// How many bytes of JSON a row may have to be sent whole: 256 KiB unless set, from 1 KiB to 16 MiB. Of a larger one the event holds the primary key, the columns that fill the parameters of its channel, and `truncated: true` if its type has a
    /// field of this name. Keep it below [`Limits::event_bytes`](tidewire::Limits).
    pub fn row_bytes(self, bytes: usize) -> Self {
        Self { row_bytes: bytes, ..self }
    }

    /// Checks what can be checked without contract and database.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the address or a name cannot be one, the address asks for encryption that nothing was given for, a number is out of its bounds, or a table is watched twice. Correct the configuration.
    pub fn build(self) -> Result<PostgresSync, ConfigError> {
        let config = self.address?;
        if self.connector.is_none() && config.get_ssl_mode() == SslMode::Require {
            return Err(ConfigError::NoTls);
        }
        if self.tables.is_empty() {
            return Err(ConfigError::NoTables);
        }
        let mut seen = HashSet::new();
        for table in &self.tables {
            name::check("table", &table.name)?;
            name::check("schema", &table.schema)?;
            if !seen.insert((&table.schema, &table.name)) {
                return Err(ConfigError::TableTwice { table: table.label() });
            }
        }
        name::check("outbox", &self.outbox)?;
        // PostgreSQL keeps names with this beginning for itself.
        if self.outbox.starts_with("pg_") {
            return Err(ConfigError::Name {
                kind: "outbox",
                name: self.outbox,
                reason: "names that begin with `pg_` belong to the database",
            });
        }
        if let Some(slot) = &self.slot {
            name::check_slot(slot)?;
        }
        if !(Duration::from_millis(10)..=Duration::from_secs(10)).contains(&self.interval) {
            return Err(ConfigError::Limit { name: "poll_interval", requirement: "from 10 ms to 10 s" });
        }
        if !(1024..=16 * 1024 * 1024).contains(&self.row_bytes) {
            return Err(ConfigError::Limit { name: "row_bytes", requirement: "from 1 KiB to 16 MiB" });
        }
        let connector = self.connector.unwrap_or_else(|| Connector::new(in_bounds(&config), NoTls));
        Ok(PostgresSync::new(connector, self.tables, self.channel, self.outbox, self.slot, self.interval, self.row_bytes))
    }
}

/// The address, with what it leaves open filled in.
fn in_bounds(config: &Config) -> Config {
    let mut config = config.clone();
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT);
    }
    if config.get_application_name().is_none() {
        config.application_name("tidewire");
    }
    config.keepalives_idle(Duration::from_secs(5));
    config
}

/// Without the address: it may hold a password.
impl fmt::Debug for PostgresSyncBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresSyncBuilder").field("tables", &self.tables).field("outbox", &self.outbox).finish_non_exhaustive()
    }
}
