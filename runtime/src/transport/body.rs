//! An event stream, as a response body or on a socket of its own.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::net::TcpStream;

use super::{
    open::Opened,
    pipe::{Farewell, Pipe},
    sse::SseFormat,
};
use crate::{
    connection::{Driver, Progress},
    serve::{Counted, Handover, Lifeline, Passenger},
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
    fn advance(&mut self, cx: &mut Context<'_>, news: News, batch: &mut Batch) -> Progress {
        let beat = news.noticed && self.driver.seat().take_beat();
        if beat {
            self.driver.tell_positions();
        }
        let progress = self.driver.advance(cx, news, &mut self.format.writer(batch));
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
    stream: Stage,
    // Whole frames, each as one piece: whoever writes them copies them anyway.
    batch: Batch,
}

enum Stage {
    /// The server may still take it, with the socket.
    Open(Arc<Mutex<Option<EventStream>>>),
    Here(EventStream),
    /// The server took it.
    Elsewhere,
}

impl EventBody {
    /// The body, and what allows a server to take the stream instead.
    pub(super) fn new(stream: EventStream) -> (Self, Handover) {
        let stream = Arc::new(Mutex::new(Some(stream)));
        let handover = Handover::new({
            let stream = stream.clone();
            move || take(&stream).map(|stream| Box::new(stream) as Box<dyn Passenger>)
        });
        (Self { stream: Stage::Open(stream), batch: Batch::sharing_from(0) }, handover)
    }
}

fn take(stream: &Mutex<Option<EventStream>>) -> Option<EventStream> {
    stream.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl Body for EventBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Self { stream, batch } = self.get_mut();
        if let Stage::Open(open) = stream {
            *stream = take(open).map_or(Stage::Elsewhere, Stage::Here);
        }
        let Stage::Here(stream) = stream else { return Poll::Ready(None) };
        let news = stream.doorbell.listen(cx.waker());
        // Whoever polls a body may have any reason.
        stream.advance(cx, News { moved: true, ..news }, batch);
        match batch.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None if stream.driver.ending().is_some() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

impl Passenger for EventStream {
    fn first_words(&mut self) -> Bytes {
        let mut batch = Batch::default();
        // Nobody is woken by what is polled here: the worker polls it again.
        self.advance(&mut Context::from_waker(std::task::Waker::noop()), News::ANY, &mut batch);
        batch.take().unwrap_or_default()
    }

    fn board(self: Box<Self>, socket: TcpStream, server: &Lifeline) {
        let doorbell = self.doorbell.clone();
        let stall = self.driver.realtime().shared().limits.stall;
        let line = StreamLine { pipe: Pipe::new(socket, stall), state: State::Streaming(*self), heard: 0, _counted: server.count() };
        server.workers().take(Box::new(line), doorbell);
    }
}

/// A stream on a socket of its own.
struct StreamLine {
    pipe: Pipe<TcpStream>,
    state: State,
    // How many bytes the client said.
    heard: usize,
    _counted: Counted,
}

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
                match speak(&mut self.pipe, stream, cx, news, batch) {
                    Spoken::Over => {
                        self.state = State::Ending(Farewell::begin());
                        Turn::Again
                    }
                    Spoken::Lost => Turn::Over,
                    Spoken::Waits => Turn::Waits,
                    Spoken::More => Turn::Again,
                }
            }
            State::Ending(farewell) => match farewell.poll(&mut self.pipe, cx) {
                Poll::Ready(()) => Turn::Over,
                Poll::Pending => Turn::Waits,
            },
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
    Over,
    Lost,
}

/// Writes while there is something to say and the socket takes it. What it does not take stays in the session, but for one batch.
fn speak(pipe: &mut Pipe<TcpStream>, stream: &mut EventStream, cx: &mut Context<'_>, news: News, batch: &mut Batch) -> Spoken {
    for _ in 0..ROUNDS {
        if pipe.is_blocked() {
            if !news.moved {
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
        batch.clear();
        let progress = stream.advance(cx, news, batch);
        if batch.is_empty() {
            return if stream.driver.ending().is_some() { Spoken::Over } else { Spoken::Waits };
        }
        if pipe.send(cx, batch).is_err() {
            return Spoken::Lost;
        }
        if pipe.is_blocked() {
            // From now on it is watched.
            if pipe.check_stall(cx).is_err() {
                return Spoken::Lost;
            }
            return Spoken::Waits;
        }
        if progress == Progress::Settled {
            return Spoken::Waits;
        }
    }
    Spoken::More
}
