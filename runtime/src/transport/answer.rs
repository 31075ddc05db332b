//! Answers that are large enough to wait for their clients.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::response::Response;
use bytes::Bytes;
use http::Extensions;
use http_body::{Body, Frame, SizeHint};
use tidewire_schema::wire::WireCode;

use super::{Refusal, body::GivenUp, http::json};
use crate::{
    hub::{Roster, Watched},
    serve::{Allowance, Allowed, PARTING, Reset},
};

/// How much a body hands out at once. Who takes so much in the time for which a client may take nothing is slow, and not gone. Smaller ones would cost: over HTTP/2 each
/// begins with a frame of a single byte while its client's window is closed.
pub(super) const PIECE: usize = 64 * 1024;

/// Waits until the connection of this request may have one more large answer. Other servers than ours do not count them.
pub(super) async fn allow(request: &Extensions) -> Result<Option<Allowed>, Refusal> {
    let Some(allowance) = request.get::<Allowance>() else { return Ok(None) };
    let allowed = allowance.take().await;
    if allowed.is_none() {
        let refusal = Refusal::new(WireCode::Overloaded, "too many answers wait on this connection for their client to take them");
        return Err(refusal.retry_after(Duration::from_secs(5)));
    }
    Ok(allowed)
}

/// An answer in JSON, of which the client may be slow to take the rest.
pub(super) fn large_json(text: Vec<u8>, allowed: Option<Allowed>, roster: &Arc<Roster>) -> Response {
    let text = Text { text: text.into_boxed_slice(), _allowed: allowed };
    json(axum::body::Body::new(AnswerBody { rest: Bytes::from_owner(text), roster: roster.clone(), delivery: None }), "no-store")
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
    roster: Arc<Roster>,
    // Once there is something to wait for.
    delivery: Option<Arc<Delivery>>,
}

/// How an answer gets on.
struct Delivery {
    pieces: AtomicU32,
    given_up: AtomicBool,
    reset: Option<Reset>,
    roster: Weak<Roster>,
    // How many pieces it had taken when it was first seen not to get on, and when that was.
    stands: Mutex<Option<(u32, Instant)>>,
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = GivenUp;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, GivenUp>>> {
        let Self { rest, roster, delivery } = self.get_mut();
        if rest.is_empty() {
            return Poll::Ready(None);
        }
        if let Some(delivery) = delivery {
            if delivery.given_up.load(Ordering::Acquire) {
                *rest = Bytes::new();
                return Poll::Ready(Some(Err(GivenUp)));
            }
            delivery.pieces.fetch_add(1, Ordering::AcqRel);
        }
        let piece = rest.split_to(PIECE.min(rest.len()));
        if delivery.is_none() && !rest.is_empty() {
            let begun = Arc::new(Delivery {
                pieces: AtomicU32::new(1),
                given_up: AtomicBool::new(false),
                reset: Reset::of_this_task(),
                roster: Arc::downgrade(roster),
                stands: Mutex::default(),
            });
            let watched: Weak<Delivery> = Arc::downgrade(&begun);
            roster.watch(watched);
            *delivery = Some(begun);
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
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
        let is_stopping = self.roster.upgrade().is_some_and(|roster| roster.is_stopping());
        let longest = if is_stopping { longest.min(PARTING) } else { longest };
        let pieces = self.pieces.load(Ordering::Acquire);
        let mut stands = self.stands.lock().unwrap_or_else(PoisonError::into_inner);
        match *stands {
            Some((before, since)) if before == pieces => {
                if since.elapsed() >= longest && !self.given_up.swap(true, Ordering::AcqRel) {
                    tracing::debug!("a client does not take the answer to its request");
                    if let Some(reset) = &self.reset {
                        reset.reset();
                    }
                }
            }
            _ => *stands = Some((pieces, Instant::now())),
        }
    }
}
