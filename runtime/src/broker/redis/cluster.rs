//! Finding the servers of a cluster, and noticing that slots moved.

use std::{collections::HashMap, sync::Arc, time::Duration};

use redis::{ConnectionAddr, ConnectionInfo, PushInfo, Value};
use tokio::time::{Instant, sleep, timeout};

use super::{
    commands::{Commands, GREETING},
    server::{ConnectCause, ConnectError, Purpose, Source, address},
    topology::{Shard, Topology},
};
use crate::observe::Complaint;

/// Slots are looked up this often even when nothing indicates that they moved: a link to a server that kept its connections but lost its slots hears nothing.
const LOOKUP: Duration = Duration::from_secs(10);

/// The least time between two lookups.
const PAUSE: Duration = Duration::from_millis(100);

/// A cluster, known by some of its servers.
pub(super) struct Cluster {
    seeds: Vec<ConnectionInfo>,
    topology: Arc<Topology>,
}

/// From which slot on, and who.
type Ranges = Vec<(u16, ConnectionAddr)>;

impl Cluster {
    pub(super) fn new(seeds: Vec<ConnectionInfo>, topology: Arc<Topology>) -> Self {
        Self { seeds, topology }
    }

    /// Connects to all primaries.
    pub(super) async fn connect(&self) -> Result<(), ConnectError> {
        let ranges = self.ask_seeds().await?;
        self.assign(ranges);
        for shard in self.topology.shards() {
            if shard.commands.ready(Instant::now() + GREETING * 2).await.is_err() {
                return Err(ConnectError::new(shard.commands.source().label(), ConnectCause::Unreachable));
            }
        }
        Ok(())
    }

    /// Follows moved slots. Never ends.
    pub(super) async fn follow(self) {
        let unanswered = Complaint::default();
        loop {
            // Either is a reason to look.
            let _ = timeout(LOOKUP, self.topology.suspected()).await;
            let ranges = match self.ask_members().await {
                Some(ranges) => Ok(ranges),
                None => self.ask_seeds().await,
            };
            match ranges {
                Ok(ranges) => self.assign(ranges),
                Err(error) => {
                    if let Some(times) = unanswered.due() {
                        tracing::warn!(error = %error, times, "nobody says where the slots of the cluster are");
                    }
                }
            }
            sleep(PAUSE).await;
        }
    }

    async fn ask_members(&self) -> Option<Ranges> {
        let mut question = redis::pipe();
        question.cmd("CLUSTER").arg("SLOTS");
        for shard in self.topology.shards() {
            let answer = shard.commands.call(&question, Instant::now() + GREETING).await;
            if let (Ok(values), Source::Server(info)) = (answer, &**shard.commands.source())
                && let Some(ranges) = values.first().and_then(|value| ranges(value, info.addr()))
            {
                return Some(ranges);
            }
        }
        None
    }

    async fn ask_seeds(&self) -> Result<Ranges, ConnectError> {
        let mut failure = ConnectError::new("no server of a cluster", ConnectCause::Address);
        for seed in &self.seeds {
            let source = Source::server(seed.clone());
            let ignore = |_: PushInfo| Ok::<_, redis::aio::SendError>(());
            // Whoever answers may be a replica: it knows the slots as well.
            match source.open(Purpose::Question, GREETING, ignore).await {
                Ok(mut opened) => {
                    let mut question = redis::cmd("CLUSTER");
                    question.arg("SLOTS");
                    let answer = timeout(GREETING, opened.connection.send_packed_command(&question)).await;
                    match answer.ok().and_then(Result::ok).and_then(|value| ranges(&value, seed.addr())) {
                        Some(ranges) => return Ok(ranges),
                        None => failure = ConnectError::new(source.label(), ConnectCause::Other),
                    }
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    fn assign(&self, ranges: Ranges) {
        let known = self.topology.shards();
        let mut shards: HashMap<String, Arc<Shard>> = known.into_iter().map(|shard| (shard.commands.source().label(), shard)).collect();
        let mut owners = Vec::with_capacity(ranges.len());
        for (first, at) in ranges {
            let label = address(&at);
            let shard = match shards.get(&label) {
                Some(shard) => Some(shard.clone()),
                None => self.seeds.first().and_then(|seed| {
                    let source = Source::server(seed.clone().set_addr(at));
                    self.topology.add(Commands::unconnected(Arc::new(source)))
                }),
            };
            if let Some(shard) = shard {
                shards.insert(label, shard.clone());
                owners.push((first, shard));
            }
        }
        self.topology.assign(owners);
    }
}

/// Reads the answer of `CLUSTER SLOTS`: ranges with their first and last slot, the primary and the replicas. `None` when there is no complete answer.
fn ranges(value: &Value, asked: &ConnectionAddr) -> Option<Ranges> {
    let Value::Array(ranges) = value else { return None };
    let ranges: Option<Ranges> = ranges
        .iter()
        .map(|range| {
            let Value::Array(parts) = range else { return None };
            let [Value::Int(first), Value::Int(_), Value::Array(primary), ..] = parts.as_slice() else { return None };
            let [host, Value::Int(port), ..] = primary.as_slice() else { return None };
            let host = match host {
                Value::BulkString(host) if !host.is_empty() => Some(String::from_utf8(host.clone()).ok()?),
                // The server does not know how others call it: as we do.
                _ => None,
            };
            Some((u16::try_from(*first).ok()?, at(asked, host, u16::try_from(*port).ok()?)?))
        })
        .collect();
    ranges.filter(|ranges| !ranges.is_empty())
}

/// The same kind of address at another host and port.
fn at(asked: &ConnectionAddr, other: Option<String>, port: u16) -> Option<ConnectionAddr> {
    match asked {
        ConnectionAddr::Tcp(host, _) => Some(ConnectionAddr::Tcp(other.unwrap_or_else(|| host.clone()), port)),
        ConnectionAddr::TcpTls { host, insecure, tls_params, .. } => Some(ConnectionAddr::TcpTls {
            host: other.unwrap_or_else(|| host.clone()),
            port,
            insecure: *insecure,
            tls_params: tls_params.clone(),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_does_not_know_its_own_name_is_called_as_it_was_asked() {
        let node = |host: &str, port| Value::Array(vec![Value::BulkString(host.into()), Value::Int(port), Value::BulkString("id".into())]);
        let range = |first, last, node| Value::Array(vec![Value::Int(first), Value::Int(last), node]);
        let asked = ConnectionAddr::Tcp("seed".to_owned(), 7000);
        let answer = Value::Array(vec![range(0, 99, node("", 7001)), range(100, 16_383, node("other", 7002))]);
        let expected = vec![(0, ConnectionAddr::Tcp("seed".to_owned(), 7001)), (100, ConnectionAddr::Tcp("other".to_owned(), 7002))];
        assert_eq!(ranges(&answer, &asked), Some(expected));
        assert_eq!(ranges(&Value::Array(Vec::new()), &asked), None);
        assert_eq!(ranges(&Value::Nil, &asked), None);
    }
}
