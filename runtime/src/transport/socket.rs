//! A WebSocket: one task that writes what is due, reads what the client asks for, and does it.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::{Sink, Stream};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tidewire_schema::wire::WireCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, Sleep, sleep_until, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message, Utf8Bytes,
        protocol::{
            CloseFrame, Role, WebSocketConfig,
            frame::{
                Frame as RawFrame,
                coding::{CloseCode, Data, OpCode},
            },
        },
    },
};
use tracing::Instrument as _;

use self::metered::Metered;
use super::{Frame, open::Opened};
use crate::{
    broker::BoxFuture,
    connection::{Collector, Command, Doorbell, Driver, Rate, Request, execute, parse},
    realtime::RateLimit,
    serve::Lifeline,
    session::{Control, Ending, ErrorBody, FrameSink, Moved},
};

#[path = "metered.rs"]
mod metered;

const BUFFER: usize = 4 * 1024;
/// How many messages of the client may wait for their turn; the socket is not read meanwhile.
const INBOX: usize = 16;
/// How many messages that are not JSON a connection survives.
const MISTAKES: u8 = 10;
/// How many messages, pings included, are read in a second. What comes beyond waits in the socket.
const INTAKE: RateLimit = RateLimit { per_second: 500, burst: 1000 };
/// How long a client may take to answer that the connection ends.
const FAREWELL: Duration = Duration::from_secs(2);

/// Runs the connection in a task of its own, as soon as the request has become a socket.
pub(super) fn spawn(upgrade: OnUpgrade, opened: Opened, server: Option<&Lifeline>) {
    let work = async move {
        match upgrade.await {
            Ok(upgraded) => run(upgraded, opened).await,
            Err(error) => tracing::debug!(%error, "a request did not become a WebSocket"),
        }
    };
    match server {
        Some(server) => drop(tokio::spawn(server.keep_waiting_for(work))),
        None => drop(tokio::spawn(work)),
    }
}

async fn run(upgraded: Upgraded, opened: Opened) {
    let Opened { driver, doorbell } = opened;
    let limits = &driver.realtime().shared().limits;
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(Some(limits.message_bytes))
        .max_frame_size(Some(limits.message_bytes));
    let io = Metered::new(TokioIo::new(upgraded));
    let stream = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    let (silence, stall) = (limits.silence, limits.stall);
    let mut socket = Socket {
        stream,
        driver,
        doorbell,
        outgoing: Outgoing::default(),
        unflushed: false,
        inbox: VecDeque::new(),
        command: None,
        mistakes: 0,
        intake: Rate::new(INTAKE),
        slowed: None,
        silence: Silence { longest: silence, heard: Instant::now(), spoke: Instant::now(), alarm: None },
        stall: Stall { longest: stall, alarm: None },
    };
    let end = std::future::poll_fn(|cx| socket.poll(cx)).await;
    socket.finish(end).await;
}

/// Frames on their way to a WebSocket.
#[derive(Default)]
struct Outgoing {
    messages: Vec<Message>,
    // Whether anything but a ping is among them.
    news: bool,
}

impl Collector for Outgoing {
    fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}

impl FrameSink for Outgoing {
    fn control(&mut self, frame: &Control, _: Option<Moved>) {
        self.news |= !matches!(frame, Control::Ping);
        self.messages.push(Message::Text(frame.json().into()));
    }

    fn event(&mut self, frame: &Frame, _: Option<Moved>) {
        let raw = RawFrame::message(frame.shared_json(), OpCode::Data(Data::Text), true);
        self.news = true;
        self.messages.push(Message::Frame(raw));
    }

    fn passed(&mut self, _: Moved) {}
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
    // When something was said to it.
    spoke: Instant,
    // Set only when it is close to too long, so that a connection normally has no timer.
    alarm: Option<Pin<Box<Sleep>>>,
}

/// Whether the client still takes data.
struct Stall {
    longest: Duration,
    // Since when, as the number of bytes that it had taken.
    alarm: Option<(u64, Pin<Box<Sleep>>)>,
}

struct Socket {
    stream: WebSocketStream<Metered<TokioIo<Upgraded>>>,
    driver: Driver,
    doorbell: Arc<Doorbell>,
    outgoing: Outgoing,
    // Something was handed to the stream that the socket has not taken.
    unflushed: bool,
    inbox: VecDeque<Utf8Bytes>,
    command: Option<BoxFuture<'static, Control>>,
    mistakes: u8,
    intake: Rate,
    slowed: Option<Pin<Box<Sleep>>>,
    silence: Silence,
    stall: Stall,
}

impl Socket {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        match self.advance(cx) {
            Ok(()) => Poll::Pending,
            Err(end) => Poll::Ready(end),
        }
    }

    /// Gets as far as it can without waiting.
    fn advance(&mut self, cx: &mut Context<'_>) -> Result<(), End> {
        self.doorbell.listen(cx.waker());
        if self.driver.seat().take_beat() {
            self.beat();
        }
        loop {
            self.write(cx)?;
            if let (false, Some(ending)) = (self.unflushed, self.driver.ending()) {
                return Err(End::Over(ending));
            }
            let read = self.read(cx)?;
            if !self.work(cx) && !read {
                break;
            }
        }
        self.silence.check(cx).inspect_err(|_| self.driver.ends("silent"))
    }

    /// Writes while the socket takes it. What it does not take stays in the session, but for one portion.
    fn write(&mut self, cx: &mut Context<'_>) -> Result<(), End> {
        loop {
            if self.unflushed {
                match Pin::new(&mut self.stream).poll_flush(cx) {
                    Poll::Ready(Ok(())) => (self.unflushed, self.stall.alarm) = (false, None),
                    Poll::Ready(Err(_)) => return Err(End::Gone),
                    Poll::Pending => {
                        return self.stall.check(self.stream.get_ref().written(), cx).inspect_err(|_| self.driver.ends("slow"));
                    }
                }
            }
            self.driver.advance(cx, &mut self.outgoing);
            if self.outgoing.is_empty() {
                return Ok(());
            }
            for message in self.outgoing.messages.drain(..) {
                Pin::new(&mut self.stream).start_send(message).map_err(|_| End::Gone)?;
            }
            self.unflushed = true;
            if std::mem::take(&mut self.outgoing.news) {
                self.silence.spoke = Instant::now();
            }
        }
    }

    /// Reads while there is room for what comes; whether anything came.
    fn read(&mut self, cx: &mut Context<'_>) -> Result<bool, End> {
        let mut came = false;
        while self.inbox.len() < INBOX && !self.is_slowed(cx) {
            let message = match Pin::new(&mut self.stream).poll_next(cx) {
                Poll::Pending => break,
                Poll::Ready(None) => return Err(End::Gone),
                Poll::Ready(Some(Err(error))) => return Err(violation(&error)),
                Poll::Ready(Some(Ok(message))) => message,
            };
            came = true;
            self.silence.heard = Instant::now();
            if let Err(wait) = self.intake.take() {
                self.slowed = Some(Box::pin(tokio::time::sleep(wait)));
            }
            match message {
                Message::Text(text) => self.inbox.push_back(text),
                // The answer waits in the stream.
                Message::Ping(_) => self.unflushed = true,
                Message::Pong(_) => {}
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
    fn work(&mut self, cx: &mut Context<'_>) -> bool {
        if let Some(command) = &mut self.command {
            let Poll::Ready(reply) = command.as_mut().poll(cx) else { return false };
            self.command = None;
            self.driver.answer(reply);
            return true;
        }
        // A client that does not take its answers does not get more of them.
        if self.unflushed || self.driver.has_pending() {
            return false;
        }
        let Some(text) = self.inbox.pop_front() else { return false };
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
        let (realtime, handle) = (self.driver.realtime().clone(), self.driver.handle().clone());
        let span = self.driver.span().clone();
        self.command = Some(Box::pin(async move { execute(&realtime, &handle, request).await }.instrument(span)));
    }

    /// Says something to a client that will have heard nothing for a while by the next heartbeat, and asks whether it is there.
    fn beat(&mut self) {
        if self.unflushed {
            return;
        }
        self.driver.tell_positions();
        let heartbeat = self.driver.realtime().shared().limits.heartbeat;
        let quiet = self.silence.spoke.elapsed() > heartbeat / 16;
        if quiet {
            self.driver.ping();
        }
        if quiet || self.silence.heard.elapsed() > heartbeat / 16 {
            self.outgoing.messages.push(Message::Ping(bytes::Bytes::new()));
        }
        self.silence.arm(heartbeat);
    }

    async fn finish(self, end: End) {
        tracing::trace!(connection = %self.driver.handle().connection(), ?end, "a WebSocket ends");
        let Self { mut stream, mut driver, .. } = self;
        if let End::Violated(..) = end {
            driver.ends("protocol");
        }
        // Gives up its channels and its name; what follows is courtesy.
        drop(driver);
        let farewell =
            |code: CloseCode, reason: &'static str| Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) }));
        let close = match end {
            End::Gone => return,
            End::ByClient => None,
            End::Over(Ending::Planned) => Some(farewell(CloseCode::Restart, "")),
            End::Over(Ending::Failed(code)) => Some(farewell(CloseCode::from(code.number()), code.name())),
            End::Violated(code, reason) => Some(farewell(code, reason)),
        };
        let violated = matches!(end, End::Violated(..));
        let parting = async {
            if let Some(close) = close
                && Pin::new(&mut stream).start_send(close).is_err()
            {
                return;
            }
            let flushed = std::future::poll_fn(|cx| Pin::new(&mut stream).poll_flush(cx)).await.is_ok();
            if flushed && violated {
                linger(&mut stream).await;
            } else if flushed {
                std::future::poll_fn(|cx| {
                    loop {
                        // Until the client's own goodbye, or its end.
                        if !matches!(ready!(Pin::new(&mut stream).poll_next(cx)), Some(Ok(_))) {
                            return Poll::Ready(());
                        }
                    }
                })
                .await;
            }
        };
        // A client that does not answer is not waited for.
        let _ = timeout(FAREWELL, parting).await;
    }
}

/// Reads on without looking: a socket that is closed with unread data is reset, and the client might never see why.
async fn linger(stream: &mut WebSocketStream<Metered<TokioIo<Upgraded>>>) {
    let raw = stream.get_mut();
    if raw.shutdown().await.is_ok() {
        let mut unread = [0; 1024];
        while raw.read(&mut unread).await.is_ok_and(|bytes| bytes > 0) {}
    }
}

fn violation(error: &Error) -> End {
    match error {
        Error::Capacity(_) => End::Violated(CloseCode::Size, "the message is too large"),
        Error::Utf8(_) => End::Violated(CloseCode::Invalid, "the message is not UTF-8"),
        Error::Protocol(error) => {
            use tokio_tungstenite::tungstenite::error::ProtocolError;
            match error {
                ProtocolError::ResetWithoutClosingHandshake => End::Gone,
                _ => End::Violated(CloseCode::Protocol, "the frame violates RFC 6455"),
            }
        }
        _ => End::Gone,
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

impl Stall {
    fn check(&mut self, written: u64, cx: &mut Context<'_>) -> Result<(), End> {
        loop {
            let (before, alarm) = self.alarm.get_or_insert_with(|| (written, Box::pin(sleep_until(Instant::now() + self.longest))));
            if alarm.as_mut().poll(cx).is_pending() {
                return Ok(());
            }
            if *before == written {
                tracing::debug!("a client takes no data any more");
                return Err(End::Gone);
            }
            self.alarm = None;
        }
    }
}
