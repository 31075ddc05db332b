//! The pub/sub connection to one server: one for all nodes of this broker, owned by one task.

use std::{collections::HashSet, fmt, sync::Arc, time::Duration};

use redis::{Pipeline, PushKind, Value, aio::MultiplexedConnection};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};

use super::{
    attached::{Attached, Wanted},
    breaker::Breaker,
    commands::{Commands, GREETING},
    keys::{Keys, Partition},
    receiver::Receiver,
    script::{Invocation, SCRIPTS},
    server::{Identity, Purpose},
    topology::Topology,
};
use crate::identity::NodeId;

/// After so much silence the link is asked for a sign of life.
const SILENCE: Duration = Duration::from_secs(5);

/// How long that may take. With [`SILENCE`] before it, a deaf link is found within ten seconds, also on a busy machine.
const ECHO: Duration = Duration::from_millis(3500);

/// How many subscriptions are asked for at once.
const BATCH: usize = 1000;

/// How long the answers to one batch may take.
const CONFIRMATION: Duration = Duration::from_secs(5);

/// How often the silence is looked at.
const TICK: Duration = Duration::from_millis(250);

/// What a link is asked for.
pub(super) enum Order {
    /// Subscribe to a channel, and say when that is confirmed. Without an answer it was not done.
    Follow(Arc<str>, oneshot::Sender<()>),
    /// Nobody here wants the channel any more, unless somebody does again.
    Leave(Arc<str>),
    /// Another node was attached.
    Attach,
    /// The link may have gained or lost partitions.
    Reconsider,
}

/// Why a link was given up.
#[derive(Debug)]
enum Broken {
    Connection(super::server::ConnectError),
    Redis(redis::RedisError),
    Lost,
    Refused(redis::ServerError),
    Unconfirmed,
    Deaf,
    Elsewhere,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(error) => error.fmt(f),
            Self::Redis(error) => error.fmt(f),
            Self::Refused(error) => write!(f, "redis refused a subscription: {}", error.code()),
            Self::Lost => f.write_str("the connection was lost"),
            Self::Unconfirmed => f.write_str("subscriptions were not confirmed in time"),
            Self::Deaf => f.write_str("a message to itself did not come back"),
            Self::Elsewhere => f.write_str("commands go to another server"),
        }
    }
}

/// What the task of a link works with.
pub(super) struct Link {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) keys: Arc<Keys>,
    pub(super) attached: Arc<Attached>,
    pub(super) wanted: Arc<Wanted>,
    pub(super) commands: Arc<Commands>,
    pub(super) topology: Arc<Topology>,
    pub(super) orders: mpsc::UnboundedReceiver<Order>,
}

/// A connection, and what it is subscribed to.
struct Connected {
    connection: MultiplexedConnection,
    identity: Identity,
    receiver: Arc<Receiver>,
    channels: HashSet<Arc<str>>,
    nodes: HashSet<NodeId>,
    everybody: bool,
    probe: Option<Partition>,
    // The number of the last probe.
    probes: u64,
}

impl Link {
    /// Keeps the link up. Never ends.
    pub(super) async fn run(mut self) {
        let mut breaker = Breaker::default();
        loop {
            match self.establish().await {
                Ok(mut connected) => {
                    breaker.succeeded();
                    tracing::debug!(link = self.name, channels = connected.channels.len(), "a link is proven");
                    self.attached.prove(self.id);
                    let cause = self.serve(&mut connected).await;
                    self.attached.doubt(self.id);
                    tracing::warn!(link = self.name, cause = %cause, "a link is broken");
                }
                Err(cause) => tracing::debug!(link = self.name, cause = %cause, "a link could not be established"),
            }
            // A lost connection may mean that slots moved.
            self.topology.suspect();
            sleep(breaker.failed()).await;
        }
    }

    /// Connects, subscribes to everything that is wanted, and proves that messages come through.
    async fn establish(&mut self) -> Result<Connected, Broken> {
        let receiver = Receiver::new(self.keys.clone(), self.attached.clone(), self.name.clone());
        let opened = self.commands.source().open(Purpose::Link, GREETING, receiver.clone()).await.map_err(Broken::Connection)?;
        let mut connected = Connected {
            connection: opened.connection,
            identity: opened.identity,
            receiver,
            channels: HashSet::new(),
            nodes: HashSet::new(),
            everybody: false,
            probe: None,
            probes: 0,
        };
        self.catch_up(&mut connected).await?;
        // The probe takes the commands' way: while that is down, its echo would be waited for in vain, and a store that is back found seconds late.
        self.commands.ready(Instant::now() + GREETING).await.map_err(|_| Broken::Elsewhere)?;
        // A server that has no slots yet announces nothing.
        if connected.probe.is_some() {
            let heard = self.probe(&mut connected);
            let receiver = connected.receiver.clone();
            let echoed = tokio::select! {
                () = receiver.broken() => return Err(Broken::Lost),
                echoed = timeout(ECHO, receiver.echo(heard)) => echoed,
            };
            echoed.map_err(|_| Broken::Deaf)?;
        }
        // The probe went through the commands' connection, so that one is up by now.
        match timeout(GREETING, self.commands.ready(Instant::now() + GREETING)).await {
            Ok(Ok(identity)) if identity == connected.identity => Ok(connected),
            _ => Err(Broken::Elsewhere),
        }
    }

    /// Follows orders until the link breaks; why it did.
    async fn serve(&mut self, connected: &mut Connected) -> Broken {
        let receiver = connected.receiver.clone();
        let (commands, identity) = (self.commands.clone(), connected.identity.clone());
        let moved = commands.moved_from(&identity);
        tokio::pin!(moved);
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut asked: Option<(Instant, u64)> = None;
        let mut orders = Vec::new();
        loop {
            tokio::select! {
                biased;
                () = receiver.broken() => return Broken::Lost,
                () = &mut moved => return Broken::Elsewhere,
                _ = ticks.tick() => {
                    let silent = receiver.heard().elapsed();
                    match asked {
                        // Not by the clock alone: the answer may come within the millisecond of the question.
                        Some((since, number)) if receiver.has_echoed(number) || receiver.heard() >= since => asked = None,
                        Some((since, _)) if since.elapsed() >= ECHO => return Broken::Deaf,
                        None if silent >= SILENCE => asked = Some((Instant::now(), self.probe(connected))),
                        _ => {}
                    }
                }
                _ = self.orders.recv_many(&mut orders, BATCH) => {
                    if let Err(broken) = self.follow(connected, orders.drain(..)).await {
                        return broken;
                    }
                }
            }
        }
    }

    async fn follow(&mut self, connected: &mut Connected, orders: impl Iterator<Item = Order>) -> Result<(), Broken> {
        let (mut begin, mut end, mut waiting, mut whole) = (Vec::new(), Vec::new(), Vec::new(), false);
        let mut seen = HashSet::new();
        for order in orders {
            match order {
                Order::Follow(channel, done) => {
                    if !self.topology.owns(self.id, Partition::of(&channel).slot()) {
                        // Dropping `done` sends whoever waits to the right link.
                        continue;
                    }
                    waiting.push(done);
                    if !connected.channels.contains(&channel) && self.wanted.contains(&channel) && seen.insert(channel.clone()) {
                        begin.push(channel);
                    }
                }
                Order::Leave(channel) => {
                    if connected.channels.contains(&channel) && !self.wanted.contains(&channel) && seen.insert(channel.clone()) {
                        end.push(channel);
                    }
                }
                Order::Attach | Order::Reconsider => whole = true,
            }
        }
        self.change(connected, begin, end).await?;
        for done in waiting {
            // Whoever gave up does not mind.
            let _ = done.send(());
        }
        if whole {
            self.catch_up(connected).await?;
            // Also tells nodes that were attached a moment ago, and has everybody look at channels that came from another link.
            self.attached.prove(self.id);
        }
        Ok(())
    }

    /// Makes the subscriptions what they should be: this link's share of what is wanted.
    async fn catch_up(&mut self, connected: &mut Connected) -> Result<(), Broken> {
        let owns = |slot| self.topology.owns(self.id, slot);
        // The server ends these subscriptions itself, and would refuse to be asked.
        connected.channels.retain(|channel| {
            let stays = owns(Partition::of(channel).slot());
            if !stays {
                connected.receiver.leave(self.keys.topic(channel));
            }
            stays
        });
        connected.nodes.retain(|node| owns(super::keys::slot(&self.keys.node(*node))));
        let partition = Partition::all().find(|partition| owns(partition.slot()));
        let mut topics = Vec::new();
        let everybody = !connected.everybody && owns(super::keys::slot(&self.keys.nodes()));
        if everybody {
            topics.push(self.keys.nodes());
        }
        let nodes: Vec<_> = self.attached.nodes().into_iter().filter(|node| !connected.nodes.contains(node)).collect();
        let nodes: Vec<_> = nodes.into_iter().filter(|node| owns(super::keys::slot(&self.keys.node(*node)))).collect();
        topics.extend(nodes.iter().map(|node| self.keys.node(*node)));
        if connected.probe != partition {
            topics.extend(partition.map(|partition| self.keys.probe(partition, &self.name)));
        }
        let begin = self.wanted.channels(|channel| !connected.channels.contains(channel) && owns(Partition::of(channel).slot()));
        let end = connected.channels.iter().filter(|channel| !self.wanted.contains(channel)).cloned().collect();
        self.confirm(connected, PushKind::SSubscribe, topics).await?;
        connected.everybody |= everybody;
        for node in nodes {
            self.attached.reach(node);
            connected.nodes.insert(node);
        }
        connected.probe = partition;
        self.change(connected, begin, end).await
    }

    async fn change(&self, connected: &mut Connected, begin: Vec<Arc<str>>, end: Vec<Arc<str>>) -> Result<(), Broken> {
        for channels in begin.chunks(BATCH) {
            self.confirm(connected, PushKind::SSubscribe, channels.iter().map(|channel| self.keys.topic(channel)).collect()).await?;
            connected.channels.extend(channels.iter().cloned());
        }
        for channels in end.chunks(BATCH) {
            let topics: Vec<_> = channels.iter().map(|channel| self.keys.topic(channel)).collect();
            for topic in &topics {
                connected.receiver.leave(topic.clone());
            }
            self.confirm(connected, PushKind::SUnsubscribe, topics).await?;
            for channel in channels {
                connected.channels.remove(channel);
            }
        }
        Ok(())
    }

    /// Sends subscriptions and waits for each of them to be confirmed.
    async fn confirm(&self, connected: &mut Connected, kind: PushKind, topics: Vec<String>) -> Result<(), Broken> {
        if topics.is_empty() {
            return Ok(());
        }
        let command = if kind == PushKind::SSubscribe { "SSUBSCRIBE" } else { "SUNSUBSCRIBE" };
        let mut pipeline = Pipeline::with_capacity(topics.len());
        for topic in &topics {
            pipeline.cmd(command).arg(topic);
        }
        let answers = timeout(CONFIRMATION, connected.connection.send_packed_commands(&pipeline, 0, pipeline.len())).await;
        // Read one by one: an unasked message of the server could be taken for a confirmation.
        for (answer, topic) in answers.map_err(|_| Broken::Unconfirmed)?.map_err(Broken::Redis)?.into_iter().zip(topics) {
            match answer {
                Value::ServerError(error) => return Err(Broken::Refused(error)),
                Value::Push { kind: confirmed, data } if confirmed == kind && data.first() == Some(&Value::BulkString(topic.into())) => {}
                _ => return Err(Broken::Unconfirmed),
            }
        }
        Ok(())
    }

    /// Sends the link a message from the connection for commands, so that both are known to lead to the same server.
    fn probe(&self, connected: &mut Connected) -> u64 {
        connected.probes += 1;
        let number = connected.probes;
        if let Some(partition) = connected.probe {
            let invocation = Invocation::new(&SCRIPTS.probe, &[]).argument(self.keys.probe(partition, &self.name)).argument(number);
            let commands = self.commands.clone();
            // Nobody waits for the answer: what counts is whether the message arrives.
            tokio::spawn(async move { commands.invoke_one(&invocation, Instant::now() + ECHO).await.map(drop) });
        }
        number
    }
}
