//! Following channels, and delivering what happens on them.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use chrono::SecondsFormat;
use serde_json::json;
use tidewire::{Cursor, DynamicSubscription, PluginContext, PluginError, Received, SubscribeError, Undecoded};

use crate::{
    client::{Client, Outcome, Signed},
    letter::{DeadLetter, DeadReason, Delivered},
    line::{Followed, Line, delivery_id},
};

/// How long to wait for the broker before a channel is asked for again.
const AGAIN: Duration = Duration::from_secs(1);

/// How long a channel on which nothing happens is followed.
const IDLE: Duration = Duration::from_secs(60);

pub(crate) type OnDead = Arc<dyn Fn(DeadLetter) + Send + Sync>;
pub(crate) type OnDelivered = Arc<dyn Fn(Delivered<'_>) + Send + Sync>;

/// What the plugin has from its start on.
pub(crate) struct Desk {
    pub(crate) context: PluginContext,
    pub(crate) client: Client,
    pub(crate) lines: Vec<Arc<Line>>,
    pub(crate) on_dead: Option<OnDead>,
    pub(crate) on_delivered: Option<OnDelivered>,
}

/// A body that is about to be delivered.
struct Letter {
    id: String,
    body: Bytes,
    cursor: Option<Cursor>,
}

/// One channel on its way to one endpoint.
struct Follower {
    desk: Arc<Desk>,
    line: Arc<Line>,
    channel: String,
    pattern: String,
    place: Arc<Followed>,
    // Whether it stays when nothing happens.
    stays: bool,
}

/// However it ends: the next event of the channel finds that nobody follows it.
struct Leaving(Follower);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.line.leave(&self.0.channel, &self.0.place);
    }
}

impl Desk {
    /// Makes sure that a channel is followed from here on, or from a position.
    pub(crate) async fn follow(
        self: &Arc<Self>,
        line: &Arc<Line>,
        (pattern, channel): (&str, &str),
        after: Option<Cursor>,
        stays: bool,
    ) -> Result<(), SubscribeError> {
        let Some(place) = line.touch(channel) else {
            self.bury(line, channel, DeadReason::TooManyChannels, None, None);
            return Ok(());
        };
        if place.begun.initialized() {
            return Ok(());
        }
        let (desk, channel, pattern) = (self.clone(), channel.to_owned(), pattern.to_owned());
        let follower = Follower { desk, line: line.clone(), place: place.clone(), channel, pattern, stays };
        // In a task of its own: a client that goes meanwhile must not leave a place behind that nobody follows.
        let beginning = tokio::spawn(async move {
            let begun = place.begun.get_or_try_init(|| follower.begin(after)).await;
            begun.map(drop)
        });
        beginning.await.unwrap_or(Ok(()))
    }

    /// Follows a channel without parameters for as long as the service runs, also if the broker is not there yet.
    pub(crate) async fn stay_with(self: &Arc<Self>, line: &Arc<Line>, channel: &str) {
        let Err(error) = self.follow(line, (channel, channel), None, true).await else { return };
        tracing::warn!(endpoint = line.name, channel, %error, "a channel cannot be followed yet");
        let (desk, line, channel) = (self.clone(), line.clone(), channel.to_owned());
        self.context.spawn("begin", async move {
            while tokio::time::timeout(AGAIN, desk.context.stopping()).await.is_err() {
                if desk.follow(&line, (&channel, &channel), None, true).await.is_ok() {
                    break;
                }
            }
            Ok(())
        });
    }

    /// Reports what is not delivered.
    pub(crate) fn bury(&self, line: &Line, channel: &str, reason: DeadReason, letter: Option<(String, Bytes)>, cursor: Option<Cursor>) {
        line.count_dead(reason);
        tracing::warn!(parent: self.context.span(), endpoint = line.name, channel, ?reason, "a webhook is not delivered");
        let Some(on_dead) = &self.on_dead else { return };
        let (id, body) = letter.unzip();
        let letter = DeadLetter { endpoint: line.name.clone(), channel: channel.to_owned(), reason, id, body, cursor };
        self.tell("on_dead_letter", || on_dead(letter));
    }

    /// A function of the service that panics loses nothing but its own work.
    fn tell(&self, what: &'static str, told: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(told)).is_err() {
            tracing::error!(parent: self.context.span(), "`{what}` panicked");
        }
    }
}

impl Follower {
    async fn begin(self, after: Option<Cursor>) -> Result<(), SubscribeError> {
        let this = Leaving(self);
        let desk = this.0.desk.clone();
        let Some(realtime) = desk.context.realtime() else { return Ok(()) };
        let subscribing = realtime.subscribe_dynamic(this.0.channel.as_str());
        let subscription = match after {
            Some(cursor) => subscribing.after(cursor).await?,
            None => subscribing.await?,
        };
        desk.context.spawn("follow", async move { this.0.run(subscription).await });
        Ok(())
    }

    async fn run(&self, mut subscription: DynamicSubscription) -> Result<(), PluginError> {
        let mut stopping = pin!(self.desk.context.stopping());
        loop {
            // What is there already is still tried once when the service stops.
            let item = tokio::select! {
                biased;
                item = subscription.next() => item,
                () = &mut stopping => break,
                () = tokio::time::sleep(IDLE) => {
                    if !self.stays && self.line.retire(&self.channel, IDLE) {
                        return Ok(());
                    }
                    continue;
                }
            };
            match item {
                Some(Ok(received)) if self.line.wants(&self.pattern, &received.event.name) => {
                    let letter = self.letter(&received);
                    if !self.deliver(letter).await {
                        break;
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(SubscribeError::Gap { missed, to, .. })) => {
                    self.desk.bury(&self.line, &self.channel, DeadReason::Missed { count: missed }, None, Some(to));
                }
                Some(Err(error)) => {
                    tracing::error!(endpoint = self.line.name, channel = self.channel, %error, "an event cannot be read");
                }
                None => break,
            }
        }
        Ok(())
    }

    fn letter(&self, received: &Received<Undecoded>) -> Letter {
        let body = json!({
            "type": received.event.name,
            "timestamp": received.time.to_rfc3339_opts(SecondsFormat::Millis, true),
            "channel": self.channel,
            "number": received.number,
            "cursor": received.id.map(|cursor| cursor.to_string()),
            "sender": received.sender,
            "data": received.event.data,
        });
        let id = delivery_id(&self.line.name, &self.channel, received.id);
        Letter { id, body: body.to_string().into(), cursor: received.id }
    }

    /// Delivers one event, however long that takes; whether to go on with the next.
    async fn deliver(&self, Letter { id, body, cursor }: Letter) -> bool {
        let (desk, line) = (&self.desk, &self.line);
        let mut pause = line.pauses.0;
        for attempt in 1..=line.attempts {
            let outcome = self.attempt(&id, &body).await;
            line.count(outcome);
            let asked = match outcome {
                Outcome::Done => {
                    tracing::debug!(endpoint = line.name, channel = self.channel, id, attempt, "delivered");
                    if let Some(told) = &desk.on_delivered {
                        let delivered = Delivered { endpoint: &line.name, channel: &self.channel, id: &id, cursor, attempts: attempt };
                        desk.tell("on_delivered", || told(delivered));
                    }
                    return true;
                }
                Outcome::Refused(status) => {
                    desk.bury(line, &self.channel, DeadReason::Refused(status), Some((id, body)), cursor);
                    return true;
                }
                Outcome::Failed { reason, pause } => {
                    tracing::debug!(endpoint = line.name, channel = self.channel, id, attempt, reason, "not delivered yet");
                    pause
                }
            };
            if attempt == line.attempts {
                break;
            }
            let wait = asked.map_or(pause.mul_f64(rand::random_range(0.5..1.0)), |asked| asked.min(line.pauses.1));
            pause = (pause * 2).min(line.pauses.1);
            if tokio::time::timeout(wait, desk.context.stopping()).await.is_ok() {
                desk.bury(line, &self.channel, DeadReason::Stopped, Some((id, body)), cursor);
                return false;
            }
        }
        desk.bury(line, &self.channel, DeadReason::GaveUp { attempts: line.attempts }, Some((id, body)), cursor);
        true
    }

    async fn attempt(&self, id: &str, body: &Bytes) -> Outcome {
        // Nobody closes it.
        let Ok(_slot) = self.line.slots.acquire().await else { return Outcome::Failed { reason: "network", pause: None } };
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let timestamp = seconds.to_string();
        let signatures = self.line.signatures(id, &timestamp, body);
        let signed = Signed { id, timestamp: &timestamp, signatures: &signatures };
        self.desk.client.post(&self.line.uri, signed, body.clone(), self.line.timeout).await
    }
}
