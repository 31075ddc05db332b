//! The number below which nothing can appear any more.

/// What one look at the database showed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    /// The highest number that was given.
    last: i64,
    /// Every transaction before this one is over.
    horizon: u64,
}

impl Sight {
    /// Takes the id as PostgreSQL writes it. One that cannot be read raises no floor.
    pub(super) fn new(last: i64, horizon: &str) -> Self {
        Self { last, horizon: horizon.parse().unwrap_or(0) }
    }
}

/// Where reading may begin.
///
/// Deleted rows leave entries in the index until they are cleaned up, which cannot happen while any old transaction looks on; a reader that began at the first of them would walk over all of them each
/// time. So: all numbers given until some moment belong to transactions that had an id by then, and a transaction of the reader's own that begins afterwards has a higher one. When the horizon has come to that one, all of the others are over, and
/// what they wrote is visible or never will be. Once that is read and deleted, nothing at or below the number is left to come.
///
/// The end of a snapshot, `pg_snapshot_xmax`, would not do in place of an id of its own: it lies behind the last transaction that is over, and one that goes on may be later than that.
#[derive(Debug, Default)]
pub(super) struct Floor {
    value: i64,
    /// A number, and once it is known the id that the horizon has to reach.
    rising: Option<(i64, Option<u64>)>,
}

impl Floor {
    pub(super) const fn value(&self) -> i64 {
        self.value
    }

    /// Takes note of a look, and of the lowest number that the read after it found. What is found is not deleted yet, and may have to be read again: the floor stays below it.
    pub(super) fn look(&mut self, sight: Sight, lowest: Option<i64>) {
        match self.rising {
            None if sight.last > self.value => self.rising = Some((sight.last, None)),
            Some((number, Some(id))) if sight.horizon >= id => {
                self.value = lowest.map_or(number, |lowest| number.min(lowest - 1)).max(self.value);
                if self.value >= number {
                    self.rising = None;
                }
            }
            _ => {}
        }
    }

    /// Takes note of the id that a transaction of the reader's own had, as PostgreSQL writes it.
    pub(super) fn had(&mut self, id: &str) {
        if let Some((_, higher @ None)) = &mut self.rising {
            *higher = id.parse().ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(last: i64, horizon: u64) -> Sight {
        Sight { last, horizon }
    }

    #[test]
    fn a_transaction_that_is_still_open_holds_the_floor_down() {
        let mut floor = Floor::default();
        floor.look(sight(10, 5), None);
        floor.look(sight(12, 100), None);
        assert_eq!(floor.value(), 0, "nobody knows yet which transactions have the numbers");
        floor.had("9");
        floor.had("200");
        for _ in 0..3 {
            floor.look(sight(20, 8), None);
            assert_eq!(floor.value(), 0, "transaction 8 may have any of the numbers up to 10");
        }
        floor.look(sight(20, 9), None);
        assert_eq!(floor.value(), 10);
    }

    #[test]
    fn the_floor_stays_below_what_was_read_and_not_deleted() {
        let mut floor = Floor::default();
        floor.look(sight(10, 9), Some(4));
        floor.had("9");
        floor.look(sight(10, 9), Some(4));
        assert_eq!(floor.value(), 3);
        floor.look(sight(10, 9), Some(7));
        assert_eq!(floor.value(), 6);
        floor.look(sight(10, 9), Some(11));
        assert_eq!(floor.value(), 10);
    }

    #[test]
    fn what_cannot_be_read_raises_nothing() {
        let mut floor = Floor::default();
        for _ in 0..5 {
            floor.look(Sight::new(10, "nonsense"), None);
            floor.had("nonsense");
        }
        assert_eq!(floor.value(), 0);
    }
}
