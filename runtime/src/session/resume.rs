//! Whether a page of history continues a cursor.

use tidewire_schema::wire::GapReason;

use crate::{broker::Page, cursor::Cursor};

/// What a page says about the cursor it was read after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing is missing between the cursor, the page and the channel's position.
    Continues,
    /// Something is, or may be.
    Gap(GapReason),
}

/// Decides whether `page`, read after `cursor`, continues it. The first row that applies holds:
///
/// | observation | verdict |
/// | --- | --- |
/// | no readable cursor | `no_state` |
/// | another epoch | `epoch` |
/// | no entries, the channel stands at the cursor | continues |
/// | no entries, the channel is ahead of the cursor | `expired` |
/// | no entries otherwise | `rollback` |
/// | the first entry does not link to the cursor, its number lies ahead | `trimmed` |
/// | the first entry does not link to the cursor | `rollback` |
/// | more than `limit` events follow the cursor | `limit` |
/// | a later entry does not link to the one before it | `hole` |
/// | the last entry of the range is not where the channel stands | `tail` |
/// | otherwise | continues |
///
/// `hole` and `tail` lie behind events that can still be delivered; the caller tells them when it gets there.
pub(crate) fn decide(cursor: Option<&Cursor>, page: &Page, limit: Option<usize>) -> Verdict {
    let Some(cursor) = cursor else { return Verdict::Gap(GapReason::NoState) };
    if cursor.epoch() != page.head.epoch() {
        return Verdict::Gap(GapReason::Epoch);
    }
    let (Some(first), Some(last)) = (page.entries.first(), page.entries.last()) else {
        return if page.head == *cursor {
            Verdict::Continues
        } else if page.head.number() > cursor.number() {
            Verdict::Gap(GapReason::Expired)
        } else {
            Verdict::Gap(GapReason::Rollback)
        };
    };
    if !first.follows(cursor) {
        let ahead = first.cursor.number() > cursor.number() + 1;
        return Verdict::Gap(if ahead { GapReason::Trimmed } else { GapReason::Rollback });
    }
    if limit.is_some_and(|limit| lost_before(Some(cursor), &page.head).is_some_and(|behind| behind > limit as u64)) {
        return Verdict::Gap(GapReason::Limit);
    }
    if page.entries.windows(2).any(|pair| !pair[1].follows(&pair[0].cursor)) {
        return Verdict::Gap(GapReason::Hole);
    }
    if !page.more && last.cursor != page.head {
        return Verdict::Gap(GapReason::Tail);
    }
    Verdict::Continues
}

/// How many events lie between two positions; `None` when that cannot be known.
pub(crate) fn lost_before(from: Option<&Cursor>, to: &Cursor) -> Option<u64> {
    let from = from.filter(|from| from.epoch() == to.epoch())?;
    to.number().checked_sub(from.number()).filter(|&lost| lost > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        broker::{Entry, Routing},
        cursor::{Epoch, EventId},
        transport::{Frame, FrameParts},
    };

    const EPOCH: u64 = 7;

    fn at(number: u64) -> Cursor {
        if number == 0 {
            Cursor::start(Epoch::from(EPOCH))
        } else {
            Cursor::new(Epoch::from(EPOCH), number, EventId::new(1000 + number, 0))
        }
    }

    fn entry(number: u64, previous: Cursor) -> Entry {
        let frame = Frame::encode(FrameParts {
            channel: "c",
            event: "e",
            cursor: Some(at(number)),
            time: 0,
            sender: None,
            origin: None,
            data: None,
        });
        Entry { cursor: at(number), previous: previous.id(), frame, routing: Routing::default() }
    }

    fn page(numbers: impl IntoIterator<Item = u64>, head: u64) -> Page {
        Page { head: at(head), entries: numbers.into_iter().map(|number| entry(number, at(number - 1))).collect(), more: false }
    }

    fn verdict(cursor: Cursor, page: &Page) -> Verdict {
        decide(Some(&cursor), page, Some(10))
    }

    #[test]
    fn every_row_of_the_table() {
        use GapReason::{Epoch as OtherEpoch, Expired, Hole, Limit, NoState, Rollback, Tail, Trimmed};
        use Verdict::{Continues, Gap};

        let elsewhere = Cursor::new(Epoch::from(EPOCH + 1), 3, EventId::new(1003, 0));
        let lost_branch = Cursor::new(Epoch::from(EPOCH), 3, EventId::new(999_999, 0));
        let unlinked = Page { entries: vec![entry(4, at(3)), entry(6, at(5))], ..page([], 6) };
        let cut = Page { more: true, ..page(4..=8, 20) };

        assert_eq!(decide(None, &page(1..=3, 3), Some(10)), Gap(NoState), "no readable cursor");
        assert_eq!(verdict(elsewhere, &page(1..=3, 3)), Gap(OtherEpoch), "another epoch");
        assert_eq!(verdict(at(3), &page([], 3)), Continues, "nothing missed");
        assert_eq!(verdict(at(0), &page([], 0)), Continues, "a channel without events has a cursor, too");
        assert_eq!(verdict(at(3), &page([], 5)), Gap(Expired), "everything after the cursor is gone");
        assert_eq!(verdict(at(3), &page([], 2)), Gap(Rollback), "the channel is behind the cursor");
        assert_eq!(verdict(lost_branch, &page([], 3)), Gap(Rollback), "the same number under another id");
        assert_eq!(verdict(at(3), &page(6..=8, 8)), Gap(Trimmed), "events right after the cursor are gone");
        assert_eq!(verdict(lost_branch, &page(4..=5, 5)), Gap(Rollback), "the next number, linked to another event");
        assert_eq!(verdict(at(5), &page(4..=5, 5)), Gap(Rollback), "numbers that the cursor already had");
        assert_eq!(verdict(at(3), &page(4..=20, 20)), Gap(Limit), "more than are replayed");
        assert_eq!(verdict(at(3), &page(4..=13, 13)), Continues, "exactly as many as are replayed");
        assert_eq!(decide(Some(&at(3)), &cut, None), Continues, "a page that goes on, without a limit");
        assert_eq!(verdict(at(3), &unlinked), Gap(Hole), "a later entry does not link");
        assert_eq!(verdict(at(3), &page(4..=6, 8)), Gap(Tail), "the end is gone");
        assert_eq!(verdict(at(3), &page(4..=6, 6)), Continues, "everything is there");
    }

    #[test]
    fn losses_are_counted_only_where_they_can_be_known() {
        assert_eq!(lost_before(Some(&at(3)), &at(8)), Some(5));
        assert_eq!(lost_before(Some(&at(3)), &at(3)), None);
        assert_eq!(lost_before(Some(&at(8)), &at(3)), None);
        assert_eq!(lost_before(None, &at(3)), None);
        assert_eq!(lost_before(Some(&Cursor::start(Epoch::from(1))), &at(3)), None);
    }
}
