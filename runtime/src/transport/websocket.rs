//! Frames of RFC 6455.
//!
//! What comes is read by tungstenite, which checks it and writes the answers that the protocol itself demands. What goes out is written here: the header
//! of a frame from a server is two to ten bytes, and the JSON behind it is shared by everybody.

use std::{
    io::{self, Read, Write},
    ops::Range,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use tungstenite::{
    Error, Message,
    error::ProtocolError,
    protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext, frame::coding::CloseCode},
};

use super::{
    Frame,
    pipe::{Pipe, Socket},
};
use crate::{
    connection::Collector,
    session::{Control, Form, FrameSink, Moved, SharedPage},
    workers::Batch,
};

/// How many bytes each connection holds for what comes. A message that is larger has a place of its own until it is read.
const BUFFER: usize = 64;
/// How many bytes to take from a socket at once. Most messages of clients are far smaller.
const READ: usize = 1024;
/// How often to take from a socket before the other connections have their turns: as much as a message may have. Frames without a byte in them never make one.
const READS: usize = 64;
/// How many bytes of answers may wait until the client takes them, before nothing more is read.
const REPLIES: usize = 1024;
/// The whole of a text message in one frame.
const TEXT: u8 = 0x81;

/// What is wrong with what came; nothing when the client is gone.
pub(super) type Violation = Option<(CloseCode, &'static str)>;

/// Reads messages, and holds what the protocol has to say to them.
pub(super) struct Codec {
    // Boxed: a turn that only hands out events has no use for it, and thousands of connections lie closer together without it.
    reader: Box<Reader>,
    replies: Vec<u8>,
}

struct Reader {
    context: WebSocketContext,
    // What was taken from the socket, and has no room in the context yet.
    ahead: Bytes,
}

impl Codec {
    /// Begins behind what was read too early.
    pub(super) fn new(early: &[u8], message_bytes: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(message_bytes))
            .max_frame_size(Some(message_bytes));
        // Copied: it is a slice of hyper's buffer, which is many times as large.
        let context = WebSocketContext::from_partially_read(early.to_vec(), Role::Server, Some(config));
        Self { reader: Box::new(Reader { context, ahead: Bytes::new() }), replies: Vec::new() }
    }

    /// Whether the protocol has something to say.
    pub(super) fn has_replies(&self) -> bool {
        !self.replies.is_empty()
    }

    /// Whether the client takes the answers to what it says.
    pub(super) fn has_room(&self) -> bool {
        self.replies.len() < REPLIES
    }

    /// The next message. After an error there is none.
    pub(super) fn poll_read<S: Socket>(&mut self, pipe: &mut Pipe<S>, cx: &mut Context<'_>) -> Poll<Result<Message, Violation>> {
        let Self { reader, replies } = self;
        let Reader { context, ahead } = &mut **reader;
        match context.read(&mut Wire { pipe, cx, ahead, replies, left: READS }) {
            Ok(message) => Poll::Ready(Ok(message)),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            Err(error) => Poll::Ready(Err(violation(&error))),
        }
    }

    /// Asks whether the client is there.
    pub(super) fn ping(&mut self) {
        self.say(Message::Ping(Bytes::new()));
    }

    /// Says goodbye.
    pub(super) fn close(&mut self, frame: CloseFrame) {
        self.say(Message::Close(Some(frame)));
    }

    fn say(&mut self, message: Message) {
        let Self { reader, replies } = self;
        let mut wire = Deaf { replies };
        // Writing fails only once the goodbye is said, and then there is nothing to add.
        if reader.context.write(&mut wire, message).is_ok() {
            let _ = reader.context.flush(&mut wire);
        }
    }

    /// Moves what the protocol has to say to the end of the batch.
    pub(super) fn take_replies(&mut self, batch: &mut Batch) {
        if !self.replies.is_empty() {
            batch.push(&self.replies);
            self.replies = Vec::new();
        }
    }
}

fn violation(error: &Error) -> Violation {
    match error {
        Error::Capacity(_) => Some((CloseCode::Size, "the message is too large")),
        Error::Utf8(_) => Some((CloseCode::Invalid, "the message is not UTF-8")),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some((CloseCode::Protocol, "the frame violates RFC 6455")),
        _ => None,
    }
}

/// A socket, as tungstenite sees it: it reads from there, and what it writes waits for the next batch.
struct Wire<'a, 'c, S> {
    pipe: &'a mut Pipe<S>,
    cx: &'a mut Context<'c>,
    ahead: &'a mut Bytes,
    replies: &'a mut Vec<u8>,
    // How often it may still ask the socket.
    left: usize,
}

impl<S: Socket> Read for Wire<'_, '_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.ahead.is_empty() {
            let taken = self.ahead.len().min(buffer.len());
            self.ahead.copy_to_slice(&mut buffer[..taken]);
            if self.ahead.is_empty() {
                *self.ahead = Bytes::new();
            }
            return Ok(taken);
        }
        if self.left == 0 {
            // Goes on when the others had their turns.
            self.cx.waker().wake_by_ref();
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.left -= 1;
        let mut fresh = [0; READ];
        match self.pipe.poll_read(self.cx, &mut fresh) {
            Poll::Ready(read) => {
                let read = read?;
                let taken = read.min(buffer.len());
                buffer[..taken].copy_from_slice(&fresh[..taken]);
                if taken < read {
                    *self.ahead = Bytes::copy_from_slice(&fresh[taken..read]);
                }
                Ok(taken)
            }
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl<S> Write for Wire<'_, '_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.replies.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// As [`Wire`], where there is nothing to read.
struct Deaf<'a> {
    replies: &'a mut Vec<u8>,
}

impl Read for Deaf<'_> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }
}

impl Write for Deaf<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.replies.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes what a session hands out as text messages.
pub(super) struct SocketWriter<'a> {
    batch: &'a mut Batch,
    before: usize,
    news: bool,
}

impl<'a> SocketWriter<'a> {
    pub(super) fn new(batch: &'a mut Batch) -> Self {
        Self { before: batch.extent(), batch, news: false }
    }

    /// Whether anything but a ping was handed over.
    pub(super) fn has_news(&self) -> bool {
        self.news
    }
}

impl Collector for SocketWriter<'_> {
    fn is_empty(&self) -> bool {
        self.batch.extent() == self.before
    }
}

impl FrameSink for SocketWriter<'_> {
    fn control(&mut self, frame: &Control, _: Option<Moved>) {
        self.news |= !matches!(frame, Control::Ping);
        let json = frame.json();
        self.batch.push(header(json.len(), &mut [0; 10]));
        self.batch.push(json.as_bytes());
    }

    fn event(&mut self, frame: &Frame, _: Option<Moved>) {
        self.news = true;
        let json = frame.json();
        self.batch.push(header(json.len(), &mut [0; 10]));
        self.batch.push_shared(json, || frame.shared_json());
    }

    fn run(&mut self, page: &SharedPage, range: Range<usize>, _: Moved) {
        self.news = true;
        let bytes = page.written(Form::Messages, range, |frame, bytes| {
            let json = frame.json();
            bytes.extend_from_slice(header(json.len(), &mut [0; 10]));
            bytes.extend_from_slice(json);
        });
        self.batch.push_shared(&bytes, || bytes.clone());
    }

    fn passed(&mut self, _: Moved) {}
}

/// The header of an unmasked text message of this length, as RFC 6455 section 5.2 lays it out.
fn header(length: usize, space: &mut [u8; 10]) -> &[u8] {
    space[0] = TEXT;
    if let Ok(short) = u8::try_from(length)
        && short < 126
    {
        space[1] = short;
        return &space[..2];
    }
    if let Ok(medium) = u16::try_from(length) {
        space[1] = 126;
        space[2..4].copy_from_slice(&medium.to_be_bytes());
        return &space[..4];
    }
    space[1] = 127;
    space[2..].copy_from_slice(&(length as u64).to_be_bytes());
    space
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Cursor, IoSlice},
        pin::Pin,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::{Wake, Waker},
        time::Duration,
    };

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
    use tungstenite::protocol::frame::{
        FrameHeader,
        coding::{Data, OpCode},
    };

    use super::*;

    /// Says that a message begins, and then for ever that it goes on, without a byte of it.
    struct Drone {
        began: bool,
    }

    impl AsyncRead for Drone {
        fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            let frame = if std::mem::replace(&mut self.began, true) { [0x00, 0x80, 0, 0, 0, 0] } else { [0x01, 0x80, 0, 0, 0, 0] };
            buffer.put_slice(&frame);
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Drone {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    impl Socket for Drone {
        fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn write_pieces_now(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
            Ok(pieces.iter().map(|piece| piece.len()).sum())
        }

        fn preview(&self) -> u64 {
            0
        }
    }

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn frames_that_never_make_a_message_leave_the_others_their_turns() {
        let mut pipe = Pipe::new(Drone { began: false }, Duration::from_secs(10));
        let mut codec = Codec::new(&[], 64 * 1024);
        let woken = Arc::<Woken>::default();
        let waker = Waker::from(woken.clone());
        let mut cx = Context::from_waker(&waker);
        for turns in 1..=3 {
            assert!(codec.poll_read(&mut pipe, &mut cx).is_pending());
            assert_eq!(woken.0.load(Ordering::Relaxed), turns, "it goes on, when the others had their turns");
        }
    }

    #[test]
    fn headers_are_what_a_library_reads() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 1 << 20] {
            let mut space = [0; 10];
            let bytes = header(length, &mut space);
            let (read, announced) = FrameHeader::parse(&mut Cursor::new(bytes)).unwrap().unwrap();
            assert_eq!(announced, length as u64);
            assert!(read.is_final && read.opcode == OpCode::Data(Data::Text) && read.mask.is_none(), "{length}");
        }
    }
}
