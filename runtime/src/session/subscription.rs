//! One channel of a session: how it gets from where the client stands to what is happening now.

mod fitted;

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use tidewire_schema::{History, wire::GapReason};

use self::fitted::{Taken, hand_out};
use super::{
    Beginning, Filter, FrameSink, Moved, SessionLimits, Share, SharedPage, Verdict,
    control::{By, Control, GapFrame, Outcome},
    decide,
    leaving::Leaving,
    lost_before,
};
use crate::{
    broker::{Entry, Range, ReadRequest, Routing},
    cursor::Cursor,
    hub::{Copied, Joint, Membership},
    identity::ConnectionId,
    middleware::{Fitted, Fitting},
    observe,
    transport::Frame,
};

/// How many stored events a subscription may pass over before its client is told where it stands. Fewer where the client's own cursor would
/// become useless sooner.
const PATIENCE: usize = 64;

/// Histories that end sooner than this, in seconds, do not wait for the heartbeat that tells positions anyway.
const SHORT_LIVED: u64 = 60;

/// How often a subscription may miss the ring after it had caught up with the history, before it gives up what lies between.
const TRIES: u8 = 3;

pub(super) type Outbox = VecDeque<(Control, Option<Moved>)>;

/// What a client asks for when it subscribes to a channel.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) member: Membership,
    pub(crate) beginning: Beginning,
    pub(crate) filter: Filter,
    /// Repeated in the frame that says how it came out.
    pub(crate) reference: Option<u64>,
    /// So is this.
    pub(crate) by: Option<By>,
}

#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) member: Membership,
    // Tells it from one that had the same place before.
    serial: u64,
    // What was handed out or passed over last; `None` while nobody knows where the client stands.
    pub(super) cursor: Option<Cursor>,
    // How many events that was since the client learnt a position: it stands that far behind.
    untold: u32,
    patience: u32,
    taste: Taste,
    // Where hooks want to see the channel's events.
    fitting: Option<Box<Fitting>>,
    reference: Option<u64>,
    by: Option<By>,
    phase: Phase,
    // Boxed: hardly any subscription ever has one.
    pub(super) leaving: Option<Box<Leaving>>,
}

/// What of a channel its subscriber is due.
#[derive(Debug)]
struct Taste {
    own: Option<ConnectionId>,
    filter: Filter,
}

impl Taste {
    fn wants(&self, frame: &Frame, routing: &Routing) -> bool {
        (routing.exclude.is_none() || routing.exclude != self.own) && self.filter.lets_through(frame)
    }
}

#[derive(Debug)]
enum Phase {
    /// Reads from the ring.
    Live(Live),
    /// Needs a page of history.
    Behind(CatchUp),
    /// Has all that the store had, and waits for the ring to come to the same point.
    Ahead(CatchUp),
    /// Hands out a page of history.
    // Boxed: most subscriptions never have one.
    Paging(Box<Paging>),
}

/// A page of history that is being handed out.
#[derive(Debug)]
struct Paging {
    // Shared with everybody who asked for the same.
    page: Arc<SharedPage>,
    // The next entry.
    next: usize,
    // Which entries a later one takes the place of; empty when there are none.
    superseded: Box<[bool]>,
    then: CatchUp,
}

impl Paging {
    fn begin(page: Arc<SharedPage>, then: CatchUp) -> Self {
        let superseded = superseded(&page.entries);
        Self { page, next: 0, superseded, then }
    }
}

#[derive(Clone, Copy, Debug)]
struct Live {
    // The local number of the next event.
    next: u64,
    // Transient events below this local number were for others.
    since: u64,
    // The ring holds more than the last pull took.
    more: bool,
}

#[derive(Clone, Copy, Debug)]
struct CatchUp {
    // As in `Live`.
    since: u64,
    // Whether the client has its `subscribed` or `gap`.
    told: bool,
    // Begins with this many of the newest events.
    newest: Option<usize>,
    // A gap that is decided, and told with the page that says where delivery goes on.
    gap: Option<GapReason>,
    // The position to reach before missing the ring counts as a try.
    target: Option<u64>,
    tries: u8,
}

impl Subscription {
    pub(super) fn begin(
        (at, serial): (usize, u64),
        own: Option<ConnectionId>,
        wish: Wish,
        limits: SessionLimits,
        outbox: &mut Outbox,
    ) -> Self {
        let Wish { member, beginning, filter, reference, by } = wish;
        let now = member.ring().join_now();
        let since = now.map_or(0, |(_, joint)| joint.end);
        let patience = patience(member.ring().retention(), limits);
        let (taste, phase) = (Taste { own, filter }, Phase::behind(since, None));
        let fitting = None;
        let mut this = Self { member, serial, cursor: None, untold: 0, patience, taste, fitting, reference, by, phase, leaving: None };
        match (beginning, now) {
            (Beginning::Fresh, Some((head, joint))) => {
                outbox.push_back(this.subscribed(at, Outcome::Fresh, head));
                this.phase = Phase::live(joint);
            }
            (Beginning::After(cursor) | Beginning::At(cursor, _), _) => {
                this.cursor = Some(cursor);
                if let Some(joint) = this.member.ring().join_after(&cursor) {
                    let (outcome, end) =
                        if let Beginning::At(_, end) = beginning { (Outcome::Fresh, end) } else { (Outcome::Resumed, joint.end) };
                    outbox.push_back(this.subscribed(at, outcome, cursor));
                    this.phase = Phase::live(Joint { end, ..joint });
                }
            }
            (Beginning::Last(count), _) => this.phase = Phase::behind(since, Some(count)),
            (Beginning::Fresh | Beginning::Unreadable, _) => {}
        }
        this
    }

    pub(super) fn fitted_by(self, fitting: Option<Box<Fitting>>) -> Self {
        Self { fitting, ..self }
    }

    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    pub(super) fn refilter(&mut self, filter: Filter) {
        self.taste.filter = filter;
    }

    pub(super) fn channel(&self) -> &Arc<str> {
        self.member.channel()
    }

    pub(super) fn needs_page(&self) -> bool {
        matches!(self.phase, Phase::Behind(_))
    }

    pub(super) fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live(_))
    }

    /// Whether the client has heard how it began.
    pub(super) fn has_begun(&self) -> bool {
        !matches!(self.phase, Phase::Behind(CatchUp { told: false, .. }))
    }

    /// Whether the last pull left nothing in the ring.
    pub(super) fn is_level(&self) -> bool {
        matches!(self.phase, Phase::Live(Live { more: false, .. }))
    }

    /// Whether the last pull left something in the ring.
    pub(super) fn has_more(&self) -> bool {
        matches!(self.phase, Phase::Live(Live { more: true, .. }))
    }

    pub(super) fn holds_page(&self) -> bool {
        matches!(self.phase, Phase::Paging(_))
    }

    pub(super) fn request(&self, limits: SessionLimits) -> ReadRequest {
        let (decided, newest) = match self.phase {
            Phase::Behind(CatchUp { gap, newest, .. }) => (gap.is_some(), newest),
            _ => (false, None),
        };
        let range = match self.cursor {
            Some(cursor) if !decided => Range::After(cursor),
            _ => Range::Newest(newest.unwrap_or(limits.replay_events).min(limits.replay_events)),
        };
        ReadRequest { range, limit: limits.replay_events, bytes: limits.page_bytes }
    }

    /// See [`Line::preview`](crate::workers::Line::preview).
    pub(super) fn preview(&self) -> u64 {
        let taste = u64::from(self.taste.filter.is_open()) ^ u64::from(self.taste.own.is_some()) ^ u64::from(self.fitting.is_some());
        let stand = u64::from(self.is_live()) ^ u64::from(self.leaving.is_some()) ^ u64::from(self.untold);
        self.cursor.map_or(0, |cursor| cursor.number()) ^ taste ^ stand ^ self.member.preview()
    }

    /// Says where it stands, if the client does not know.
    pub(super) fn position(&mut self, at: usize) -> Option<(Control, Option<Moved>)> {
        if std::mem::take(&mut self.untold) == 0 {
            return None;
        }
        let cursor = self.cursor?;
        Some((Control::Position { channel: self.channel().clone(), cursor }, Some(Moved { subscription: at, cursor })))
    }

    /// It moved over events that are not for this client: tells it, once there were many.
    fn pass(&mut self, moved: Moved, sink: &mut impl FrameSink) {
        if self.untold < self.patience {
            return sink.passed(moved);
        }
        if let Some((frame, moved)) = self.position(moved.subscription) {
            sink.control(&frame, moved);
        }
    }

    /// Takes the page that [`request`](Self::request) asked for.
    pub(super) fn page(&mut self, at: usize, page: Arc<SharedPage>, limits: SessionLimits, outbox: &mut Outbox) {
        let Phase::Behind(mut then) = self.phase else { return };
        let resume = page.entries.first().map_or(page.head, Entry::position_before);
        if then.gap.is_some()
            && lost_before(self.cursor.as_ref(), &resume).is_none()
            && self.cursor.is_some_and(|cursor| cursor.epoch() == resume.epoch())
        {
            // The newest events begin at or before the cursor: the store lost some, lately or in the middle. Decide again, whatever their number.
            self.phase = Phase::Behind(CatchUp { gap: None, target: Some(page.head.number()), ..then });
            return;
        }
        let limit = then.target.is_none().then_some(limits.replay_events);
        let verdict = match then.gap {
            _ if then.newest.is_some() => Verdict::Continues,
            Some(reason) => Verdict::Gap(reason),
            None => decide(self.cursor.as_ref(), &page, limit),
        };
        match verdict {
            // A hole and a missing tail come after events that are there, and are told in their place.
            Verdict::Continues | Verdict::Gap(GapReason::Hole | GapReason::Tail) => {
                if !then.told {
                    let (outcome, cursor) = match self.cursor {
                        Some(cursor) => (Outcome::Resumed, cursor),
                        None => (Outcome::Fresh, resume),
                    };
                    outbox.push_back(self.subscribed(at, outcome, cursor));
                }
            }
            Verdict::Gap(reason) => {
                let follow = page.head.number().saturating_sub(resume.number());
                if then.target.is_none() && then.gap.is_none() && self.cursor.is_some() && follow > limits.replay_events as u64 {
                    self.phase = Phase::Behind(CatchUp { gap: Some(reason), ..then });
                    return;
                }
                if !then.told {
                    observe::began_with_gap();
                }
                outbox.push_back(self.gap(at, told_reason(reason, then.told), resume));
            }
        }
        then = CatchUp { told: true, newest: None, gap: None, target: then.target.or(Some(page.head.number())), ..then };
        self.phase = Phase::Paging(Box::new(Paging::begin(page, then)));
    }

    /// Hands out about `quota` bytes and answers how many it were; nothing means that it has to wait.
    pub(super) fn pull(&mut self, at: usize, sink: &mut impl FrameSink, share: Share) -> usize {
        let (quota, of_runs) = match share {
            Share::One(quota) => (quota, quota),
            // The page is held until it is handed out anyway.
            Share::Alone(quota) => (quota, usize::MAX),
        };
        let mut taken = 0;
        if let Phase::Ahead(then) = self.phase
            && self.member.take_dirty()
        {
            self.phase = self.rejoin(then).unwrap_or(Phase::Behind(then));
        }
        if self.holds_page() {
            taken = self.pull_page(at, sink, (quota, of_runs));
        }
        if taken < quota && matches!(self.phase, Phase::Live(_)) {
            taken += self.pull_ring(at, sink, quota - taken);
        }
        taken
    }

    fn pull_page(&mut self, at: usize, sink: &mut impl FrameSink, (quota, of_runs): (usize, usize)) -> usize {
        let (page, next) = match &self.phase {
            Phase::Paging(paging) => (paging.page.clone(), paging.next),
            _ => return 0,
        };
        let (next, taken) = match self.run(&page, next, of_runs) {
            Some((range, taken)) => {
                let cursor = page.entries[range.end - 1].cursor;
                (self.cursor, self.untold) = (Some(cursor), 0);
                sink.run(&page, range.clone(), Moved { subscription: at, cursor });
                (range.end, taken)
            }
            None => self.pull_entries((at, &page, next), sink, quota),
        };
        if let Phase::Paging(paging) = &mut self.phase {
            paging.next = next;
            let then = paging.then;
            if next == page.entries.len() {
                if !page.more && self.cursor != Some(page.head) {
                    let (frame, moved) = self.gap(at, GapReason::Tail, page.head);
                    sink.control(&frame, moved);
                }
                self.meet_ring(at, page.more, then, sink);
            }
        }
        taken
    }

    /// Events of the page that it is due as they are, and that others have use for as well.
    fn run(&self, page: &Arc<SharedPage>, next: usize, quota: usize) -> Option<(std::ops::Range<usize>, usize)> {
        // Hooks must see each event by itself.
        if self.fitting.is_some() {
            return None;
        }
        // One of them is here, one in the phase. Writing events down for one client alone would double what it holds.
        let is_shared = Arc::strong_count(page) > 2;
        let follows = || self.cursor.is_none_or(|cursor| page.entries.get(next).is_some_and(|entry| entry.follows(&cursor)));
        let all_due = self.leaving.is_none() && self.taste.filter.is_open();
        if is_shared && all_due && follows() { page.run(next, quota) } else { None }
    }

    /// Hands out the entries of a page from `next` on that it is due, one by one. Answers the next entry, and how many bytes were handed out.
    fn pull_entries(
        &mut self,
        (at, page, mut next): (usize, &SharedPage, usize),
        sink: &mut impl FrameSink,
        quota: usize,
    ) -> (usize, usize) {
        let (mut taken, mut passed) = (0, None);
        while let Some(entry) = page.entries.get(next).filter(|entry| taken == 0 || taken + entry.frame.size() <= quota) {
            if self.leaving.as_ref().is_some_and(|leaving| leaving.is_beyond(&entry.cursor)) {
                break;
            }
            // Of a channel that ends, what takes its place may come too late.
            let superseded =
                self.leaving.is_none() && matches!(&self.phase, Phase::Paging(paging) if paging.superseded.get(next) == Some(&true));
            next += 1;
            if self.cursor.is_some_and(|cursor| !entry.follows(&cursor)) {
                if let Some(moved) = passed.take() {
                    self.pass(moved, sink);
                }
                let (frame, moved) = self.gap(at, GapReason::Hole, entry.position_before());
                sink.control(&frame, moved);
            }
            self.cursor = Some(entry.cursor);
            let moved = Moved { subscription: at, cursor: entry.cursor };
            let due = !superseded && self.taste.wants(&entry.frame, &entry.routing);
            let handed = if due { hand_out(self.fitting.as_deref(), &entry.frame, Some(moved), sink) } else { 0 };
            if handed == 0 {
                passed = Some(moved);
                self.untold += 1;
                continue;
            }
            (passed, self.untold) = (None, 0);
            taken += handed;
        }
        if let Some(moved) = passed {
            self.pass(moved, sink);
        }
        (next, taken)
    }

    /// Changes over from the history to the ring, if the ring goes on where the page ended; reads on or waits otherwise.
    fn meet_ring(&mut self, at: usize, more: bool, then: CatchUp, sink: &mut impl FrameSink) {
        // Whatever is appended from here on is news.
        self.member.take_dirty();
        if let Some(live) = self.rejoin(then) {
            self.phase = live;
            return;
        }
        let ring = self.member.ring();
        let ahead = self.cursor.is_some_and(|cursor| ring.is_ahead_of(&cursor));
        let arrived = !more || self.cursor.is_some_and(|cursor| Some(cursor.number()) >= then.target);
        let tries = then.tries + u8::from(arrived);
        if !more && (!ahead || tries == TRIES) {
            // Deliveries are on their way or lost, or the ring holds what the store lost: going where the ring is could be going back.
            self.member.doubt();
            self.phase = Phase::Ahead(CatchUp { tries, ..then });
            return;
        }
        match ring.join_now() {
            Some((head, joint)) if tries > TRIES => {
                let (frame, moved) = self.gap(at, GapReason::Slow, head);
                sink.control(&frame, moved);
                self.phase = Phase::Live(Live { next: joint.next, since: then.since, more: true });
            }
            _ => self.phase = Phase::Behind(CatchUp { tries, ..then }),
        }
    }

    fn rejoin(&self, then: CatchUp) -> Option<Phase> {
        let next = self.member.ring().rejoin(self.cursor.as_ref()?)?;
        Some(Phase::Live(Live { next, since: then.since, more: true }))
    }

    fn pull_ring(&mut self, at: usize, sink: &mut impl FrameSink, quota: usize) -> usize {
        let Phase::Live(mut live) = self.phase else { return 0 };
        if !self.member.take_dirty() && !live.more {
            return 0;
        }
        let Taken { bytes: taken, passed, copied } = match self.fitting {
            None => self.copy_shared(at, &mut live, sink, quota),
            Some(_) => self.copy_fitted(at, &mut live, sink, quota),
        };
        if let Some(moved) = passed {
            self.pass(moved, sink);
        }
        live.more = copied == Copied::Some;
        self.phase = Phase::Live(live);
        if copied == Copied::FellOff {
            match self.cursor.as_ref().and_then(|cursor| self.member.ring().rejoin(cursor)) {
                Some(next) => {
                    self.phase = Phase::Live(Live { next, since: live.since, more: true });
                    return self.pull_ring(at, sink, quota);
                }
                None => {
                    self.phase = Phase::Behind(CatchUp { since: live.since, told: true, newest: None, gap: None, target: None, tries: 0 });
                }
            }
        }
        taken
    }

    /// Takes from the ring what everybody gets.
    fn copy_shared(&mut self, at: usize, live: &mut Live, sink: &mut impl FrameSink, quota: usize) -> Taken {
        let (since, cursor, untold, taste, mut bytes, mut passed) = (live.since, &mut self.cursor, &mut self.untold, &self.taste, 0, None);
        let (leaving, mut beyond) = (&self.leaving, false);
        let copied = self.member.ring().copy(&mut live.next, quota, |local, slot| {
            if let Some(leaving) = leaving {
                beyond |= slot.stored.as_ref().is_some_and(|link| leaving.is_beyond(&link.cursor));
                if beyond {
                    return 0;
                }
            }
            let moved = match &slot.stored {
                Some(link) => {
                    *cursor = Some(link.cursor);
                    Some(Moved { subscription: at, cursor: link.cursor })
                }
                None if local < since => return 0,
                None => None,
            };
            if (slot.superseded && leaving.is_none()) || !taste.wants(&slot.frame, &slot.routing) {
                passed = moved.or(passed);
                *untold += u32::from(moved.is_some());
                return 0;
            }
            if moved.is_some() {
                (passed, *untold) = (None, 0);
            }
            sink.event(&slot.frame, moved);
            bytes += slot.frame.size();
            slot.frame.size()
        });
        Taken { bytes, passed, copied }
    }

    /// Says that it begins at `cursor`.
    fn subscribed(&mut self, at: usize, outcome: Outcome, cursor: Cursor) -> (Control, Option<Moved>) {
        (self.cursor, self.untold) = (Some(cursor), 0);
        let frame =
            Control::Subscribed { channel: self.channel().clone(), reference: self.reference.take(), outcome, cursor, by: self.by.take() };
        (frame, Some(Moved { subscription: at, cursor }))
    }

    /// Moves on to `to`, over a hole.
    pub(super) fn gap(&mut self, at: usize, reason: GapReason, to: Cursor) -> (Control, Option<Moved>) {
        let from = self.cursor.replace(to);
        self.untold = 0;
        let missed = lost_before(from.as_ref(), &to);
        tracing::debug!(reason = reason.name(), missed, "a subscriber was told of a gap");
        let (channel, reference, by) = (self.channel().clone(), self.reference.take(), self.by.take());
        let frame = GapFrame { channel, reference, reason, from, cursor: to, missed, by };
        (Control::Gap(frame), Some(Moved { subscription: at, cursor: to }))
    }
}

impl Phase {
    fn live(Joint { next, end }: Joint) -> Self {
        Self::Live(Live { next, since: end, more: true })
    }

    fn behind(since: u64, newest: Option<usize>) -> Self {
        Self::Behind(CatchUp { since, told: false, newest, gap: None, target: None, tries: 0 })
    }
}

/// Marks the entries that a later one of the page takes the place of.
fn superseded(entries: &[Entry]) -> Box<[bool]> {
    if entries.iter().all(|entry| entry.routing.latest.is_none()) {
        return Box::default();
    }
    let mut seen = HashSet::new();
    let mut marks: Box<[bool]> = entries.iter().rev().map(|entry| entry.routing.latest.is_some_and(|mark| !seen.insert(mark))).collect();
    marks.reverse();
    marks
}

/// How many events to pass over before the client is told: never so many that the channel's history, or a resume, would end before its cursor.
fn patience(retention: History, limits: SessionLimits) -> u32 {
    let kept = match retention {
        History::Keep { ttl, .. } if ttl < SHORT_LIVED => 0,
        History::Keep { max, .. } => usize::try_from(max).unwrap_or(usize::MAX),
        History::Off => usize::MAX,
    };
    let patience = PATIENCE.min(kept / 4).min(limits.replay_events / 4).max(1);
    u32::try_from(patience).unwrap_or(u32::MAX)
}

/// What a client is told: to one that was connected all the time, what is no longer there is news of its own slowness.
fn told_reason(reason: GapReason, connected: bool) -> GapReason {
    match reason {
        GapReason::Trimmed | GapReason::Expired | GapReason::Limit if connected => GapReason::Slow,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_knows_where_it_stands_before_its_cursor_is_worth_nothing() {
        let limits = |replay_events| SessionLimits { replay_events, page_bytes: 1 };
        let keep = |max, ttl| History::Keep { max, ttl };
        assert_eq!(patience(keep(1000, 3600), limits(1000)), 64);
        assert_eq!(patience(keep(100, 3600), limits(1000)), 25);
        assert_eq!(patience(keep(1000, 3600), limits(40)), 10);
        assert_eq!(patience(keep(2, 3600), limits(1000)), 1);
        assert_eq!(patience(keep(1000, 30), limits(1000)), 1, "gone before the heartbeat would tell");
        assert_eq!(patience(History::Off, limits(1000)), 64);
    }
}
