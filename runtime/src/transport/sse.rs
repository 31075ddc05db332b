//! Frames as Server-Sent Events.

use std::{io::Write as _, ops::Range, sync::Arc, time::Duration};

use super::Frame;
use crate::{
    connection::Collector,
    cursor::Cursor,
    session::{Control, Form, FrameSink, Moved, SharedPage, milliseconds},
    workers::Batch,
};

/// A comment, which readers ignore and proxies count as traffic.
const HEARTBEAT: &[u8] = b":\n\n";

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

/// How the blocks of one stream are written.
#[derive(Debug)]
pub(super) struct SseFormat {
    ids: Ids,
    retry: Duration,
}

impl SseFormat {
    pub(super) fn new(ids: Ids, retry: Duration) -> Self {
        Self { ids, retry }
    }

    /// See [`Line::preview`](crate::workers::Line::preview).
    pub(super) fn preview(&self) -> u64 {
        matches!(self.ids, Ids::One).into()
    }

    /// Writes what it is handed to the end of the batch.
    pub(super) fn writer<'a>(&'a mut self, batch: &'a mut Batch) -> SseWriter<'a> {
        SseWriter { format: self, before: batch.extent(), batch }
    }
}

/// Writes the blocks of one stream.
#[derive(Debug)]
pub(super) struct SseWriter<'a> {
    format: &'a mut SseFormat,
    batch: &'a mut Batch,
    before: usize,
}

impl SseWriter<'_> {
    pub(super) fn heartbeat(&mut self) {
        self.batch.push(HEARTBEAT);
    }
}

impl Collector for SseWriter<'_> {
    fn is_empty(&self) -> bool {
        self.batch.extent() == self.before
    }
}

impl FrameSink for SseWriter<'_> {
    fn control(&mut self, frame: &Control, moved: Option<Moved>) {
        let text = self.batch.text();
        if let Some(moved) = moved {
            self.format.ids.line(moved, text);
        }
        let retry = match frame {
            Control::Welcome(_) => Some(milliseconds(self.format.retry)),
            Control::Reconnect { after } => Some(*after),
            _ => None,
        };
        if let Some(retry) = retry {
            // Writing into a `Vec` cannot fail, here and below.
            let _ = writeln!(text, "retry: {retry}");
        }
        let _ = write!(text, "data: {}\n\n", frame.json());
    }

    fn event(&mut self, frame: &Frame, moved: Option<Moved>) {
        match (&self.format.ids, moved) {
            (Ids::One, _) => self.batch.push_shared(frame.block_bytes(), || frame.block()),
            (Ids::All(_), Some(moved)) => {
                self.format.ids.line(moved, self.batch.text());
                self.batch.push_shared(frame.data_block_bytes(), || frame.data_block());
            }
            (Ids::All(_), None) | (Ids::None, _) => self.batch.push_shared(frame.data_block_bytes(), || frame.data_block()),
        }
    }

    fn run(&mut self, page: &SharedPage, range: Range<usize>, moved: Moved) {
        let bytes = match self.format.ids {
            Ids::One => page.written(Form::Blocks, range, |frame, bytes| bytes.extend_from_slice(frame.block_bytes())),
            Ids::None => page.written(Form::DataBlocks, range, |frame, bytes| bytes.extend_from_slice(frame.data_block_bytes())),
            Ids::All(_) => {
                for entry in &page.entries[range] {
                    self.event(&entry.frame, Some(Moved { cursor: entry.cursor, ..moved }));
                }
                return;
            }
        };
        self.batch.push_shared(&bytes, || bytes.clone());
    }

    fn passed(&mut self, moved: Moved) {
        // The next id says it.
        if let Ids::All(positions) = &mut self.format.ids {
            positions[moved.subscription].1 = Some(moved.cursor);
        }
    }
}

impl Ids {
    fn line(&mut self, moved: Moved, block: &mut Vec<u8>) {
        match self {
            Self::None => {}
            Self::One => {
                let _ = writeln!(block, "id: {}", moved.cursor);
            }
            Self::All(positions) => {
                positions[moved.subscription].1 = Some(moved.cursor);
                block.extend_from_slice(b"id: ");
                let known = positions.iter().filter_map(|(channel, cursor)| Some((channel, (*cursor)?)));
                for (at, (channel, cursor)) in known.enumerate() {
                    let _ = write!(block, "{}{channel}={cursor}", if at == 0 { "" } else { "," });
                }
                block.push(b'\n');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cursor::{Epoch, EventId},
        session::{GrantFrame, Outcome},
        transport::FrameParts,
    };

    fn cursor(number: u64) -> Cursor {
        Cursor::new(Epoch::from(1), number, EventId::new(number, 0))
    }

    fn frame(cursor: Option<Cursor>) -> Frame {
        Frame::encode(FrameParts { channel: "a", event: "e", cursor, time: 0, sender: None, origin: None, data: None })
    }

    /// What a stream says when it is handed something.
    fn written(format: &mut SseFormat, hand: impl FnOnce(&mut SseWriter<'_>)) -> String {
        let mut batch = Batch::default();
        hand(&mut format.writer(&mut batch));
        String::from_utf8(batch.take().unwrap_or_default().to_vec()).unwrap()
    }

    #[test]
    fn the_first_block_tells_how_long_to_wait_and_so_does_the_last() {
        let mut format = SseFormat::new(Ids::None, Duration::from_millis(1500));
        let welcome = Control::welcome(None, "0".into(), Duration::from_secs(15), GrantFrame::of_nobody());
        assert!(written(&mut format, |writer| writer.control(&welcome, None)).starts_with("retry: 1500\ndata: {\"type\":\"welcome\""));
        let goodbye = written(&mut format, |writer| writer.control(&Control::reconnect(Duration::from_millis(700)), None));
        assert_eq!(goodbye, "retry: 700\ndata: {\"type\":\"reconnect\",\"after\":700}\n\n");
    }

    #[test]
    fn one_channel_shares_its_blocks_without_a_copy() {
        let mut format = SseFormat::new(Ids::One, Duration::ZERO);
        let shared = frame(Some(cursor(4)));
        let mut batch = Batch::sharing_from(0);
        format.writer(&mut batch).event(&shared, Some(Moved { subscription: 0, cursor: cursor(4) }));
        let taken = batch.take().unwrap();
        assert_eq!(taken.as_ptr(), shared.block().as_ptr());
        assert!(taken.starts_with(b"id: 0000000000000001.4.4-0\ndata: "));
        let transient = written(&mut format, |writer| writer.event(&frame(None), None));
        assert!(transient.starts_with("data: "), "a transient event moves no cursor");
    }

    #[test]
    fn several_channels_name_all_cursors_in_every_id() {
        let positions = vec![("a".into(), None), ("b".into(), Some(cursor(9)))];
        let mut format = SseFormat::new(Ids::All(positions), Duration::ZERO);
        let subscribed = Control::Subscribed { channel: "a".into(), reference: None, outcome: Outcome::Fresh, cursor: cursor(3), by: None };
        let first = written(&mut format, |writer| writer.control(&subscribed, Some(Moved { subscription: 0, cursor: cursor(3) })));
        assert!(first.starts_with("id: a=0000000000000001.3.3-0,b=0000000000000001.9.9-0\ndata: {\"type\":\"subscribed\""));
        let passed = written(&mut format, |writer| writer.passed(Moved { subscription: 0, cursor: cursor(5) }));
        assert_eq!(passed, "", "what is passed over is not told by itself");
        let event = frame(Some(cursor(10)));
        let next = written(&mut format, |writer| writer.event(&event, Some(Moved { subscription: 1, cursor: cursor(10) })));
        assert!(next.starts_with("id: a=0000000000000001.5.5-0,b=0000000000000001.10.10-0\ndata: {\"type\":\"event\""));
    }

    #[test]
    fn clients_that_keep_cursors_get_no_ids() {
        let mut format = SseFormat::new(Ids::None, Duration::ZERO);
        let text = written(&mut format, |writer| {
            writer.event(&frame(Some(cursor(4))), Some(Moved { subscription: 0, cursor: cursor(4) }));
            writer.heartbeat();
        });
        assert!(text.starts_with("data: {") && text.ends_with("}\n\n:\n\n"), "{text}");
    }
}
