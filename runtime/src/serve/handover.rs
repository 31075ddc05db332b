//! Taking a socket back from hyper.
//!
//! hyper keeps two buffers and a state machine for each connection, and frames each piece of a body. A stream of events needs none of it once its head
//! is written. So the answer to a request for one carries an offer, a [`Handover`]. Where it can be taken, hyper is given a body of nothing, which ends
//! by closing the connection; and what hyper believes to be closing hands the socket over, together with the head that hyper believes to have written.
//! Everything that is unusual (HTTP/2 and HTTP/1.0, `HEAD`, a request with a body, a layer that compresses, a client that would rather speak another protocol) stays with the ordinary body, and so does every other server, which
//! knows nothing of the offer.

use std::{
    convert::Infallible,
    fmt, io, mem,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{Method, Request, Version, header};
use http_body::{Body as _, Frame};
use hyper::{
    body::Incoming,
    upgrade::{OnUpgrade, Upgraded},
};
use hyper_util::{rt::TokioIo, server::conn::auto::upgrade::downcast};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::Lifeline;

/// What travels on a socket of its own.
pub(crate) trait Passenger: Send {
    /// Takes the socket, on which `head` is still to be written: a write of its own would cost as much as an event. From here on nobody else knows of it.
    fn board(self: Box<Self>, socket: TcpStream, head: Vec<u8>, server: &Lifeline);
}

type Offer = Box<dyn FnOnce() -> Option<Box<dyn Passenger>> + Send>;

/// An extension of a response: its body may travel without hyper.
#[derive(Clone)]
pub(crate) struct Handover(Arc<Mutex<Option<Offer>>>);

impl Handover {
    /// The offer is asked for at most once, and answers nothing when the body is on its way already.
    pub(crate) fn new(offer: impl FnOnce() -> Option<Box<dyn Passenger>> + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Some(Box::new(offer)))))
    }

    fn take(self) -> Option<Box<dyn Passenger>> {
        let offer = self.0.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        offer()
    }
}

impl fmt::Debug for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handover").finish_non_exhaustive()
    }
}

/// Who gets a connection's socket once hyper is done with it.
#[derive(Clone, Default)]
pub(super) struct Slot(Arc<Place>);

#[derive(Default)]
struct Place {
    passenger: Mutex<Option<Box<dyn Passenger>>>,
    // A request on this connection wanted another protocol. Whatever it was answered, hyper then hands the socket to whoever could have taken it up, instead of closing it.
    is_promised: AtomicBool,
    // How many bytes hyper wrote to the socket.
    written: AtomicU64,
}

/// What is to be known of a request once it was answered.
pub(super) struct Asked {
    // For a stream, in the way in which it can be taken.
    usual: bool,
    // For another protocol.
    upgrade: bool,
}

impl Asked {
    pub(super) fn by(request: &Request<Incoming>) -> Self {
        // hyper lets go of no socket before it read a request to its end, which somebody may put off.
        let usual = request.method() == Method::GET && request.version() == Version::HTTP_11 && request.body().is_end_stream();
        Self { usual, upgrade: request.extensions().get::<OnUpgrade>().is_some() }
    }
}

impl Slot {
    /// Takes notice of a request before it is answered.
    pub(super) fn see(&self, asked: &Asked) {
        if asked.upgrade {
            self.0.is_promised.store(true, Ordering::Relaxed);
        }
    }

    /// Decides, behind all layers of the application, who carries the response.
    pub(super) fn book(&self, asked: &Asked, mut response: Response) -> Response {
        let Some(handover) = response.extensions_mut().remove::<Handover>() else { return response };
        let usual = asked.usual
            && !self.0.is_promised.load(Ordering::Relaxed)
            && response.status().is_success()
            && !response.headers().contains_key(header::CONTENT_ENCODING)
            && !response.headers().contains_key(header::CONTENT_LENGTH);
        if !usual {
            return response;
        }
        let Some(passenger) = handover.take() else { return response };
        *response.body_mut() = Body::new(Endless);
        // A body that lasts until the connection closes needs no frames around its pieces.
        *response.version_mut() = Version::HTTP_10;
        *self.passenger() = Some(passenger);
        response
    }

    /// How many bytes went to the client through hyper.
    pub(super) fn written(&self) -> u64 {
        self.0.written.load(Ordering::Relaxed)
    }

    /// Counts what hyper wrote.
    fn note(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &written {
            self.0.written.fetch_add(*bytes as u64, Ordering::Relaxed);
        }
        written
    }

    fn is_booked(&self) -> bool {
        self.passenger().is_some()
    }

    fn passenger(&self) -> MutexGuard<'_, Option<Box<dyn Passenger>>> {
        self.0.passenger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body of which nobody knows the length, and hyper sees nothing.
struct Endless;

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }
}

/// A socket that hyper can lose.
pub(super) struct Takeable {
    socket: Option<TcpStream>,
    slot: Slot,
    server: Lifeline,
    // What hyper wrote since the slot was booked: a head, and before it whatever a client that did not wait for answers is still due.
    head: Vec<u8>,
}

impl Takeable {
    pub(super) fn new(socket: TcpStream, slot: Slot, server: Lifeline) -> Self {
        Self { socket: Some(socket), slot, server, head: Vec::new() }
    }

    fn socket(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.socket.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

/// An upgraded connection.
pub(crate) enum Upgrade {
    /// Its socket, and what was read of it too early.
    Socket(TcpStream, Bytes),
    /// The server is another one, and keeps its socket.
    Kept(Upgraded),
    /// The socket is gone.
    Closed,
}

impl From<Upgraded> for Upgrade {
    fn from(upgraded: Upgraded) -> Self {
        match downcast::<TokioIo<Takeable>>(upgraded) {
            Ok(parts) => match parts.io.into_inner().socket {
                Some(socket) => Self::Socket(socket, parts.read_buf),
                None => Self::Closed,
            },
            Err(upgraded) => Self::Kept(upgraded),
        }
    }
}

impl AsyncRead for Takeable {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.get_mut().socket()?.poll_read(cx, buffer)
    }
}

impl AsyncWrite for Takeable {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.slot.is_booked() {
            this.head.extend_from_slice(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = this.socket()?.poll_write(cx, bytes);
        this.slot.note(written)
    }

    fn poll_write_vectored(self: Pin<&mut Self>, cx: &mut Context<'_>, pieces: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.slot.is_booked() {
            let before = this.head.len();
            this.head.extend(pieces.iter().flat_map(|piece| piece.iter()));
            return Poll::Ready(Ok(this.head.len() - before));
        }
        let written = this.socket()?.poll_write_vectored(cx, pieces);
        this.slot.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().socket()?.poll_flush(cx)
    }

    /// Called when everything is written: the end of an ordinary connection, and the beginning of a stream's own.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let passenger = this.slot.passenger().take();
        if let Some(passenger) = passenger
            && let Some(socket) = this.socket.take()
        {
            passenger.board(socket, mem::take(&mut this.head), &this.server);
        }
        match this.socket() {
            Ok(socket) => socket.poll_shutdown(cx),
            Err(_) => Poll::Ready(Ok(())),
        }
    }
}
