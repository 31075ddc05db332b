//! Subscriptions that a revocation ends: what was published before it still comes.

use std::sync::Arc;

use tidewire_schema::wire::GapReason;

use super::{Session, control::Control, subscription::Subscription};
use crate::cursor::Cursor;

/// That a subscription is about to end.
#[derive(Debug)]
pub(super) struct Leaving {
    // The last position that is still due.
    upto: Cursor,
    // Until when the channel cannot be subscribed to again, as the client is told.
    until: u64,
    // The client had its time.
    overdue: bool,
}

/// A subscription that a revocation has ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Departed {
    pub(crate) channel: Arc<str>,
    pub(crate) until: u64,
}

/// What became of a subscription that is to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It ends once it has handed out what is due.
    Leaves,
    /// Nothing of it was handed out yet.
    NeverBegan,
    /// The session does not have it.
    Absent,
}

impl Leaving {
    pub(super) fn is_beyond(&self, cursor: &Cursor) -> bool {
        cursor.epoch() != self.upto.epoch() || cursor.number() > self.upto.number()
    }
}

impl Subscription {
    /// Whether everything that was still due is handed out.
    fn has_left(&self) -> bool {
        let Some(leaving) = &self.leaving else { return false };
        let arrived = |cursor: Cursor| cursor.epoch() != leaving.upto.epoch() || cursor.number() >= leaving.upto.number();
        leaving.overdue || (self.cursor.is_none_or(arrived) && !self.has_more())
    }
}

impl Session {
    /// Ends a channel once everything up to `upto` is handed out, or what this node knows of it now. [`depart`](Self::depart) says when.
    pub(crate) fn revoke(&mut self, channel: &str, upto: Option<Cursor>, until: u64, overdue: bool) -> Sent {
        // Events that were published before are still due, but who is there is of this moment.
        self.unwatch(channel);
        let held = self.subscriptions.iter_mut().flatten().find(|held| **held.channel() == *channel);
        let Some(subscription) = held else { return Sent::Absent };
        if !subscription.has_begun() {
            return Sent::NeverBegan;
        }
        let upto = upto.or_else(|| subscription.member.ring().join_now().map(|(head, _)| head)).or(subscription.cursor);
        let Some(upto) = upto else { return Sent::NeverBegan };
        let leaving = subscription.leaving.get_or_insert_with(|| Box::new(Leaving { upto, until, overdue }));
        leaving.overdue |= overdue;
        self.settled = false;
        Sent::Leaves
    }

    /// Takes away the channels that have handed out what was due, or had their time. What their clients did not get by then is told as a gap.
    pub(crate) fn depart(&mut self) -> Vec<Departed> {
        let mut departed = Vec::new();
        for at in 0..self.subscriptions.len() {
            let Some(mut subscription) = self.subscriptions[at].take_if(|held| held.has_left()) else { continue };
            let Some(leaving) = subscription.leaving.take() else { continue };
            let missed =
                subscription.cursor.is_some_and(|cursor| cursor.epoch() == leaving.upto.epoch() && cursor.number() < leaving.upto.number());
            if missed {
                self.outbox.push_back(subscription.gap(at, GapReason::Slow, leaving.upto));
            }
            departed.push(Departed { channel: subscription.channel().clone(), until: leaving.until });
        }
        departed
    }

    /// Whether a channel is about to end.
    pub(crate) fn is_leaving(&self) -> bool {
        self.subscriptions.iter().flatten().any(|held| held.leaving.is_some())
    }

    /// Says that a channel, or everything, was revoked.
    pub(crate) fn say_revoked(&mut self, channel: Option<Arc<str>>, until: u64) {
        self.say(Control::Revoked { channel, until });
    }

    /// Holds back what comes on the channels, or no longer. What is said beside them goes out all the same.
    pub(crate) fn pause(&mut self, paused: bool) {
        self.paused = paused;
        self.settled = false;
    }
}
