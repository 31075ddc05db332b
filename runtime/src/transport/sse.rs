//! Frames as Server-Sent Events.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use bytes::Bytes;

use super::Frame;
use crate::{
    connection::Collector,
    cursor::Cursor,
    session::{Control, FrameSink, Moved, milliseconds},
};

/// A comment, which readers ignore and proxies count as traffic.
const HEARTBEAT: Bytes = Bytes::from_static(b":\n\n");

/// What the `id:` lines of a stream hold.
#[derive(Debug)]
pub(super) enum Ids {
    /// There are none: the client keeps cursors itself.
    None,
    /// The cursor of the only channel, which every subscriber of that channel shares.
    One,
    /// The cursors of all channels, because a browser remembers the last id alone. Those it has not heard of yet keep the cursor it came with.
    All(Vec<(Arc<str>, Option<Cursor>)>),
}

/// Collects the blocks of one stream.
#[derive(Debug)]
pub(super) struct SseWriter {
    ids: Ids,
    retry: Duration,
    blocks: Vec<Bytes>,
}

impl SseWriter {
    pub(super) fn new(ids: Ids, retry: Duration) -> Self {
        Self { ids, retry, blocks: Vec::new() }
    }

    pub(super) fn heartbeat(&mut self) {
        self.blocks.push(HEARTBEAT);
    }

    /// Everything collected, as one piece. A single shared frame stays shared; copying several together costs less than as many writes.
    pub(super) fn take(&mut self) -> Option<Bytes> {
        if self.blocks.len() < 2 {
            return self.blocks.pop();
        }
        let mut joined = Vec::with_capacity(self.blocks.iter().map(Bytes::len).sum());
        for block in self.blocks.drain(..) {
            joined.extend_from_slice(&block);
        }
        Some(joined.into())
    }
}

impl Collector for SseWriter {
    fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }
}

impl FrameSink for SseWriter {
    fn control(&mut self, frame: &Control, moved: Option<Moved>) {
        let mut block = String::new();
        if let Some(moved) = moved {
            self.ids.line(moved, &mut block);
        }
        let retry = match frame {
            Control::Welcome(_) => Some(milliseconds(self.retry)),
            Control::Reconnect { after } => Some(*after),
            _ => None,
        };
        if let Some(retry) = retry {
            // Writing into a `String` cannot fail, here and below.
            let _ = writeln!(block, "retry: {retry}");
        }
        let _ = write!(block, "data: {}\n\n", frame.json());
        self.blocks.push(block.into());
    }

    fn event(&mut self, frame: &Frame, moved: Option<Moved>) {
        match (&self.ids, moved) {
            (Ids::One, _) => self.blocks.push(frame.block()),
            (Ids::All(_), Some(moved)) => {
                let mut line = String::new();
                self.ids.line(moved, &mut line);
                self.blocks.extend([line.into(), frame.data_block()]);
            }
            (Ids::All(_), None) | (Ids::None, _) => self.blocks.push(frame.data_block()),
        }
    }

    fn passed(&mut self, moved: Moved) {
        // The next id says it.
        if let Ids::All(positions) = &mut self.ids {
            positions[moved.subscription].1 = Some(moved.cursor);
        }
    }
}

impl Ids {
    fn line(&mut self, moved: Moved, block: &mut String) {
        match self {
            Self::None => {}
            Self::One => {
                let _ = writeln!(block, "id: {}", moved.cursor);
            }
            Self::All(positions) => {
                positions[moved.subscription].1 = Some(moved.cursor);
                block.push_str("id: ");
                let known = positions.iter().filter_map(|(channel, cursor)| Some((channel, (*cursor)?)));
                for (at, (channel, cursor)) in known.enumerate() {
                    let _ = write!(block, "{}{channel}={cursor}", if at == 0 { "" } else { "," });
                }
                block.push('\n');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cursor::{Epoch, EventId},
        session::Outcome,
        transport::FrameParts,
    };

    fn cursor(number: u64) -> Cursor {
        Cursor::new(Epoch::from(1), number, EventId::new(number, 0))
    }

    fn frame(cursor: Option<Cursor>) -> Frame {
        Frame::encode(FrameParts { channel: "a", event: "e", cursor, time: 0, sender: None, origin: None, data: None })
    }

    fn written(writer: &mut SseWriter) -> String {
        String::from_utf8(writer.take().unwrap().to_vec()).unwrap()
    }

    #[test]
    fn the_first_block_tells_how_long_to_wait_and_so_does_the_last() {
        let mut writer = SseWriter::new(Ids::None, Duration::from_millis(1500));
        writer.control(&Control::welcome(None, "0".into(), Duration::from_secs(15)), None);
        assert!(written(&mut writer).starts_with("retry: 1500\ndata: {\"type\":\"welcome\""));
        writer.control(&Control::reconnect(Duration::from_millis(700)), None);
        assert_eq!(written(&mut writer), "retry: 700\ndata: {\"type\":\"reconnect\",\"after\":700}\n\n");
    }

    #[test]
    fn one_channel_shares_its_blocks_without_a_copy() {
        let mut writer = SseWriter::new(Ids::One, Duration::ZERO);
        let shared = frame(Some(cursor(4)));
        writer.event(&shared, Some(Moved { subscription: 0, cursor: cursor(4) }));
        let taken = writer.take().unwrap();
        assert_eq!(taken.as_ptr(), shared.block().as_ptr());
        assert!(taken.starts_with(b"id: 0000000000000001.4.4-0\ndata: "));
        writer.event(&frame(None), None);
        assert!(written(&mut writer).starts_with("data: "), "a transient event moves no cursor");
    }

    #[test]
    fn several_channels_name_all_cursors_in_every_id() {
        let positions = vec![("a".into(), None), ("b".into(), Some(cursor(9)))];
        let mut writer = SseWriter::new(Ids::All(positions), Duration::ZERO);
        let subscribed = Control::Subscribed { channel: "a".into(), reference: None, outcome: Outcome::Fresh, cursor: cursor(3) };
        writer.control(&subscribed, Some(Moved { subscription: 0, cursor: cursor(3) }));
        assert!(written(&mut writer).starts_with("id: a=0000000000000001.3.3-0,b=0000000000000001.9.9-0\ndata: {\"type\":\"subscribed\""));
        writer.passed(Moved { subscription: 0, cursor: cursor(5) });
        assert!(writer.is_empty(), "what is passed over is not told by itself");
        writer.event(&frame(Some(cursor(10))), Some(Moved { subscription: 1, cursor: cursor(10) }));
        assert!(written(&mut writer).starts_with("id: a=0000000000000001.5.5-0,b=0000000000000001.10.10-0\ndata: {\"type\":\"event\""));
    }

    #[test]
    fn clients_that_keep_cursors_get_no_ids() {
        let mut writer = SseWriter::new(Ids::None, Duration::ZERO);
        writer.event(&frame(Some(cursor(4))), Some(Moved { subscription: 0, cursor: cursor(4) }));
        writer.heartbeat();
        let text = written(&mut writer);
        assert!(text.starts_with("data: {") && text.ends_with("}\n\n:\n\n"), "{text}");
    }
}
