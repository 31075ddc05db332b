//! One connection as a state machine without I/O, neutral to transports.
//!
//! Whoever owns the connection feeds it (a page arrived, a heartbeat is due, shut down) and takes from it (frames, read requests). Frames are
//! pulled: a connection that cannot be written to is simply not asked, and costs nothing but its positions.

mod control;
mod filter;
mod leaving;
mod looking;
mod page;
mod resume;
mod subscription;

use std::{collections::VecDeque, ops::Range, sync::Arc, time::Duration};

use tidewire_schema::wire::WireCode;

use self::subscription::{Outbox, Subscription};
pub(crate) use self::{
    control::{Ack, AckReceipt, By, Control, ErrorBody, GrantFrame, Outcome, Status, milliseconds},
    filter::Filter,
    leaving::{Departed, Sent},
    page::{Form, SharedPage},
    resume::{Verdict, decide, lost_before},
    subscription::Wish,
};
use crate::{
    broker::ReadRequest, cursor::Cursor, identity::ConnectionId, live, middleware::Tailor, presence::Watch, realtime::Limits,
    transport::Frame,
};

/// How many bytes one channel may send before the others have their turn.
const QUOTA: usize = 16 * 1024;

/// How much of a pull one channel may take.
#[derive(Clone, Copy, Debug)]
enum Share {
    /// About so many bytes: others wait.
    One(usize),
    /// So many, and more of what costs the connection nothing: there is no other.
    Alone(usize),
}

/// Where a session's frames go. Implemented by a transport, which decides what surrounds them.
pub(crate) trait FrameSink {
    /// Takes a frame made for this connection alone.
    fn control(&mut self, frame: &Control, moved: Option<Moved>);

    /// Takes a frame that is shared with others.
    fn event(&mut self, frame: &Frame, moved: Option<Moved>);

    /// Takes events of a page that others have as well; `moved` is the position behind the last of them.
    fn run(&mut self, page: &SharedPage, range: Range<usize>, moved: Moved) {
        for entry in &page.entries[range] {
            self.event(&entry.frame, Some(Moved { cursor: entry.cursor, ..moved }));
        }
    }

    /// Takes a frame that is shared with others and is no event.
    fn shared(&mut self, frame: &Frame) {
        self.event(frame, None);
    }

    /// Takes the position of a subscription that moved over events which are not for this client. The client is told of it later, if it does
    /// not learn it from another frame.
    fn passed(&mut self, moved: Moved);
}

/// That a frame moves the position of one of the session's subscriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Which: the place that the session gave it. Those that a session begins with are counted from zero.
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
    /// Now, preceded by this many of the newest stored events.
    Last(usize),
    /// After something that nobody can read.
    Unreadable,
    /// Now, which was here, and at this number in the ring of the membership: what came since is due, however late it begins.
    At(Cursor, u64),
}

/// How many bytes of history a session holds at most. A client that stalls in the middle of a page pins all of it.
const PAGE_BYTES: usize = 256 * 1024;

/// The numbers a session goes by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionLimits {
    pub(crate) replay_events: usize,
    pub(crate) page_bytes: usize,
}

impl From<&Limits> for SessionLimits {
    fn from(limits: &Limits) -> Self {
        Self { replay_events: limits.replay_events, page_bytes: limits.page_bytes.min(PAGE_BYTES) }
    }
}

/// A page that a session needs: run it against the broker and hand the answer to [`Session::page`].
#[derive(Debug)]
pub(crate) struct PageRequest {
    pub(crate) reader: Reader,
    pub(crate) channel: Arc<str>,
    pub(crate) read: ReadRequest,
}

/// Who asked for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reader {
    place: usize,
    serial: u64,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Session {
    // Whose events are not for it.
    own: Option<ConnectionId>,
    // Where hooks want to see what it gets.
    tailor: Option<Tailor>,
    // A place stays with its subscription; the next one may have it afterwards.
    subscriptions: Vec<Option<Subscription>>,
    // How many subscriptions there ever were.
    serial: u64,
    limits: SessionLimits,
    // Decided frames that precede everything else.
    outbox: Outbox,
    // Whose turn it is.
    turn: usize,
    // The last pull took everything that there will be without something new.
    settled: bool,
    // One page at a time, however many channels have to catch up: this bounds what a connection can make the broker do, and hold.
    reading: bool,
    over: Option<Ending>,
    // The rosters that are watched, beside subscriptions to the same channels.
    watches: Vec<Watch>,
    // The live queries that are looked at.
    lives: Vec<live::Watch>,
    // Nothing of the channels is handed out for the time being.
    paused: bool,
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The server goes, or wants the client elsewhere.
    Planned,
    /// It cannot go on.
    Failed(WireCode),
}

impl Session {
    /// Begins a session, without any channel.
    pub(crate) fn open(welcome: Control, own: Option<ConnectionId>, limits: SessionLimits) -> Self {
        let outbox = VecDeque::from([(welcome, None)]);
        Self {
            own,
            tailor: None,
            subscriptions: Vec::new(),
            serial: 0,
            limits,
            outbox,
            turn: 0,
            settled: false,
            reading: false,
            over: None,
            watches: Vec::new(),
            lives: Vec::new(),
            paused: false,
        }
    }

    /// Has hooks fit what it hands out from now on.
    pub(crate) fn fitted_by(self, tailor: Option<Tailor>) -> Self {
        Self { tailor, ..self }
    }

    /// Adds a channel. The membership must be open; the position of who begins now, or whose past is in the ring, is fixed here.
    pub(crate) fn subscribe(&mut self, wish: Wish) {
        let place = self.subscriptions.iter().position(Option::is_none).unwrap_or(self.subscriptions.len());
        self.serial += 1;
        let fitting = self.tailor.as_ref().and_then(|tailor| tailor.fitting(wish.member.channel()));
        let subscription = Subscription::begin((place, self.serial), self.own, wish, self.limits, &mut self.outbox).fitted_by(fitting);
        if let Some(free) = self.subscriptions.get_mut(place) {
            *free = Some(subscription);
            return;
        }
        if place == self.subscriptions.capacity() {
            // Most connections have few channels, and `push` would make room for four.
            self.subscriptions.reserve_exact(1 + place / 2);
        }
        self.subscriptions.push(Some(subscription));
    }

    /// Ends a channel: nothing of it comes any more.
    pub(crate) fn unsubscribe(&mut self, channel: &str, by: Option<By>) {
        if let Some(subscription) = self.remove(channel) {
            self.say(Control::Unsubscribed { channel: subscription.channel().clone(), by });
        }
    }

    /// Lets other events of a channel through from now on.
    pub(crate) fn refilter(&mut self, channel: &str, filter: Filter) {
        if let Some(subscription) = self.subscriptions.iter_mut().flatten().find(|subscription| **subscription.channel() == *channel) {
            subscription.refilter(filter);
        }
    }

    /// Ends a channel, or says that it never began, for a reason that the client should know.
    pub(crate) fn deny(&mut self, channel: &Arc<str>, error: ErrorBody) {
        drop(self.remove(channel));
        self.say(Control::Denied { channel: channel.clone(), reference: None, error });
    }

    /// Begins to watch a roster, or begins anew.
    pub(crate) fn watch(&mut self, watch: Watch) {
        self.watches.retain(|held| held.channel() != watch.channel());
        self.watches.reserve_exact(1);
        self.watches.push(watch);
    }

    /// Hands out the whole roster of a channel again, if it is watched.
    pub(crate) fn refresh(&mut self, channel: &str) {
        if let Some(watch) = self.watches.iter_mut().find(|watch| **watch.channel() == *channel) {
            watch.refresh();
        }
    }

    fn unwatch(&mut self, channel: &str) {
        self.watches.retain(|watch| **watch.channel() != *channel);
    }

    fn remove(&mut self, channel: &str) -> Option<Subscription> {
        self.unwatch(channel);
        let place = self.subscriptions.iter().position(|held| held.as_ref().is_some_and(|held| **held.channel() == *channel))?;
        self.subscriptions[place].take()
    }

    /// Says something beside the channels: the answer to a frame, or what concerns the whole connection.
    pub(crate) fn say(&mut self, frame: Control) {
        if self.over.is_none() {
            self.outbox.push_back((frame, None));
        }
    }

    /// Tells the client where it stands on channels of which nothing was for it lately, so that it resumes from there.
    pub(crate) fn tell_positions(&mut self) {
        if self.over.is_none() {
            let held = self.subscriptions.iter_mut().enumerate().filter_map(|(at, held)| Some((at, held.as_mut()?)));
            self.outbox.extend(held.filter_map(|(at, subscription)| subscription.position(at)));
        }
    }

    /// See [`Line::preview`](crate::workers::Line::preview). The first subscription stands for all: most connections have few.
    pub(crate) fn preview(&self) -> u64 {
        let first = self.subscriptions.first().and_then(Option::as_ref).map_or(0, Subscription::preview);
        let flags = u64::from(self.settled) ^ u64::from(self.paused) ^ u64::from(self.over.is_some());
        let lengths = self.turn ^ self.outbox.len() ^ self.watches.len() ^ self.lives.len();
        first ^ flags ^ lengths as u64
    }

    /// Whether decided frames wait to be pulled.
    pub(crate) fn has_pending(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Hands out what is due, about `budget` bytes of it. Channels take turns.
    ///
    /// Call it again when it handed out something; when not, wait until the outlet is due.
    pub(crate) fn pull(&mut self, sink: &mut impl FrameSink, budget: usize) {
        if !self.outbox.is_empty() {
            // Taken whole: what a busy moment needed should not be held for the life of the connection.
            for (frame, moved) in std::mem::take(&mut self.outbox) {
                sink.control(&frame, moved);
            }
        }
        if self.over.is_some() {
            return;
        }
        if self.paused {
            self.settled = true;
            return;
        }
        let (rosters, lives) = (self.pull_rosters(sink, budget), self.pull_lives(sink, budget));
        let count = self.subscriptions.len();
        let (mut left, mut idle, mut live) = (budget, 0, rosters && lives);
        if self.turn >= count {
            self.turn = 0;
        }
        while idle < count && left > 0 {
            let at = self.turn;
            let more = self.subscriptions[at].as_mut().is_some_and(|subscription| {
                let share = if count == 1 { Share::Alone(left) } else { Share::One(left.min(QUOTA)) };
                let taken = subscription.pull(at, sink, share);
                left = left.saturating_sub(taken);
                live &= subscription.is_live();
                // One that is level with its ring need not be asked again: whatever comes from now on rings.
                taken > 0 && !subscription.is_level()
            });
            idle = if more { 0 } else { idle + 1 };
            self.turn = if at + 1 < count { at + 1 } else { 0 };
        }
        self.settled = live && left > 0;
    }

    /// Hands out what there is about rosters, beside the budget of the channels: neither can hold up the other. Whether that is all.
    fn pull_rosters(&mut self, sink: &mut impl FrameSink, budget: usize) -> bool {
        let mut left = budget;
        let subscriptions = &self.subscriptions;
        // Who may not subscribe to a channel may not know who is there, so nothing comes before that is decided.
        let begun = |channel: &Arc<str>| subscriptions.iter().flatten().any(|held| held.channel() == channel);
        for watch in self.watches.iter_mut().filter(|watch| watch.is_due() && begun(watch.channel())) {
            while left > 0
                && let Some(frame) = watch.next()
            {
                left = left.saturating_sub(frame.size());
                sink.shared(&frame);
            }
        }
        left > 0
    }

    /// Whether the next [`pull`](Self::pull) hands out nothing and no page is needed, unless something new comes.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled && self.outbox.is_empty()
    }

    /// A page that is needed now, if any. Nothing until the last one was answered and handed out.
    pub(crate) fn take_request(&mut self) -> Option<PageRequest> {
        if self.reading || self.paused || self.over.is_some() || self.subscriptions.iter().flatten().any(Subscription::holds_page) {
            return None;
        }
        let count = self.subscriptions.len();
        let needs = |place: &usize| self.subscriptions[*place].as_ref().is_some_and(Subscription::needs_page);
        let place = (self.turn..self.turn + count).map(|at| at % count).find(needs)?;
        let subscription = self.subscriptions[place].as_ref()?;
        self.reading = true;
        let reader = Reader { place, serial: subscription.serial() };
        Some(PageRequest { reader, channel: subscription.channel().clone(), read: subscription.request(self.limits) })
    }

    /// Takes the answer to a [`PageRequest`]. One that comes after its channel was left is dropped.
    pub(crate) fn page(&mut self, reader: Reader, page: Arc<SharedPage>) {
        self.reading = false;
        let asked = self.subscriptions.get_mut(reader.place).and_then(Option::as_mut);
        if let Some(subscription) = asked.filter(|subscription| subscription.serial() == reader.serial) {
            subscription.page(reader.place, page, self.limits, &mut self.outbox);
        }
    }

    /// Takes the news that a [`PageRequest`] was not answered. It will be asked for again, after those of other channels.
    pub(crate) fn no_page(&mut self, reader: Reader) {
        self.reading = false;
        self.turn = reader.place + 1;
    }

    /// Ends the stream for a reason that the client should know.
    pub(crate) fn fail(&mut self, code: WireCode, message: &str) {
        self.end(Ending::Failed(code), Control::Error { error: ErrorBody::new(code, message) });
    }

    /// Ends the stream and asks the client to come back `after` a while. Nothing is lost: it resumes.
    pub(crate) fn shutdown(&mut self, after: Duration) {
        self.tell_positions();
        self.end(Ending::Planned, Control::reconnect(after));
    }

    fn end(&mut self, ending: Ending, last: Control) {
        if self.over.is_none() {
            self.over = Some(ending);
            self.outbox.push_back((last, None));
        }
    }

    /// Why nothing will come any more; `None` while something will.
    pub(crate) fn ending(&self) -> Option<Ending> {
        self.over.filter(|_| self.outbox.is_empty())
    }
}

#[cfg(test)]
#[path = "interleaving_tests.rs"]
mod interleaving_tests;
