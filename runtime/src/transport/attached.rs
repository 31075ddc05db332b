//! Connections over whatever carries frames both ways.

use std::{
    collections::VecDeque,
    error::Error,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use http::{header::ORIGIN, request::Parts};
use tidewire_schema::wire::WireCode;
use tokio::sync::mpsc;
use tracing::Instrument as _;

use super::{
    Frame, Refusal, Rejection,
    open::{self, Guest, Opened, Visitor, given_session},
    opening::read_opening,
    query::{Asker, EventsRequest, Query},
};
use crate::{
    broker::BoxFuture,
    connection::{Collector, Driver, Progress, Request, execute, parse},
    identity::ConnectionId,
    observe::Transport,
    realtime::Realtime,
    session::{Control, ErrorBody, FrameSink, Moved},
    workers::{Doorbell, News},
};

/// How many frames that cannot be read a connection survives.
const MISTAKES: u8 = 10;
/// How often to look for more before others have their turn.
const ROUNDS: usize = 4;
/// How many frames of the client may wait for their turn.
const INBOX: usize = 16;

impl Realtime {
    #[doc = include_str!("../docs/attach.md")]
    pub async fn attach(&self, request: &Parts) -> Result<Attached, AttachError> {
        self.open_attached(request).await.map_err(AttachError::from)
    }

    async fn open_attached(&self, parts: &Parts) -> Result<Attached, Refusal> {
        let shared = self.shared();
        // Whoever comes by another way than a browser's has no origin.
        if parts.headers.contains_key(ORIGIN) {
            shared.gate.check_origin(&parts.uri, &parts.headers)?;
        }
        let query = Query::parse(parts.uri.query())?;
        let request = EventsRequest::read(&query, &parts.headers, Asker::Socket, &shared.limits)?;
        let opening = read_opening(request.opening.as_deref(), &shared.registry)?;
        let visitor = Visitor::of(&parts.extensions);
        let room = visitor.enter(shared)?;
        let grant = visitor.admit(shared, parts, || request.names()).await.map_err(|rejection| match rejection {
            Rejection::Refused(refusal) => refusal,
            // There is nobody here who could read the answer.
            Rejection::Answered(_) => Refusal::new(WireCode::Denied, "you may not connect here"),
        })?;
        let connecting = |id| visitor.connecting(parts, &request, (id, &grant, opening));
        let guest = Guest::new(self, room, &grant, given_session(&parts.headers), connecting).await?;
        let Opened { driver, doorbell } = open::open(self, &request, &visitor, guest, Transport::Attached);
        let spoke = driver.seat().step();
        let (uplink, inbox) = mpsc::channel(INBOX);
        Ok(Attached { driver, doorbell, frames: VecDeque::new(), inbox, uplink, command: None, mistakes: 0, spoke })
    }
}

/// A connection over a way of the service's own; made by [`Realtime::attach`]. A stream of the frames for its client, each one line of JSON.
///
/// What the client asks for is done while the stream is asked for frames. Nothing is made ready before: a client that does not keep up costs a position, not a copy of
/// the traffic. Dropping it ends the connection.
#[must_use = "a connection ends when it is dropped"]
pub struct Attached {
    driver: Driver,
    doorbell: Arc<Doorbell>,
    frames: VecDeque<Bytes>,
    inbox: mpsc::Receiver<String>,
    uplink: mpsc::Sender<String>,
    command: Option<BoxFuture<'static, Control>>,
    mistakes: u8,
    // At which step of the heartbeat something was said to the client.
    spoke: usize,
}

impl Attached {
    /// The client's name.
    pub fn id(&self) -> ConnectionId {
        self.driver.handle().connection()
    }

    /// Where what the client says goes, from wherever it is read.
    pub fn uplink(&self) -> Uplink {
        Uplink { inbox: self.uplink.clone() }
    }

    /// A heartbeat, if one is due and nothing else was said for a while.
    fn beat(&mut self) {
        if self.driver.take_beat() {
            self.driver.tell_positions();
            if self.driver.seat().step().wrapping_sub(self.spoke) > 1 {
                self.driver.ping();
            }
        }
    }

    /// Does what the client asks for, one thing after another; whether anything got done.
    fn work(&mut self, cx: &mut Context<'_>) -> bool {
        if let Some(command) = &mut self.command {
            let Poll::Ready(reply) = command.as_mut().poll(cx) else { return false };
            self.command = None;
            self.driver.answer(reply);
            return true;
        }
        // Nobody drops the last sender: this holds one.
        let Poll::Ready(Some(text)) = self.inbox.poll_recv(cx) else { return false };
        let limits = self.driver.realtime().shared().limits;
        if text.len() > limits.message_bytes {
            let message = format!("the frame has {} bytes, the limit is {}", text.len(), limits.message_bytes);
            self.driver.answer(Control::Failed { reference: None, error: ErrorBody::new(WireCode::TooLarge, message) });
            return true;
        }
        match parse(&text) {
            Ok(frame) => {
                let request = Request::read(frame, limits.replay_events);
                let (realtime, handle) = (self.driver.realtime().clone(), self.driver.handle().clone());
                let span = self.driver.span().clone();
                self.command = Some(Box::pin(async move { execute(&realtime, &handle, request).await }.instrument(span)));
            }
            Err(_) if self.mistakes == MISTAKES => self.driver.fail(WireCode::BadRequest, "too many frames cannot be read"),
            Err(malformed) => {
                self.mistakes += 1;
                let error = ErrorBody::new(WireCode::BadRequest, malformed.to_string());
                self.driver.answer(Control::Failed { reference: None, error });
            }
        }
        true
    }
}

impl Stream for Attached {
    type Item = Bytes;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let this = self.get_mut();
        if let Some(frame) = this.frames.pop_front() {
            return Poll::Ready(Some(frame));
        }
        let news = this.doorbell.listen(cx.waker());
        // What is polled here wakes its task, and leaves no word of it at the bell.
        this.driver.hear(News { moved: true, ..news });
        this.beat();
        for _ in 0..ROUNDS {
            let progress = this.driver.advance(cx, &mut Frames(&mut this.frames));
            if let Some(frame) = this.frames.pop_front() {
                this.spoke = this.driver.seat().step();
                return Poll::Ready(Some(frame));
            }
            if this.driver.ending().is_some() {
                return Poll::Ready(None);
            }
            if !this.work(cx) && progress == Progress::Settled {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Keeps frames until they are asked for.
struct Frames<'a>(&'a mut VecDeque<Bytes>);

impl Collector for Frames<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FrameSink for Frames<'_> {
    fn control(&mut self, frame: &Control, _: Option<Moved>) {
        self.0.push_back(frame.json().into());
    }

    fn event(&mut self, frame: &Frame, _: Option<Moved>) {
        self.0.push_back(frame.shared_json());
    }

    fn passed(&mut self, _: Moved) {}
}

/// Takes what the client of an [`Attached`] connection says.
#[derive(Clone, Debug)]
pub struct Uplink {
    inbox: mpsc::Sender<String>,
}

impl Uplink {
    /// Takes one frame, as soon as few enough wait for their turn: so read no further before this answered. The answer to the client is one of the frames of its
    /// stream. A text that is no frame is answered by an `error`, too; the eleventh ends the connection.
    ///
    /// # Errors
    ///
    /// [`UplinkClosed`]: the connection has ended. Read no more.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it answers, the frame was not taken.
    pub async fn take(&self, frame: impl Into<String>) -> Result<(), UplinkClosed> {
        self.inbox.send(frame.into()).await.map_err(|_| UplinkClosed)
    }
}

/// A connection has ended, and hears its client no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UplinkClosed;

impl fmt::Display for UplinkClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection has ended")
    }
}

impl Error for UplinkClosed {}

/// A client was not let in. What [`code`](Self::code) says decides whether it comes again.
#[derive(Clone, Debug)]
pub struct AttachError {
    code: WireCode,
    message: String,
    retry_after: Option<Duration>,
}

impl AttachError {
    /// The code on the wire.
    pub const fn code(&self) -> WireCode {
        self.code
    }

    /// How long the client should wait at least.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl From<Refusal> for AttachError {
    fn from(refusal: Refusal) -> Self {
        refusal.note();
        Self { code: refusal.code(), message: refusal.message().to_owned(), retry_after: refusal.wait() }
    }
}

impl fmt::Display for AttachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for AttachError {}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attached").field("id", &self.id()).finish_non_exhaustive()
    }
}
