//! One connection as a state machine without I/O, neutral to transports.
//!
//! Whoever owns the connection feeds it (a page arrived, a heartbeat is due, shut down) and takes from it (frames, read requests). Frames are
//! pulled: a connection that cannot be written to is simply not asked, and costs nothing but its positions.

mod control;
mod resume;
mod subscription;

use std::{collections::VecDeque, time::Duration};

use tidewire_schema::wire::WireCode;

#[cfg(test)]
pub(crate) use self::control::Outcome;
use self::subscription::Subscription;
pub(crate) use self::{
    control::{Control, ErrorBody, milliseconds},
    resume::{Verdict, decide, lost_before},
};
use crate::{
    broker::{Page, ReadRequest},
    cursor::Cursor,
    error::BrokerError,
    hub::Membership,
    transport::Frame,
};

/// How many bytes one channel may send before the others have their turn.
const QUOTA: usize = 16 * 1024;

/// Where a session's frames go. Implemented by a transport, which decides what surrounds them.
pub(crate) trait FrameSink {
    /// Takes a frame made for this connection alone.
    fn control(&mut self, frame: &Control, moved: Option<Moved>);

    /// Takes a frame that is shared with others.
    fn event(&mut self, frame: &Frame, moved: Option<Moved>);
}

/// That a frame moves the position of one of the session's subscriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Which, in the order in which they were given.
    pub(crate) subscription: usize,
    /// Where to.
    pub(crate) cursor: Cursor,
}

/// Where a client wants to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// Now.
    Fresh,
    /// After what it saw last.
    After(Cursor),
    /// After something that nobody can read.
    Unreadable,
}

/// The numbers a session goes by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionLimits {
    pub(crate) replay_events: usize,
    pub(crate) page_bytes: usize,
}

/// A page that a session needs: run it against the broker and hand the answer to [`Session::page`].
#[derive(Debug)]
pub(crate) struct PageRequest {
    pub(crate) subscription: usize,
    pub(crate) channel: std::sync::Arc<str>,
    pub(crate) read: ReadRequest,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Session {
    subscriptions: Vec<Subscription>,
    limits: SessionLimits,
    // Decided frames that precede everything else.
    outbox: VecDeque<(Control, Option<Moved>)>,
    // Whose turn it is.
    turn: usize,
    // One page at a time, however many channels have to catch up: this bounds what a connection can make the broker do, and hold.
    reading: bool,
    over: bool,
}

impl Session {
    /// Begins a session. The memberships must be open; positions of those who begin now, or whose past is in the ring, are fixed here.
    pub(crate) fn open(welcome: Control, members: Vec<(Membership, Beginning)>, limits: SessionLimits) -> Self {
        let mut outbox = VecDeque::from([(welcome, None)]);
        let subscriptions = members
            .into_iter()
            .enumerate()
            .map(|(at, (member, beginning))| Subscription::begin(at, member, beginning, &mut outbox))
            .collect();
        Self { subscriptions, limits, outbox, turn: 0, reading: false, over: false }
    }

    /// Hands out what is due, about `budget` bytes of it. Channels take turns.
    ///
    /// Call it again when it handed out something; when not, wait until the outlet is due.
    pub(crate) fn pull(&mut self, sink: &mut impl FrameSink, budget: usize) {
        while let Some((frame, moved)) = self.outbox.pop_front() {
            sink.control(&frame, moved);
        }
        if self.over {
            return;
        }
        let count = self.subscriptions.len();
        let (mut left, mut idle) = (budget, 0);
        while idle < count && left > 0 {
            let at = self.turn % count;
            let taken = self.subscriptions[at].pull(at, sink, left.min(QUOTA));
            left = left.saturating_sub(taken);
            idle = if taken == 0 { idle + 1 } else { 0 };
            self.turn = (at + 1) % count;
        }
    }

    /// A page that is needed now, if any. Nothing until the last one was answered and handed out.
    pub(crate) fn take_request(&mut self) -> Option<PageRequest> {
        if self.reading || self.over || self.subscriptions.iter().any(Subscription::holds_page) {
            return None;
        }
        let count = self.subscriptions.len();
        let at = (self.turn..self.turn + count).map(|at| at % count).find(|&at| self.subscriptions[at].needs_page())?;
        self.reading = true;
        let subscription = &self.subscriptions[at];
        Some(PageRequest { subscription: at, channel: subscription.channel().clone(), read: subscription.request(self.limits) })
    }

    /// Takes the answer to a [`PageRequest`].
    pub(crate) fn page(&mut self, subscription: usize, answer: Result<Page, BrokerError>) {
        self.reading = false;
        match answer {
            Ok(page) => self.subscriptions[subscription].page(subscription, page, self.limits, &mut self.outbox),
            Err(error) => {
                tracing::warn!(error = %error, cause = error.source_text(), "ending a stream: its channel's history could not be read");
                self.fail(WireCode::BrokerUnavailable, "the history could not be read; resume in a moment");
            }
        }
    }

    /// Ends the stream for a reason that the client should know.
    pub(crate) fn fail(&mut self, code: WireCode, message: &str) {
        self.end(Control::Error { error: ErrorBody::new(code, message) });
    }

    /// Ends the stream and asks the client to come back `after` a while. Nothing is lost: it resumes.
    pub(crate) fn shutdown(&mut self, after: Duration) {
        self.end(Control::reconnect(after));
    }

    fn end(&mut self, last: Control) {
        if !self.over {
            self.over = true;
            self.outbox.push_back((last, None));
        }
    }

    /// Whether nothing will come any more.
    pub(crate) fn is_over(&self) -> bool {
        self.over && self.outbox.is_empty()
    }
}

#[cfg(test)]
#[path = "interleaving_tests.rs"]
mod interleaving_tests;
