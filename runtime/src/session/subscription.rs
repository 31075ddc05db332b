//! One channel of a session: how it gets from where the client stands to what is happening now.

use std::{collections::VecDeque, iter::Peekable, sync::Arc, vec};

use tidewire_schema::wire::GapReason;

use super::{
    Beginning, FrameSink, Moved, SessionLimits, Verdict,
    control::{Control, GapFrame, Outcome},
    decide, lost_before,
};
use crate::{
    broker::{Entry, Page, Range, ReadRequest},
    cursor::Cursor,
    hub::{Copied, Joint, Membership},
};

/// How often a subscription may miss the ring after it had caught up with the history, before it gives up what lies between.
const TRIES: u8 = 3;

pub(super) type Outbox = VecDeque<(Control, Option<Moved>)>;

#[derive(Debug)]
pub(super) struct Subscription {
    member: Membership,
    // What was handed out last; `None` while nobody knows where the client stands.
    cursor: Option<Cursor>,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// Reads from the ring.
    Live(Live),
    /// Needs a page of history.
    Behind(CatchUp),
    /// Hands out a page of history.
    Page { entries: Peekable<vec::IntoIter<Entry>>, head: Cursor, more: bool, then: CatchUp },
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
    // A gap that is decided, and told with the page that says where delivery goes on.
    gap: Option<GapReason>,
    // The position to reach before missing the ring counts as a try.
    target: Option<u64>,
    tries: u8,
}

impl Subscription {
    pub(super) fn begin(at: usize, member: Membership, beginning: Beginning, outbox: &mut Outbox) -> Self {
        let now = member.ring().join_now();
        let since = now.map_or(0, |(_, joint)| joint.end);
        let subscribed = |outbox: &mut Outbox, outcome, cursor| {
            let frame = Control::Subscribed { channel: member.channel().clone(), outcome, cursor };
            outbox.push_back((frame, Some(Moved { subscription: at, cursor })));
        };
        let (cursor, joint) = match (beginning, now) {
            (Beginning::Fresh, Some((head, joint))) => {
                subscribed(outbox, Outcome::Fresh, head);
                (Some(head), Some(joint))
            }
            (Beginning::After(cursor), _) => {
                let joint = member.ring().join_after(&cursor);
                if joint.is_some() {
                    subscribed(outbox, Outcome::Resumed, cursor);
                }
                (Some(cursor), joint)
            }
            (Beginning::Fresh | Beginning::Unreadable, _) => (None, None),
        };
        let phase = match joint {
            Some(Joint { next, end }) => Phase::Live(Live { next, since: end, more: true }),
            None => Phase::Behind(CatchUp { since, told: false, gap: None, target: None, tries: 0 }),
        };
        Self { member, cursor, phase }
    }

    pub(super) fn channel(&self) -> &Arc<str> {
        self.member.channel()
    }

    pub(super) fn needs_page(&self) -> bool {
        matches!(self.phase, Phase::Behind(_))
    }

    pub(super) fn holds_page(&self) -> bool {
        matches!(self.phase, Phase::Page { .. })
    }

    pub(super) fn request(&self, limits: SessionLimits) -> ReadRequest {
        let decided = matches!(self.phase, Phase::Behind(CatchUp { gap: Some(_), .. }));
        let range = match self.cursor {
            Some(cursor) if !decided => Range::After(cursor),
            _ => Range::Newest(limits.replay_events),
        };
        ReadRequest { range, limit: limits.replay_events, bytes: limits.page_bytes }
    }

    /// Takes the page that [`request`](Self::request) asked for.
    pub(super) fn page(&mut self, at: usize, page: Page, limits: SessionLimits, outbox: &mut Outbox) {
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
            Some(reason) => Verdict::Gap(reason),
            None => decide(self.cursor.as_ref(), &page, limit),
        };
        match verdict {
            // A hole and a missing tail come after events that are there, and are told in their place.
            Verdict::Continues | Verdict::Gap(GapReason::Hole | GapReason::Tail) => {
                if let (false, Some(cursor)) = (then.told, self.cursor) {
                    let frame = Control::Subscribed { channel: self.channel().clone(), outcome: Outcome::Resumed, cursor };
                    outbox.push_back((frame, Some(Moved { subscription: at, cursor })));
                }
            }
            Verdict::Gap(reason) => {
                let follow = page.head.number().saturating_sub(resume.number());
                if then.target.is_none() && then.gap.is_none() && self.cursor.is_some() && follow > limits.replay_events as u64 {
                    self.phase = Phase::Behind(CatchUp { gap: Some(reason), ..then });
                    return;
                }
                outbox.push_back(self.gap(at, told_reason(reason, then.told), resume));
            }
        }
        then = CatchUp { told: true, gap: None, target: then.target.or(Some(page.head.number())), ..then };
        self.phase = Phase::Page { entries: page.entries.into_iter().peekable(), head: page.head, more: page.more, then };
    }

    /// Hands out about `quota` bytes and answers how many it were; nothing means that it has to wait.
    pub(super) fn pull(&mut self, at: usize, sink: &mut impl FrameSink, quota: usize) -> usize {
        let mut taken = 0;
        if self.holds_page() {
            taken = self.pull_page(at, sink, quota);
        }
        if taken < quota && matches!(self.phase, Phase::Live(_)) {
            taken += self.pull_ring(at, sink, quota - taken);
        }
        taken
    }

    fn pull_page(&mut self, at: usize, sink: &mut impl FrameSink, quota: usize) -> usize {
        let mut taken = 0;
        while let Phase::Page { entries, .. } = &mut self.phase {
            let Some(entry) = entries.next_if(|entry| taken == 0 || taken + entry.frame.size() <= quota) else { break };
            if self.cursor.is_some_and(|cursor| !entry.follows(&cursor)) {
                let (frame, moved) = self.gap(at, GapReason::Hole, entry.position_before());
                sink.control(&frame, moved);
            }
            taken += entry.frame.size();
            self.cursor = Some(entry.cursor);
            sink.event(&entry.frame, Some(Moved { subscription: at, cursor: entry.cursor }));
        }
        if let Phase::Page { entries, head, more, then } = &mut self.phase
            && entries.peek().is_none()
        {
            let (head, more, then) = (*head, *more, *then);
            if !more && self.cursor != Some(head) {
                let (frame, moved) = self.gap(at, GapReason::Tail, head);
                sink.control(&frame, moved);
            }
            self.meet_ring(at, more, then, sink);
        }
        taken
    }

    /// Changes over from the history to the ring, if the ring goes on where the page ended; reads on otherwise.
    fn meet_ring(&mut self, at: usize, more: bool, then: CatchUp, sink: &mut impl FrameSink) {
        let ring = self.member.ring();
        if let Some(next) = self.cursor.as_ref().and_then(|cursor| ring.rejoin(cursor)) {
            self.phase = Phase::Live(Live { next, since: then.since, more: true });
            return;
        }
        let arrived = !more || self.cursor.is_some_and(|cursor| Some(cursor.number()) >= then.target);
        let tries = then.tries + u8::from(arrived);
        match ring.join_now() {
            Some((head, joint)) if tries >= TRIES => {
                let (frame, moved) = self.gap(at, GapReason::Slow, head);
                sink.control(&frame, moved);
                self.phase = Phase::Live(Live { next: joint.next, since: then.since, more: true });
            }
            _ => self.phase = Phase::Behind(CatchUp { tries, ..then }),
        }
    }

    fn pull_ring(&mut self, at: usize, sink: &mut impl FrameSink, quota: usize) -> usize {
        let Phase::Live(live) = &mut self.phase else { return 0 };
        if !self.member.take_dirty() && !live.more {
            return 0;
        }
        let (since, cursor, mut taken) = (live.since, &mut self.cursor, 0);
        let mut copy = |next: &mut u64| {
            self.member.ring().copy(next, quota, |local, slot| {
                let moved = match &slot.stored {
                    Some(link) => {
                        *cursor = Some(link.cursor);
                        Some(Moved { subscription: at, cursor: link.cursor })
                    }
                    None if local < since => return 0,
                    None => None,
                };
                sink.event(&slot.frame, moved);
                taken += slot.frame.size();
                slot.frame.size()
            })
        };
        let copied = copy(&mut live.next);
        match copied {
            Copied::All => live.more = false,
            Copied::Some => live.more = true,
            Copied::FellOff => match self.cursor.as_ref().and_then(|cursor| self.member.ring().rejoin(cursor)) {
                Some(next) => {
                    (live.next, live.more) = (next, true);
                    return self.pull_ring(at, sink, quota);
                }
                None => self.phase = Phase::Behind(CatchUp { since, told: true, gap: None, target: None, tries: 0 }),
            },
        }
        taken
    }

    /// Moves on to `to`, over a hole.
    fn gap(&mut self, at: usize, reason: GapReason, to: Cursor) -> (Control, Option<Moved>) {
        let from = self.cursor.replace(to);
        let missed = lost_before(from.as_ref(), &to);
        tracing::debug!(reason = reason.name(), missed, "a subscriber was told of a gap");
        let frame = GapFrame { channel: self.channel().clone(), reason, from, cursor: to, missed };
        (Control::Gap(frame), Some(Moved { subscription: at, cursor: to }))
    }
}

/// What a client is told: to one that was connected all the time, what is no longer there is news of its own slowness.
fn told_reason(reason: GapReason, connected: bool) -> GapReason {
    match reason {
        GapReason::Trimmed | GapReason::Expired | GapReason::Limit if connected => GapReason::Slow,
        other => other,
    }
}
