//! Where Redis is, and the first words with it.

use std::{
    error::Error,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, ConnectionAddr, ConnectionInfo, ProtocolVersion, RedisError, Value,
    aio::AsyncPushSender,
    aio::MultiplexedConnection,
    from_redis_value,
    sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType},
};

use super::script::SCRIPTS;

/// The oldest version with functions that the scripts need: `#!lua`, sharded publishing, `EXPIRE … GT`.
const OLDEST: u32 = 7;

/// A place where commands can be sent to.
pub(super) enum Source {
    Server(Box<ConnectionInfo>),
    /// Whoever the sentinels say is the primary at the moment.
    Sentinel(Sentinels),
}

/// Who knows which server is the primary.
pub(super) struct Sentinels {
    name: String,
    addresses: Vec<ConnectionInfo>,
    settings: SentinelNodeConnectionInfo,
    // Which one to ask first. The crate asks in order and waits for each, so one that is silent must not be the first for ever.
    turn: AtomicUsize,
}

impl Sentinels {
    pub(super) fn new(name: String, addresses: Vec<ConnectionInfo>, settings: SentinelNodeConnectionInfo) -> Self {
        Self { name, addresses, settings, turn: AtomicUsize::new(0) }
    }

    async fn primary(&self) -> Result<ConnectionInfo, RedisError> {
        let mut addresses = self.addresses.clone();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % addresses.len().max(1);
        addresses.rotate_left(turn);
        let mut client = SentinelClient::build(addresses, self.name.clone(), Some(self.settings.clone()), SentinelServerType::Master)?;
        Ok(client.async_get_client().await?.get_connection_info().clone())
    }
}

/// Which server answered; another one after each start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity(Arc<str>);

/// A connection that is ready for use.
pub(super) struct Opened {
    pub(super) connection: MultiplexedConnection,
    pub(super) identity: Identity,
    /// Whether it belongs to a cluster.
    pub(super) clustered: bool,
}

/// What a connection is for; operators see it in `CLIENT LIST`.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Commands,
    Link,
    /// One question, which a replica may answer as well.
    Question,
}

/// Why a connection was not made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ConnectCause {
    /// The address cannot be read, or needs a feature that is switched off, such as `redis-tls`.
    Address,
    /// Nobody answered: wrong host or port, or Redis is down.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// User name or password are wrong, or the user may not do what a broker does.
    Denied,
    /// Redis is older than version 7.
    Version {
        /// What the server says it is.
        found: String,
    },
    /// A replica answered, not the primary.
    Replica,
    /// The server belongs to a cluster: use a `redis-cluster://` address.
    Cluster,
    /// Something else answered, or Redis refused; the source says more.
    Other,
}

/// A connection to Redis could not be made. Names the host, never the password.
#[derive(Clone, Debug)]
pub struct ConnectError {
    address: String,
    cause: ConnectCause,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl ConnectError {
    pub(super) fn new(address: impl Into<String>, cause: ConnectCause) -> Self {
        Self { address: address.into(), cause, source: None }
    }

    fn from_redis(address: &str, error: RedisError) -> Self {
        let cause = if error.is_connection_refusal() {
            ConnectCause::Unreachable
        } else if error.is_timeout() {
            ConnectCause::TimedOut
        } else if error.kind() == redis::ErrorKind::AuthenticationFailed || matches!(error.code(), Some("NOAUTH" | "WRONGPASS" | "NOPERM"))
        {
            ConnectCause::Denied
        } else if error.kind() == redis::ErrorKind::InvalidClientConfig {
            ConnectCause::Address
        } else if error.is_io_error() {
            ConnectCause::Unreachable
        } else {
            ConnectCause::Other
        };
        Self { address: address.to_owned(), cause, source: Some(Arc::new(error)) }
    }

    /// Why.
    pub const fn cause(&self) -> &ConnectCause {
        &self.cause
    }

    /// Where, as `host:port` or the path of a socket.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, cause, .. } = self;
        match cause {
            ConnectCause::Address => write!(f, "`{address}` is not an address of redis that can be used"),
            ConnectCause::Unreachable => write!(f, "redis at {address} cannot be reached"),
            ConnectCause::TimedOut => write!(f, "redis at {address} did not answer in time"),
            ConnectCause::Denied => write!(f, "redis at {address} denied access"),
            ConnectCause::Version { found } => write!(f, "redis at {address} has version {found}, at least version {OLDEST} is needed"),
            ConnectCause::Replica => write!(f, "redis at {address} is a replica"),
            ConnectCause::Cluster => write!(f, "redis at {address} belongs to a cluster, use `redis-cluster://`"),
            ConnectCause::Other => write!(f, "redis at {address} did not answer as expected"),
        }
    }
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn Error + 'static))
    }
}

impl Source {
    pub(super) fn server(info: ConnectionInfo) -> Self {
        let settings =
            info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3).set_lib_name("tidewire", env!("CARGO_PKG_VERSION"));
        Self::Server(Box::new(info.set_redis_settings(settings)))
    }

    /// Where, for messages. Without user and password.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Server(info) => address(info.addr()),
            Self::Sentinel(Sentinels { name, addresses, .. }) => {
                format!("{name} of sentinels {}", addresses.iter().map(|info| address(info.addr())).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// Makes a connection and asks who is there.
    pub(super) async fn open(&self, purpose: Purpose, within: Duration, pushes: impl AsyncPushSender) -> Result<Opened, ConnectError> {
        let label = self.label();
        match tokio::time::timeout(within, self.greet(purpose, pushes, &label)).await {
            Ok(answer) => answer,
            Err(_) => Err(ConnectError::new(label, ConnectCause::TimedOut)),
        }
    }

    async fn greet(&self, purpose: Purpose, pushes: impl AsyncPushSender, label: &str) -> Result<Opened, ConnectError> {
        let failed = |error| ConnectError::from_redis(label, error);
        let info = match self {
            Self::Server(info) => (**info).clone(),
            Self::Sentinel(sentinels) => sentinels.primary().await.map_err(failed)?,
        };
        let tcp = info.tcp_settings().clone().set_nodelay(true);
        let client = redis::Client::open(info.set_tcp_settings(tcp)).map_err(failed)?;
        // Own bounds hold for everything: see `open` and `Commands::call`.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None).set_push_sender(pushes);
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await.map_err(failed)?;

        let mut pipeline = redis::pipe();
        let name = match purpose {
            Purpose::Commands => "tidewire-commands",
            Purpose::Link => "tidewire-link",
            Purpose::Question => "tidewire-question",
        };
        pipeline.cmd("CLIENT").arg("SETNAME").arg(name).ignore().cmd("INFO").arg("server").arg("replication").arg("memory").arg("cluster");
        if matches!(purpose, Purpose::Commands) {
            for script in SCRIPTS.all() {
                pipeline.cmd("SCRIPT").arg("LOAD").arg(script.source);
            }
        }
        let replies = connection.send_packed_commands(&pipeline, 0, pipeline.len()).await.map_err(failed)?;
        let mut replies = replies.into_iter().skip(1);
        let information: String = match replies.next() {
            Some(Value::ServerError(error)) => return Err(failed(error.into())),
            Some(value) => from_redis_value(value).map_err(|error| failed(error.into()))?,
            None => return Err(ConnectError::new(label, ConnectCause::Other)),
        };
        let version = line(&information, "redis_version").unwrap_or("0");
        if version.split('.').next().and_then(|major| major.parse().ok()).is_none_or(|major: u32| major < OLDEST) {
            return Err(ConnectError::new(label, ConnectCause::Version { found: version.to_owned() }));
        }
        // Before the scripts, because a replica that cannot load them is a replica all the same.
        if line(&information, "role") == Some("slave") && !matches!(purpose, Purpose::Question) {
            return Err(ConnectError::new(label, ConnectCause::Replica));
        }
        if matches!(purpose, Purpose::Commands) {
            warn_about_eviction(&information, label);
        }
        for reply in replies {
            if let Value::ServerError(error) = reply {
                return Err(failed(error.into()));
            }
        }
        let identity = Identity(line(&information, "run_id").unwrap_or_default().into());
        let clustered = line(&information, "cluster_enabled") == Some("1");
        Ok(Opened { connection, identity, clustered })
    }
}

/// A store that evicts loses histories at random; gaps would say so, but nobody wants them.
fn warn_about_eviction(information: &str, label: &str) {
    let (policy, limit) = (line(information, "maxmemory_policy"), line(information, "maxmemory"));
    if limit.is_some_and(|limit| limit != "0") && policy.is_some_and(|policy| policy != "noeviction") {
        tracing::warn!(
            redis = label,
            policy,
            "redis evicts keys when it is full: set maxmemory-policy to noeviction, or events will get lost"
        );
    }
}

/// A line of `INFO`.
fn line<'a>(information: &'a str, name: &str) -> Option<&'a str> {
    information.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
}

/// An address without user and password.
pub(super) fn address(address: &ConnectionAddr) -> String {
    match address {
        ConnectionAddr::Unix(path) => path.display().to_string(),
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => format!("{host}:{port}"),
        _ => "redis".to_owned(),
    }
}
