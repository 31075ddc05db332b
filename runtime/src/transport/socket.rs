//! A WebSocket: what is due is written, what the client asks for is read and done.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tidewire_schema::wire::WireCode;
use tokio::time::{Instant, Sleep, sleep_until};
use tracing::Instrument as _;
use tungstenite::{
    Message, Utf8Bytes,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use super::{
    open::Opened,
    pipe::{Farewell, Pipe, Socket},
    websocket::{Codec, SocketWriter},
};
use crate::{
    broker::BoxFuture,
    connection::{Command, Driver, Progress, Rate, Request, execute, parse},
    realtime::RateLimit,
    serve::{Counted, Lifeline, Upgrade},
    session::{Control, Ending, ErrorBody},
    workers::{Batch, Line, News, Turn, look_after},
};

/// How often in one turn to write, and to do what the client asks, before the other connections have their turn.
const ROUNDS: usize = 4;
/// How many messages of the client may wait for their turn; the socket is not read meanwhile.
const INBOX: usize = 16;
/// How many messages that are not JSON a connection survives.
const MISTAKES: u8 = 10;
/// How many messages, pings included, are read in a second. What comes beyond waits in the socket.
const INTAKE: RateLimit = RateLimit { per_second: 500, burst: 1000 };

/// Begins the connection as soon as the request has become a socket.
pub(super) fn spawn(upgrade: OnUpgrade, opened: Opened, server: Option<&Lifeline>) {
    let Some(server) = server.cloned() else {
        tokio::spawn(begin(upgrade, opened, None));
        return;
    };
    let counted = server.count();
    let work = begin(upgrade, opened, Some((server.clone(), counted)));
    tokio::spawn(server.tie(work));
}

async fn begin(upgrade: OnUpgrade, opened: Opened, server: Option<(Lifeline, Counted)>) {
    let upgraded = match upgrade.await {
        Ok(upgraded) => upgraded,
        Err(error) => {
            tracing::debug!(%error, "a request did not become a WebSocket");
            return;
        }
    };
    let Opened { driver, doorbell } = opened;
    match (Upgrade::from(upgraded), server) {
        (Upgrade::Socket(socket, early), Some((server, counted))) => {
            let line = SocketLine::new(socket, &early, driver, Some(counted));
            server.workers().take(Box::new(line), doorbell);
        }
        (Upgrade::Socket(socket, early), None) => {
            look_after(Box::new(SocketLine::new(socket, &early, driver, None)), doorbell).await;
        }
        (Upgrade::Kept(upgraded), server) => {
            let counted = server.map(|(_, counted)| counted);
            look_after(Box::new(SocketLine::new(TokioIo::new(upgraded), &[], driver, counted)), doorbell).await;
        }
        (Upgrade::Closed, _) => {}
    }
}

/// How a connection comes to its end.
#[derive(Debug)]
enum End {
    /// There is nobody to say anything to.
    Gone,
    /// The client said goodbye.
    ByClient,
    /// The session is over, and everything was said.
    Over(Ending),
    /// The client does not speak the protocol.
    Violated(CloseCode, &'static str),
}

/// Whether the client is still there.
struct Silence {
    longest: Duration,
    heard: Instant,
    // Set only when it is close to too long, so that a connection normally has no timer.
    alarm: Option<Pin<Box<Sleep>>>,
}

struct SocketLine<S> {
    pipe: Pipe<S>,
    codec: Codec,
    state: State,
    _counted: Option<Counted>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "the large one is the usual one, and a box would be one more place to look at for each event"
)]
enum State {
    Talking(Talk),
    Ending(Parting),
}

/// A connection on which everything was said.
struct Parting {
    farewell: Farewell,
    // The client's own goodbye did not come yet.
    awaits_goodbye: bool,
    // What the client says is not worth reading.
    violated: bool,
}

/// A connection that is not over yet.
struct Talk {
    driver: Driver,
    inbox: VecDeque<Utf8Bytes>,
    command: Option<BoxFuture<'static, Control>>,
    mistakes: u8,
    intake: Rate,
    slowed: Option<Pin<Box<Sleep>>>,
    // The socket may have something to read.
    readable: bool,
    silence: Silence,
    pulse: Pulse,
}

/// What a turn needs that only hands out events: most of them, and each place of memory that they touch is felt.
struct Pulse {
    // Nothing of the client waits, nor anything that its frames were answered with, and no clock runs.
    quiet: bool,
    // At which step of the heartbeat something was said to the client: a clock that costs nothing to read.
    spoke: usize,
}

impl Pulse {
    fn preview(&self) -> u64 {
        self.spoke as u64 ^ u64::from(self.quiet)
    }
}

impl<S: Socket> SocketLine<S> {
    fn new(socket: S, early: &[u8], driver: Driver, counted: Option<Counted>) -> Self {
        let limits = driver.realtime().shared().limits;
        let step = driver.seat().step();
        let talk = Talk {
            driver,
            inbox: VecDeque::new(),
            command: None,
            mistakes: 0,
            intake: Rate::new(INTAKE),
            slowed: None,
            readable: true,
            silence: Silence { longest: limits.silence, heard: Instant::now(), alarm: None },
            pulse: Pulse { quiet: false, spoke: step },
        };
        Self {
            pipe: Pipe::new(socket, limits.stall),
            codec: Codec::new(early, limits.message_bytes),
            state: State::Talking(talk),
            _counted: counted,
        }
    }

    fn part(&mut self, end: &End) {
        let State::Talking(talk) = &mut self.state else { return };
        tracing::trace!(connection = %talk.driver.handle().connection(), ?end, "a WebSocket ends");
        if let End::Violated(..) = end {
            talk.driver.ends("protocol");
        }
        let goodbye = match end {
            End::Gone | End::ByClient => None,
            End::Over(Ending::Planned) => Some((CloseCode::Restart, "")),
            End::Over(Ending::Failed(code)) => Some((CloseCode::from(code.number()), code.name())),
            End::Violated(code, reason) => Some((*code, *reason)),
        };
        if let Some((code, reason)) = goodbye {
            self.codec.close(CloseFrame { code, reason: Utf8Bytes::from_static(reason) });
        }
        // This gives up its channels and its name; what follows is courtesy.
        let violated = matches!(end, End::Violated(..));
        self.state = State::Ending(Parting { farewell: Farewell::begin(), awaits_goodbye: !violated, violated });
    }
}

impl<S: Socket + Send> Line for SocketLine<S> {
    fn turn(&mut self, cx: &mut Context<'_>, news: News, batch: &mut Batch) -> Turn {
        if let State::Talking(talk) = &mut self.state {
            match talk.turn(&mut self.pipe, &mut self.codec, cx, news, batch) {
                Ok(turn) => return turn,
                Err(End::Gone) => return Turn::Over,
                Err(end) => self.part(&end),
            }
        }
        let State::Ending(parting) = &mut self.state else { return Turn::Over };
        parting.turn(&mut self.pipe, &mut self.codec, cx, batch)
    }

    fn send(&mut self, cx: &mut Context<'_>, batch: &Batch) -> Turn {
        self.pipe.finish(cx, batch)
    }

    fn preview(&self) -> u64 {
        match &self.state {
            State::Talking(talk) => self.pipe.preview() ^ talk.driver.preview() ^ talk.pulse.preview(),
            State::Ending(_) => 0,
        }
    }
}

impl Parting {
    fn turn<S: Socket>(&mut self, pipe: &mut Pipe<S>, codec: &mut Codec, cx: &mut Context<'_>, batch: &mut Batch) -> Turn {
        let mut turn = Turn::Waits;
        if self.awaits_goodbye {
            turn = Turn::Again;
            for _ in 0..INBOX {
                match codec.poll_read(pipe, cx) {
                    Poll::Ready(Ok(_)) => {}
                    Poll::Ready(Err(_)) => {
                        (self.awaits_goodbye, turn) = (false, Turn::Over);
                        break;
                    }
                    Poll::Pending => {
                        turn = Turn::Waits;
                        break;
                    }
                }
            }
        }
        // What the protocol answers to the client's goodbye is the last that it hears.
        batch.clear();
        codec.take_replies(batch);
        if pipe.is_blocked() {
            pipe.keep(batch);
        } else if pipe.send(cx, batch).is_err() {
            return Turn::Over;
        }
        if self.violated {
            return match self.farewell.poll(pipe, cx) {
                Poll::Ready(()) => Turn::Over,
                Poll::Pending => Turn::Waits,
            };
        }
        match self.farewell.poll_flush(pipe, cx) {
            Poll::Pending => Turn::Waits,
            Poll::Ready(Ok(())) if self.awaits_goodbye => turn,
            Poll::Ready(_) => Turn::Over,
        }
    }
}

impl Talk {
    fn turn<S: Socket>(
        &mut self,
        pipe: &mut Pipe<S>,
        codec: &mut Codec,
        cx: &mut Context<'_>,
        news: News,
        batch: &mut Batch,
    ) -> Result<Turn, End> {
        self.driver.hear(news);
        if self.pulse.quiet && !news.moved && !news.noticed {
            let turn = self.write(pipe, codec, cx, news, batch)?;
            return match self.driver.ending() {
                Some(ending) if !pipe.is_blocked() => Err(End::Over(ending)),
                _ => Ok(turn),
            };
        }
        // What is read in this turn may be answered in it.
        self.pulse.quiet = false;
        self.readable |= news.moved;
        if self.driver.take_beat() {
            self.beat(pipe.is_blocked(), codec);
        }
        let mut turn = Turn::Again;
        for _ in 0..ROUNDS {
            match self.write(pipe, codec, cx, news, batch)? {
                Turn::Again => break,
                // There is more to do than to write.
                Turn::Sends if pipe.finish(cx, batch) == Turn::Over => return Err(End::Gone),
                _ => {}
            }
            if let (false, Some(ending)) = (pipe.is_blocked(), self.driver.ending()) {
                return Err(End::Over(ending));
            }
            let read = self.read(pipe, codec, cx)?;
            if !self.work(pipe.is_blocked(), cx) && !read {
                turn = Turn::Waits;
                break;
            }
        }
        self.silence.check(cx).inspect_err(|_| self.driver.ends("silent"))?;
        let waits = self.readable || codec.has_replies() || self.command.is_some() || !self.inbox.is_empty() || self.slowed.is_some();
        self.pulse.quiet = turn == Turn::Waits && !waits && self.silence.alarm.is_none();
        Ok(turn)
    }

    /// Writes while the socket takes it, but for the last batch, which is left to be sent. What it does not take stays in the session, but for one batch.
    fn write<S: Socket>(
        &mut self,
        pipe: &mut Pipe<S>,
        codec: &mut Codec,
        cx: &mut Context<'_>,
        news: News,
        batch: &mut Batch,
    ) -> Result<Turn, End> {
        let hurried = news.noticed && self.driver.must_leave() && pipe.hurry();
        for _ in 0..ROUNDS {
            if pipe.is_blocked() {
                if news.noticed
                    && let Some(code) = self.driver.overdue()
                {
                    self.driver.ends(code.name());
                    return Err(End::Gone);
                }
                if !news.moved && !hurried {
                    return Ok(Turn::Waits);
                }
                match pipe.poll_flush(cx) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(_)) => return Err(End::Gone),
                    Poll::Pending => {
                        return pipe.check_stall(cx).map(|()| Turn::Waits).map_err(|_| {
                            self.driver.ends("slow");
                            End::Gone
                        });
                    }
                }
            }
            batch.clear();
            if !self.pulse.quiet {
                codec.take_replies(batch);
            }
            let quiet = batch.is_empty();
            let mut progress = Progress::More;
            while progress == Progress::More && batch.is_brief() {
                let mut writer = SocketWriter::new(batch);
                progress = self.driver.advance(cx, &mut writer);
                if writer.has_news() {
                    self.pulse.spoke = self.driver.seat().step();
                }
            }
            if batch.is_empty() {
                return Ok(Turn::Waits);
            }
            if quiet && progress == Progress::Settled && self.driver.ending().is_none() {
                return Ok(Turn::Sends);
            }
            if pipe.finish(cx, batch) == Turn::Over {
                return Err(End::Gone);
            }
            if pipe.is_blocked() {
                return Ok(Turn::Waits);
            }
        }
        Ok(Turn::Again)
    }

    /// Reads while there is room for what comes; whether anything came.
    fn read<S: Socket>(&mut self, pipe: &mut Pipe<S>, codec: &mut Codec, cx: &mut Context<'_>) -> Result<bool, End> {
        let mut came = false;
        while self.readable && self.inbox.len() < INBOX && codec.has_room() && !self.is_slowed(cx) {
            let Poll::Ready(message) = codec.poll_read(pipe, cx) else {
                self.readable = false;
                break;
            };
            let message = message.map_err(|error| error.map_or(End::Gone, |(code, reason)| End::Violated(code, reason)))?;
            came = true;
            self.silence.heard = Instant::now();
            if let Err(wait) = self.intake.take() {
                self.slowed = Some(Box::pin(tokio::time::sleep(wait)));
            }
            match message {
                Message::Text(text) => self.inbox.push_back(text),
                // The codec answers.
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Close(_) => return Err(End::ByClient),
                Message::Binary(_) | Message::Frame(_) => return Err(End::Violated(CloseCode::Unsupported, "frames are text")),
            }
        }
        Ok(came)
    }

    fn is_slowed(&mut self, cx: &mut Context<'_>) -> bool {
        let slowed = self.slowed.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_pending());
        if !slowed {
            self.slowed = None;
        }
        slowed
    }

    /// Does what the client asks for, one thing after another; whether anything got done.
    fn work(&mut self, blocked: bool, cx: &mut Context<'_>) -> bool {
        if let Some(command) = &mut self.command {
            let Poll::Ready(reply) = command.as_mut().poll(cx) else { return false };
            self.command = None;
            self.driver.answer(reply);
            return true;
        }
        // A client that does not take its answers does not get more of them.
        if blocked || self.driver.has_pending() {
            return false;
        }
        let Some(text) = self.inbox.pop_front() else { return false };
        if self.inbox.is_empty() {
            self.inbox = VecDeque::new();
        }
        match parse(&text) {
            Ok(frame) => self.begin(Request::read(frame, self.driver.realtime().shared().limits.replay_events)),
            Err(_) if self.mistakes == MISTAKES => self.driver.fail(WireCode::BadRequest, "too many frames cannot be read"),
            Err(malformed) => {
                self.mistakes += 1;
                let error = ErrorBody::new(WireCode::BadRequest, malformed.to_string());
                self.driver.answer(Control::Failed { reference: None, error });
            }
        }
        true
    }

    fn begin(&mut self, request: Request) {
        if let (None, Ok(Command::Pong)) = (request.reference, &request.command) {
            return;
        }
        let (realtime, handle) = (self.driver.realtime().clone(), Arc::clone(self.driver.handle()));
        let span = self.driver.span().clone();
        self.command = Some(Box::pin(async move { execute(&realtime, &handle, request).await }.instrument(span)));
    }

    /// Says something to a client that will have heard nothing for a while by the next heartbeat, and asks whether it is there.
    fn beat(&mut self, blocked: bool, codec: &mut Codec) {
        if blocked {
            return;
        }
        self.driver.tell_positions();
        let heartbeat = self.driver.realtime().shared().limits.heartbeat;
        let quiet = self.driver.seat().step().wrapping_sub(self.pulse.spoke) > 1;
        if quiet {
            self.driver.ping();
        }
        if quiet || self.silence.heard.elapsed() > heartbeat / 16 {
            codec.ping();
        }
        self.silence.arm(heartbeat);
    }
}

impl Silence {
    /// Watches the clock more closely when the client was silent for so long that the next heartbeat would be late.
    fn arm(&mut self, heartbeat: Duration) {
        if self.alarm.is_none() && self.heard.elapsed() + heartbeat > self.longest {
            self.alarm = Some(Box::pin(sleep_until(self.heard + self.longest)));
        }
    }

    fn check(&mut self, cx: &mut Context<'_>) -> Result<(), End> {
        let Some(alarm) = &mut self.alarm else { return Ok(()) };
        if alarm.as_mut().poll(cx).is_pending() {
            return Ok(());
        }
        self.alarm = None;
        if self.heard.elapsed() >= self.longest { Err(End::Gone) } else { Ok(()) }
    }
}
