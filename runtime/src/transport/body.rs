//! An event stream, as a response body or on a socket of its own.

use std::{
    error, fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame};
use tidewire_schema::wire::WireCode;
use tokio::{net::TcpStream, time::Instant};

use super::{
    answer::PIECE,
    open::Opened,
    pipe::{Farewell, Pipe},
    sse::SseFormat,
};
use crate::{
    connection::{Driver, Progress},
    hub::Watched,
    serve::{Counted, Handover, Lifeline, PARTING, Passenger, Reset},
    workers::{Batch, Doorbell, Line, News, Turn},
};

/// How often in one turn to write before the other connections have theirs.
const ROUNDS: usize = 4;
/// How much a client may say on a stream, where it has nothing to say.
const CHATTER: usize = 64 * 1024;

/// The connection behind a stream, whoever carries it.
pub(super) struct EventStream {
    driver: Driver,
    format: SseFormat,
    doorbell: Arc<Doorbell>,
}

impl EventStream {
    pub(super) fn new(opened: Opened, format: SseFormat) -> Self {
        Self { driver: opened.driver, format, doorbell: opened.doorbell }
    }

    /// Fills the batch with what is due.
    fn advance(&mut self, cx: &mut Context<'_>, batch: &mut Batch) -> Progress {
        let beat = self.driver.take_beat();
        if beat {
            self.driver.tell_positions();
        }
        let progress = self.driver.advance(cx, &mut self.format.writer(batch));
        if beat && batch.is_empty() && self.driver.ending().is_none() {
            self.format.writer(batch).heartbeat();
        }
        progress
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("driver", &self.driver).finish_non_exhaustive()
    }
}

/// A stream that is carried by the body of its response, unless the server takes it.
pub(super) struct EventBody {
    carried: Arc<Carried>,
    // Whole frames, each as one piece: whoever writes them copies them anyway.
    batch: Batch,
    // What is handed out next, and what was heard meanwhile.
    rest: Bytes,
    heard: News,
}

/// What a body carries, and others may take out of it.
struct Carried {
    cargo: Mutex<Cargo>,
    doorbell: Arc<Doorbell>,
    waits: Mutex<Waits>,
}

enum Cargo {
    /// The server may still take it, with the socket.
    Offered(Box<EventStream>),
    /// The body has it, and may know how to end the stream alone.
    Here(Box<EventStream>, Option<Reset>),
    /// The server took it, or the body is gone.
    Gone,
    /// Its client took nothing for too long.
    GivenUp,
}

/// What a body does not know of itself.
#[derive(Default)]
struct Waits {
    // How often it had been polled when it was first seen not to answer, and when that was.
    unanswered: Option<(u32, Instant)>,
    // Since when its client has to go.
    leaves: Option<Instant>,
}

/// Why a body breaks off: its end would say that everything was said.
#[derive(Debug)]
pub(super) struct GivenUp;

impl fmt::Display for GivenUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client of an event stream took no data for too long")
    }
}

impl error::Error for GivenUp {}

impl EventBody {
    /// The body, and what allows a server to take the stream instead.
    pub(super) fn new(stream: EventStream) -> (Self, Handover) {
        let doorbell = stream.doorbell.clone();
        let carried = Arc::new(Carried { cargo: Mutex::new(Cargo::Offered(Box::new(stream))), doorbell, waits: Mutex::default() });
        let handover = Handover::new({
            let carried = carried.clone();
            move || {
                let mut cargo = carried.cargo();
                match std::mem::replace(&mut *cargo, Cargo::Gone) {
                    Cargo::Offered(stream) => Some(stream as Box<dyn Passenger>),
                    other => {
                        *cargo = other;
                        None
                    }
                }
            }
        });
        (Self { carried, batch: Batch::sharing_from(0), rest: Bytes::new(), heard: News::default() }, handover)
    }
}

impl Carried {
    fn cargo(&self) -> MutexGuard<'_, Cargo> {
        self.cargo.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_up(&self, reason: &'static str, is_still: impl FnOnce() -> bool) {
        let mut cargo = self.cargo();
        if !matches!(&*cargo, Cargo::Here(..) if is_still()) {
            return;
        }
        let gone = std::mem::replace(&mut *cargo, Cargo::GivenUp);
        // Not under the lock: what ends takes locks of its own.
        drop(cargo);
        let Cargo::Here(mut stream, reset) = gone else { return };
        tracing::debug!(reason, "a client takes no data any more");
        stream.driver.ends(reason);
        // Where it cannot, the client hears of it once it takes what was sent before.
        if let Some(reset) = reset {
            reset.reset();
        }
    }
}

/// Whoever still holds the offer holds no stream.
impl Drop for EventBody {
    fn drop(&mut self) {
        let cargo = std::mem::replace(&mut *self.carried.cargo(), Cargo::Gone);
        // Not under the lock: what ends takes locks of its own.
        drop(cargo);
    }
}

impl Body for EventBody {
    type Data = Bytes;
    type Error = GivenUp;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, GivenUp>>> {
        let Self { carried, batch, rest, heard } = self.get_mut();
        let mut cargo = carried.cargo();
        if let Cargo::Offered(_) = *cargo
            && let Cargo::Offered(stream) = std::mem::replace(&mut *cargo, Cargo::Gone)
        {
            let watched: Weak<Carried> = Arc::downgrade(carried);
            stream.driver.realtime().shared().roster.watch(watched);
            *cargo = Cargo::Here(stream, Reset::of_this_task());
        }
        let stream = match &mut *cargo {
            Cargo::Here(stream, _) => stream,
            Cargo::GivenUp => {
                *cargo = Cargo::Gone;
                return Poll::Ready(Some(Err(GivenUp)));
            }
            Cargo::Offered(_) | Cargo::Gone => return Poll::Ready(None),
        };
        let news = carried.doorbell.listen(cx.waker()).and(std::mem::take(heard));
        if !rest.is_empty() {
            *heard = news;
            return Poll::Ready(Some(Ok(Frame::data(rest.split_to(PIECE.min(rest.len()))))));
        }
        if !news.rang && stream.driver.is_idle() && stream.driver.ending().is_none() {
            // Whoever was handed a frame asks for the next one at once.
            return Poll::Pending;
        }
        // What a body polls wakes its task, and leaves no word of it at the bell.
        stream.driver.hear(News { moved: true, ..news });
        stream.advance(cx, batch);
        match batch.take() {
            Some(bytes) => {
                // One at a time: who takes a part of a large event in the time for which it may take nothing is not gone.
                *rest = bytes;
                Poll::Ready(Some(Ok(Frame::data(rest.split_to(PIECE.min(rest.len()))))))
            }
            None if stream.driver.ending().is_some() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

impl Watched for Carried {
    fn check(&self, longest: Duration) {
        let (leaves, overdue) = match &*self.cargo() {
            Cargo::Here(stream, _) => (stream.driver.must_leave(), stream.driver.overdue()),
            _ => return,
        };
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        // However often it is polled: once it was told, it would have ended.
        if leaves && waits.leaves.get_or_insert_with(Instant::now).elapsed() >= PARTING {
            self.give_up("slow", || true);
            return;
        }
        let Some(answers) = self.doorbell.unanswered() else {
            waits.unanswered = None;
            return;
        };
        match waits.unanswered {
            // The bell may ring right now, so once is no sign.
            Some((before, since)) if before == answers => {
                let reason = overdue.map(WireCode::name).or_else(|| (since.elapsed() >= longest).then_some("slow"));
                if let Some(reason) = reason {
                    // It may have been polled meanwhile.
                    self.give_up(reason, || self.doorbell.unanswered() == Some(answers));
                }
            }
            _ => waits.unanswered = Some((answers, Instant::now())),
        }
    }
}

impl Passenger for EventStream {
    fn board(self: Box<Self>, socket: TcpStream, head: Vec<u8>, server: &Lifeline) {
        let doorbell = self.doorbell.clone();
        let stall = self.driver.realtime().shared().limits.stall;
        let line = StreamLine {
            pipe: Pipe::new(socket, stall),
            state: State::Streaming(*self),
            head: Some(head.into()),
            heard: 0,
            _counted: server.count(),
        };
        server.workers().take(Box::new(line), doorbell);
    }
}

/// A stream on a socket of its own.
struct StreamLine {
    pipe: Pipe<TcpStream>,
    state: State,
    // What goes out before everything else, together with it.
    head: Option<Box<[u8]>>,
    // How many bytes the client said.
    heard: usize,
    _counted: Counted,
}

#[expect(
    clippy::large_enum_variant,
    reason = "the large one is the usual one, and a box would be one more place to look at for each event"
)]
enum State {
    Streaming(EventStream),
    Ending(Farewell),
}

impl Line for StreamLine {
    fn turn(&mut self, cx: &mut Context<'_>, news: News, batch: &mut Batch) -> Turn {
        match &mut self.state {
            State::Streaming(stream) => {
                if news.moved && listen(&mut self.pipe, &mut self.heard, cx).is_err() {
                    return Turn::Over;
                }
                batch.clear();
                if let Some(head) = self.head.take() {
                    batch.push(&head);
                }
                match speak(&mut self.pipe, stream, cx, news, batch) {
                    Spoken::Over => {
                        self.state = State::Ending(Farewell::begin());
                        Turn::Again
                    }
                    Spoken::Lost => Turn::Over,
                    Spoken::Waits => Turn::Waits,
                    Spoken::More => Turn::Again,
                    Spoken::Ready => Turn::Sends,
                }
            }
            State::Ending(farewell) => match farewell.poll(&mut self.pipe, cx) {
                Poll::Ready(()) => Turn::Over,
                Poll::Pending => Turn::Waits,
            },
        }
    }

    fn send(&mut self, cx: &mut Context<'_>, batch: &Batch) -> Turn {
        self.pipe.finish(cx, batch)
    }

    fn preview(&self) -> u64 {
        match &self.state {
            State::Streaming(stream) => self.pipe.preview() ^ stream.driver.preview() ^ stream.format.preview(),
            State::Ending(_) => 0,
        }
    }
}

/// The client went, or talks where there is nobody to listen.
struct Left;

/// Finds out whether the client is still there. What it says is for nobody.
fn listen(pipe: &mut Pipe<TcpStream>, heard: &mut usize, cx: &mut Context<'_>) -> Result<(), Left> {
    let mut unread = [0; 1024];
    loop {
        match pipe.poll_read(cx, &mut unread) {
            Poll::Pending => return Ok(()),
            Poll::Ready(Ok(bytes @ 1..)) if *heard + bytes <= CHATTER => *heard += bytes,
            Poll::Ready(_) => return Err(Left),
        }
    }
}

/// How far [`speak`] came.
enum Spoken {
    Waits,
    More,
    /// What is in the batch is all that there is to say.
    Ready,
    Over,
    Lost,
}

/// Writes what is in the batch, and while there is something to say and the socket takes it, but for the last batch, which is left to be sent. What it does not take stays in the session, but
/// for one batch.
fn speak(pipe: &mut Pipe<TcpStream>, stream: &mut EventStream, cx: &mut Context<'_>, news: News, batch: &mut Batch) -> Spoken {
    stream.driver.hear(news);
    let hurried = news.noticed && stream.driver.must_leave() && pipe.hurry();
    for _ in 0..ROUNDS {
        if pipe.is_blocked() {
            if news.noticed
                && let Some(code) = stream.driver.overdue()
            {
                stream.driver.ends(code.name());
                return Spoken::Lost;
            }
            if !news.moved && !hurried {
                return Spoken::Waits;
            }
            match pipe.poll_flush(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Spoken::Lost,
                Poll::Pending if pipe.check_stall(cx).is_ok() => return Spoken::Waits,
                Poll::Pending => {
                    stream.driver.ends("slow");
                    return Spoken::Lost;
                }
            }
        }
        let mut progress = Progress::More;
        while progress == Progress::More && batch.is_brief() {
            progress = stream.advance(cx, batch);
        }
        if batch.is_empty() {
            return if stream.driver.ending().is_some() { Spoken::Over } else { Spoken::Waits };
        }
        if progress == Progress::Settled && stream.driver.ending().is_none() {
            return Spoken::Ready;
        }
        let sent = pipe.finish(cx, batch);
        batch.clear();
        if sent == Turn::Over {
            return Spoken::Lost;
        }
        if pipe.is_blocked() {
            return Spoken::Waits;
        }
    }
    Spoken::More
}
