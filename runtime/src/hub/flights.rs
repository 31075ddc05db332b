//! Reads that several subscribers want at the same time, done once.

use std::{
    collections::HashMap,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    task::Poll,
};

use tokio::{sync::Notify, task::AbortHandle};

use crate::{
    broker::{Broker, Range, ReadRequest, Reads},
    error::BrokerError,
    session::SharedPage,
};

type Answer = Result<Arc<SharedPage>, BrokerError>;
type Wanted = (Arc<str>, ReadRequest);

/// The reads under way.
pub(super) struct Flights {
    reads: Reads,
    // Held by those who have a seat, and by nobody else.
    flights: Mutex<HashMap<Wanted, Weak<Flight>>>,
}

impl Flights {
    pub(super) fn new(reads: Reads) -> Self {
        Self { reads, flights: Mutex::default() }
    }

    /// Reads, or waits for the same read of somebody else.
    ///
    /// Only reads after a cursor are shared: who holds the cursor knows that the store had come that far before anybody asked for what follows.
    ///
    /// Whoever waits may be asked for nothing for a long time, because its client takes nothing. So no read depends on who began it: it goes on by itself, until
    /// nobody waits for it any more.
    pub(super) async fn read(&self, broker: &Arc<dyn Broker>, channel: &Arc<str>, request: ReadRequest) -> Answer {
        let (seat, is_first) = self.board(channel, request);
        if is_first {
            let (broker, channel) = (broker.clone(), channel.clone());
            let read = async move { broker.read(&channel, request).await.map(Arc::from) };
            seat.flight().begin(self.reads.clone().run(read)).await;
        }
        seat.flight().landing.answer().await
    }

    /// A seat, and whether it is the first one of its flight.
    fn board(&self, channel: &Arc<str>, request: ReadRequest) -> (Seat<'_>, bool) {
        if !matches!(request.range, Range::After(_)) {
            return (Seat { flights: self, wanted: None, flight: Some(Arc::default()) }, true);
        }
        let wanted = (channel.clone(), request);
        let mut flights = self.flights();
        // One that has landed is of the past: what was stored since would be missing.
        let underway = flights.get(&wanted).and_then(Weak::upgrade).filter(|flight| !flight.landing.is_over());
        let is_first = underway.is_none();
        let flight = underway.unwrap_or_else(|| {
            let flight = Arc::default();
            flights.insert(wanted.clone(), Arc::downgrade(&flight));
            flight
        });
        (Seat { flights: self, wanted: Some(wanted), flight: Some(flight) }, is_first)
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<Wanted, Weak<Flight>>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn underway(&self) -> usize {
        self.flights().len()
    }
}

/// One read, for as long as somebody waits for it.
#[derive(Default)]
struct Flight {
    landing: Arc<Landing>,
    task: OnceLock<AbortHandle>,
}

impl Flight {
    /// Begins the read. Does not wait.
    async fn begin(&self, read: impl Future<Output = Answer> + Send + 'static) {
        let crew = Crew(self.landing.clone());
        let mut read = Box::pin(read);
        // A store in memory answers at once, and a task would cost more than the read.
        match poll_fn(|cx| Poll::Ready(read.as_mut().poll(cx))).await {
            Poll::Ready(answer) => crew.0.come(answer),
            Poll::Pending => {
                let task = tokio::spawn(async move { crew.0.come(read.await) });
                // Begun once.
                let _ = self.task.set(task.abort_handle());
            }
        }
    }
}

/// Nobody waits any more.
impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }
}

/// What a read comes to.
#[derive(Default)]
struct Landing {
    answer: OnceLock<Answer>,
    over: Notify,
}

impl Landing {
    fn is_over(&self) -> bool {
        self.answer.get().is_some()
    }

    fn come(&self, answer: Answer) {
        // Only the first answer counts.
        if self.answer.set(answer).is_ok() {
            self.over.notify_waiters();
        }
    }

    async fn answer(&self) -> Answer {
        loop {
            let over = self.over.notified();
            if let Some(answer) = self.answer.get() {
                return answer.clone();
            }
            over.await;
        }
    }
}

/// The duty to land, one way or another.
struct Crew(Arc<Landing>);

impl Drop for Crew {
    fn drop(&mut self) {
        self.0.come(Err(BrokerError::unavailable("the read was given up")));
    }
}

/// A seat in a read; the last to leave clears it away.
struct Seat<'a> {
    flights: &'a Flights,
    // Nothing for a read of one's own.
    wanted: Option<Wanted>,
    // Until it is left.
    flight: Option<Arc<Flight>>,
}

impl Seat<'_> {
    fn flight(&self) -> &Flight {
        self.flight.as_deref().expect("nobody waits in a seat that was left")
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let (Some(wanted), Some(flight)) = (&self.wanted, self.flight.take()) else { return };
        let mut flights = self.flights.flights();
        let ours = flights.get(wanted).is_some_and(|underway| underway.as_ptr() == Arc::as_ptr(&flight));
        if ours && Arc::strong_count(&flight) == 1 {
            flights.remove(wanted);
        }
        // Under the lock: two who leave at the same moment would each take the other for the last.
        drop(flight);
    }
}
