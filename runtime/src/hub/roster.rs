//! The connections of this node: for the shared heartbeat, and for ending them on purpose.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::Outlet;
use crate::observe;

/// The heartbeat goes round in this many steps, so that connections are not woken all at once.
const STEPS: usize = 16;

/// How many clients may come back in a second after they were sent away: as many new connections as a node accepts.
const RETURNS_PER_SECOND: usize = 500;

const SHORTEST_SPREAD: Duration = Duration::from_millis(500);
const LONGEST_SPREAD: Duration = Duration::from_secs(20);

/// Everybody who is connected.
pub(crate) struct Roster {
    steps: [Mutex<Vec<Arc<Station>>>; STEPS],
    taken: AtomicUsize,
    seated: AtomicUsize,
    closing: AtomicBool,
    // Also when it is only one of several servers.
    stopping: AtomicBool,
    // Whether the link to the broker is down or doubtful.
    degraded: AtomicBool,
}

/// What the node has to say to a connection, beside events.
struct Station {
    outlet: Arc<dyn Outlet>,
    // Which server accepted the connection; zero when it is not ours.
    server: u64,
    beat: AtomicBool,
    // The delay to send the client away with, in milliseconds plus one; zero while it may stay.
    leave: AtomicU32,
    // What its client was told last of the state of the service.
    told_degraded: AtomicBool,
    slot: AtomicUsize,
}

/// A connection's place in the roster; dropping it gives the place up.
pub(crate) struct Seat {
    roster: Arc<Roster>,
    station: Arc<Station>,
    step: usize,
}

impl Roster {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            steps: std::array::from_fn(|_| Mutex::default()),
            taken: AtomicUsize::new(0),
            seated: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            degraded: AtomicBool::new(false),
        })
    }

    pub(crate) fn sit(self: &Arc<Self>, outlet: Arc<dyn Outlet>, server: u64) -> Seat {
        let step = self.taken.fetch_add(1, Ordering::Relaxed) % STEPS;
        self.seated.fetch_add(1, Ordering::Relaxed);
        let station = Arc::new(Station {
            outlet,
            server,
            beat: AtomicBool::new(false),
            leave: AtomicU32::new(0),
            told_degraded: AtomicBool::new(false),
            slot: AtomicUsize::new(0),
        });
        let mut list = lock(&self.steps[step]);
        station.slot.store(list.len(), Ordering::Relaxed);
        list.push(station.clone());
        drop(list);
        Seat { roster: self.clone(), station, step }
    }

    /// Beats for ever, or until everybody who holds the roster is gone.
    pub(crate) fn beat_every(self: &Arc<Self>, heartbeat: Duration) {
        let roster = Arc::downgrade(self);
        // One step more than there are, so that a full round stays below the promised time even when a step is late.
        let pause = heartbeat / u32::try_from(STEPS + 1).unwrap_or(u32::MAX);
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + pause, pause);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        tokio::spawn(async move {
            for step in (0..STEPS).cycle() {
                ticks.tick().await;
                let Some(roster) = roster.upgrade() else { return };
                for station in lock(&roster.steps[step]).iter() {
                    station.beat.store(true, Ordering::Release);
                    station.outlet.noticed();
                }
            }
        });
    }

    /// Asks every connection that `server` accepted, or every one, to end, each with its own delay before the client comes back.
    pub(crate) fn close(&self, server: Option<u64>) {
        self.stopping.store(true, Ordering::Release);
        observe::stopping();
        if server.is_none() {
            self.closing.store(true, Ordering::Release);
        }
        let spread = self.spread();
        for step in &self.steps {
            for station in lock(step).iter().filter(|station| server.is_none_or(|server| server == station.server)) {
                station.send_away(spread);
            }
        }
    }

    /// Tells everybody how the link to the broker is.
    pub(crate) fn tell_degraded(&self, degraded: bool) {
        self.degraded.store(degraded, Ordering::Release);
        for step in &self.steps {
            lock(step).iter().for_each(|station| station.outlet.noticed());
        }
    }

    /// Whether a server that brought connections, or the whole service, is about to stop.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// How many are connected.
    pub(crate) fn seated(&self) -> usize {
        self.seated.load(Ordering::Relaxed)
    }

    /// Whether nobody should come in any more.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    fn spread(&self) -> Duration {
        let seated = u64::try_from(self.seated.load(Ordering::Relaxed)).unwrap_or(u64::MAX);
        Duration::from_millis(seated.saturating_mul(1000) / RETURNS_PER_SECOND as u64).clamp(SHORTEST_SPREAD, LONGEST_SPREAD)
    }
}

impl Station {
    fn send_away(&self, spread: Duration) {
        let delay = rand::random_range(0..=u32::try_from(spread.as_millis()).unwrap_or(u32::MAX - 1));
        // The first word holds.
        let _ = self.leave.compare_exchange(0, delay + 1, Ordering::AcqRel, Ordering::Acquire);
        self.outlet.noticed();
    }
}

impl Seat {
    /// Whether a heartbeat is due; once for each.
    pub(crate) fn take_beat(&self) -> bool {
        self.station.beat.load(Ordering::Relaxed) && self.station.beat.swap(false, Ordering::AcqRel)
    }

    /// Whether the service is degraded, if that is news to the client.
    pub(crate) fn take_news(&self) -> Option<bool> {
        let degraded = self.roster.degraded.load(Ordering::Acquire);
        (self.station.told_degraded.swap(degraded, Ordering::Relaxed) != degraded).then_some(degraded)
    }

    /// The delay to send the client away with, once it has to go.
    pub(crate) fn must_leave(&self) -> Option<Duration> {
        let delay = self.station.leave.load(Ordering::Acquire).checked_sub(1)?;
        Some(Duration::from_millis(u64::from(delay)))
    }

    /// Ends this connection alone.
    pub(crate) fn leave(&self) {
        self.station.send_away(self.roster.spread());
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.roster.seated.fetch_sub(1, Ordering::Relaxed);
        let mut list = lock(&self.roster.steps[self.step]);
        let slot = self.station.slot.load(Ordering::Relaxed);
        list.swap_remove(slot);
        if let Some(moved) = list.get(slot) {
            moved.slot.store(slot, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").field("step", &self.step).finish_non_exhaustive()
    }
}

impl fmt::Debug for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roster").field("seated", &self.seated.load(Ordering::Relaxed)).finish_non_exhaustive()
    }
}

fn lock(list: &Mutex<Vec<Arc<Station>>>) -> MutexGuard<'_, Vec<Arc<Station>>> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Outlet for Counter {
        fn due(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn seats(roster: &Arc<Roster>, count: usize, server: u64) -> Vec<(Seat, Arc<Counter>)> {
        let sit = |_| {
            let counter = Arc::new(Counter::default());
            (roster.sit(counter.clone(), server), counter)
        };
        (0..count).map(sit).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn everybody_is_woken_once_in_every_interval_but_not_all_at_once() {
        let roster = Roster::new();
        roster.beat_every(Duration::from_secs(15));
        let seats = seats(&roster, 40, 0);
        let mut most = 0;
        for _ in 0..3 {
            for _ in 0..150 {
                let before: usize = seats.iter().map(|(_, counter)| counter.0.load(Ordering::Relaxed)).sum();
                tokio::time::sleep(Duration::from_millis(100)).await;
                let after: usize = seats.iter().map(|(_, counter)| counter.0.load(Ordering::Relaxed)).sum();
                most = most.max(after - before);
            }
            assert!(seats.iter().all(|(seat, _)| seat.take_beat()), "at most 15 s of silence");
        }
        assert!(most <= 3, "{most} connections were woken within a tenth of a second");
    }

    #[test]
    fn the_state_of_the_service_is_news_once() {
        let roster = Roster::new();
        let seats = seats(&roster, 3, 0);
        assert_eq!(seats[0].0.take_news(), None, "all is well until told otherwise");
        roster.tell_degraded(true);
        assert!(seats.iter().all(|(seat, counter)| counter.0.load(Ordering::Relaxed) == 1 && seat.take_news() == Some(true)));
        assert_eq!(seats[0].0.take_news(), None);
        let late = roster.sit(Arc::new(Counter::default()), 0);
        assert_eq!(late.take_news(), Some(true), "also to who came in between");
        roster.tell_degraded(false);
        assert_eq!((late.take_news(), late.take_news()), (Some(false), None));
    }

    #[test]
    fn places_are_given_up_in_any_order() {
        let roster = Roster::new();
        let mut seats = seats(&roster, 100, 0);
        while !seats.is_empty() {
            let _ = seats.swap_remove(seats.len() * 7 / 11);
            let listed: usize = roster.steps.iter().map(|step| lock(step).len()).sum();
            assert_eq!((listed, roster.seated.load(Ordering::Relaxed)), (seats.len(), seats.len()));
            for (seat, _) in &seats {
                let slot = seat.station.slot.load(Ordering::Relaxed);
                assert!(Arc::ptr_eq(&lock(&roster.steps[seat.step])[slot], &seat.station));
            }
        }
    }

    #[test]
    fn a_server_sends_only_its_own_away_and_spreads_them() {
        let roster = Roster::new();
        let (ours, theirs) = (seats(&roster, 4000, 1), seats(&roster, 5, 2));
        roster.close(Some(1));
        assert!(theirs.iter().all(|(seat, _)| seat.must_leave().is_none()));
        let delays: Vec<Duration> = ours.iter().map(|(seat, _)| seat.must_leave().unwrap()).collect();
        assert!(delays.iter().all(|delay| *delay <= Duration::from_millis(8010)), "500 in a second");
        assert!(delays.iter().filter(|delay| **delay < Duration::from_secs(4)).count().abs_diff(2000) < 400);
        roster.close(None);
        assert_eq!(ours[0].0.must_leave(), Some(delays[0]), "the first word holds");
        assert!(roster.is_closing() && theirs.iter().all(|(seat, _)| seat.must_leave().is_some()));
    }
}
