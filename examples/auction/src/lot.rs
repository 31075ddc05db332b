//! One lot and its rules, without a clock and without a network.

use serde::Serialize;

use crate::{
    catalogue::Item,
    events::auction::{BidPlaced, Euros, Moment},
};

/// The most that can be bid, in euros.
pub(crate) const MOST: u32 = 1_000_000;

/// How many bids are shown to somebody who comes later.
const SHOWN: usize = 50;

/// How long things take, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// A bid this shortly before the end moves the end, and the hammer falls so long after it at the earliest.
    pub grace: i64,
    /// How long before the end it is called for the first time, and for the second.
    pub calls: [i64; 2],
}

impl Default for Pace {
    fn default() -> Self {
        Self { grace: 15_000, calls: [10_000, 5_000] }
    }
}

/// A lot that is, or was, under the hammer.
#[derive(Clone, Debug)]
pub(crate) struct Lot {
    pub(crate) id: String,
    pub(crate) item: Item,
    pub(crate) opened_at: i64,
    pub(crate) ends_at: i64,
    pub(crate) ended: bool,
    pub(crate) bids: Vec<BidPlaced>,
    /// How many bids there were; `bids` holds the newest.
    pub(crate) count: u32,
    /// How often the end was called since the last bid that moved it.
    pub(crate) calls: usize,
}

/// Why a bid is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub(crate) enum NotTaken {
    /// The hammer fell.
    Ended,
    /// The bidder leads already.
    OwnBid,
    /// Others have bid more, or as much.
    TooLow { minimum: u32 },
    /// More than anybody can mean.
    TooHigh { most: u32 },
}

impl Lot {
    pub(crate) fn new(id: String, item: Item, opened_at: i64, ends_at: i64) -> Self {
        Self { id, item, opened_at, ends_at, ended: false, bids: Vec::new(), count: 0, calls: 0 }
    }

    /// Who leads, and with how much.
    pub(crate) fn leading(&self) -> Option<&BidPlaced> {
        self.bids.last()
    }

    /// What the lot costs now; before the first bid, what that has to be.
    pub(crate) fn price(&self) -> u32 {
        self.leading().map_or(self.item.start, |bid| bid.amount.0)
    }

    /// The least that the next bid has to be.
    pub(crate) fn minimum(&self) -> u32 {
        self.leading().map_or(self.item.start, |bid| bid.amount.0.saturating_add(self.item.step))
    }

    /// What a bid would be if it were taken now. Changes nothing: what counts is what everybody was told.
    pub(crate) fn judge(&self, bidder: &str, amount: u32, now: i64, pace: Pace) -> Result<BidPlaced, NotTaken> {
        if self.ended || now >= self.ends_at {
            return Err(NotTaken::Ended);
        }
        if self.leading().is_some_and(|bid| bid.bidder == bidder) {
            return Err(NotTaken::OwnBid);
        }
        if amount < self.minimum() {
            return Err(NotTaken::TooLow { minimum: self.minimum() });
        }
        if amount > MOST {
            return Err(NotTaken::TooHigh { most: MOST });
        }
        Ok(BidPlaced {
            number: self.count + 1,
            bidder: bidder.to_owned(),
            amount: Euros(amount),
            at: Moment(now),
            minimum: Euros((amount + self.item.step).min(MOST)),
            ends_at: Moment(self.ends_at.max(now + pace.grace)),
        })
    }

    /// Takes a bid that everybody was told of.
    pub(crate) fn take(&mut self, bid: BidPlaced) {
        if bid.ends_at.0 > self.ends_at {
            self.ends_at = bid.ends_at.0;
            self.calls = 0;
        }
        self.count = bid.number;
        if self.bids.len() == SHOWN {
            self.bids.remove(0);
        }
        self.bids.push(bid);
    }

    /// The next moment at which something happens by itself.
    pub(crate) fn next_moment(&self, pace: Pace) -> i64 {
        pace.calls.get(self.calls).map_or(self.ends_at, |before| self.ends_at - before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::CATALOGUE;

    const PACE: Pace = Pace { grace: 15_000, calls: [10_000, 5_000] };

    fn lot() -> Lot {
        Lot::new("lot-1".into(), CATALOGUE[0], 0, 100_000)
    }

    #[test]
    fn a_bid_is_held_against_time_amount_and_bidder() {
        let mut lot = lot();
        assert_eq!(lot.judge("ann", 479, 0, PACE), Err(NotTaken::TooLow { minimum: 480 }));
        lot.take(lot.judge("ann", 480, 0, PACE).expect("the first bid"));
        assert_eq!(lot.judge("ann", 5000, 1, PACE), Err(NotTaken::OwnBid));
        assert_eq!(lot.judge("bob", 480, 1, PACE), Err(NotTaken::TooLow { minimum: 500 }));
        assert_eq!(lot.judge("bob", MOST + 1, 1, PACE), Err(NotTaken::TooHigh { most: MOST }));
        assert_eq!(lot.judge("bob", 500, 100_000, PACE), Err(NotTaken::Ended));
        lot.take(lot.judge("bob", 500, 99_999, PACE).expect("in time"));
        assert_eq!((lot.price(), lot.count, lot.ends_at), (500, 2, 114_999), "a late bid moves the end");
    }

    #[test]
    fn at_the_most_nobody_can_bid_more() {
        let mut lot = lot();
        lot.take(lot.judge("ann", MOST, 0, PACE).expect("taken"));
        assert_eq!(lot.judge("bob", MOST, 1, PACE), Err(NotTaken::TooLow { minimum: MOST + 20 }));
        assert_eq!(lot.judge("bob", u32::MAX, 1, PACE), Err(NotTaken::TooHigh { most: MOST }));
    }

    #[test]
    fn what_is_kept_of_the_bids_is_bounded() {
        let mut lot = lot();
        for number in 0..200 {
            let bidder = if number % 2 == 0 { "ann" } else { "bob" };
            lot.take(lot.judge(bidder, lot.minimum(), 0, PACE).expect("taken"));
        }
        assert_eq!((lot.bids.len(), lot.count), (SHOWN, 200));
    }

    #[test]
    fn the_end_is_called_twice_and_again_after_a_bid_that_moves_it() {
        let mut lot = lot();
        let mut moments = Vec::new();
        for _ in 0..3 {
            moments.push(lot.next_moment(PACE));
            lot.calls += 1;
        }
        assert_eq!(moments, [90_000, 95_000, 100_000]);
        lot.take(lot.judge("ann", 480, 96_000, PACE).expect("taken"));
        assert_eq!(lot.next_moment(PACE), 101_000);
    }
}
