//! A socket that is written to as far as it takes data.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    os::fd::AsRawFd as _,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, Bytes};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};

use crate::{
    serve::PARTING,
    workers::{Batch, Piece, Turn},
};

/// How many pieces to write in one call. There are rarely more than two.
const AT_ONCE: usize = 16;
/// How long a client may take to see that the connection ends.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a pipe is made of.
pub(super) trait Socket: AsyncRead + AsyncWrite + Unpin {
    /// Writes without a look whether the socket would take it.
    fn write_now(&self, bytes: &[u8]) -> io::Result<usize>;

    /// The same for what lies in several pieces.
    fn write_pieces_now(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize>;

    /// See [`Line::preview`](crate::workers::Line::preview).
    fn preview(&self) -> u64;
}

impl Socket for TcpStream {
    fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
        SockRef::from(self).send(bytes)
    }

    fn write_pieces_now(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        SockRef::from(self).send_vectored(pieces)
    }

    fn preview(&self) -> u64 {
        self.as_raw_fd().unsigned_abs().into()
    }
}

impl Socket for TokioIo<Upgraded> {
    fn write_now(&self, _: &[u8]) -> io::Result<usize> {
        // What is below may be anything.
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn write_pieces_now(&self, _: &[IoSlice<'_>]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn preview(&self) -> u64 {
        0
    }
}

pub(super) struct Pipe<S> {
    stream: S,
    // What the socket did not take.
    unsent: VecDeque<Bytes>,
    stall: Stall,
}

/// Whether the client still takes data.
struct Stall {
    longest: Duration,
    // Until when it has to have taken everything, whatever it takes meanwhile.
    end: Option<Instant>,
    written: u64,
    // Since when it took nothing, as the number of bytes that it had taken.
    alarm: Option<(u64, Pin<Box<Sleep>>)>,
}

/// A client that took no data for too long.
#[derive(Debug)]
pub(super) struct Stalled;

impl<S: Socket> Pipe<S> {
    pub(super) fn new(stream: S, stall: Duration) -> Self {
        Self { stream, unsent: VecDeque::new(), stall: Stall { longest: stall, end: None, written: 0, alarm: None } }
    }

    /// See [`Line::preview`](crate::workers::Line::preview).
    pub(super) fn preview(&self) -> u64 {
        self.unsent.len() as u64 ^ self.stall.written ^ self.stream.preview()
    }

    /// Whether there is something that the socket did not take.
    pub(super) fn is_blocked(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Writes all of the batch, or as much as the socket takes; the rest is kept. Not to be called while the pipe is blocked.
    pub(super) fn send(&mut self, cx: &mut Context<'_>, batch: &Batch) -> io::Result<()> {
        if let Some(bytes) = batch.only_copied() {
            let sent = self.write_all(cx, bytes)?;
            if sent < bytes.len() {
                self.unsent.push_back(Bytes::copy_from_slice(&bytes[sent..]));
            }
            return Ok(());
        }
        let pieces: Vec<Piece<'_>> = batch.pieces().collect();
        let mut sent = self.write_first(&pieces)?;
        for piece in pieces {
            let length = piece.bytes().len();
            if sent < length && !self.is_blocked() {
                sent += self.write_all(cx, &piece.bytes()[sent..])?;
            }
            if sent < length {
                self.unsent.push_back(piece.keep(sent));
            }
            sent = sent.saturating_sub(length);
        }
        Ok(())
    }

    /// Writes as much of the first pieces as the socket takes in one call; how much that was.
    fn write_first(&mut self, pieces: &[Piece<'_>]) -> io::Result<usize> {
        let slices: Vec<IoSlice<'_>> = pieces.iter().take(AT_ONCE).map(|piece| IoSlice::new(piece.bytes())).collect();
        match self.stream.write_pieces_now(&slices) {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(0),
            written => self.stall.account(written?),
        }
    }

    /// The end of a turn that had all of this to say, and nothing else to do.
    pub(super) fn finish(&mut self, cx: &mut Context<'_>, batch: &Batch) -> Turn {
        // What it does not take is watched from now on.
        let sent = self.send(cx, batch).is_ok() && (!self.is_blocked() || self.check_stall(cx).is_ok());
        if sent { Turn::Waits } else { Turn::Over }
    }

    /// Writes until the socket takes no more; how much that was.
    fn write_all(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> io::Result<usize> {
        let mut sent = 0;
        while sent < bytes.len() {
            // Sockets nearly always take what they are given. Asking first whether they would costs more than being refused now and then.
            let written = match self.stream.write_now(&bytes[sent..]) {
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                    match self.poll_write(cx, |_| &bytes[sent..]) {
                        Poll::Ready(written) => written?,
                        Poll::Pending => return Ok(sent),
                    }
                }
                written => self.stall.account(written?)?,
            };
            sent += written;
        }
        Ok(sent)
    }

    /// Puts the batch behind what the socket did not take.
    pub(super) fn keep(&mut self, batch: &Batch) {
        self.unsent.extend(batch.pieces().map(|piece| piece.keep(0)));
    }

    /// Writes what the socket did not take before. Ready when nothing is left.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(first) = self.unsent.front() {
            let length = first.len();
            let written = ready!(self.poll_write(cx, |unsent| unsent.front().map_or(&[], |first| first)))?;
            if written == length {
                self.unsent.pop_front();
            } else if let Some(first) = self.unsent.front_mut() {
                first.advance(written);
            }
        }
        // What a slow moment needed should not be held for the life of the connection.
        self.unsent = VecDeque::new();
        self.stall.alarm = None;
        Poll::Ready(Ok(()))
    }

    /// From here on there is an end to the time in which the pipe may be blocked; whether that is new. The time is watched from the next [`check_stall`](Self::check_stall).
    pub(super) fn hurry(&mut self) -> bool {
        let new = self.stall.end.is_none();
        if new {
            self.stall.end = Some(Instant::now() + PARTING);
            self.stall.alarm = None;
        }
        new
    }

    /// Watches the time while the pipe is blocked.
    pub(super) fn check_stall(&mut self, cx: &mut Context<'_>) -> Result<(), Stalled> {
        self.stall.check(cx)
    }

    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().len()))
    }

    fn poll_write<'a>(&'a mut self, cx: &mut Context<'_>, bytes: impl FnOnce(&'a VecDeque<Bytes>) -> &'a [u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes(&self.unsent)))?;
        Poll::Ready(self.stall.account(written))
    }
}

impl Stall {
    fn account(&mut self, written: usize) -> io::Result<usize> {
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.written += written as u64;
        Ok(written)
    }

    fn check(&mut self, cx: &mut Context<'_>) -> Result<(), Stalled> {
        loop {
            let Self { longest, end, written, alarm } = self;
            let (before, alarm) = alarm.get_or_insert_with(|| {
                let due = Instant::now() + *longest;
                (*written, Box::pin(sleep_until(end.map_or(due, |end| end.min(due)))))
            });
            if alarm.as_mut().poll(cx).is_pending() {
                return Ok(());
            }
            if *before == *written || end.is_some_and(|end| end <= Instant::now()) {
                tracing::debug!("a client takes no data any more");
                return Err(Stalled);
            }
            self.alarm = None;
        }
    }
}

/// The end of a connection on which everything was said: nothing more is written, and what the client still says is read without looking. A socket
/// that is closed with unread data is reset, and the client might never see the last words.
pub(super) struct Farewell {
    alarm: Pin<Box<Sleep>>,
    shut: bool,
}

impl Farewell {
    pub(super) fn begin() -> Self {
        Self { alarm: Box::pin(tokio::time::sleep(FAREWELL)), shut: false }
    }

    /// Ready when the client took everything, or was given up.
    pub(super) fn poll_flush<S: Socket>(&mut self, pipe: &mut Pipe<S>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.alarm.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        pipe.poll_flush(cx)
    }

    /// Ready when the connection can be dropped.
    pub(super) fn poll<S: Socket>(&mut self, pipe: &mut Pipe<S>, cx: &mut Context<'_>) -> Poll<()> {
        if ready!(self.poll_flush(pipe, cx)).is_err() {
            return Poll::Ready(());
        }
        if !self.shut {
            if ready!(Pin::new(&mut pipe.stream).poll_shutdown(cx)).is_err() {
                return Poll::Ready(());
            }
            self.shut = true;
        }
        let mut unread = [0; 1024];
        // Bounded, so that a client that never stops talking has to wait like everybody.
        for _ in 0..16 {
            if !matches!(ready!(pipe.poll_read(cx, &mut unread)), Ok(1..)) {
                return Poll::Ready(());
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[cfg(test)]
#[path = "pipe_tests.rs"]
mod tests;
