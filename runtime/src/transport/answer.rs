//! Answers that are large enough to wait for their clients.

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{extract::ConnectInfo, response::Response};
use bytes::Bytes;
use http::{Version, request::Parts};
use http_body::{Body, Frame, SizeHint};
use tidewire_schema::wire::WireCode;

use super::{Refusal, body::GivenUp, http::json};
use crate::{
    connection::counted_address,
    hub::{Roster, Watched},
    realtime::Shared,
    serve::{Allowance, Allowed, Lifeline, PARTING, Reset},
};

/// How much a body hands out at once. Who takes so much in the time for which a client may take nothing is slow, and not gone. Smaller ones would cost: over HTTP/2 each
/// begins with a frame of a single byte while its client's window is closed.
pub(super) const PIECE: usize = 64 * 1024;

/// A large answer that is about to be made.
pub(super) struct Answer {
    allowed: Option<Allowed>,
    delivery: Delivery,
    version: Version,
}

impl Answer {
    /// Waits until the connection of this request may have one more. Other servers than ours do not count them, and nobody counts those of a proxy on this machine, with everybody behind
    /// it.
    pub(super) async fn to(request: &Parts, shared: &Shared) -> Result<Self, Refusal> {
        let peer = request.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let is_counted = peer.is_none_or(|peer| counted_address(peer).is_some());
        let mut allowed = None;
        if let Some(allowance) = request.extensions.get::<Allowance>().filter(|_| is_counted) {
            allowed = allowance.take(shared.limits.answers_per_connection, shared.limits.stall).await;
            if allowed.is_none() {
                let refusal = Refusal::new(WireCode::Overloaded, "too many answers wait on this connection for their client to take them");
                return Err(refusal.retry_after(shared.limits.stall));
            }
        }
        Ok(Self { allowed, delivery: Delivery::new(request, &shared.roster), version: request.version })
    }

    /// The answer in JSON, of which the client may be slow to take the rest.
    pub(super) fn json(self, text: Vec<u8>) -> Response {
        if text.len() <= PIECE {
            // As much as any connection may have waiting, and too little to tell who is slow from who is gone.
            return json(text, "no-store");
        }
        let rest = Bytes::from_owner(Text { text: text.into_boxed_slice(), _allowed: self.allowed });
        let body = AnswerBody { rest, tail: usize::from(self.version == Version::HTTP_2), delivery: Arc::new(self.delivery), begun: false };
        json(axum::body::Body::new(body), "no-store")
    }
}

/// What was made for a connection counts for as long as any part of it is held, by whomever.
struct Text {
    text: Box<[u8]>,
    _allowed: Option<Allowed>,
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        &self.text
    }
}

/// A text that is handed out in pieces, so that it shows whether its client takes them.
struct AnswerBody {
    rest: Bytes,
    // How many bytes at the end are a piece of their own. Over HTTP/2 what carries the stream takes the last piece before there is room for it, and nobody could give it up
    // any more: a single byte is taken when there is room for all that is before it.
    tail: usize,
    delivery: Arc<Delivery>,
    begun: bool,
}

/// How an answer gets on.
struct Delivery {
    pieces: AtomicU32,
    given_up: AtomicBool,
    // Of the task that carries the body, which need not be the one that made it.
    reset: OnceLock<Reset>,
    server: Option<Lifeline>,
    roster: Weak<Roster>,
    // How many pieces it had taken when it was first seen not to get on, and when that was.
    stands: Mutex<Option<(u32, Instant)>>,
}

impl Delivery {
    fn new(request: &Parts, roster: &Arc<Roster>) -> Self {
        Self {
            pieces: AtomicU32::new(0),
            given_up: AtomicBool::new(false),
            reset: OnceLock::new(),
            server: request.extensions.get::<Lifeline>().cloned(),
            roster: Arc::downgrade(roster),
            stands: Mutex::default(),
        }
    }

    /// Whether the server that carries it is about to stop.
    fn is_late(&self) -> bool {
        self.server.as_ref().is_some_and(Lifeline::is_cut) || self.roster.upgrade().is_some_and(|roster| roster.is_closing())
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = GivenUp;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, GivenUp>>> {
        let Self { rest, tail, delivery, begun } = self.get_mut();
        if rest.is_empty() {
            return Poll::Ready(None);
        }
        if delivery.given_up.load(Ordering::Acquire) {
            *rest = Bytes::new();
            return Poll::Ready(Some(Err(GivenUp)));
        }
        if !std::mem::replace(begun, true)
            && let Some(roster) = delivery.roster.upgrade()
        {
            if let Some(reset) = Reset::of_this_task() {
                // Begun once.
                let _ = delivery.reset.set(reset);
            }
            let watched: Weak<Delivery> = Arc::downgrade(delivery);
            roster.watch(watched);
        }
        delivery.pieces.fetch_add(1, Ordering::AcqRel);
        let piece = if rest.len() > PIECE { PIECE } else { rest.len().saturating_sub(*tail).max(1) };
        Poll::Ready(Some(Ok(Frame::data(rest.split_to(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

impl Watched for Delivery {
    fn check(&self, longest: Duration) {
        let longest = if self.is_late() { longest.min(PARTING) } else { longest };
        let pieces = self.pieces.load(Ordering::Acquire);
        let mut stands = self.stands.lock().unwrap_or_else(PoisonError::into_inner);
        match *stands {
            Some((before, since)) if before == pieces => {
                if since.elapsed() >= longest && !self.given_up.swap(true, Ordering::AcqRel) {
                    tracing::debug!("a client does not take the answer to its request");
                    if let Some(reset) = self.reset.get() {
                        reset.reset();
                    }
                }
            }
            _ => *stands = Some((pieces, Instant::now())),
        }
    }
}
