//! Events before and after they are stored.

use tidewire_schema::History;

use crate::{
    cursor::{Cursor, EventId},
    transport::{Frame, FrameParts},
};

/// An event that is about to be published.
#[derive(Clone)]
pub struct Draft {
    /// The event's name.
    pub event: &'static str,
    /// Who sent it; `None` for the service itself.
    pub sender: Option<String>,
    /// The payload as compact JSON; `None` for a signal.
    pub data: Option<String>,
    /// How long to keep it.
    pub retention: History,
}

impl Draft {
    /// Encodes the event as the one at `cursor`, or as a transient one.
    pub fn frame(&self, channel: &str, cursor: Option<Cursor>, time: u64) -> Frame {
        Frame::encode(FrameParts { channel, event: self.event, cursor, time, sender: self.sender.as_deref(), data: self.data.as_deref() })
    }
}

/// Payloads do not belong into logs, so this leaves the payload out.
impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft").field("event", &self.event).field("retention", &self.retention).finish_non_exhaustive()
    }
}

/// A stored event.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The position after it: its epoch, number and id.
    pub cursor: Cursor,
    /// The id of the event stored before it. Continuity is proven by this link, never assumed from numbers.
    pub previous: EventId,
    /// Its frame, shared by everybody.
    pub frame: Frame,
}

impl Entry {
    /// Whether this event is the one right after `cursor`.
    pub fn follows(&self, cursor: &Cursor) -> bool {
        self.cursor.epoch() == cursor.epoch() && self.previous == cursor.id() && self.cursor.number() == cursor.number() + 1
    }

    /// The position before it.
    pub fn position_before(&self) -> Cursor {
        Cursor::new(self.cursor.epoch(), self.cursor.number().saturating_sub(1), self.previous)
    }
}
