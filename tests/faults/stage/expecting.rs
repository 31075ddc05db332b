//! What must become true while a scenario is played, and by when.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use hyper::Method;
use tokio::time::{sleep, timeout};

use super::{SETTLING, Stage, wanted};
use crate::{
    client::{Client, Style},
    http,
    journal::{Seen, Sight},
};

/// When clients must know that the store is out of reach.
const NOTICED: Duration = Duration::from_secs(10);
/// When everything must go on after the store is back.
const RECOVERED: Duration = Duration::from_secs(5);
/// When a publish must be answered: the two seconds promised, and what a busy machine adds.
const ANSWERED: Duration = Duration::from_millis(2700);

impl Stage {
    /// Waits until what a client saw satisfies a condition.
    pub(crate) async fn until(&self, client: usize, what: &str, condition: impl Fn(&[Sight]) -> bool) -> Result<(), String> {
        let client = &self.clients[client];
        if client.until(SETTLING, condition).await { Ok(()) } else { Err(format!("{} never: {what}", client.name)) }
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

/// The channels of which a client knows where it stands.
fn outcomes(sights: &[Sight]) -> HashSet<&str> {
    let told = |sight| match sight {
        &Sight { seen: Seen::Subscribed { ref channel, .. } | Seen::Gap { ref channel, .. }, .. } => Some(channel.as_str()),
        _ => None,
    };
    sights.iter().filter_map(told).collect()
}
