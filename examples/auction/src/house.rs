//! The saleroom: which lots are under the hammer, and what happens to them. It alone decides, and it publishes what it decided.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::Serialize;
use tidewire::{Address, Cursor, History, PublishError, PublishOptions, Realtime};
use tokio::{sync::Mutex, time::sleep};

use crate::{
    catalogue::{CATALOGUE, Item},
    events::auction,
    lot::{Lot, NotTaken, Pace},
};

/// How many lots that are over are still shown.
const REMEMBERED: usize = 6;

/// An end that could not be published is tried again after so long.
const PATIENCE: Duration = Duration::from_secs(1);

/// How the sale goes.
#[derive(Clone, Debug)]
pub struct Programme {
    /// How long each of the lots that are sold side by side is under the hammer at first; later ones take as long as the one that they follow.
    pub lengths: Vec<Duration>,
    /// How long it takes until the next lot comes where one is over.
    pub pause: Duration,
    /// What happens towards the end of a lot.
    pub pace: Pace,
}

impl Default for Programme {
    fn default() -> Self {
        Self { lengths: [90, 180, 300].map(Duration::from_secs).to_vec(), pause: Duration::from_secs(12), pace: Pace::default() }
    }
}

/// The saleroom of one service. Clones are the same room.
#[derive(Clone)]
pub(crate) struct House {
    realtime: Realtime,
    pace: Pace,
    // Held while an event is published: what is decided and what everybody is told are in the same order.
    floor: Arc<Mutex<Floor>>,
}

#[derive(Default)]
struct Floor {
    open: Vec<Place>,
    over: VecDeque<Lot>,
    sold: usize,
    cursor: Option<Cursor>,
}

/// A lot under the hammer, and the position of its channel that its state belongs to.
struct Place {
    lot: Lot,
    cursor: Option<Cursor>,
}

/// Why a bid came to nothing.
pub(crate) enum BidError {
    NoLot,
    NotTaken(NotTaken),
    Publish(PublishError),
}

/// Everything that a page begins with. What happens after the cursors comes as events.
#[derive(Serialize)]
pub(crate) struct Saleroom {
    now: i64,
    cursor: Option<Cursor>,
    lots: Vec<Shown>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    id: String,
    #[serde(flatten)]
    item: Item,
    ended: bool,
    opened_at: i64,
    ends_at: i64,
    price: u32,
    minimum: u32,
    count: u32,
    bids: Vec<auction::BidPlaced>,
    cursor: Option<Cursor>,
}

impl House {
    /// Opens the doors. The lots go on by themselves for as long as the process lives.
    pub(crate) fn open(realtime: Realtime, programme: &Programme) -> Self {
        let house = Self { realtime, pace: programme.pace, floor: Arc::default() };
        for &length in &programme.lengths {
            tokio::spawn(house.clone().sell(length, programme.pause));
        }
        house
    }

    /// Holds a bid against the rules. If it is taken, everybody was told when this answers.
    pub(crate) async fn bid(&self, lot: &str, bidder: &str, amount: u32) -> Result<auction::BidPlaced, BidError> {
        let mut floor = self.floor.lock().await;
        if floor.over.iter().any(|over| over.id == lot) {
            return Err(BidError::NotTaken(NotTaken::Ended));
        }
        let place = floor.open.iter_mut().find(|place| place.lot.id == lot).ok_or(BidError::NoLot)?;
        let bid = place.lot.judge(bidder, amount, now(), self.pace).map_err(BidError::NotTaken)?;
        let published = self.channel(&place.lot).publish(bid.clone()).await.map_err(BidError::Publish)?;
        place.lot.take(bid.clone());
        place.cursor = published.id.or(place.cursor);
        Ok(bid)
    }

    /// The room as it is now.
    pub(crate) async fn look(&self) -> Saleroom {
        let floor = self.floor.lock().await;
        let open = floor.open.iter().map(|place| shown(&place.lot, place.cursor));
        let over = floor.over.iter().map(|lot| shown(lot, None));
        Saleroom { now: now(), cursor: floor.cursor, lots: open.chain(over).collect() }
    }

    /// One lot after the other, each from its opening to the hammer.
    async fn sell(self, length: Duration, pause: Duration) {
        loop {
            let id = self.bring(length).await;
            while let Some(rest) = self.go_on(&id).await {
                sleep(rest).await;
            }
            sleep(pause).await;
        }
    }

    async fn bring(&self, length: Duration) -> String {
        let mut floor = self.floor.lock().await;
        let item = CATALOGUE[floor.sold % CATALOGUE.len()];
        floor.sold += 1;
        let id = format!("{}-{}", item.slug, floor.sold);
        let opened_at = now();
        let ends_at = opened_at.saturating_add(i64::try_from(length.as_millis()).unwrap_or(i64::MAX));
        let lot = Lot::new(id.clone(), item, opened_at, ends_at);
        // The position from which the lot's own events count. There are none yet, so any page of its history names it.
        let cursor = self.channel(&lot).history(History::latest(1)).await.ok().map(|page| page.cursor);
        floor.open.push(Place { lot, cursor });
        let opened = self.realtime.channel(auction::House).publish(auction::LotOpened { lot: id.clone() }).await;
        floor.cursor = told(opened.map(|published| published.id)).flatten().or(floor.cursor);
        id
    }

    /// Does what is due, and answers how long nothing is; `None` when the lot is over.
    async fn go_on(&self, id: &str) -> Option<Duration> {
        let mut floor = self.floor.lock().await;
        let at = floor.open.iter().position(|place| place.lot.id == id)?;
        let lot = &mut floor.open[at].lot;
        let rest = lot.next_moment(self.pace) - now();
        if rest > 0 {
            return Some(Duration::from_millis(rest.unsigned_abs()));
        }
        if now() < lot.ends_at {
            lot.calls += 1;
            let going = auction::LotGoing { call: lot.calls.try_into().unwrap_or(2), ends_at: auction::Moment(lot.ends_at) };
            // Not worth a second attempt: the end itself comes soon enough.
            let _ = told(self.channel(&floor.open[at].lot).publish(going).await);
            return Some(Duration::ZERO);
        }
        if !self.end(&mut floor, at).await {
            return Some(PATIENCE);
        }
        None
    }

    /// Brings down the hammer: says so to everybody, and then lets nobody go on. Whether that could be done.
    async fn end(&self, floor: &mut Floor, at: usize) -> bool {
        let lot = &mut floor.open[at].lot;
        lot.ended = true;
        let (id, price, winner) = (lot.id.clone(), auction::Euros(lot.price()), lot.leading().map(|bid| bid.bidder.clone()));
        let ended = auction::LotEnded { winner: winner.clone(), price: price.clone() };
        let closed = auction::LotClosed { lot: id.clone(), winner, price };
        // Under keys: if nobody knows whether something was stored, it is safe to say it again.
        let once = |what: &str| PublishOptions::new().key(format!("{what}-{id}"));
        let Some(_) = told(self.channel(lot).publish_with(ended, once("ended")).await) else { return false };
        let Some(published) = told(self.realtime.channel(auction::House).publish_with(closed, once("closed")).await) else { return false };
        // Whoever watches has the end before this, and nobody comes back to bid or to listen.
        if let Err(error) = self.realtime.revoke_channel(auction::Lot { lot: id.clone() }).await {
            tracing::warn!(%error, "a lot was not closed");
            return false;
        }
        floor.cursor = published.id.or(floor.cursor);
        let place = floor.open.remove(at);
        floor.over.push_front(place.lot);
        floor.over.truncate(REMEMBERED);
        true
    }

    fn channel(&self, lot: &Lot) -> Address<auction::Lot> {
        self.realtime.channel(auction::Lot { lot: lot.id.clone() })
    }
}

fn shown(lot: &Lot, cursor: Option<Cursor>) -> Shown {
    Shown {
        id: lot.id.clone(),
        item: lot.item,
        ended: lot.ended,
        opened_at: lot.opened_at,
        ends_at: lot.ends_at,
        price: lot.price(),
        minimum: lot.minimum(),
        count: lot.count,
        bids: lot.bids.clone(),
        cursor,
    }
}

/// What was published; what was not is in the log.
fn told<T>(outcome: Result<T, PublishError>) -> Option<T> {
    outcome.inspect_err(|error| tracing::warn!(%error, "an event was not published")).ok()
}

/// The clock that counts: the server's, in milliseconds since 1970.
fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}
