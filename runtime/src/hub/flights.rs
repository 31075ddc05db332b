//! Reads that several subscribers want at the same time, done once.

use std::{
    collections::HashMap,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    task::Poll,
};

use tokio::{
    sync::{Notify, Semaphore},
    task::AbortHandle,
};

use crate::{
    broker::{Broker, Range, ReadRequest},
    error::BrokerError,
    session::SharedPage,
};

/// How many reads a node asks of the store at once. Who waits holds nothing.
const AT_ONCE: usize = 16;

type Answer = Result<Arc<SharedPage>, BrokerError>;
type Wanted = (Arc<str>, ReadRequest);

/// The reads under way.
pub(super) struct Flights {
    flights: Mutex<HashMap<Wanted, Weak<Flight>>>,
    permits: Arc<Semaphore>,
}

impl Flights {
    pub(super) fn new() -> Self {
        Self { flights: Mutex::default(), permits: Arc::new(Semaphore::new(AT_ONCE)) }
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
            seat.flight.begin(self.ask(broker, channel, request)).await;
        }
        seat.flight.landed().await
    }

    fn ask(&self, broker: &Arc<dyn Broker>, channel: &Arc<str>, request: ReadRequest) -> impl Future<Output = Answer> + Send + 'static {
        let (broker, channel, permits) = (broker.clone(), channel.clone(), self.permits.clone());
        async move {
            let _permit = permits.acquire().await.map_err(BrokerError::unavailable)?;
            broker.read(&channel, request).await.map(Arc::from)
        }
    }

    /// A seat, and whether it is the first one of its flight.
    fn board(&self, channel: &Arc<str>, request: ReadRequest) -> (Seat<'_>, bool) {
        if !matches!(request.range, Range::After(_)) {
            return (Seat { flights: self, wanted: None, flight: Arc::default() }, true);
        }
        let wanted = (channel.clone(), request);
        let mut flights = self.flights();
        // One that has landed is of the past: what was stored since would be missing.
        let underway = flights.get(&wanted).and_then(Weak::upgrade).filter(|flight| flight.answer.get().is_none());
        let is_first = underway.is_none();
        let flight = underway.unwrap_or_else(|| {
            let flight = Arc::default();
            flights.insert(wanted.clone(), Arc::downgrade(&flight));
            flight
        });
        (Seat { flights: self, wanted: Some(wanted), flight }, is_first)
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<Wanted, Weak<Flight>>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One read.
#[derive(Default)]
struct Flight {
    answer: OnceLock<Answer>,
    landing: Notify,
    task: OnceLock<AbortHandle>,
}

impl Flight {
    /// Begins the read. Does not wait.
    async fn begin(self: &Arc<Self>, read: impl Future<Output = Answer> + Send + 'static) {
        let crew = Crew(Arc::downgrade(self));
        let mut read = Box::pin(read);
        // A store in memory answers at once, and a task would cost more than the read.
        match poll_fn(|cx| Poll::Ready(read.as_mut().poll(cx))).await {
            Poll::Ready(answer) => crew.land(answer),
            Poll::Pending => {
                let task = tokio::spawn(async move { crew.land(read.await) });
                // Begun once.
                let _ = self.task.set(task.abort_handle());
            }
        }
    }

    async fn landed(&self) -> Answer {
        loop {
            let landing = self.landing.notified();
            if let Some(answer) = self.answer.get() {
                return answer.clone();
            }
            landing.await;
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

/// The duty to land, one way or another.
struct Crew(Weak<Flight>);

impl Crew {
    fn land(&self, answer: Answer) {
        if let Some(flight) = self.0.upgrade() {
            // Only the first answer counts.
            let _ = flight.answer.set(answer);
            flight.landing.notify_waiters();
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.land(Err(BrokerError::unavailable("the read was given up")));
    }
}

/// A seat in a read; the last to leave clears it away.
struct Seat<'a> {
    flights: &'a Flights,
    // Nothing for a read of one's own.
    wanted: Option<Wanted>,
    flight: Arc<Flight>,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let Some(wanted) = &self.wanted else { return };
        let mut flights = self.flights.flights();
        let ours = flights.get(wanted).is_some_and(|flight| flight.as_ptr() == Arc::as_ptr(&self.flight));
        if ours && Arc::strong_count(&self.flight) == 1 {
            flights.remove(wanted);
        }
    }
}
