//! A socket that is written to as far as it takes data.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, Bytes};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use crate::workers::Batch;

/// How long a client may take to see that the connection ends.
const FAREWELL: Duration = Duration::from_secs(2);

pub(super) struct Pipe<S> {
    stream: S,
    // What the socket did not take.
    unsent: VecDeque<Bytes>,
    stall: Stall,
}

/// Whether the client still takes data.
struct Stall {
    longest: Duration,
    written: u64,
    // Since when it took nothing, as the number of bytes that it had taken.
    alarm: Option<(u64, Pin<Box<Sleep>>)>,
}

/// A client that took no data for too long.
#[derive(Debug)]
pub(super) struct Stalled;

impl<S: AsyncRead + AsyncWrite + Unpin> Pipe<S> {
    pub(super) fn new(stream: S, stall: Duration) -> Self {
        Self { stream, unsent: VecDeque::new(), stall: Stall { longest: stall, written: 0, alarm: None } }
    }

    /// Whether there is something that the socket did not take.
    pub(super) fn is_blocked(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Writes all of the batch, or as much as the socket takes; the rest is kept. Not to be called while the pipe is blocked.
    pub(super) fn send(&mut self, cx: &mut Context<'_>, batch: &Batch) -> io::Result<()> {
        for piece in batch.pieces() {
            if self.is_blocked() {
                self.unsent.push_back(piece.keep(0));
                continue;
            }
            let (bytes, mut sent) = (piece.bytes(), 0);
            while sent < bytes.len() {
                match self.write(cx, |_| &bytes[sent..]) {
                    Poll::Ready(written) => sent += written?,
                    Poll::Pending => {
                        self.unsent.push_back(piece.keep(sent));
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Puts the batch behind what the socket did not take.
    pub(super) fn keep(&mut self, batch: &Batch) {
        self.unsent.extend(batch.pieces().map(|piece| piece.keep(0)));
    }

    /// Writes what the socket did not take before. Ready when nothing is left.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(first) = self.unsent.front() {
            let length = first.len();
            let written = ready!(self.write(cx, |unsent| unsent.front().map_or(&[], |first| first)))?;
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

    /// Watches the time while the pipe is blocked.
    pub(super) fn check_stall(&mut self, cx: &mut Context<'_>) -> Result<(), Stalled> {
        self.stall.check(cx)
    }

    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().len()))
    }

    fn write<'a>(&'a mut self, cx: &mut Context<'_>, bytes: impl FnOnce(&'a VecDeque<Bytes>) -> &'a [u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes(&self.unsent)))?;
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.stall.written += written as u64;
        Poll::Ready(Ok(written))
    }
}

impl Stall {
    fn check(&mut self, cx: &mut Context<'_>) -> Result<(), Stalled> {
        loop {
            let Self { longest, written, alarm } = self;
            let (before, alarm) = alarm.get_or_insert_with(|| (*written, Box::pin(sleep_until(Instant::now() + *longest))));
            if alarm.as_mut().poll(cx).is_pending() {
                return Ok(());
            }
            if *before == *written {
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
    pub(super) fn poll_flush<S: AsyncRead + AsyncWrite + Unpin>(&mut self, pipe: &mut Pipe<S>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.alarm.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        pipe.poll_flush(cx)
    }

    /// Ready when the connection can be dropped.
    pub(super) fn poll<S: AsyncRead + AsyncWrite + Unpin>(&mut self, pipe: &mut Pipe<S>, cx: &mut Context<'_>) -> Poll<()> {
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
