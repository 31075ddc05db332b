//! Setting the plugin up.

use std::{collections::HashSet, error::Error as _, fmt, str::FromStr, time::Duration};

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
        let address = Config::from_str(address).map_err(|error| ConfigError::Address { reason: reason(address, &error) });
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

    /// Encrypts the connection with a connector of the `tokio-postgres` family, such as that of `tokio-postgres-rustls`. Without it the connection is plain, and an address with `sslmode=require` is refused
    /// by [`build`](Self::build).
    ///
    /// Write `sslmode=require` into the address, too: without it, which is `prefer`, a server that does not encrypt is talked to in plain. Which certificates are good is up to the connector; with this one
    /// also the name must be that of the host. One that is not good is as a database that cannot be reached: the service begins without it, and the log says why, such as `invalid peer certificate: UnknownIssuer`.
    ///
    /// With `cargo add tokio-postgres-rustls --features ring` and `cargo add rustls --no-default-features --features ring,std,tls12`:
    ///
    /// ```
    /// use std::{error::Error, sync::Arc};
    ///
    /// use rustls::{ClientConfig, RootCertStore, pki_types::{CertificateDer, pem::PemObject as _}};
    /// use tidewire_postgres::PostgresSync;
    /// use tokio_postgres_rustls::MakeRustlsConnect;
    ///
    /// /// `authorities` is the file that whoever runs the database hands out.
    /// fn changes(authorities: &str) -> Result<PostgresSync, Box<dyn Error>> {
    ///     let mut roots = RootCertStore::empty();
    ///     for certificate in CertificateDer::pem_file_iter(authorities)? {
    ///         roots.add(certificate?)?;
    ///     }
    ///     let ring = Arc::new(rustls::crypto::ring::default_provider());
    ///     let config = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions()?;
    ///     let tls = MakeRustlsConnect::new(config.with_root_certificates(roots).with_no_client_auth());
    ///     let address = "postgres://shop@db.example.com/shop?sslmode=require";
    ///     Ok(PostgresSync::builder(address).tls(tls).table("posts").build()?)
    /// }
    /// # assert!(changes("/no/such/file").is_err());
    /// ```
    ///
    /// Where the certificate is one that every machine trusts, the roots are the machine's: `MakeRustlsConnect::with_native_certs`, behind the feature `native-certs`.
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

/// What is wrong with an address, in which somebody may have forgotten to escape an `@` or a space of the password: nothing is repeated that may be a part of it.
fn reason(address: &str, error: &tokio_postgres::Error) -> String {
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    let unknown = cause.strip_prefix("unknown option `").and_then(|rest| rest.strip_suffix('`'));
    let behind_password = address.rsplit_once('@').map_or(address, |(_, behind)| behind);
    let can_be_said = unknown.map_or_else(
        || cause.starts_with("invalid value for option"),
        |option| address.contains("://") && ["?", "&"].iter().any(|before| behind_password.contains(&format!("{before}{option}="))),
    );
    if can_be_said { format!("{error}: {cause}") } else { error.to_string() }
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
