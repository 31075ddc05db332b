//! Reads that several subscribers want at the same time, done once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tokio::sync::{OnceCell, Semaphore};

use crate::{
    broker::{Broker, Range, ReadRequest},
    error::BrokerError,
    session::SharedPage,
};

/// How many reads a node asks of the store at once. Who waits holds nothing.
const AT_ONCE: usize = 16;

type Cell = OnceCell<Result<Arc<SharedPage>, BrokerError>>;
type Wanted = (Arc<str>, ReadRequest);

/// The reads under way.
pub(super) struct Flights {
    cells: Mutex<HashMap<Wanted, Weak<Cell>>>,
    permits: Semaphore,
}

impl Flights {
    pub(super) fn new() -> Self {
        Self { cells: Mutex::default(), permits: Semaphore::new(AT_ONCE) }
    }

    /// Reads, or waits for the same read of somebody else.
    ///
    /// Only reads after a cursor are shared: who holds the cursor knows that the store had come that far before anybody asked for what follows.
    pub(super) async fn read(&self, broker: &dyn Broker, channel: &Arc<str>, request: ReadRequest) -> Result<Arc<SharedPage>, BrokerError> {
        if !matches!(request.range, Range::After(_)) {
            return self.ask(broker, channel, request).await;
        }
        let flight = self.board((channel.clone(), request));
        flight.cell.get_or_init(|| self.ask(broker, channel, request)).await.clone()
    }

    async fn ask(&self, broker: &dyn Broker, channel: &str, request: ReadRequest) -> Result<Arc<SharedPage>, BrokerError> {
        let _permit = self.permits.acquire().await.map_err(BrokerError::unavailable)?;
        broker.read(channel, request).await.map(Arc::from)
    }

    fn board(&self, wanted: Wanted) -> Flight<'_> {
        let mut cells = self.cells();
        // One that has landed is of the past: what was stored since would be missing.
        let underway = cells.get(&wanted).and_then(Weak::upgrade).filter(|cell| !cell.initialized());
        let cell = underway.unwrap_or_else(|| {
            let cell = Arc::new(Cell::new());
            cells.insert(wanted.clone(), Arc::downgrade(&cell));
            cell
        });
        Flight { flights: self, wanted, cell }
    }

    fn cells(&self) -> MutexGuard<'_, HashMap<Wanted, Weak<Cell>>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A seat in a read; the last to leave clears it away.
struct Flight<'a> {
    flights: &'a Flights,
    wanted: Wanted,
    cell: Arc<Cell>,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut cells = self.flights.cells();
        let ours = cells.get(&self.wanted).is_some_and(|cell| cell.as_ptr() == Arc::as_ptr(&self.cell));
        if ours && Arc::strong_count(&self.cell) == 1 {
            cells.remove(&self.wanted);
        }
    }
}
