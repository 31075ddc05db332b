//! Publishing at a steady pace, through the service itself.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use hyper::Method;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinHandle, time::sleep};

use crate::{
    http,
    journal::{Answer, Intent, Kind, fingerprint},
    ledger::Ledger,
};

/// What a publisher does.
pub(crate) struct Setup {
    pub(crate) name: String,
    pub(crate) channels: Vec<String>,
    /// The nodes that run, as they change.
    pub(crate) nodes: watch::Receiver<Vec<SocketAddr>>,
    /// How long to wait between two events, in milliseconds, at most.
    pub(crate) pause: u64,
    pub(crate) seed: u64,
}

/// Somebody who publishes until told to stop.
pub(crate) struct Publisher {
    stopping: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Publisher {
    pub(crate) fn start(setup: Setup, ledger: Arc<Ledger>) -> Self {
        let stopping = watch::Sender::new(false);
        let task = tokio::spawn(publish(setup, ledger, stopping.subscribe()));
        Self { stopping, task }
    }

    /// Lets the attempt that is under way end.
    pub(crate) async fn stop(self) {
        self.stopping.send_replace(true);
        let _ = self.task.await;
    }
}

async fn publish(setup: Setup, ledger: Arc<Ledger>, stopping: watch::Receiver<bool>) {
    let Setup { name, channels, nodes, pause, seed } = setup;
    let mut random = StdRng::seed_from_u64(seed);
    let mut desk = Desk::new(nodes);
    let mut count = 0;
    while !*stopping.borrow() {
        // Now and then several at once.
        let size = if random.random_bool(0.1) { 4 } else { 1 };
        let keyed = random.random_bool(0.7);
        let mut draft = || {
            count += 1;
            let channel = &channels[random.random_range(0..channels.len())];
            let event = match random.random_range(0..20) {
                0 if channel.starts_with("room/") => "blinked",
                1 if channel.starts_with("room/") => "signalled",
                2..5 if channel.starts_with("room/") => "moved",
                _ => "noted",
            };
            let body = "x".repeat(random.random_range(0..200));
            Draft { caller: name.clone(), channel: channel.clone(), event, token: format!("{name}-{count}"), body, keyed }
        };
        let mut drafts: Vec<_> = (0..size).map(|_| draft()).map(|draft| (ledger.intend(draft.intent()), draft)).collect();
        while !drafts.is_empty() {
            let began = Instant::now();
            let answers = match &drafts[..] {
                [(_, draft)] => vec![desk.publish(draft).await],
                several => desk.publish_batch(several.iter().map(|(_, draft)| draft)).await,
            };
            let mut answers = answers.into_iter();
            drafts.retain(|(entry, _)| {
                let answer = answers.next().unwrap_or(Answer::Unknown);
                let again = keyed && matches!(answer, Answer::Unknown | Answer::Refused(4100..));
                ledger.attempted(*entry, began, answer);
                again
            });
            if drafts.is_empty() || *stopping.borrow() {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        sleep(Duration::from_millis(random.random_range(0..=pause))).await;
    }
}

/// An event to be published.
pub(crate) struct Draft {
    pub(crate) caller: String,
    pub(crate) channel: String,
    pub(crate) event: &'static str,
    pub(crate) token: String,
    pub(crate) body: String,
    pub(crate) keyed: bool,
}

impl Draft {
    pub(crate) fn intent(&self) -> Intent {
        let kind = if self.event == "blinked" { Kind::Transient } else { Kind::Stored };
        let body = if matches!(self.event, "noted" | "moved") { self.body.as_str() } else { "" };
        Intent {
            caller: self.caller.clone(),
            channel: self.channel.clone(),
            event: self.event,
            kind,
            token: self.token.clone(),
            fingerprint: fingerprint(&self.token, body),
            keyed: self.keyed,
            excluded: None,
            attempts: Vec::new(),
        }
    }

    fn order(&self) -> Value {
        let Self { channel, event, token, body, keyed, .. } = self;
        let mut order = json!({ "channel": channel, "event": event, "token": token, "body": body });
        if *keyed {
            order["key"] = token.as_str().into();
        }
        order
    }
}

/// A connection to whichever node takes requests.
pub(crate) struct Desk {
    nodes: watch::Receiver<Vec<SocketAddr>>,
    turn: usize,
    sender: Option<http::Sender>,
}

impl Desk {
    pub(crate) fn new(nodes: watch::Receiver<Vec<SocketAddr>>) -> Self {
        Self { nodes, turn: 0, sender: None }
    }

    /// One attempt.
    pub(crate) async fn publish(&mut self, draft: &Draft) -> Answer {
        self.ask("/publish", &draft.order()).await.map_or_else(Answer::from, |answer| read(&answer))
    }

    /// One attempt with several events in one request.
    pub(crate) async fn publish_batch(&mut self, drafts: impl Iterator<Item = &Draft>) -> Vec<Answer> {
        let orders: Vec<_> = drafts.map(Draft::order).collect();
        let count = orders.len();
        match self.ask("/batch", &orders.into()).await {
            Ok(answers) => answers.as_array().into_iter().flatten().map(read).collect(),
            Err(failure) => vec![Answer::from(failure); count],
        }
    }

    async fn ask(&mut self, target: &str, order: &Value) -> Result<Value, Failure> {
        let asked = self.try_asking(target, order).await;
        if asked.is_err() {
            self.turn += 1;
        }
        asked
    }

    async fn try_asking(&mut self, target: &str, order: &Value) -> Result<Value, Failure> {
        let mut sender = if let Some(sender) = self.sender.take().filter(http::Sender::is_ready) {
            sender
        } else {
            let nodes = self.nodes.borrow().clone();
            let address = nodes.get(self.turn % nodes.len().max(1)).ok_or(Failure::BeforeSending)?;
            http::open(*address, false).await.map_err(|_| Failure::BeforeSending)?
        };
        let answer = http::send(&mut sender, Method::POST, target, &[], Some(order)).await.map_err(|_| Failure::Afterwards)?;
        let (_, answer) = http::read(answer).await.map_err(|_| Failure::Afterwards)?;
        self.sender = Some(sender);
        Ok(answer)
    }
}

enum Failure {
    BeforeSending,
    Afterwards,
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        match failure {
            // Whoever cannot connect knows that nothing happened; afterwards nobody knows.
            Failure::BeforeSending => Self::Refused(4101),
            Failure::Afterwards => Self::Unknown,
        }
    }
}

fn read(answer: &Value) -> Answer {
    match answer["outcome"].as_str() {
        Some("stored") => match answer["id"].as_str().and_then(|id| id.parse().ok()) {
            Some(at) => Answer::Stored { at, duplicate: answer["duplicate"] == true },
            None => Answer::Unknown,
        },
        Some("passed") => Answer::Passed,
        _ => match answer["code"].as_u64().and_then(|code| u16::try_from(code).ok()) {
            Some(4100 | 4104) | None => Answer::Unknown,
            Some(code) => Answer::Refused(code),
        },
    }
}
