//! A session whose client is this process.

use std::{
    collections::VecDeque,
    fmt,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tidewire_schema::{History, wire::GapReason};

use crate::{
    broker::BoxFuture,
    cursor::Cursor,
    error::BrokerError,
    observe::{Tally, Transport},
    realtime::Realtime,
    session::{Beginning, Control, Filter, FrameSink, GrantFrame, Moved, PageRequest, Reader, Session, SessionLimits, SharedPage, Wish},
    transport::Frame,
    workers::Doorbell,
};

/// How many bytes of frames to take from the session at once. All that a slow reader pins, beside the page of history that it is in.
const AHEAD: usize = 16 * 1024;

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What comes out of a subscription, before it has a type.
#[derive(Debug)]
pub(super) enum Item {
    Event(Frame, Option<Cursor>),
    Gap {
        reason: GapReason,
        from: Option<Cursor>,
        to: Cursor,
        missed: Option<u64>,
    },
    /// What came up to here was not for this subscriber.
    Passed(Cursor),
    Failed(BrokerError),
}

/// Follows one channel, and is pulled: what nobody asks for stays in the ring or in the history.
pub(super) struct Driver {
    realtime: Realtime,
    session: Session,
    doorbell: Arc<Doorbell>,
    inbox: Inbox,
    reading: Option<Reading>,
}

struct Reading {
    reader: Reader,
    answer: BoxFuture<'static, Result<Arc<SharedPage>, Corrupt>>,
}

/// The store answered, and with something that no broker wrote.
struct Corrupt {
    error: BrokerError,
    request: PageRequest,
}

impl Driver {
    /// Begins to follow `channel`.
    pub(super) async fn open(realtime: Realtime, (channel, retention): (&str, History), beginning: Beginning) -> Result<Self, BrokerError> {
        let shared = realtime.shared();
        let doorbell = Arc::new(Doorbell::default());
        let member = shared.hub.join(channel, retention, doorbell.clone());
        shared.in_time(Box::pin(member.open())).await?;
        let limits = SessionLimits::from(&shared.limits);
        let welcome = Control::welcome(None, shared.registry.hash().into(), shared.limits.heartbeat, GrantFrame::of_nobody());
        let mut session = Session::open(welcome, None, limits);
        session.subscribe(Wish { member, beginning, filter: Filter::default(), reference: None, by: None });
        // Which events are the newest is decided now, not when somebody asks for the first of them.
        if let Beginning::Last(_) = beginning
            && let Some(PageRequest { reader, channel, read }) = session.take_request()
        {
            let page = shared.in_time(Box::pin(shared.hub.read(&channel, read))).await?;
            shared.metrics.replayed(page.entries.len());
            session.page(reader, page);
        }
        let mut inbox = Inbox::default();
        // Where it begins is decided by now, unless that takes a look into the history.
        session.pull(&mut Tally::new(&mut inbox, &shared.metrics, Transport::Service), 0);
        Ok(Self { realtime, session, doorbell, inbox, reading: None })
    }

    /// The next item, and the position behind it where it has one.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Item> {
        loop {
            if let Some(item) = self.inbox.items.pop_front() {
                return Poll::Ready(item);
            }
            self.doorbell.listen(cx.waker());
            if let Some(reading) = &mut self.reading
                && let Poll::Ready(answer) = reading.answer.as_mut().poll(cx)
            {
                match answer {
                    Ok(page) => {
                        self.realtime.shared().metrics.replayed(page.entries.len());
                        self.session.page(reading.reader, page);
                        self.reading = None;
                    }
                    Err(Corrupt { error, request }) => {
                        self.read(request, LONGEST_PAUSE);
                        return Poll::Ready(Item::Failed(error));
                    }
                }
            }
            self.inbox.pulled = false;
            let metrics = &self.realtime.shared().metrics;
            self.session.pull(&mut Tally::new(&mut self.inbox, metrics, Transport::Service), AHEAD);
            if self.inbox.pulled {
                continue;
            }
            if self.reading.is_some() {
                return Poll::Pending;
            }
            let Some(request) = self.session.take_request() else { return Poll::Pending };
            self.read(request, Duration::ZERO);
        }
    }

    /// Where the session stood when it was last asked; ahead of what was handed out.
    pub(super) fn begun_at(&self) -> Option<Cursor> {
        self.inbox.begun_at
    }

    /// Reads after `pause`, for as long as it takes: an outage is waited for.
    fn read(&mut self, request: PageRequest, mut pause: Duration) {
        let realtime = self.realtime.clone();
        let reader = request.reader;
        let answer = Box::pin(async move {
            let shared = realtime.shared();
            loop {
                if !pause.is_zero() {
                    tokio::time::sleep(pause.mul_f64(rand::random_range(0.5..1.0))).await;
                }
                match shared.in_time(Box::pin(shared.hub.read(&request.channel, request.read))).await {
                    Ok(page) => return Ok(page),
                    Err(error @ BrokerError::Corrupt(_)) => return Err(Corrupt { error, request }),
                    Err(error) => tracing::debug!(cause = error.source_text(), "a subscription waits for the broker"),
                }
                pause = (pause * 2).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
            }
        });
        self.reading = Some(Reading { reader, answer });
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("session", &self.session).finish_non_exhaustive()
    }
}

/// What one pull brought.
#[derive(Default)]
struct Inbox {
    items: VecDeque<Item>,
    begun_at: Option<Cursor>,
    // Whether the session handed out anything, frames of no interest here included.
    pulled: bool,
}

impl FrameSink for Inbox {
    fn control(&mut self, frame: &Control, moved: Option<Moved>) {
        self.pulled = true;
        match frame {
            Control::Gap(gap) => {
                self.items.push_back(Item::Gap { reason: gap.reason, from: gap.from, to: gap.cursor, missed: gap.missed });
            }
            Control::Position { cursor, .. } => self.items.push_back(Item::Passed(*cursor)),
            Control::Subscribed { .. } => self.begun_at = moved.map(|moved| moved.cursor),
            _ => {}
        }
    }

    fn event(&mut self, frame: &Frame, moved: Option<Moved>) {
        self.pulled = true;
        self.items.push_back(Item::Event(frame.clone(), moved.map(|moved| moved.cursor)));
    }

    fn passed(&mut self, moved: Moved) {
        self.pulled = true;
        self.items.push_back(Item::Passed(moved.cursor));
    }
}
