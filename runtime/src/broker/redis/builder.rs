//! Setting a Redis broker up.

use std::{fmt, sync::Arc, time::Duration};

use redis::{ConnectionInfo, IntoConnectionInfo, sentinel::SentinelNodeConnectionInfo};

use super::{
    RedisBroker,
    attached::{Attached, Wanted},
    cluster::Cluster,
    commands::Commands,
    keys::Keys,
    server::{ConnectCause, ConnectError, Sentinels, Source, address},
    shared::Shared,
    topology::Topology,
};

/// How all keys begin unless set otherwise.
const PREFIX: &str = "tw";

/// Shorter than what a service waits for its broker, so that the answer says what is known.
const TIMEOUT: Duration = Duration::from_millis(1800);

/// Sets a [`RedisBroker`] up; made by [`RedisBroker::builder`].
#[must_use = "nothing is connected before `connect` is called"]
pub struct RedisBrokerBuilder {
    place: Place,
    prefix: String,
    timeout: Duration,
}

pub(super) enum Place {
    Url(String),
    Client(Box<ConnectionInfo>),
    Cluster(Vec<String>),
    Sentinel { name: String, sentinels: Vec<String>, url: String },
}

impl RedisBrokerBuilder {
    pub(super) fn new(place: Place) -> Self {
        Self { place, prefix: PREFIX.to_owned(), timeout: TIMEOUT }
    }

    /// How all keys begin: 1 to 64 bytes of `A–Z a–z 0–9 _ . -`, `tw` unless set. Services with different prefixes do not notice each other.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long one call may take in all: 1.8 s unless set. Should be less than [`Limits::broker_timeout`](crate::Limits), which does not know whether something was
    /// sent.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Uses the primary that Sentinel names `name`, whichever it is at the moment. The address given before is used for its user, password, database and TLS; its host
    /// is not.
    pub fn sentinel<U: Into<String>>(mut self, name: impl Into<String>, sentinels: impl IntoIterator<Item = U>) -> Self {
        let url = if let Place::Url(url) = self.place { url } else { String::from("redis://sentinel") };
        self.place = Place::Sentinel { name: name.into(), sentinels: sentinels.into_iter().map(Into::into).collect(), url };
        self
    }

    /// Uses the cluster that these servers belong to; some of them are enough.
    pub fn cluster<U: Into<String>>(mut self, urls: impl IntoIterator<Item = U>) -> Self {
        self.place = Place::Cluster(urls.into_iter().map(Into::into).collect());
        self
    }

    /// Connects.
    ///
    /// # Errors
    ///
    /// As [`RedisBroker::connect`].
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Nothing is left behind when the future is dropped.
    pub async fn connect(self) -> Result<RedisBroker, ConnectError> {
        let prefixed =
            (1..=64).contains(&self.prefix.len()) && self.prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        if !prefixed {
            return Err(ConnectError::new(format!("prefix {}", self.prefix.escape_debug()), ConnectCause::Address));
        }
        match self.place {
            Place::Url(ref url) => {
                if let Some(seeds) = cluster_seeds(url) {
                    return self.join(&seeds).await;
                }
                let info = connection_info(url)?;
                self.one(info).await
            }
            Place::Client(ref info) => {
                #[cfg(feature = "redis-tls")]
                provide_cryptography();
                let info = (**info).clone();
                self.one(info).await
            }
            Place::Sentinel { ref name, ref sentinels, ref url } => {
                let database = connection_info(url)?.redis_settings().db();
                let source = sentinel(name, sentinels, url)?;
                self.start(source, database).await
            }
            Place::Cluster(ref seeds) => {
                let seeds = seeds.clone();
                self.join(&seeds).await
            }
        }
    }

    async fn one(self, info: ConnectionInfo) -> Result<RedisBroker, ConnectError> {
        let database = info.redis_settings().db();
        self.start(Source::server(info), database).await
    }

    async fn start(self, source: Source, database: i64) -> Result<RedisBroker, ConnectError> {
        let label = source.label();
        let commands = Commands::connect(Arc::new(source)).await?;
        let shared = self.shared(label, database);
        shared.topology.assign(shared.topology.add(commands).map(|shard| (0, shard)).into_iter().collect());
        Ok(RedisBroker { shared: Arc::new(shared) })
    }

    async fn join(self, seeds: &[String]) -> Result<RedisBroker, ConnectError> {
        let seeds = seeds.iter().map(|url| connection_info(url)).collect::<Result<Vec<_>, _>>()?;
        let label = seeds.iter().map(|info| address(info.addr())).collect::<Vec<_>>().join(", ");
        let mut shared = self.shared(label, 0);
        let cluster = Cluster::new(seeds, shared.topology.clone());
        cluster.connect().await?;
        shared.follower = Some(tokio::spawn(cluster.follow()).abort_handle());
        Ok(RedisBroker { shared: Arc::new(shared) })
    }

    fn shared(self, label: String, database: i64) -> Shared {
        let (keys, attached, wanted) = (Arc::new(Keys::new(&self.prefix, database)), Arc::<Attached>::default(), Arc::<Wanted>::default());
        let topology = Topology::new(keys.clone(), attached.clone(), wanted.clone());
        Shared { keys, attached, wanted, topology, label, timeout: self.timeout, follower: None }
    }
}

/// The servers of `redis-cluster://[user:password@]host:port,host:port`; `None` for another address.
fn cluster_seeds(url: &str) -> Option<Vec<String>> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.strip_suffix("-cluster").filter(|scheme| matches!(*scheme, "redis" | "rediss"))?;
    let (login, hosts) = rest.rsplit_once('@').map_or(("", rest), |(login, hosts)| (&rest[..=login.len()], hosts));
    Some(hosts.trim_end_matches('/').split(',').map(|host| format!("{scheme}://{login}{host}")).collect())
}

fn connection_info(url: &str) -> Result<ConnectionInfo, ConnectError> {
    let info = url.into_connection_info().map_err(|_| ConnectError::new(without_credentials(url), ConnectCause::Address))?;
    #[cfg(feature = "redis-tls")]
    provide_cryptography();
    if info.addr().is_supported() { Ok(info) } else { Err(ConnectError::new(address(info.addr()), ConnectCause::Address)) }
}

/// Rustls panics unless the process has one provider. A service that chose its own keeps that.
#[cfg(feature = "redis-tls")]
fn provide_cryptography() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Somebody may have been faster, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

/// An address that may not be one, for a message.
fn without_credentials(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    // Up to the last `@`, because a password with an `@` in it is a likely reason for an address that cannot be read.
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = host.split(['?', '/']).next().unwrap_or_default();
    format!("{scheme}://{host}")
}

fn sentinel(name: &str, sentinels: &[String], url: &str) -> Result<Source, ConnectError> {
    let addresses = sentinels.iter().map(|url| connection_info(url)).collect::<Result<Vec<_>, _>>()?;
    if addresses.is_empty() {
        return Err(ConnectError::new(format!("{name} of no sentinels"), ConnectCause::Address));
    }
    let model = connection_info(url)?;
    let mut node = SentinelNodeConnectionInfo::default();
    let settings = model.redis_settings().clone().set_protocol(redis::ProtocolVersion::RESP3);
    node = node.set_redis_connection_info(settings);
    if matches!(model.addr(), redis::ConnectionAddr::TcpTls { .. }) {
        node = node.set_tls_mode(redis::TlsMode::Secure);
    }
    Ok(Source::Sentinel(Sentinels::new(name.to_owned(), addresses, node)))
}

impl fmt::Debug for RedisBrokerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBrokerBuilder").field("prefix", &self.prefix).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_of_a_cluster_share_a_login() {
        let seeds = cluster_seeds("redis-cluster://me:p@ss@a:1,b:2/").unwrap();
        assert_eq!(seeds, ["redis://me:p@ss@a:1", "redis://me:p@ss@b:2"]);
        assert_eq!(cluster_seeds("rediss-cluster://a:1").unwrap(), ["rediss://a:1"]);
        assert!(cluster_seeds("redis://a:1").is_none() && cluster_seeds("http-cluster://a:1").is_none());
    }

    #[test]
    fn an_address_in_a_message_has_no_login() {
        assert_eq!(without_credentials("redis://user:se/cr@et@host:1/0"), "redis://host:1");
        assert_eq!(without_credentials("nonsense"), "://nonsense");
    }
}
