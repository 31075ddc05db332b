//! Pages of history that several subscribers read in the same moments.

use std::{
    fmt,
    ops::{Deref, Range},
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use tokio::time::Instant;

use crate::{broker::Page, transport::Frame};

/// How a transport writes events, which decides what its connections can share.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// Blocks of an event stream with their `id:` lines.
    Blocks,
    /// Blocks of an event stream without them.
    DataBlocks,
    /// Messages of a WebSocket.
    Messages,
}

/// A page, and what was made of it for those who have it at the same time.
///
/// Clients that come back together want the same hundreds of events. Written down once, they go from here to each socket without a look at a single one.
pub(crate) struct SharedPage {
    page: Page,
    read_at: Instant,
    plain: OnceLock<Option<Box<[usize]>>>,
    forms: [OnceLock<Written>; 3],
}

/// The events of a page one behind the other.
struct Written {
    bytes: Bytes,
    ends: Box<[usize]>,
}

impl SharedPage {
    pub(crate) fn new(page: Page) -> Self {
        Self { page, read_at: Instant::now(), plain: OnceLock::new(), forms: Default::default() }
    }

    /// When the store answered, whenever that was looked at.
    pub(crate) fn read_at(&self) -> Instant {
        self.read_at
    }

    /// The events from `next` on that come to about `quota` bytes, one at least, and how many bytes that is; `None` unless every subscriber without a filter
    /// is due each event of the page, and they follow one another without a hole.
    pub(crate) fn run(&self, next: usize, quota: usize) -> Option<(Range<usize>, usize)> {
        let ends =
            self.plain.get_or_init(|| self.is_plain().then(|| ends(self.page.entries.iter().map(|entry| entry.frame.size())))).as_ref()?;
        let begin = if next == 0 { 0 } else { *ends.get(next - 1)? };
        let end = ends.partition_point(|&end| end <= begin.saturating_add(quota)).max(next + 1).min(ends.len());
        (next < end).then(|| (next..end, ends[end - 1] - begin))
    }

    fn is_plain(&self) -> bool {
        let entries = &self.page.entries;
        entries.iter().all(|entry| entry.routing.exclude.is_none() && entry.routing.latest.is_none())
            && entries.windows(2).all(|pair| pair[1].follows(&pair[0].cursor))
    }

    /// These events in one piece, as `write` puts each of them down. What is asked for first in a form is written for everybody.
    pub(crate) fn written(&self, form: Form, range: Range<usize>, write: impl Fn(&Frame, &mut Vec<u8>)) -> Bytes {
        let written = self.forms[form as usize].get_or_init(|| {
            let mut bytes = Vec::with_capacity(self.page.entries.iter().map(|entry| entry.frame.size()).sum());
            let mut ends = Vec::with_capacity(self.page.entries.len());
            for entry in &self.page.entries {
                write(&entry.frame, &mut bytes);
                ends.push(bytes.len());
            }
            Written { bytes: bytes.into(), ends: ends.into() }
        });
        let begin = if range.start == 0 { 0 } else { written.ends[range.start - 1] };
        written.bytes.slice(begin..written.ends[range.end - 1])
    }
}

fn ends(sizes: impl Iterator<Item = usize>) -> Box<[usize]> {
    let mut sum = 0;
    sizes
        .map(|size| {
            sum += size;
            sum
        })
        .collect()
}

impl From<Page> for Arc<SharedPage> {
    fn from(page: Page) -> Self {
        Self::new(SharedPage::new(page))
    }
}

impl Deref for SharedPage {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

impl fmt::Debug for SharedPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedPage").field("page", &self.page).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        broker::{Entry, Routing},
        cursor::{Cursor, Epoch, EventId},
        transport::FrameParts,
    };

    fn at(number: u64) -> Cursor {
        Cursor::new(Epoch::from(1), number, EventId::new(number, 0))
    }

    fn page(numbers: impl IntoIterator<Item = u64>) -> Page {
        let entry = |number| {
            let parts = FrameParts { channel: "a", event: "e", cursor: Some(at(number)), time: 0, sender: None, origin: None, data: None };
            Entry { cursor: at(number), previous: at(number - 1).id(), frame: Frame::encode(parts), routing: Routing::default() }
        };
        Page { head: at(9), entries: numbers.into_iter().map(entry).collect(), more: false }
    }

    #[test]
    fn a_run_is_what_fits_and_one_event_at_least() {
        let page = SharedPage::new(page(1..=4));
        let size = page.entries[0].frame.size();
        assert_eq!(page.run(0, 2 * size), Some((0..2, 2 * size)));
        assert_eq!(page.run(1, 2 * size + 1), Some((1..3, 2 * size)));
        assert_eq!(page.run(3, 1), Some((3..4, size)));
        assert_eq!(page.run(4, size), None);
    }

    #[test]
    fn what_is_not_for_everybody_or_has_a_hole_has_no_runs() {
        assert!(SharedPage::new(page([1, 2, 4])).run(0, 1000).is_none());
        let mut excluding = page(1..=3);
        excluding.entries[1].routing.exclude = Some("c-000000000000000b".parse().unwrap());
        assert!(SharedPage::new(excluding).run(0, 1000).is_none());
        let mut latest = page(1..=3);
        latest.entries[2].routing.latest = Some(1);
        assert!(SharedPage::new(latest).run(0, 1000).is_none());
    }

    #[test]
    fn events_are_written_once_for_all_who_read_them() {
        let page = SharedPage::new(page(1..=3));
        let write = |frame: &Frame, bytes: &mut Vec<u8>| bytes.extend_from_slice(frame.data_block_bytes());
        let whole = page.written(Form::DataBlocks, 0..3, write);
        let last = page.written(Form::DataBlocks, 2..3, |_, _| unreachable!("it is written"));
        let expected: Vec<u8> = page.entries.iter().flat_map(|entry| entry.frame.data_block_bytes().to_vec()).collect();
        assert_eq!(whole, expected);
        assert_eq!(last.as_ptr(), whole[whole.len() - last.len()..].as_ptr());
        assert_eq!(last, page.entries[2].frame.data_block());
    }
}
