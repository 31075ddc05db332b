//! What a scenario plays on: a store, nodes, clients and publishers, and the judge at the end.

use std::{
    collections::HashSet,
    fmt::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use hyper::Method;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use crate::{
    client::{self, Client, Order, Style},
    http,
    journal::{Answer, Diary, Intent, Position, Seen, Sight, Truth},
    ledger::Ledger,
    oracle::{Allowance, Case, Judgement, judge},
    process::{Node, Persistence, Redis},
    proxy::{Mode, Proxy},
    publisher::{self, Desk, Draft, Publisher},
};

/// A server says something at least this often.
const HEARTBEAT: Duration = Duration::from_millis(500);
/// How long everything may take to be as it should once the fault is over.
const SETTLING: Duration = Duration::from_secs(30);

/// When clients must know that the store is out of reach.
const NOTICED: Duration = Duration::from_secs(10);
/// When everything must go on after the store is back.
const RECOVERED: Duration = Duration::from_secs(5);
/// When a publish must be answered: the two seconds promised, and what a busy machine adds.
const ANSWERED: Duration = Duration::from_millis(2700);

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

    /// Waits until every client that is there knows where it stands in these channels.
    pub(crate) async fn until_everybody_listens(&self, channels: &[&str]) -> Result<(), String> {
        for at in 0..self.clients.len() {
            self.until(at, "listens", |sights| {
                let known = outcomes(sights);
                channels.iter().all(|channel| known.contains(channel))
            })
            .await?;
        }
        Ok(())
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

    /// Waits until what a client saw satisfies a condition.
    pub(crate) async fn until(&self, client: usize, what: &str, condition: impl Fn(&[Sight]) -> bool) -> Result<(), String> {
        let client = &self.clients[client];
        if client.until(SETTLING, condition).await { Ok(()) } else { Err(format!("{} never: {what}", client.name)) }
    }

    /// Ends the run: what is to be published is, and every client reached the end of each of its channels.
    pub(crate) async fn settle(&mut self) -> Result<(), String> {
        self.stop_publishing().await;
        for client in &self.clients {
            if !client.until_sent(SETTLING).await {
                return Err(format!("{} could not publish everything", client.name));
            }
        }
        let channels: HashSet<String> = self.clients.iter().flat_map(|client| wanted(&client.diary().sights)).collect();
        // Nobody may need a later event to learn of the last one.
        for channel in &channels {
            let Truth { head, entries, .. } = self.truth(channel).await?;
            let event = entries.last().map_or("", |(_, event, _)| event);
            self.until_everybody_is_at(channel, head, event).await?;
        }
        for channel in &channels {
            let last = self.publish_now(channel, 1).await?;
            self.until_everybody_is_at(channel, last, "noted").await?;
        }
        Ok(())
    }

    async fn until_everybody_is_at(&self, channel: &str, position: Position, event: &str) -> Result<(), String> {
        for (at, client) in self.clients.iter().enumerate() {
            let filter = client.diary().filter;
            let excluded = |intent: &Intent| {
                intent.excluded.as_ref() == Some(&client.name)
                    && intent.attempts.iter().any(|attempt| matches!(attempt.answer, Answer::Stored { at, .. } if at == position))
            };
            let filtered = !event.is_empty() && !filter.is_empty() && !filter.contains(&event);
            if wanted(&client.diary().sights).contains(channel) && !filtered && !self.ledger.all().iter().any(excluded) {
                let reached = |sights: &[Sight]| sights.iter().rev().any(|sight| sight.is_at(channel, position));
                self.until(at, &format!("reaches {position} in {channel}"), reached).await?;
            }
        }
        Ok(())
    }

    /// What the store holds of a channel.
    async fn truth(&self, channel: &str) -> Result<Truth, String> {
        let node = self.nodes.iter().flatten().next().ok_or("no node runs")?;
        let target = format!("/realtime/history?limit=1000&channel={channel}");
        let patient = async {
            loop {
                // A busy machine may need more than the broker is given.
                match http::once(node.address(), Method::GET, &target, None).await {
                    Ok((200, page)) => return page,
                    _ => sleep(Duration::from_millis(100)).await,
                }
            }
        };
        let page = timeout(SETTLING, patient).await.map_err(|_| format!("the history of {channel} cannot be read"))?;
        let entry = |event: &Value| {
            let at = event["id"].as_str().unwrap_or_default().parse()?;
            let name = event["event"].as_str().unwrap_or_default().to_owned();
            Ok::<_, String>((at, name, event["data"]["token"].as_str().map(ToOwned::to_owned)))
        };
        let entries = page["events"].as_array().into_iter().flatten().map(entry).collect::<Result<_, _>>()?;
        Ok(Truth { channel: channel.to_owned(), entries, head: page["cursor"].as_str().unwrap_or_default().parse()? })
    }

    pub(crate) async fn judge(&mut self) -> Result<Verdict, String> {
        let diaries: Vec<Diary> = self.clients.iter().map(Client::diary).collect();
        let intents = self.ledger.all();
        let channels: HashSet<&str> = intents.iter().map(|intent| intent.channel.as_str()).collect();
        let mut truths = Vec::new();
        for channel in channels {
            truths.push(self.truth(channel).await?);
        }
        let latency = latency(&intents, &diaries);
        let case = Case { intents, diaries, truths, allowance: self.allowance };
        let judgement = judge(&case);
        Ok(Verdict { latency, journals: if judgement.violations.is_empty() { String::new() } else { write_out(&case) }, judgement })
    }

    /// What everybody saw so far, for a run that did not get to its end.
    pub(crate) fn journals(&self) -> String {
        let diaries = self.clients.iter().map(Client::diary).collect();
        write_out(&Case { intents: self.ledger.all(), diaries, truths: Vec::new(), allowance: self.allowance })
    }

    /// That each of the first so many clients was told of a gap in a channel for one of these reasons: otherwise the fault did not happen.
    pub(crate) fn expect_gaps(&self, clients: usize, of: &str, reasons: &[&str]) -> Result<(), String> {
        for client in &self.clients[..clients] {
            let told =
                |seen: &Seen| matches!(seen, Seen::Gap { channel, reason, .. } if channel == of && reasons.contains(&reason.as_str()));
            if !client.diary().sights.iter().any(|sight| told(&sight.seen)) {
                return Err(format!("{} was not told of a gap in {of}: the fault did not happen", client.name));
            }
        }
        Ok(())
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

    /// Waits until every client was told that the store is out of reach, or is back.
    pub(crate) async fn expect_status(&self, degraded: bool, since: Instant) -> Result<(), String> {
        let left = (since + NOTICED).saturating_duration_since(Instant::now());
        for client in self.clients.iter().filter(|client| client.style != Style::Inside) {
            let told = |sights: &[Sight]| {
                sights.iter().rev().take_while(|sight| sight.at >= since).any(|sight| sight.seen == Seen::Status { degraded })
            };
            if !client.until(left, told).await {
                return Err(format!("{} was not told within {NOTICED:?} that the status is degraded: {degraded}", client.name));
            }
        }
        self.expect_ready(!degraded).await
    }

    /// That every node says whether it should get requests, and that it is alive anyway.
    async fn expect_ready(&self, ready: bool) -> Result<(), String> {
        for node in self.nodes.iter().flatten() {
            let wait = async {
                while !matches!(http::once(node.address(), Method::GET, "/admin/ready", None).await, Ok((status, _)) if (status == 200) == ready)
                {
                    sleep(Duration::from_millis(20)).await;
                }
            };
            timeout(RECOVERED, wait).await.map_err(|_| format!("a node never says that it is ready: {ready}"))?;
            let (status, _) = http::once(node.address(), Method::GET, "/admin/live", None).await?;
            if status != 200 {
                return Err(format!("a node is not alive: {status}"));
            }
        }
        Ok(())
    }

    /// Once the store is back: everybody gets a new event soon, nobody was disconnected, and no publish took long.
    pub(crate) async fn expect_recovery(&mut self, since: Instant) -> Result<(), String> {
        self.recover(since).await?;
        match self.disconnects(since) {
            0 => Ok(()),
            count => Err(format!("{count} connections ended")),
        }
    }

    /// Once the store is back: everybody who is there gets a new event soon, and no publish took long.
    pub(crate) async fn recover(&mut self, since: Instant) -> Result<(), String> {
        let back = Instant::now();
        let channels: HashSet<String> = self.clients.iter().flat_map(|client| wanted(&client.diary().sights)).collect();
        for channel in channels {
            let last = self.publish_now(&channel, 1).await?;
            for client in self.clients.iter().filter(|client| !client.is_away() && wanted(&client.diary().sights).contains(&channel)) {
                let left = (back + RECOVERED).saturating_duration_since(Instant::now());
                let reached = |sights: &[Sight]| sights.iter().any(|sight| sight.is_at(&channel, last));
                if !client.until(left, reached).await {
                    return Err(format!("{} got nothing new in {channel} within {RECOVERED:?}", client.name));
                }
            }
        }
        self.expect_ready(true).await?;
        let slowest = self.slowest_publish(since);
        if slowest > ANSWERED { Err(format!("a publish took {slowest:?}")) } else { Ok(()) }
    }

    /// That everybody gets an event that is published now, by then.
    pub(crate) async fn expect_delivery(&mut self, channels: &[&str], by: Instant) -> Result<(), String> {
        for channel in channels {
            let last = self.publish_now(channel, 1).await?;
            for client in &self.clients {
                let left = by.saturating_duration_since(Instant::now());
                if !client.until(left, |sights| sights.iter().any(|sight| sight.is_at(channel, last))).await {
                    return Err(format!("{} does not get what was published to {channel}", client.name));
                }
            }
        }
        Ok(())
    }

    /// Waits until every client that was told to leave has left.
    pub(crate) async fn until_nobody_listens(&self) -> Result<(), String> {
        for at in 0..self.clients.len() {
            self.until(at, "leaves", |sights| matches!(sights.last().map(|sight| &sight.seen), Some(Seen::Ended { .. }))).await?;
        }
        let closed = async {
            while self.doors.iter().any(|door| door.open() > 0) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(SETTLING, closed).await.map_err(|_| "connections stay open".to_owned())
    }

    /// Waits until every client was told of a gap in a channel for one of these reasons.
    pub(crate) async fn until_told(&self, of: &str, reasons: &[&str], deadline: Duration) -> Result<(), String> {
        let by = Instant::now() + deadline;
        for client in &self.clients {
            let told =
                |seen: &Seen| matches!(seen, Seen::Gap { channel, reason, .. } if channel == of && reasons.contains(&reason.as_str()));
            let left = by.saturating_duration_since(Instant::now());
            if !client.until(left, |sights| sights.iter().any(|sight| told(&sight.seen))).await {
                return Err(format!("{} was not told of a gap in {of} within {deadline:?}", client.name));
            }
        }
        Ok(())
    }

    /// How long the slowest attempt to publish since `when` took.
    pub(crate) fn slowest_publish(&self, when: Instant) -> Duration {
        let intents = self.ledger.all();
        let attempts = intents.iter().flat_map(|intent| &intent.attempts).filter(|attempt| attempt.began >= when);
        attempts.map(|attempt| attempt.ended - attempt.began).max().unwrap_or_default()
    }

    /// How many connections something other than the client itself ended since `when`.
    pub(crate) fn disconnects(&self, when: Instant) -> usize {
        let diaries: Vec<_> = self.clients.iter().map(Client::diary).collect();
        let sights = diaries.iter().flat_map(|diary| &diary.sights).filter(|sight| sight.at >= when);
        sights.filter(|sight| matches!(&sight.seen, Seen::Ended { why } if !why.starts_with("by itself"))).count()
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

/// The channels of which a client knows where it stands.
fn outcomes(sights: &[Sight]) -> HashSet<&str> {
    let told = |sight| match sight {
        &Sight { seen: Seen::Subscribed { ref channel, .. } | Seen::Gap { ref channel, .. }, .. } => Some(channel.as_str()),
        _ => None,
    };
    sights.iter().filter_map(told).collect()
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

fn latency(intents: &[Intent], diaries: &[Diary]) -> Option<Duration> {
    let ended =
        |intent: &Intent| intent.attempts.iter().find(|attempt| matches!(attempt.answer, Answer::Stored { .. })).map(|found| found.ended);
    let published: std::collections::HashMap<&str, Instant> =
        intents.iter().filter_map(|intent| Some((intent.token.as_str(), ended(intent)?))).collect();
    let arrived = |sight: &Sight| match &sight.seen {
        Seen::Event { token: Some(token), .. } => Some(sight.at.saturating_duration_since(*published.get(token.as_str())?)),
        _ => None,
    };
    let mut latencies: Vec<_> = diaries.iter().flat_map(|diary| &diary.sights).filter_map(arrived).collect();
    latencies.sort_unstable();
    latencies.get(latencies.len() * 99 / 100).copied()
}

fn write_out(case: &Case) -> String {
    let mut text = String::new();
    let begin = case.intents.iter().filter_map(|intent| intent.attempts.first()).map(|attempt| attempt.began).min();
    let since = |at: Instant| begin.map_or(0.0, |begin| at.saturating_duration_since(begin).as_secs_f64());
    for intent in &case.intents {
        let _ = write!(text, "publish {} to {} by {}, keyed {}:", intent.token, intent.channel, intent.caller, intent.keyed);
        for attempt in &intent.attempts {
            let _ = write!(text, " [{:.3} to {:.3}] {:?}", since(attempt.began), since(attempt.ended), attempt.answer);
        }
        text.push('\n');
    }
    for truth in &case.truths {
        let _ = writeln!(text, "store {} at {}: {:?}", truth.channel, truth.head, truth.entries.first().map(|(at, ..)| at.to_string()));
    }
    for diary in &case.diaries {
        for sight in &diary.sights {
            let _ = writeln!(text, "{} {:.3} {:?}", diary.client, since(sight.at), sight.seen);
        }
    }
    text
}
