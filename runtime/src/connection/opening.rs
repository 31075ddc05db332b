//! Channels that a connection begins with, until the broker hands their events over.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use super::Handle;
use crate::{
    broker::BoxFuture,
    error::BrokerError,
    hub::Membership,
    realtime::Realtime,
    session::{Beginning, By, Filter, Wish},
    transport::{Refusal, resolve},
};

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A channel that is not there yet. While the broker is away it waits for it.
pub(crate) struct Opening {
    channel: Arc<str>,
    beginning: Beginning,
    filter: Filter,
    by: Option<By>,
    work: BoxFuture<'static, Result<Ready, NotOpened>>,
}

/// A channel that is there, and what the client is told before.
type Ready = (Membership, Option<Arc<str>>);

/// The same for the session.
type Opened = (Wish, Option<Arc<str>>);

/// Why a channel does not come.
#[derive(Debug)]
pub(super) enum NotOpened {
    /// The service does not want it.
    Refused(Refusal),
    /// It cannot be served.
    Broken(BrokerError),
}

impl Opening {
    /// Begins once the hooks that are asked first have nothing against it.
    pub(crate) fn new(realtime: &Realtime, handle: &Arc<Handle>, member: Membership, beginning: Beginning, filter: Filter) -> Self {
        let (channel, by) = (member.channel().clone(), handle.given_by(member.channel()));
        Self { channel, beginning, filter, by, work: Box::pin(open(realtime.clone(), handle.clone(), member, beginning)) }
    }

    pub(super) fn channel(&self) -> &Arc<str> {
        &self.channel
    }

    pub(super) fn refilter(&mut self, filter: Filter) {
        self.filter = filter;
    }

    /// What the client wished, and what it is told before.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Opened, NotOpened>> {
        let opened = std::task::ready!(self.work.as_mut().poll(cx));
        let (beginning, filter, by) = (self.beginning, std::mem::take(&mut self.filter), self.by);
        Poll::Ready(opened.map(|(member, greeting)| (Wish { member, beginning, filter, reference: None, by }, greeting)))
    }
}

async fn open(realtime: Realtime, handle: Arc<Handle>, member: Membership, beginning: Beginning) -> Result<Ready, NotOpened> {
    let shared = realtime.shared();
    let channel = member.channel().clone();
    let known = resolve(shared, &channel).map_err(NotOpened::Refused)?;
    if let Some(asked) = shared.publisher.hooks().subscribe(|| handle.who(), (known, &channel), beginning) {
        asked.await.map_err(NotOpened::Refused)?;
    }
    let member = open_patiently(&realtime, member).await.map_err(NotOpened::Broken)?;
    let by_service = handle.given_by(&channel).is_some();
    let greeting = shared.callbacks.subscribe(&realtime, &handle, (known, &channel), by_service).await.map_err(NotOpened::Refused)?;
    Ok((member, greeting))
}

async fn open_patiently(realtime: &Realtime, member: Membership) -> Result<Membership, BrokerError> {
    let mut failures = 0;
    loop {
        let error = match realtime.shared().in_time(Box::pin(member.open())).await {
            Ok(()) => return Ok(member),
            Err(error) => error,
        };
        if let BrokerError::Corrupt(_) = error {
            return Err(error);
        }
        failures += 1;
        tracing::debug!(failures, cause = error.source_text(), "a channel cannot be opened yet");
        tokio::time::sleep(pause(failures)).await;
    }
}

/// How long to wait after so many failures in a row: a growing time, and a random one, because everybody was cut off at the same moment.
pub(super) fn pause(failures: u32) -> Duration {
    let longest = SHORTEST_PAUSE.saturating_mul(1 << failures.min(10)).min(LONGEST_PAUSE);
    longest.mul_f64(rand::random_range(0.5..1.0))
}
