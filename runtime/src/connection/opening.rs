//! Channels that a connection begins with, until the broker hands their events over.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use crate::{
    broker::BoxFuture,
    error::BrokerError,
    hub::Membership,
    realtime::Realtime,
    session::{Beginning, Filter, Wish},
    transport::Refusal,
};

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A channel that is not there yet. While the broker is away it waits for it.
pub(crate) struct Opening {
    channel: Arc<str>,
    beginning: Beginning,
    filter: Filter,
    work: BoxFuture<'static, Result<Membership, NotOpened>>,
}

/// Why a channel does not come.
#[derive(Debug)]
pub(super) enum NotOpened {
    /// The service does not want it.
    Refused(Refusal),
    /// It cannot be served.
    Broken(BrokerError),
}

impl Opening {
    /// Begins once the hooks that are `asked` first have nothing against it.
    pub(crate) fn new(
        realtime: Realtime,
        member: Membership,
        (beginning, filter): (Beginning, Filter),
        asked: Option<BoxFuture<'static, Result<(), Refusal>>>,
    ) -> Self {
        let channel = member.channel().clone();
        let work = async move {
            if let Some(asked) = asked {
                asked.await.map_err(NotOpened::Refused)?;
            }
            open_patiently(realtime, member).await.map_err(NotOpened::Broken)
        };
        Self { channel, beginning, filter, work: Box::pin(work) }
    }

    pub(super) fn channel(&self) -> &Arc<str> {
        &self.channel
    }

    pub(super) fn refilter(&mut self, filter: Filter) {
        self.filter = filter;
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Wish, NotOpened>> {
        let opened = std::task::ready!(self.work.as_mut().poll(cx));
        let (beginning, filter) = (self.beginning, std::mem::take(&mut self.filter));
        Poll::Ready(opened.map(|member| Wish { member, beginning, filter, reference: None }))
    }
}

async fn open_patiently(realtime: Realtime, member: Membership) -> Result<Membership, BrokerError> {
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
