//! What moves a session: the work between it, the broker and the node, for whichever transport carries it.

mod rights;

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tidewire_schema::wire::WireCode;
use tokio::time::Sleep;
use tracing::Span;

use self::rights::objection_to;
use super::{
    Handle, Listed, Operation,
    assigned::part,
    expiry::Expiry,
    live::Look,
    opening::{NotOpened, Opening, pause},
};
use crate::{
    access::Grant,
    broker::BoxFuture,
    error::BrokerError,
    hub::Seat,
    observe::{OpenConnection, Tally},
    presence::Watching,
    realtime::Realtime,
    session::{By, Control, Ending, FrameSink, PageRequest, Reader, Session, SharedPage, Status, Wish},
    transport::Refusal,
    workers::News,
};

/// How many bytes to take from the session at once. The transport asks again when it can send more, so this is all that a slow reader pins.
const AHEAD: usize = 64 * 1024;

/// Where a transport keeps what it is about to send.
pub(crate) trait Collector: FrameSink {
    fn is_empty(&self) -> bool;
}

/// What [`Driver::advance`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// There is nothing more before somebody rings.
    Settled,
    /// There may be more, once what was collected is on its way.
    More,
}

/// A page of history on its way. Most connections never have one.
struct Reading {
    reader: Reader,
    channel: Arc<str>,
    page: BoxFuture<'static, Result<Arc<SharedPage>, BrokerError>>,
}

/// A connection, but for its socket.
pub(crate) struct Driver {
    // First: what is still asked for in its name comes to nothing before anything else is given up.
    alive: Alive,
    session: Session,
    listed: Listed,
    seat: Seat,
    open: OpenConnection,
    span: Span,
    // What was heard since the last advance: a client that takes nothing must not make a notice be forgotten.
    news: News,
    // Which grant the channels were held against; `u64::MAX` before the first look.
    version: u64,
    // Some channels end because they were revoked, once what is still due is handed out.
    leaving: bool,
    // Everything was revoked, until then.
    banished: Option<u64>,
    // There may be operations that wait.
    has_post: bool,
    // It was told to go.
    sent_away: bool,
    opening: Vec<Opening>,
    reading: Option<Box<Reading>>,
    // After reads that failed, until the next one.
    resting: Option<Pin<Box<Sleep>>>,
    failures: u32,
    // What the client was told of last.
    granted: Arc<Grant>,
    // Most connections have none.
    expiry: Option<Box<Expiry>>,
}

/// What a connection consists of when it begins.
#[derive(Debug)]
pub(crate) struct Origin {
    // First, as in a driver: it may come to none.
    pub(crate) alive: Alive,
    pub(crate) session: Session,
    pub(crate) listed: Listed,
    pub(crate) seat: Seat,
}

/// That a connection can be asked for something, and be present; dropping it ends both.
#[derive(Debug)]
pub(crate) struct Alive {
    realtime: Realtime,
    handle: Arc<Handle>,
}

impl Alive {
    pub(crate) fn new(realtime: &Realtime, handle: &Arc<Handle>) -> Self {
        Self { realtime: realtime.clone(), handle: handle.clone() }
    }

    pub(crate) fn realtime(&self) -> &Realtime {
        &self.realtime
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        // Before its presence: nobody sets it any more afterwards.
        self.handle.end();
        self.realtime.shared().presence.gone(&self.handle);
    }
}

impl Driver {
    pub(crate) fn new(origin: Origin, opening: Vec<Opening>, open: OpenConnection) -> Self {
        let Origin { alive, session, listed, seat } = origin;
        let span = tracing::debug_span!("connection", id = %listed.handle().connection(), transport = open.transport().name());
        let granted = listed.handle().grant();
        let mut driver = Self {
            alive,
            session,
            listed,
            seat,
            open,
            span,
            news: News::default(),
            version: u64::MAX,
            leaving: false,
            banished: None,
            has_post: false,
            sent_away: false,
            opening,
            reading: None,
            resting: None,
            failures: 0,
            granted,
            expiry: None,
        };
        driver.watch_expiry();
        driver
    }

    pub(crate) fn realtime(&self) -> &Realtime {
        self.alive.realtime()
    }

    pub(crate) fn handle(&self) -> &Arc<Handle> {
        self.listed.handle()
    }

    pub(crate) fn seat(&self) -> &Seat {
        &self.seat
    }

    /// Hears why the doorbell rang. It counts until the next advance, however late that comes.
    pub(crate) fn hear(&mut self, news: News) {
        self.news = self.news.and(news);
    }

    /// See [`Line::preview`](crate::workers::Line::preview).
    pub(crate) fn preview(&self) -> u64 {
        let flags = u64::from(self.has_post) ^ u64::from(self.leaving) ^ u64::from(self.news.rang) ^ u64::from(self.span.is_disabled());
        let rare = u64::from(self.reading.is_some()) ^ u64::from(self.resting.is_some());
        self.handle().version() ^ self.session.preview() ^ self.version ^ flags ^ rare
    }

    /// Whether a heartbeat is due; once for each.
    pub(crate) fn take_beat(&self) -> bool {
        self.news.noticed && self.seat.take_beat()
    }

    /// Moves the session as far as it gets without waiting, until the collector holds something.
    pub(crate) fn advance(&mut self, cx: &mut Context<'_>, sink: &mut impl Collector) -> Progress {
        let news = std::mem::take(&mut self.news);
        let span = self.span.clone();
        let _in_it = span.enter();
        if news.noticed {
            self.take_notice();
        }
        if news.moved {
            self.poll_openings(cx);
        }
        loop {
            self.poll_reading(cx);
            while self.has_post && !self.session.has_pending() {
                match self.handle().take() {
                    Some(operation) => self.apply(operation),
                    None => self.has_post = false,
                }
            }
            self.follow_grant();
            self.session.pull(&mut Tally::new(sink, &self.alive.realtime.shared().metrics, self.open.transport()), AHEAD);
            if self.leaving && self.see_off() {
                self.session.pull(&mut Tally::new(sink, &self.alive.realtime.shared().metrics, self.open.transport()), 0);
            }
            // What was taken goes out first; the transport asks for more afterwards.
            if !sink.is_empty() {
                let settled = !self.has_post && self.session.is_settled() && self.session.ending().is_none();
                return if settled { Progress::Settled } else { Progress::More };
            }
            if self.reading.is_some() || self.is_resting(cx) {
                return Progress::Settled;
            }
            let Some(request) = self.session.take_request() else { return Progress::Settled };
            self.reading = Some(Box::new(self.read(request)));
        }
    }

    fn take_notice(&mut self) {
        if let Some(delay) = self.seat.must_leave() {
            self.session.shutdown(delay);
            if !std::mem::replace(&mut self.sent_away, true) && self.alive.realtime.shared().roster.is_stopping() {
                part(self.realtime(), self.handle());
            }
        }
        if self.handle().take_news() {
            self.has_post = true;
            if let Some(dismissal) = self.handle().dismissal() {
                self.session.fail(dismissal.code(), dismissal.message());
            }
        }
        self.follow_expiry();
        if let Some(degraded) = self.seat.take_news() {
            self.session.say(Control::Status { status: if degraded { Status::Degraded } else { Status::Connected } });
        }
    }

    /// Whether it is being sent away, told or not.
    pub(crate) fn must_leave(&self) -> bool {
        self.seat.must_leave().is_some()
    }

    /// Whether nothing changes before the doorbell rings.
    pub(crate) fn is_idle(&self) -> bool {
        !self.has_post && self.opening.is_empty() && self.reading.is_none() && self.resting.is_none() && self.session.is_settled()
    }

    /// What is logged in the name of this connection stands in here.
    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// Hands the client the answer to one of its frames.
    pub(crate) fn answer(&mut self, reply: Control) {
        self.session.say(reply);
    }

    /// Tells a client that is silent that the server is not.
    pub(crate) fn ping(&mut self) {
        self.session.say(Control::Ping);
    }

    /// Tells the client where it stands on channels of which nothing was for it lately.
    pub(crate) fn tell_positions(&mut self) {
        self.session.tell_positions();
    }

    /// Whether the client has not got yet what was said to it beside events.
    pub(crate) fn has_pending(&self) -> bool {
        self.session.has_pending()
    }

    /// Says why the connection ends, where nobody can tell the client.
    pub(crate) fn ends(&mut self, reason: &'static str) {
        self.open.ends(reason);
    }

    /// Ends the connection for a reason that the client should know.
    pub(crate) fn fail(&mut self, code: WireCode, message: &str) {
        self.session.fail(code, message);
    }

    /// Why nothing comes any more, once everything was pulled.
    pub(crate) fn ending(&self) -> Option<Ending> {
        self.session.ending()
    }

    fn apply(&mut self, operation: Operation) {
        match operation {
            Operation::Subscribe(wish) => self.begin(wish),
            Operation::Unsubscribe(channel) => self.leave(channel, None),
            Operation::Refilter(channel, filter) => match self.opening.iter_mut().find(|opening| *opening.channel() == channel) {
                Some(opening) => opening.refilter(filter),
                None => self.session.refilter(&channel, filter),
            },
            Operation::Message(json) => self.session.say(Control::Message(json)),
            Operation::Withdraw(channel) => self.leave(channel, Some(By::Server)),
            Operation::Roster(Watching::Begin(watch)) => {
                // It may have been lost or left since.
                if self.handle().has(watch.channel()) {
                    self.session.watch(watch);
                }
            }
            Operation::Roster(Watching::Refresh(channel)) => self.session.refresh(&channel),
            Operation::Live(look) => self.look(look),
        }
    }

    fn leave(&mut self, channel: Arc<str>, by: Option<By>) {
        match self.opening.iter().position(|opening| *opening.channel() == channel) {
            Some(at) => {
                drop(self.opening.swap_remove(at));
                self.session.say(Control::Unsubscribed { channel, by });
            }
            None => self.session.unsubscribe(&channel, by),
        }
    }

    /// Begins a channel, if the client still may have it: the grant may have been replaced since it asked.
    fn begin(&mut self, wish: Wish) {
        let channel = wish.member.channel().clone();
        let Some(refusal) = objection_to(self.realtime(), self.handle(), &channel) else {
            self.session.subscribe(wish);
            return;
        };
        if let (Some(by), None, false) = (wish.by, wish.reference, self.handle().has(&channel)) {
            // The service took it back at once.
            self.session.say(Control::Unsubscribed { channel, by: Some(by) });
            return;
        }
        self.handle().release(&channel);
        let error = refusal.into_body();
        self.session.say(Control::Denied { channel, reference: wish.reference, error });
    }

    fn look(&mut self, look: Look) {
        match look {
            Look::Begin(watch) => {
                self.session.look(watch);
                // The grant may have been replaced since it asked.
                self.hold_lives();
            }
            Look::Again(key, run) => self.session.look_again(&key, run),
            Look::End(key) => self.session.look_away(&key),
        }
    }

    fn poll_openings(&mut self, cx: &mut Context<'_>) {
        let mut at = 0;
        while let Some(opening) = self.opening.get_mut(at) {
            match opening.poll(cx) {
                Poll::Pending => at += 1,
                Poll::Ready(opened) => {
                    let channel = self.opening.remove(at).channel().clone();
                    match opened {
                        Ok((wish, greeting)) => {
                            if let Some(greeting) = greeting {
                                self.session.say(Control::Message(greeting));
                            }
                            self.begin(wish);
                        }
                        Err(NotOpened::Refused(refusal)) => self.refuse(&channel, refusal),
                        Err(NotOpened::Broken(error)) => self.give_up(&channel, &error),
                    }
                }
            }
        }
        if self.opening.is_empty() {
            // What is needed once should not be held for the life of the connection.
            self.opening = Vec::new();
        }
    }

    fn poll_reading(&mut self, cx: &mut Context<'_>) {
        let Some(reading) = &mut self.reading else { return };
        let Poll::Ready(answer) = reading.page.as_mut().poll(cx) else { return };
        let (reader, channel) = (reading.reader, reading.channel.clone());
        self.reading = None;
        match answer {
            Ok(page) => {
                self.failures = 0;
                self.alive.realtime.shared().metrics.replayed(page.entries.len());
                self.session.page(reader, page);
            }
            Err(error @ BrokerError::Corrupt(_)) => {
                self.session.no_page(reader);
                self.give_up(&channel, &error);
            }
            // The connection stays, and the subscription waits: the broker comes back.
            Err(error) => {
                self.session.no_page(reader);
                self.failures += 1;
                tracing::debug!(failures = self.failures, cause = error.source_text(), "a page of history could not be read");
                self.resting = Some(Box::pin(tokio::time::sleep(pause(self.failures))));
            }
        }
    }

    /// Lets go of a channel that cannot be served.
    fn give_up(&mut self, channel: &Arc<str>, error: &BrokerError) {
        tracing::error!(%error, cause = error.source_text(), "a channel cannot be served");
        let (code, message) = (error.reading_code(), "the channel cannot be served");
        self.refuse(channel, Refusal::new(code, message));
    }

    /// Ends a channel, or what has to end with it.
    fn refuse(&mut self, channel: &Arc<str>, refusal: Refusal) {
        if self.handle().is_fixed() {
            // Its client knows no other way to hear of it.
            self.session.fail(refusal.code(), refusal.message());
        } else {
            self.handle().release(channel);
            self.session.deny(channel, refusal.into_body());
        }
    }

    fn is_resting(&mut self, cx: &mut Context<'_>) -> bool {
        let resting = self.resting.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_pending());
        if !resting {
            self.resting = None;
        }
        resting
    }

    fn read(&self, request: PageRequest) -> Reading {
        let PageRequest { reader, channel, read } = request;
        let (realtime, name) = (self.alive.realtime.clone(), channel.clone());
        let page = Box::pin(async move {
            let shared = realtime.shared();
            shared.in_time(Box::pin(shared.hub.read(&name, read))).await
        });
        Reading { reader, channel, page }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        match self.session.ending() {
            Some(Ending::Planned) => self.open.ends("reconnect"),
            Some(Ending::Failed(code)) => self.open.ends(code.name()),
            None => {}
        }
        self.handle().ends(self.open.reason());
        let _in_it = self.span.enter();
        tracing::debug!(connection = %self.handle().connection(), reason = self.open.reason(), "connection closed");
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("connection", &self.handle().connection()).finish_non_exhaustive()
    }
}
