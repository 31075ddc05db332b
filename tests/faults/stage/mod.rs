//! What a scenario plays on: a store, nodes, clients and publishers, and the judge at the end.

mod ending;
mod expecting;

use std::{
    collections::HashSet,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use crate::{
    client::{self, Client, Order, Style},
    journal::{Answer, Intent, Position, Seen, Sight},
    ledger::Ledger,
    oracle::{Allowance, Judgement},
    process::{Node, Persistence, Redis},
    proxy::{Mode, Proxy},
    publisher::{self, Desk, Draft, Publisher},
};

/// A server says something at least this often.
const HEARTBEAT: Duration = Duration::from_millis(500);
/// How long everything may take to be as it should once the fault is over.
const SETTLING: Duration = Duration::from_secs(30);

/// Where events are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broker {
    Embedded,
    Redis(Persistence),
}

pub(crate) struct Stage {
    pub(crate) random: StdRng,
    pub(crate) redis: Option<Redis>,
    /// The links of the nodes to the store, in the nodes' order.
    pub(crate) wires: Vec<Proxy>,
    /// The links of the clients to the nodes, in the nodes' order. Their addresses stay when a node is replaced.
    pub(crate) doors: Vec<Proxy>,
    pub(crate) clients: Vec<Client>,
    pub(crate) allowance: Allowance,
    pub(crate) ledger: Arc<Ledger>,
    /// How long a connection lasts on nodes that are started from now on.
    pub(crate) longest: Option<Duration>,
    directory: PathBuf,
    name: String,
    nodes: Vec<Option<Node>>,
    started: usize,
    drafted: usize,
    addresses: watch::Sender<Vec<SocketAddr>>,
    publishers: Vec<Publisher>,
}

/// What became of a run.
pub(crate) struct Verdict {
    pub(crate) judgement: Judgement,
    /// From the answer to a publish to its arrival, in the slowest of a hundred.
    pub(crate) latency: Option<Duration>,
    pub(crate) journals: String,
}

impl Stage {
    pub(crate) async fn build(directory: &Path, broker: Broker, nodes: usize, seed: u64) -> Result<Self, String> {
        let redis = match broker {
            Broker::Embedded => None,
            Broker::Redis(persistence) => Some(Redis::start(directory, persistence).await?),
        };
        let mut random = StdRng::seed_from_u64(seed);
        let mut stage = Self {
            name: format!("s{:x}", random.random_range(0..0x0001_0000_u32)),
            random,
            redis,
            wires: Vec::new(),
            doors: Vec::new(),
            clients: Vec::new(),
            allowance: Allowance::default(),
            ledger: Arc::default(),
            longest: None,
            directory: directory.to_owned(),
            nodes: Vec::new(),
            started: 0,
            drafted: 0,
            addresses: watch::Sender::new(Vec::new()),
            publishers: Vec::new(),
        };
        for at in 0..nodes {
            if let Some(redis) = &stage.redis {
                stage.wires.push(Proxy::start(redis.address()).map_err(|error| error.to_string())?);
            }
            stage.nodes.push(None);
            // Nobody is there yet; the door opens with the node.
            stage.doors.push(Proxy::start((std::net::Ipv4Addr::LOCALHOST, 9).into()).map_err(|error| error.to_string())?);
            stage.start_node(at).await?;
        }
        Ok(stage)
    }

    /// Starts the node at this place, after it was killed or for the first time.
    pub(crate) async fn start_node(&mut self, at: usize) -> Result<(), String> {
        let mut options = vec!["--heartbeat-ms".to_owned(), HEARTBEAT.as_millis().to_string()];
        if let Some(wire) = self.wires.get(at) {
            options.extend(["--redis".to_owned(), format!("redis://{}", wire.address())]);
        }
        if let Some(longest) = self.longest {
            options.extend(["--max-duration-ms".to_owned(), longest.as_millis().to_string()]);
        }
        self.started += 1;
        let node = Node::start(&self.directory, &format!("node-{at}-{}", self.started), &options).await?;
        self.doors[at].aim(node.address());
        self.nodes[at] = Some(node);
        self.publish_addresses();
        Ok(())
    }

    pub(crate) async fn kill_node(&mut self, at: usize) -> Result<(), String> {
        let node = self.nodes[at].take().ok_or("the node does not run")?;
        self.publish_addresses();
        node.kill().await
    }

    pub(crate) async fn terminate_node(&mut self, at: usize) -> Result<(), String> {
        let node = self.nodes[at].take().ok_or("the node does not run")?;
        self.publish_addresses();
        node.terminate().await
    }

    pub(crate) fn node(&self, at: usize) -> Result<&Node, String> {
        self.nodes[at].as_ref().ok_or_else(|| "the node does not run".to_owned())
    }

    pub(crate) fn redis(&mut self) -> Result<&mut Redis, String> {
        self.redis.as_mut().ok_or_else(|| "there is no redis".to_owned())
    }

    fn publish_addresses(&self) {
        self.addresses.send_replace(self.nodes.iter().flatten().map(Node::address).collect());
    }

    /// Adds a client that begins at one node and goes to the next one after each failure.
    pub(crate) fn client(&mut self, style: Style, door: usize, channels: &[&str]) -> usize {
        let mut targets: Vec<_> = self.doors.iter().map(Proxy::address).collect();
        targets.rotate_left(door);
        // What everybody waits for in the end must pass.
        let filters: [&[&'static str]; 6] = [&[], &[], &[], &["noted"], &["noted", "moved"], &["noted", "blinked"]];
        let filter = if style == Style::Inside { &[] } else { filters[self.random.random_range(0..filters.len())] };
        let setup = client::Setup {
            filter: filter.to_vec(),
            name: format!("{}-{}", style.name(), self.clients.len()),
            style,
            targets,
            channels: channels.iter().map(|channel| (*channel).to_owned()).collect(),
            silence: HEARTBEAT * 8,
            seed: self.random.random(),
        };
        self.clients.push(Client::start(setup, self.ledger.clone()));
        self.clients.len() - 1
    }

    /// Adds a client of each style at each node, and waits until all of them listen.
    pub(crate) async fn audience(&mut self, channels: &[&str]) -> Result<(), String> {
        for door in 0..self.doors.len() {
            for style in Style::ALL {
                self.client(style, door, channels);
            }
        }
        self.until_everybody_listens(channels).await
    }

    /// Publishes with several tasks to these channels, until the run settles.
    pub(crate) fn publish(&mut self, tasks: usize, pause: u64, channels: &[&str]) {
        for _ in 0..tasks {
            let setup = publisher::Setup {
                name: format!("{}-p{}", self.name, self.publishers.len()),
                channels: channels.iter().map(|channel| (*channel).to_owned()).collect(),
                nodes: self.addresses.subscribe(),
                pause,
                seed: self.random.random(),
            };
            self.publishers.push(Publisher::start(setup, self.ledger.clone()));
        }
    }

    pub(crate) async fn stop_publishing(&mut self) {
        for publisher in self.publishers.drain(..) {
            publisher.stop().await;
        }
    }

    /// Publishes so many events, one after another, and answers where the last one is.
    pub(crate) async fn publish_now(&mut self, channel: &str, count: usize) -> Result<Position, String> {
        self.publish_large(channel, count, 0).await
    }

    /// The same, a hundred at a time.
    pub(crate) async fn publish_many(&mut self, channel: &str, count: usize) -> Result<(), String> {
        let mut desk = Desk::new(self.addresses.subscribe());
        for first in (0..count).step_by(100) {
            let drafts: Vec<_> = (first..count.min(first + 100)).map(|_| self.draft(channel, 0)).collect();
            let drafts: Vec<_> = drafts.into_iter().map(|draft| (self.ledger.intend(draft.intent()), draft)).collect();
            let began = Instant::now();
            let answers = desk.publish_batch(drafts.iter().map(|(_, draft)| draft)).await;
            for ((entry, _), answer) in drafts.iter().zip(answers) {
                self.ledger.attempted(*entry, began, answer);
            }
        }
        Ok(())
    }

    /// The same with a body of so many bytes each.
    pub(crate) async fn publish_large(&mut self, channel: &str, count: usize, bytes: usize) -> Result<Position, String> {
        let mut desk = Desk::new(self.addresses.subscribe());
        let mut stored = None;
        for _ in 0..count {
            let draft = self.draft(channel, bytes);
            stored = Some(store(&mut desk, &self.ledger, &draft).await?);
        }
        stored.ok_or_else(|| "nothing was to be published".to_owned())
    }

    fn draft(&mut self, channel: &str, bytes: usize) -> Draft {
        self.drafted += 1;
        Draft {
            caller: format!("{}-now", self.name),
            channel: channel.to_owned(),
            event: "noted",
            token: format!("{}-n{}", self.name, self.drafted),
            body: "x".repeat(bytes),
            keyed: true,
        }
    }

    /// Lets the traffic run for a while: faults need something to break.
    pub(crate) async fn run_for(&mut self, milliseconds: u64) {
        let jitter = self.random.random_range(0..=milliseconds / 4);
        sleep(Duration::from_millis(milliseconds + jitter)).await;
    }

    pub(crate) fn each(&self, order: impl Fn() -> Order) {
        for client in &self.clients {
            client.order(order());
        }
    }

    pub(crate) fn every_door(&self, mode: Mode) {
        for door in &self.doors {
            door.set(mode);
        }
    }

    pub(crate) fn every_wire(&self, mode: Mode) {
        for wire in &self.wires {
            wire.set(mode);
        }
    }

    /// Clients that can do so publish to a channel; `fatal` ends their connection between sending and the answer.
    pub(crate) fn clients_publish(&mut self, channel: &str, count: usize, fatal: bool) {
        for client in self.clients.iter().filter(|client| client.style.speaks()) {
            for _ in 0..count {
                let excluded = self.random.random_bool(0.3);
                let draft = Draft {
                    caller: client.name.clone(),
                    channel: channel.to_owned(),
                    event: "noted",
                    token: format!("{}-c{}", self.name, self.ledger.count()),
                    body: String::new(),
                    keyed: true,
                };
                let mut frame = json!({
                    "type": "publish", "channel": channel, "event": "noted", "data": { "token": draft.token, "body": "" }, "key": draft.token,
                });
                if excluded {
                    frame["excludeSelf"] = true.into();
                }
                let entry = self.ledger.intend(Intent { excluded: excluded.then(|| client.name.clone()), ..draft.intent() });
                client.order(Order::Publish { entry, frame, fatal });
            }
        }
    }
}

/// Publishes until it is stored.
async fn store(desk: &mut Desk, ledger: &Ledger, draft: &Draft) -> Result<Position, String> {
    let entry = ledger.intend(draft.intent());
    let attempts = async {
        loop {
            let began = Instant::now();
            let answer = desk.publish(draft).await;
            ledger.attempted(entry, began, answer.clone());
            if let Answer::Stored { at, .. } = answer {
                return at;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(SETTLING, attempts).await.map_err(|_| format!("nothing can be published to {}", draft.channel))
}

/// The channels that a client asked for and did not leave.
fn wanted(sights: &[Sight]) -> HashSet<String> {
    let mut wanted = HashSet::new();
    for sight in sights {
        match &sight.seen {
            Seen::Asked { channel, .. } => {
                wanted.insert(channel.clone());
            }
            Seen::Left { channel } => {
                wanted.remove(channel);
            }
            _ => {}
        }
    }
    wanted
}
