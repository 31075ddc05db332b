//! The recent events of one channel, shared by all its subscribers on this node.

use std::{
    hint::black_box,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{
    FutureExt as _,
    future::{Shared, WeakShared},
};
use metrics::Counter;
use tidewire_schema::History;

use super::{
    Outlet, VIEW,
    chain::{Appended, Chain, Held, Slot},
};
use crate::{
    broker::{BoxFuture, Broker, Delivery, Page, Range, ReadRequest},
    cursor::Cursor,
    error::BrokerError,
    session::{SharedPage, Verdict, decide},
};

/// How much a ring holds. The newest event is always in it, however large.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RingBounds {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

/// The ring of one channel.
///
/// Its events have local numbers that rise by one, transient events included, so that a subscriber's position is one integer. Where the chain of
/// stored events breaks, the ring holds back what comes until the hub has read what is missing. If that does not close the chain, a local number is
/// skipped: everybody who had not read up to the break finds out that they fell off, and goes the way of those who are behind, which proves
/// continuity or tells a gap. There is no second way for anything unusual.
pub(crate) struct Ring {
    channel: Arc<str>,
    retention: History,
    bounds: RingBounds,
    evicted: Counter,
    is_open: AtomicBool,
    // Shared, so that everybody who waits drives it: whoever began may be asked for nothing for a long time.
    opening: Mutex<Option<WeakShared<Opening>>>,
    state: Mutex<Chain>,
    // Apart from the state: waking thousands must not keep those who were woken from reading.
    subscribers: Mutex<Vec<Subscriber>>,
    // How often they were woken. They compare it with what they saw last, so a publisher need not touch anything of theirs but the doorbell.
    wakes: AtomicU64,
    // What was read last, for those who ask for the same in the next moments.
    recent: Mutex<Option<Recent>>,
}

type Opening = BoxFuture<'static, Result<(), BrokerError>>;

/// A page of the channel's history that somebody just got.
struct Recent {
    request: ReadRequest,
    // Theirs: when everybody has handed it out, it is gone.
    page: Weak<SharedPage>,
    restarts: u64,
}

/// How long a page is news. A storm of clients that come back takes longer than one read.
const RECENT: Duration = Duration::from_secs(1);

/// Somebody on a channel's list.
struct Subscriber {
    outlet: Arc<dyn Outlet>,
    place: Place,
}

/// Where a subscriber stands in the list; read and written under the list's lock only.
pub(crate) type Place = Arc<AtomicUsize>;

/// Where delivery from a ring begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Joint {
    /// The local number of the next event.
    pub(crate) next: u64,
    /// The local number after the newest event: older transient events were for others.
    pub(crate) end: u64,
}

/// What [`Ring::mend`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mended {
    /// Nothing is missing.
    Closed,
    /// Something is; the subscribers find out what.
    Restarted,
    /// More has to be read.
    Again,
}

impl Mended {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Restarted => "gap",
            Self::Again => "again",
        }
    }
}

/// What [`Ring::audit`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audit {
    /// Everything that is stored came.
    Sound,
    /// The store is ahead; what it has may still be on its way.
    Behind,
    /// The store is another one than before; the subscribers find out what that means.
    Restarted,
}

impl Audit {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Behind => "behind",
            Self::Restarted => "restarted",
        }
    }
}

/// Where a ring stood at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    head: Cursor,
    restarts: u64,
}

impl Standing {
    /// The position that the store has and the ring should come to.
    pub(super) const fn at(position: Cursor, before: Self) -> Self {
        Self { head: position, ..before }
    }
}

/// What [`Ring::copy`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Copied {
    /// There is nothing newer.
    All,
    /// The quota is used up.
    Some,
    /// The next event is no longer in the ring.
    FellOff,
}

impl Ring {
    pub(super) fn new(channel: Arc<str>, retention: History, bounds: RingBounds) -> Self {
        Self {
            channel,
            retention,
            bounds,
            evicted: Counter::noop(),
            is_open: AtomicBool::new(false),
            opening: Mutex::default(),
            state: Mutex::default(),
            subscribers: Mutex::default(),
            wakes: AtomicU64::new(0),
            recent: Mutex::default(),
        }
    }

    /// Counts what makes room for newer events.
    pub(super) fn counting(self, evicted: Counter) -> Self {
        Self { evicted, ..self }
    }

    fn trim(&self, chain: &mut Chain) {
        let evicted = chain.trim(self.bounds);
        if evicted > 0 {
            self.evicted.increment(evicted);
        }
    }

    pub(crate) fn channel(&self) -> &Arc<str> {
        &self.channel
    }

    /// What the channel keeps.
    pub(crate) fn retention(&self) -> History {
        self.retention
    }

    pub(super) async fn open(self: &Arc<Self>, broker: &Arc<dyn Broker>) -> Result<(), BrokerError> {
        if self.is_open() {
            return Ok(());
        }
        let (opening, joined) = self.begin_opening(broker);
        let mut opened = opening.await;
        // Who began may have been asked for nothing since, and the time that a broker gives itself ran out with nobody looking.
        if joined && opened.as_ref().is_err_and(|error| !matches!(error, BrokerError::Corrupt(_))) {
            opened = self.begin_opening(broker).0.await;
        }
        if opened.is_ok() {
            // What is needed once should not be held for the life of the ring.
            *self.opening() = None;
        }
        opened
    }

    /// What makes the ring live, and whether somebody else began it.
    fn begin_opening(self: &Arc<Self>, broker: &Arc<dyn Broker>) -> (Shared<Opening>, bool) {
        let mut opening = self.opening();
        // What has failed is tried anew.
        if let Some(underway) = opening.as_ref().and_then(WeakShared::upgrade).filter(|underway| underway.peek().is_none()) {
            return (underway, true);
        }
        let anew = self.clone().subscribe(broker.clone()).shared();
        *opening = anew.downgrade();
        (anew, false)
    }

    fn opening(&self) -> MutexGuard<'_, Option<WeakShared<Opening>>> {
        self.opening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn subscribe(self: Arc<Self>, broker: Arc<dyn Broker>) -> Opening {
        let work = async move {
            // Somebody else's may have been over just before this one was begun.
            if self.is_open() {
                return Ok(());
            }
            let head = broker.subscribe(&self.channel).await?;
            self.state().anchor(head);
            self.is_open.store(true, Ordering::Release);
            Ok(())
        };
        // A broker's panic is for one of those who wait, and the others would have it as their own.
        let work = AssertUnwindSafe(work).catch_unwind();
        Box::pin(work.map(|done| done.unwrap_or_else(|_| Err(BrokerError::unavailable("the broker panicked")))))
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }

    /// Whether nobody listens any more.
    pub(super) fn is_deserted(&self) -> bool {
        self.subscribers().is_empty()
    }

    /// Adds an event.
    pub(super) fn append(&self, delivery: Delivery) -> Appended {
        let mut state = self.state();
        let appended = state.take(delivery, self.bounds);
        self.trim(&mut state);
        appended
    }

    /// The position to read after when the chain is to be closed. `None` if it is whole.
    pub(super) fn broken_after(&self) -> Option<Cursor> {
        let state = self.state();
        state.held.as_ref().and(state.head)
    }

    /// Treats the chain as broken unless it reached `expected` since an audit saw that position in the store. Whether there is something to mend.
    pub(super) fn suspect(&self, expected: Standing) -> bool {
        let mut state = self.state();
        let behind = state.restarts == expected.restarts && state.head.is_some_and(|head| head.number() < expected.head.number());
        let whole = state.held.is_none();
        if behind && whole {
            state.held = Some(Held::default());
        }
        behind && whole
    }

    /// Treats the chain as broken, because somebody saw the store elsewhere. Whether there is something to mend that was not known.
    pub(super) fn doubt(&self) -> bool {
        let mut state = self.state();
        let whole = state.head.is_some() && state.held.is_none();
        if whole {
            state.held = Some(Held::default());
        }
        whole
    }

    /// Whether newer events than the one at `cursor` came, of the same life of the history.
    pub(crate) fn is_ahead_of(&self, cursor: &Cursor) -> bool {
        self.state().head.is_some_and(|head| head.epoch() == cursor.epoch() && head.number() > cursor.number())
    }

    /// Closes the chain with what the store holds after [`broken_after`](Self::broken_after), or gives up what lies in between.
    pub(super) fn mend(&self, after: &Cursor, page: &Page) -> Mended {
        let mut state = self.state();
        if state.head.as_ref() != Some(after) {
            // A restart came in between.
            return if state.held.is_some() { Mended::Again } else { Mended::Closed };
        }
        let (continues, more, head) = (decide(Some(after), page, None) == Verdict::Continues, page.more, page.head);
        if continues {
            for entry in &page.entries {
                state.append(entry.clone());
                self.trim(&mut state);
            }
        } else {
            state.restart(head);
        }
        let waiting = state.held.take().unwrap_or_default();
        if (continues && more) || waiting.incomplete {
            state.held = Some(Held { incomplete: false, ..Held::default() });
            return Mended::Again;
        }
        let mut deliveries = waiting.deliveries.into_iter();
        while let Some(delivery) = deliveries.next() {
            if state.take(delivery, self.bounds) == Appended::Broken {
                for delivery in deliveries {
                    state.take(delivery, self.bounds);
                }
                return Mended::Again;
            }
            self.trim(&mut state);
        }
        if continues { Mended::Closed } else { Mended::Restarted }
    }

    /// Gives up closing the chain and goes on from `position`, where the store is: everybody judges for themselves.
    pub(super) fn give_up(&self, position: Cursor) {
        let mut state = self.state();
        if let Some(held) = state.held.take() {
            state.restart(position);
            for delivery in held.deliveries {
                if let Delivery::Stored(entry) = &delivery
                    && state.head.is_none_or(|head| head.epoch() != entry.cursor.epoch() || entry.cursor.id() > head.id())
                    && state.head.is_none_or(|head| !entry.follows(&head))
                {
                    state.restart(entry.position_before());
                }
                state.take(delivery, self.bounds);
                self.trim(&mut state);
            }
        }
    }

    /// Where the ring stands, to be compared with the store by [`audit`](Self::audit).
    pub(super) fn standing(&self) -> Option<Standing> {
        let state = self.state();
        (self.is_open() && state.held.is_none()).then_some(())?;
        Some(Standing { head: state.head?, restarts: state.restarts })
    }

    /// Compares the store's position, asked for after `before` was taken, with what came.
    pub(super) fn audit(&self, before: Standing, position: Cursor) -> Audit {
        let mut state = self.state();
        if state.restarts != before.restarts || state.held.is_some() {
            return Audit::Sound;
        }
        let head = before.head;
        if position.epoch() != head.epoch() || position.number() < head.number() || (position.number() == head.number() && position != head)
        {
            // The store is not where it was: it began anew, or came back with an older state.
            state.restart(position);
            return Audit::Restarted;
        }
        if state.head.is_some_and(|head| head.number() >= position.number()) { Audit::Sound } else { Audit::Behind }
    }

    /// Begins at this moment: the position to announce, and where delivery starts.
    pub(crate) fn join_now(&self) -> Option<(Cursor, Joint)> {
        let state = self.state();
        let end = state.end();
        state.head.map(|head| (head, Joint { next: end, end }))
    }

    /// Resumes after `cursor`, if the ring proves that nothing is missing and the history would still hold what follows.
    ///
    /// The latter makes the outcome independent of whether somebody else happens to listen.
    pub(crate) fn join_after(&self, cursor: &Cursor) -> Option<Joint> {
        let state = self.state();
        let (next, first) = state.meet(cursor)?;
        let History::Keep { max, ttl } = self.retention else { return Some(Joint { next, end: state.end() }) };
        let missed = state.head.map_or(0, |head| head.number() - cursor.number());
        let young = first.is_none_or(|slot| slot.since.elapsed() < Duration::from_secs(ttl));
        (missed <= u64::from(max.max(1)) && young).then(|| Joint { next, end: state.end() })
    }

    /// Goes on after `cursor` for somebody who was connected all the time; losing transient events on the way is no loss of a promise.
    pub(crate) fn rejoin(&self, cursor: &Cursor) -> Option<u64> {
        self.state().meet(cursor).map(|(next, _)| next)
    }

    /// Hands out events from local number `next` on, at most `quota` bytes but at least one event. Leaves `next` at what follows.
    pub(crate) fn copy(&self, next: &mut u64, quota: usize, mut take: impl FnMut(u64, &Slot) -> usize) -> Copied {
        let state = self.state();
        let Some(skip) = next.checked_sub(state.first) else { return Copied::FellOff };
        let mut taken = 0;
        for slot in state.slots.range(usize::try_from(skip).unwrap_or(usize::MAX).min(state.slots.len())..) {
            if taken > 0 && taken + slot.frame.size() > quota {
                return Copied::Some;
            }
            taken += take(*next, slot);
            *next += 1;
        }
        Copied::All
    }

    /// A page that somebody got for the same request a moment ago.
    ///
    /// It is as good as one that is read now: the ring was live before it was read, and holds what was stored since. One without events is not noted,
    /// because whoever gets it asks again, and would not get on.
    pub(super) fn recent_page(&self, now: Standing, request: ReadRequest) -> Option<Arc<SharedPage>> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = recent.as_ref().filter(|recent| recent.request == request && recent.restarts == now.restarts)?;
        recent.page.upgrade().filter(|page| page.read_at().elapsed() < RECENT)
    }

    /// Remembers a page that was read after `before`, for a moment.
    pub(super) fn note_page(&self, before: Standing, request: ReadRequest, page: &Arc<SharedPage>) {
        if page.entries.is_empty() || !matches!(request.range, Range::After(_)) {
            return;
        }
        let recent = Recent { request, page: Arc::downgrade(page), restarts: before.restarts };
        *self.recent.lock().unwrap_or_else(PoisonError::into_inner) = Some(recent);
    }

    pub(super) fn add(&self, outlet: Arc<dyn Outlet>) -> Place {
        let mut list = self.subscribers();
        let place = Place::new(list.len().into());
        if list.is_empty() {
            // Many channels have one subscriber, and `push` would make room for four.
            list.reserve_exact(1);
        }
        list.push(Subscriber { outlet, place: place.clone() });
        place
    }

    /// Takes a subscriber off the list; whether it was the last.
    pub(super) fn remove(&self, place: &Place) -> bool {
        let mut list = self.subscribers();
        let at = place.load(Ordering::Relaxed);
        list.swap_remove(at);
        if let Some(moved) = list.get(at) {
            moved.place.store(at, Ordering::Relaxed);
        }
        list.is_empty()
    }

    pub(super) fn wake(&self) {
        // Before the first bell: who looks because of it must see that there is something.
        self.wakes.fetch_add(1, Ordering::AcqRel);
        for next in self.subscribers().chunks(VIEW) {
            black_box(next.iter().fold(0, |sum, subscriber| subscriber.outlet.preview() ^ sum));
            for subscriber in next {
                subscriber.outlet.due();
            }
        }
    }

    pub(super) fn wakes(&self) -> u64 {
        self.wakes.load(Ordering::Acquire)
    }

    fn state(&self) -> MutexGuard<'_, Chain> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn subscribers(&self) -> MutexGuard<'_, Vec<Subscriber>> {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "ring_tests.rs"]
mod tests;
