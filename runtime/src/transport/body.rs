//! An event stream as a response body.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http_body::{Body, Frame};

use super::sse::SseWriter;
use crate::{
    broker::{BoxFuture, Page},
    error::BrokerError,
    hub::{Outlet, Seat},
    realtime::Realtime,
    session::{PageRequest, Session},
};

/// How many bytes to take from the session at once. The server asks again when it can send more, so this is all that a slow reader pins.
const AHEAD: usize = 64 * 1024;

/// The body's end of [`Outlet`]: wakes whoever polls it.
#[derive(Debug, Default)]
pub(super) struct BodyOutlet {
    // Spares the lock and the waker when the body knows already.
    due: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl BodyOutlet {
    /// Must come before looking for frames: one that arrives after the look wakes this waker.
    fn listen(&self, waker: &Waker) {
        let mut kept = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
            *kept = Some(waker.clone());
        }
        drop(kept);
        self.due.swap(false, Ordering::AcqRel);
    }
}

impl Outlet for BodyOutlet {
    fn due(&self) {
        if !self.due.swap(true, Ordering::AcqRel) {
            let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

type Reading = BoxFuture<'static, Result<Page, BrokerError>>;

/// Drives a session for as long as the client reads.
pub(super) struct EventBody {
    realtime: Realtime,
    session: Session,
    writer: SseWriter,
    seat: Seat,
    outlet: Arc<BodyOutlet>,
    reading: Option<(usize, Reading)>,
    connection: Arc<str>,
}

impl EventBody {
    pub(super) fn new(
        realtime: Realtime,
        session: Session,
        writer: SseWriter,
        seat: Seat,
        outlet: Arc<BodyOutlet>,
        connection: Arc<str>,
    ) -> Self {
        Self { realtime, session, writer, seat, outlet, reading: None, connection }
    }

    /// Moves the session as far as it gets without waiting.
    fn advance(&mut self, cx: &mut Context<'_>) {
        loop {
            if let Some((subscription, reading)) = &mut self.reading
                && let Poll::Ready(answer) = reading.as_mut().poll(cx)
            {
                self.session.page(*subscription, answer);
                self.reading = None;
            }
            self.session.pull(&mut self.writer, AHEAD);
            // What was taken goes out first; the server asks for more afterwards.
            if !self.writer.is_empty() || self.reading.is_some() {
                return;
            }
            let Some(request) = self.session.take_request() else { return };
            self.reading = Some((request.subscription, self.read(request)));
        }
    }

    fn read(&self, request: PageRequest) -> Reading {
        let realtime = self.realtime.clone();
        Box::pin(async move {
            let shared = realtime.shared();
            shared.in_time(shared.hub.broker().read(&request.channel, request.read)).await
        })
    }
}

impl Body for EventBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        this.outlet.listen(cx.waker());
        if let Some(delay) = this.seat.must_leave() {
            this.session.shutdown(delay);
        }
        this.advance(cx);
        if this.seat.take_beat() && this.writer.is_empty() && !this.session.is_over() {
            this.writer.heartbeat();
        }
        match this.writer.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None if this.session.is_over() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

impl Drop for EventBody {
    fn drop(&mut self) {
        tracing::debug!(connection = %self.connection, "stream closed");
    }
}

impl fmt::Debug for EventBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventBody").field("connection", &self.connection).finish_non_exhaustive()
    }
}
