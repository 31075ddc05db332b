//! Reading what a channel has stored.

use std::{error::Error, fmt};

use chrono::{DateTime, Utc};
use serde::Serialize;
use tidewire_schema::wire::GapReason;

use super::{Publisher, event_frame::EventFrame};
use crate::{
    broker::{self, Entry, Range, ReadRequest},
    contract::Event,
    cursor::Cursor,
    error::BrokerError,
    session::{Verdict, decide, lost_before},
};

/// Which part of a channel's history to read.
///
/// ```
/// use tidewire::{Cursor, History};
///
/// let cursor: Cursor = "00c0ffee00c0ffee.12.1732153200000-0".parse()?;
/// let newest = History::latest(50);
/// let older = History::before(cursor, 50);
/// let newer = History::after(cursor, 50);
/// # Ok::<(), tidewire::MalformedCursor>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    range: Range,
    limit: usize,
}

impl History {
    /// The newest `limit` events. The limit is taken as at least 1 and at most [`Limits::page_events`](crate::Limits), 1000 unless set.
    pub const fn latest(limit: usize) -> Self {
        Self { range: Range::Before(None), limit }
    }

    /// The first `limit` events after a position.
    pub const fn after(cursor: Cursor, limit: usize) -> Self {
        Self { range: Range::After(cursor), limit }
    }

    /// The last `limit` events before the event that a position names.
    pub const fn before(cursor: Cursor, limit: usize) -> Self {
        Self { range: Range::Before(Some(cursor)), limit }
    }
}

/// A part of a channel's history.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page {
    /// The events, oldest first. Fewer than asked is not the end of the history: a page holds at most 1 MiB. None is.
    pub events: Vec<StoredEvent>,
    /// The position after the last event, or the channel's where there are none: subscribing from it continues without overlap and without a hole.
    pub cursor: Cursor,
    /// What is no longer there between the position that was given and the events: after it, or before it. Who reads backwards to the oldest event that is
    /// stored is told at the end how many there were before it.
    pub gap: Option<Gap>,
}

/// That events may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Gap {
    /// Why.
    pub reason: GapReason,
    /// How many; `None` when that cannot be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<u64>,
}

/// An event as it was stored.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StoredEvent {
    /// The event's name.
    pub name: String,
    /// Its number in the channel.
    pub number: u64,
    /// The position after it.
    pub id: Cursor,
    /// When the broker took it.
    pub time: DateTime<Utc>,
    /// Who sent it; `None` for the service itself.
    pub sender: Option<String>,
    /// Its payload; `None` for a signal.
    pub data: Option<serde_json::Value>,
}

impl StoredEvent {
    /// Reads the payload as the event `E`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if this is another event, or was stored under a contract that the type no longer fits. Skip it, or look at
    /// [`data`](Self::data).
    pub fn decode<E: Event>(&self) -> Result<E, DecodeError> {
        if self.name != E::NAME {
            return Err(DecodeError::new(Some(E::NAME), &self.name, None));
        }
        let data = self.data.as_ref().unwrap_or(&serde_json::Value::Null);
        E::deserialize(data).map_err(|cause| DecodeError::new(Some(E::NAME), &self.name, Some(cause)))
    }
}

/// An event is not of the wanted type.
#[derive(Debug)]
pub struct DecodeError {
    // Nothing where any event of a channel would have done.
    wanted: Option<&'static str>,
    found: String,
    cause: Option<serde_json::Error>,
}

impl DecodeError {
    pub(super) fn new(wanted: Option<&'static str>, found: &str, cause: Option<serde_json::Error>) -> Self {
        Self { wanted, found: found.to_owned(), cause }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wanted, found, cause } = self;
        match (wanted, cause) {
            (_, Some(_)) => write!(f, "the event `{found}` does not fit its type"),
            (Some(wanted), None) => write!(f, "the event is `{found}`, not `{wanted}`"),
            (None, None) => write!(f, "the event `{found}` is none of the channel's"),
        }
    }
}

impl Error for DecodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}

/// A page as it is stored, with its frames.
#[derive(Debug)]
pub(crate) struct HistoryPart {
    pub(crate) entries: Vec<Entry>,
    pub(crate) cursor: Cursor,
    pub(crate) gap: Option<Gap>,
}

/// Reads a part of a channel's history, and says what of it is missing.
pub(crate) async fn read_history(publisher: &Publisher, channel: &str, request: History) -> Result<HistoryPart, BrokerError> {
    let History { range, limit } = request;
    let limits = publisher.limits();
    let read = ReadRequest { range, limit: limit.clamp(1, limits.page_events), bytes: limits.page_bytes };
    let page = publisher.in_time(publisher.broker().read(channel, read)).await?;
    Ok(judge(range, page))
}

fn judge(range: Range, page: broker::Page) -> HistoryPart {
    let start = page.entries.first().map_or(page.head, Entry::position_before);
    let mut gap = None;
    match range {
        Range::Before(Some(cursor)) => gap = missing_before(&cursor, &page),
        Range::After(cursor) => match decide(Some(&cursor), &page, None) {
            // What is behind a hole or at the end is told with the page that begins there.
            Verdict::Continues | Verdict::Gap(GapReason::Hole | GapReason::Tail) => {}
            Verdict::Gap(reason) => gap = Some(Gap { reason, missed: lost_before(Some(&cursor), &start) }),
        },
        Range::Before(None) | Range::Newest(_) => {}
    }
    let mut entries = page.entries;
    let follows = |pair: &[Entry]| pair[1].follows(&pair[0].cursor);
    // A page ends at a hole; what is behind it is read with the next one, which tells it.
    match range {
        Range::After(_) => entries.truncate(1 + entries.windows(2).take_while(|pair| follows(pair)).count()),
        Range::Before(_) => {
            let linked = 1 + entries.windows(2).rev().take_while(|pair| follows(pair)).count();
            entries.drain(..entries.len().saturating_sub(linked));
        }
        Range::Newest(_) => {}
    }
    HistoryPart { cursor: entries.last().map_or(page.head, |last| last.cursor), entries, gap }
}

/// What is missing between a page and the event at `cursor`, before which it was read.
fn missing_before(cursor: &Cursor, page: &broker::Page) -> Option<Gap> {
    if cursor.epoch() != page.head.epoch() {
        return Some(Gap { reason: GapReason::Epoch, missed: None });
    }
    if cursor.number() > page.head.number() {
        return Some(Gap { reason: GapReason::Rollback, missed: None });
    }
    let newest = page.entries.last().map_or(0, |newest| newest.cursor.number());
    let missed = cursor.number().saturating_sub(newest + 1);
    let reason = if page.entries.is_empty() { GapReason::Trimmed } else { GapReason::Hole };
    (missed > 0).then_some(Gap { reason, missed: Some(missed) })
}

impl From<HistoryPart> for Page {
    fn from(part: HistoryPart) -> Self {
        let HistoryPart { entries, cursor, gap } = part;
        Self { events: entries.iter().filter_map(read_frame).collect(), cursor, gap }
    }
}

fn read_frame(entry: &Entry) -> Option<StoredEvent> {
    let frame = EventFrame::read(&entry.frame).inspect_err(|_| tracing::error!("a stored frame cannot be read")).ok()?;
    let time = frame.time();
    let EventFrame { event, sender, data, .. } = frame;
    Some(StoredEvent { name: event, number: entry.cursor.number(), id: entry.cursor, time, sender, data })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        broker::Routing,
        cursor::{Epoch, EventId},
        transport::{Frame, FrameParts},
    };

    fn at(number: u64) -> Cursor {
        Cursor::new(Epoch::from(7), number, EventId::new(1000 + number, 0))
    }

    fn entry(number: u64) -> Entry {
        let parts = FrameParts { channel: "c", event: "e", cursor: Some(at(number)), time: 0, sender: None, origin: None, data: None };
        Entry { cursor: at(number), previous: at(number - 1).id(), frame: Frame::encode(parts), routing: Routing::default() }
    }

    fn part(range: Range, numbers: &[u64]) -> (Vec<u64>, Option<Gap>) {
        let page = broker::Page { head: at(9), entries: numbers.iter().map(|&number| entry(number)).collect(), more: false };
        let part = judge(range, page);
        (part.entries.iter().map(|entry| entry.cursor.number()).collect(), part.gap)
    }

    #[test]
    fn a_page_ends_at_a_hole_and_the_next_one_tells_it() {
        let gap = |reason, missed| Some(Gap { reason, missed: Some(missed) });
        assert_eq!(part(Range::Before(None), &[1, 2, 5, 6, 9]), (vec![9], None));
        assert_eq!(part(Range::Before(Some(at(9))), &[1, 2, 5, 6]), (vec![5, 6], gap(GapReason::Hole, 2)));
        assert_eq!(part(Range::Before(Some(at(5))), &[1, 2]), (vec![1, 2], gap(GapReason::Hole, 2)));
        assert_eq!(part(Range::Before(Some(at(3))), &[1, 2]), (vec![1, 2], None));
        assert_eq!(part(Range::Before(Some(at(3))), &[]), (vec![], gap(GapReason::Trimmed, 2)));
        assert_eq!(part(Range::Before(Some(at(1))), &[]), (vec![], None));
        assert_eq!(part(Range::After(at(1)), &[2, 5, 6]), (vec![2], None));
        assert_eq!(part(Range::After(at(2)), &[5, 6, 9]), (vec![5, 6], gap(GapReason::Trimmed, 2)));
    }
}
