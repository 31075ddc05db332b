//! What a client does from its start to its end.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use hyper::Method;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::JoinHandle, time::sleep};

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
    Socket(Box<Socket>),
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

/// Sends commands of one connection, each when the one before it is answered.
async fn carry(mut letters: mpsc::UnboundedReceiver<(SocketAddr, Value)>, answers: mpsc::UnboundedSender<Value>) {
    while let Some((address, body)) = letters.recv().await {
        let frame = &body["frames"][0];
        let failed = |error: Value| json!({ "type": "error", "ref": frame["ref"], "error": error });
        let reply = match http::once(address, Method::POST, "/realtime/send", Some(&body)).await {
            Ok((200, mut answer)) => answer["replies"][0].take(),
            Ok((_, refusal)) => failed(refusal["error"].clone()),
            Err(why) => failed(json!({ "code": 4104, "message": why })),
        };
        let answer = if frame["type"] == "publish" { reply } else { json!({ "of": frame, "reply": reply }) };
        if answers.send(answer).is_err() {
            return;
        }
    }
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub(super) struct Life {
    setup: Setup,
    random: StdRng,
    standings: Standings,
    outbox: Outbox,
    session: Option<String>,
    /// Which target is next.
    turn: usize,
    /// What the connection that is on its way asks for in its query.
    asked: Vec<(String, Option<Position>)>,
    welcomed: bool,
    away: bool,
    stalled: bool,
    cut: bool,
    inbox: mpsc::UnboundedReceiver<Order>,
    /// What is to go out by `POST /send` on this connection.
    post: mpsc::UnboundedSender<(SocketAddr, Value)>,
    /// The answers to it.
    replies: mpsc::UnboundedReceiver<Value>,
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
            asked: Vec::new(),
            welcomed: false,
            away: false,
            stalled: false,
            cut: false,
            inbox,
            post: mpsc::unbounded_channel().0,
            replies: mpsc::unbounded_channel().1,
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
            let ((post, letters), (answers, replies)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
            (self.post, self.replies) = (post, replies);
            let postman = AbortOnDrop(tokio::spawn(carry(letters, answers)));
            let over = match self.connect().await {
                Ok(link) => self.serve(link).await,
                Err(why) => Over::Broken(why),
            };
            drop(postman);
            (self.stalled, self.cut, self.welcomed) = (false, false, false);
            self.asked.clear();
            self.outbox.lost();
            let unwanted = self.standings.disconnect();
            match over {
                Over::Itself(why) => self.shared.note(Seen::Ended { why: format!("by itself: {why}") }),
                Over::Broken(why) => {
                    self.shared.note(Seen::Ended { why });
                    self.turn += 1;
                }
                Over::Unwanted => return,
            }
            // What was on its way out is out.
            for channel in unwanted {
                self.shared.note(Seen::Left { channel });
            }
            sleep(Duration::from_millis(self.random.random_range(20..250))).await;
        }
    }

    async fn connect(&mut self) -> Result<Link, String> {
        let address = self.target();
        let reset = self.random.random_bool(0.5);
        let session = self.session.clone();
        let filter = self.setup.filter.iter().map(|event| format!("&event={event}")).collect::<String>();
        let (query, list) = (format!("{}{filter}", self.standings.query()), self.standings.list());
        let position = |channel: &str| match self.setup.style {
            Style::EventSource => self.standings.remembered(channel),
            _ => self.standings.position(channel),
        };
        self.asked = self.standings.wanted().into_iter().map(|channel| (channel.clone(), position(&channel))).collect();
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
            Style::Inside => {
                let known = list.map(|list| format!("&lastEventId={list}")).unwrap_or_default();
                Ok(Link::Stream(EventStream::open(address, &format!("/watch?{query}{known}"), &[], reset).await?))
            }
            Style::Socket => {
                // Frames and the query lead to the same subscriptions.
                let by_frames = self.random.random_bool(0.5);
                let target = match list {
                    _ if by_frames => "/realtime/socket".to_owned(),
                    Some(list) => format!("/realtime/socket?{query}&lastEventId={list}"),
                    None => format!("/realtime/socket?{query}"),
                };
                if by_frames {
                    self.asked.clear();
                }
                Ok(Link::Socket(Box::new(Socket::open(address, &target, session.as_deref(), reset).await?)))
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
            Some(reply) = self.replies.recv() => self.replied(&reply)?,
            order = self.inbox.recv() => {
                let Some(order) = order else { return Err(Over::Unwanted) };
                if let Some(frame) = self.obey(order) {
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
            Order::Join { channel, fresh } => {
                let news = self.standings.join(&channel, fresh);
                // On its way out it is asked for again once it is out; on a new connection, once that is welcomed.
                return (news && self.welcomed && !self.standings.is_leaving(&channel)).then(|| self.subscribe(&channel));
            }
            Order::Part(channel) => {
                let news = self.standings.part(&channel);
                if news && self.welcomed {
                    return self.unsubscribe(&channel);
                }
                if news && !self.asked.iter().any(|(asked, _)| *asked == channel) {
                    self.shared.note(Seen::Left { channel });
                }
            }
        }
        None
    }

    fn subscribe(&mut self, channel: &str) -> Value {
        self.shared.note(Seen::Asked { channel: channel.to_owned(), after: self.standings.position(channel) });
        let mut frame = json!({ "type": "subscribe", "ref": self.outbox.reference(), "channel": channel });
        if let Some(cursor) = self.standings.cursor(channel) {
            frame["after"] = cursor.into();
        }
        if !self.setup.filter.is_empty() {
            frame["events"] = json!(self.setup.filter);
        }
        frame
    }

    fn unsubscribe(&mut self, channel: &str) -> Option<Value> {
        let reference = self.outbox.reference();
        self.standings.leave(channel).then(|| json!({ "type": "unsubscribe", "ref": reference, "channel": channel }))
    }

    async fn say(&mut self, link: &mut Link, frame: Value) -> Result<(), Over> {
        match link {
            Link::Socket(socket) => socket.send(&frame).await?,
            Link::Stream(_) => {
                // One after another, as the order of commands matters; to any node.
                let turn = self.random.random_range(0..self.setup.targets.len());
                let body = json!({ "session": self.session, "frames": [frame] });
                let _ = self.post.send((self.setup.targets[turn], body));
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
            Some("position") => {
                let cursor = self.moved(frame, "cursor")?;
                self.shared.note(Seen::Position { channel: channel(), cursor });
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
        let asked = std::mem::take(&mut self.asked);
        for (channel, after) in &asked {
            self.shared.note(Seen::Asked { channel: channel.clone(), after: *after });
        }
        // What changed while the connection was on its way, and what is asked for by frames anyway.
        for (channel, _) in &asked {
            if !self.standings.is_wanted(channel)
                && let Some(frame) = self.unsubscribe(channel)
            {
                self.say(link, frame).await?;
            }
        }
        for channel in self.standings.wanted() {
            if asked.iter().all(|(asked, _)| *asked != channel) {
                let frame = self.subscribe(&channel);
                self.say(link, frame).await?;
            }
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
