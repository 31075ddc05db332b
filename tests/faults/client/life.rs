//! What a client does from its start to its end.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use hyper::Method;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::{sync::mpsc, time::sleep};

use super::{
    Order, Setup, Shared, Style,
    outbox::{Outbox, Waiting},
    socket::Socket,
    standing::Standings,
    stream::EventStream,
};
use crate::{
    http,
    journal::{Position, Seen, fingerprint},
    ledger::Ledger,
};

/// Something from the server: a frame, with the block's id on an event stream. No frame is a sign of life.
pub(super) struct Arrival {
    pub(super) frame: Value,
    pub(super) id: Option<String>,
}

enum Link {
    Stream(EventStream),
    Socket(Socket),
}

impl Link {
    async fn next(&mut self) -> Result<Arrival, String> {
        match self {
            Self::Stream(stream) => stream.next().await,
            Self::Socket(socket) => socket.next().await,
        }
    }
}

/// Why a connection is over.
enum Over {
    /// The client ended it.
    Itself(String),
    /// Something else did.
    Broken(String),
    /// Nobody wants the client any more.
    Unwanted,
}

impl From<String> for Over {
    fn from(why: String) -> Self {
        Self::Broken(why)
    }
}

pub(super) struct Life {
    setup: Setup,
    random: StdRng,
    standings: Standings,
    outbox: Outbox,
    session: Option<String>,
    /// Which target is next.
    turn: usize,
    /// Whether this connection's channels are asked for by frames, not by the query.
    by_frames: bool,
    welcomed: bool,
    away: bool,
    stalled: bool,
    cut: bool,
    inbox: mpsc::UnboundedReceiver<Order>,
    /// Answers to what went out by `POST /send`.
    replies: (mpsc::UnboundedSender<Value>, mpsc::UnboundedReceiver<Value>),
    shared: Arc<Shared>,
}

impl Life {
    pub(super) fn new(setup: Setup, ledger: Arc<Ledger>, inbox: mpsc::UnboundedReceiver<Order>, shared: Arc<Shared>) -> Self {
        Self {
            random: StdRng::seed_from_u64(setup.seed),
            standings: Standings::new(&setup.channels),
            outbox: Outbox::new(ledger),
            session: None,
            turn: 0,
            by_frames: false,
            welcomed: false,
            away: false,
            stalled: false,
            cut: false,
            inbox,
            replies: mpsc::unbounded_channel(),
            shared,
            setup,
        }
    }

    pub(super) async fn live(mut self) {
        loop {
            while self.away {
                let Some(order) = self.inbox.recv().await else { return };
                self.obey(order);
            }
            let over = match self.connect().await {
                Ok(link) => self.serve(link).await,
                Err(why) => Over::Broken(why),
            };
            (self.stalled, self.cut, self.welcomed) = (false, false, false);
            self.outbox.lost();
            self.standings.disconnect();
            match over {
                Over::Itself(why) => self.shared.note(Seen::Ended { why: format!("by itself: {why}") }),
                Over::Broken(why) => {
                    self.shared.note(Seen::Ended { why });
                    self.turn += 1;
                }
                Over::Unwanted => return,
            }
            sleep(Duration::from_millis(self.random.random_range(20..250))).await;
        }
    }

    async fn connect(&mut self) -> Result<Link, String> {
        let address = self.target();
        let reset = self.random.random_bool(0.5);
        let session = self.session.clone();
        let (query, list) = (self.standings.query(), self.standings.list());
        match self.setup.style {
            Style::EventSource => {
                let mut headers = vec![("accept", "text/event-stream")];
                headers.extend(self.standings.last_id().map(|last| ("last-event-id", last)));
                let stream = EventStream::open(address, &format!("/realtime/events?{query}"), &headers, reset).await?;
                Ok(Link::Stream(stream))
            }
            Style::Stream => {
                let mut headers = vec![("accept", "text/event-stream")];
                headers.extend(list.as_deref().map(|list| ("last-event-id", list)));
                headers.extend(session.as_deref().map(|session| ("tidewire-session", session)));
                let stream = EventStream::open(address, &format!("/realtime/events?ids=0&{query}"), &headers, reset).await?;
                Ok(Link::Stream(stream))
            }
            Style::Socket => {
                // Both ways of asking lead to the same subscriptions.
                self.by_frames = self.random.random_bool(0.5);
                let target = match list.filter(|_| !self.by_frames) {
                    Some(list) => format!("/realtime/socket?{query}&lastEventId={list}"),
                    None if self.by_frames => "/realtime/socket".to_owned(),
                    None => format!("/realtime/socket?{query}"),
                };
                Ok(Link::Socket(Socket::open(address, &target, session.as_deref(), reset).await?))
            }
        }
    }

    fn target(&self) -> SocketAddr {
        self.setup.targets[self.turn % self.setup.targets.len()]
    }

    async fn serve(&mut self, mut link: Link) -> Over {
        let mut heard = Instant::now();
        loop {
            let served = self.step(&mut link, &mut heard).await;
            if let Err(over) = served {
                return over;
            }
        }
    }

    async fn step(&mut self, link: &mut Link, heard: &mut Instant) -> Result<(), Over> {
        let silence = self.setup.silence.saturating_sub(heard.elapsed());
        let due = self.outbox.due().filter(|_| self.welcomed);
        let stalled = self.stalled;
        tokio::select! {
            arrived = link.next(), if !stalled => {
                *heard = Instant::now();
                let Arrival { frame, id } = arrived?;
                self.arrived(&frame, id, link).await?;
            }
            () = sleep(silence), if !stalled => return Err(Over::Broken("silence".to_owned())),
            () = sleep(due.unwrap_or_default()), if due.is_some() => {}
            Some(reply) = self.replies.1.recv() => self.replied(&reply)?,
            order = self.inbox.recv() => {
                let Some(order) = order else { return Err(Over::Unwanted) };
                if let Some(frame) = self.obey(order).filter(|_| self.welcomed) {
                    self.say(link, frame).await?;
                }
                if self.cut || self.away {
                    return Err(Over::Itself("told to".to_owned()));
                }
                if stalled && !self.stalled {
                    *heard = Instant::now();
                }
            }
        }
        if self.welcomed
            && let Some((frame, fatal)) = self.outbox.next()
        {
            self.say(link, frame).await?;
            if fatal {
                // Long enough for the frame to leave, too short for the answer to be read.
                return Err(Over::Itself("killed between sending and the answer".to_owned()));
            }
        }
        Ok(())
    }

    /// Does what it is told; answers a frame to send if the order is one for the server.
    fn obey(&mut self, order: Order) -> Option<Value> {
        match order {
            Order::Cut => self.cut = true,
            Order::Leave => self.away = true,
            Order::Return => self.away = false,
            Order::Stall => self.stalled = true,
            Order::Read => self.stalled = false,
            Order::Publish { entry, frame, fatal } => self.outbox.push(Waiting { entry, frame, fatal }),
            Order::Join { channel, fresh } => return self.standings.join(&channel, fresh).then(|| self.subscribe(&channel)),
            Order::Part(channel) => {
                let reference = self.outbox.reference();
                return self.standings.part(&channel).then(|| json!({ "type": "unsubscribe", "ref": reference, "channel": channel }));
            }
        }
        None
    }

    fn subscribe(&mut self, channel: &str) -> Value {
        if self.welcomed {
            self.shared.note(Seen::Asked { channel: channel.to_owned(), after: self.standings.position(channel) });
        }
        let mut frame = json!({ "type": "subscribe", "ref": self.outbox.reference(), "channel": channel });
        if let Some(cursor) = self.standings.cursor(channel) {
            frame["after"] = cursor.into();
        }
        frame
    }

    async fn say(&mut self, link: &mut Link, frame: Value) -> Result<(), Over> {
        match link {
            Link::Socket(socket) => socket.send(&frame).await?,
            Link::Stream(_) => {
                // Any node takes it.
                let turn = self.random.random_range(0..self.setup.targets.len());
                let (address, replies) = (self.setup.targets[turn], self.replies.0.clone());
                let body = json!({ "session": self.session, "frames": [frame.clone()] });
                tokio::spawn(async move {
                    let answer = http::once(address, Method::POST, "/realtime/send", Some(&body)).await;
                    let reply = match answer {
                        Ok((200, mut answer)) => answer["replies"][0].take(),
                        Ok((_, refusal)) => json!({ "type": "error", "ref": frame["ref"], "error": refusal["error"] }),
                        Err(why) => json!({ "type": "error", "ref": frame["ref"], "error": { "code": 4104, "message": why } }),
                    };
                    // Nobody waits any more for the answer to a client that ended.
                    let _ = replies.send(if frame["type"] == "publish" { reply } else { json!({ "of": frame, "reply": reply }) });
                });
            }
        }
        Ok(())
    }

    /// Takes the answer to something that went out by `POST /send`, or came on the socket.
    fn replied(&mut self, reply: &Value) -> Result<(), Over> {
        if let Some(of) = reply.get("of") {
            return if reply["reply"]["type"] == "ack" { Ok(()) } else { Err(Over::Itself(format!("{of} got {}", reply["reply"]))) };
        }
        if self.outbox.answered(reply) {
            self.shared.unsent.send_modify(|count| *count -= 1);
        }
        Ok(())
    }

    async fn arrived(&mut self, frame: &Value, id: Option<String>, link: &mut Link) -> Result<(), Over> {
        if let Some(id) = id {
            self.standings.remember(id);
        }
        let channel = || frame["channel"].as_str().unwrap_or_default().to_owned();
        match frame["type"].as_str() {
            Some("welcome") => self.welcome(frame, link).await?,
            Some("subscribed") => {
                let cursor = self.moved(frame, "cursor")?;
                self.shared.note(Seen::Subscribed { channel: channel(), resumed: frame["outcome"] == "resumed", cursor });
            }
            Some("gap") => {
                let cursor = self.moved(frame, "cursor")?;
                let from = frame["from"].as_str().map(str::parse).transpose()?;
                let reason = frame["reason"].as_str().unwrap_or_default().to_owned();
                self.shared.note(Seen::Gap { channel: channel(), reason, from, cursor, missed: frame["missed"].as_u64() });
            }
            Some("event") => self.event(frame)?,
            Some("unsubscribed") => {
                self.shared.note(Seen::Left { channel: channel() });
                if self.standings.left(&channel()) {
                    let frame = self.subscribe(&channel());
                    self.say(link, frame).await?;
                }
            }
            Some("status") => self.shared.note(Seen::Status { degraded: frame["status"] == "degraded" }),
            Some("denied") => return Err(Over::Itself(frame.to_string())),
            Some("error") if frame.get("ref").is_none() => return Err(Over::Broken(frame.to_string())),
            Some("ack" | "error") => self.replied(frame)?,
            _ => {}
        }
        Ok(())
    }

    async fn welcome(&mut self, frame: &Value, link: &mut Link) -> Result<(), Over> {
        self.session = frame["session"].as_str().map(ToOwned::to_owned);
        self.welcomed = true;
        self.shared.note(Seen::Opened);
        for channel in self.standings.wanted() {
            let by_frame = self.setup.style == Style::Socket && self.by_frames;
            if by_frame {
                let frame = self.subscribe(&channel);
                self.say(link, frame).await?;
                continue;
            }
            let after = match self.setup.style {
                Style::EventSource => self.standings.remembered(&channel),
                _ => self.standings.position(&channel),
            };
            self.shared.note(Seen::Asked { channel, after });
        }
        Ok(())
    }

    fn event(&mut self, frame: &Value) -> Result<(), Over> {
        let at = if frame.get("id").is_some() { Some(self.moved(frame, "id")?) } else { None };
        let data = &frame["data"];
        let token = data["token"].as_str().map(ToOwned::to_owned);
        let content = fingerprint(token.as_deref().unwrap_or_default(), data["body"].as_str().unwrap_or_default());
        let event = frame["event"].as_str().unwrap_or_default().to_owned();
        let channel = frame["channel"].as_str().unwrap_or_default().to_owned();
        self.shared.note(Seen::Event { channel, event, at, token, fingerprint: content });
        Ok(())
    }

    fn moved(&mut self, frame: &Value, member: &str) -> Result<Position, Over> {
        let (channel, cursor) = (frame["channel"].as_str().unwrap_or_default(), frame[member].as_str().unwrap_or_default());
        let position = cursor.parse().map_err(|error| Over::Broken(format!("{error} in {frame}")))?;
        self.standings.moved(channel, cursor);
        Ok(position)
    }
}
