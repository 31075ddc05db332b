//! Where a subscriber stands in a channel: epoch, number and id.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::error::MalformedCursor;

/// One uninterrupted life of a channel's history.
///
/// Chosen at random when the history begins, so that the cursor of an earlier life is recognised instead of being mistaken for a position in this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(u64);

impl Epoch {
    /// Chooses an epoch at random.
    pub fn random() -> Self {
        Self(rand::random())
    }
}

impl From<u64> for Epoch {
    fn from(bits: u64) -> Self {
        Self(bits)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The name of a stored event within its channel and epoch: milliseconds and a counter, always rising.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    milliseconds: u64,
    sequence: u64,
}

impl EventId {
    /// The id before the first event.
    pub const ZERO: Self = Self { milliseconds: 0, sequence: 0 };

    /// Joins the two parts.
    pub const fn new(milliseconds: u64, sequence: u64) -> Self {
        Self { milliseconds, sequence }
    }

    /// The id of an event that follows this one and is stored at `milliseconds` since 1970: above this one even when the clock went back.
    #[must_use]
    pub const fn next(self, milliseconds: u64) -> Self {
        if milliseconds > self.milliseconds { Self::new(milliseconds, 0) } else { Self::new(self.milliseconds, self.sequence + 1) }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.milliseconds, self.sequence)
    }
}

/// A position in a channel: right after the event it names, or before the first one.
///
/// Its text form is what clients store and send back; they treat it as opaque. It grants nothing: whether somebody may read the
/// channel is decided elsewhere.
///
/// ```
/// use tidewire::Cursor;
///
/// let cursor: Cursor = "00c0ffee00c0ffee.12.1732153200000-0".parse()?;
/// assert_eq!(cursor.number(), 12);
/// assert_eq!(cursor.to_string(), "00c0ffee00c0ffee.12.1732153200000-0");
/// # Ok::<(), tidewire::MalformedCursor>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    epoch: Epoch,
    number: u64,
    id: EventId,
}

impl Cursor {
    /// The position before the first event of an epoch.
    pub const fn start(epoch: Epoch) -> Self {
        Self { epoch, number: 0, id: EventId::ZERO }
    }

    /// The position after the event `number`, called `id`.
    pub const fn new(epoch: Epoch, number: u64, id: EventId) -> Self {
        Self { epoch, number, id }
    }

    /// The life of the history that this position belongs to.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// How many events the channel had stored at this position; the number of the event it names.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The id of the event it names; [`EventId::ZERO`] before the first.
    pub const fn id(&self) -> EventId {
        self.id
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.epoch, self.number, self.id)
    }
}

impl FromStr for Cursor {
    type Err = MalformedCursor;

    /// Reads exactly the form that [`Display`](fmt::Display) writes.
    ///
    /// # Errors
    ///
    /// [`MalformedCursor`] for everything else, leading zeros and upper-case digits included: no server handed that out.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or(MalformedCursor)
    }
}

fn parse(text: &str) -> Option<Cursor> {
    let (epoch, rest) = text.split_once('.')?;
    let (number, id) = rest.split_once('.')?;
    let (milliseconds, sequence) = id.split_once('-')?;
    if epoch.len() != 16 || !epoch.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let epoch = Epoch(u64::from_str_radix(epoch, 16).ok()?);
    let number = decimal(number)?;
    let id = EventId::new(decimal(milliseconds)?, decimal(sequence)?);
    // Only the start has no event to name.
    ((number == 0) == (id == EventId::ZERO)).then_some(Cursor { epoch, number, id })
}

fn decimal(digits: &str) -> Option<u64> {
    let canonical = digits == "0" || (!digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()));
    // The top value is refused so that `number + 1` and the next id cannot overflow on forged input.
    canonical.then(|| digits.parse().ok())?.filter(|&value| value < u64::MAX)
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        let cursor = Cursor::new(Epoch(0xabc), 7, EventId::new(1_732_153_200_000, 3));
        assert_eq!(cursor.to_string(), "0000000000000abc.7.1732153200000-3");
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        let start = Cursor::start(Epoch(u64::MAX));
        assert_eq!(start.to_string().parse(), Ok(start));
    }

    #[test]
    fn only_the_canonical_form_is_read() {
        for text in [
            "",
            ".",
            "..",
            "0000000000000abc",
            "0000000000000abc.7",
            "0000000000000abc.7.1",
            "0000000000000ABC.7.1-0",
            "abc.7.1-0",
            "0000000000000abc.07.1-0",
            "0000000000000abc.+7.1-0",
            "0000000000000abc.7.1-00",
            "0000000000000abc.7.-1-0",
            "0000000000000abc.7.1-",
            "0000000000000abc.7.1-0 ",
            " 0000000000000abc.7.1-0",
            "0000000000000abc.7.1-0.1",
            "0000000000000abc.0.1-0",
            "0000000000000abc.1.0-0",
            "0000000000000abc.18446744073709551615.1-0",
            "0000000000000abc.7.99999999999999999999-0",
            "0000000000000abc.7.1-0\u{0}",
            "é000000000000abc.7.1-0",
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(MalformedCursor), "{text:?}");
        }
    }

    #[test]
    fn ids_rise_even_when_the_clock_steps_back() {
        let first = EventId::ZERO.next(100);
        let second = first.next(100);
        let third = second.next(40);
        let fourth = third.next(101);
        assert!(first < second && second < third && third < fourth);
        assert_eq!(fourth, EventId::new(101, 0));
    }
}
