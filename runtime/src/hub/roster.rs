//! The connections of this node: for the shared heartbeat, and for ending them on purpose.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, MissedTickBehavior, interval, interval_at},
};

use super::Outlet;
use crate::observe;

/// The heartbeat goes round in this many steps, so that connections are not woken all at once.
const STEPS: usize = 16;

/// How many clients may come back in a second after they were sent away: a little less than the new connections that a node accepts.
const RETURNS_PER_SECOND: usize = 450;

/// A connection is looked at this many times while it lasts as long as one may.
const LOOKS: u32 = 100;

/// What the clock can do, and what it can hold.
const FINEST_PAUSE: Duration = Duration::from_millis(1);
const COARSEST_PAUSE: Duration = Duration::from_secs(60);

const SHORTEST_SPREAD: Duration = Duration::from_millis(500);
const LONGEST_SPREAD: Duration = Duration::from_secs(20);

/// Everybody who is connected.
pub(crate) struct Roster {
    steps: [Mutex<Vec<Arc<Station>>>; STEPS],
    taken: AtomicUsize,
    // How often the heartbeat went on to the next of them.
    step: AtomicUsize,
    seated: AtomicUsize,
    closing: AtomicBool,
    // Also when it is only one of several servers.
    stopping: AtomicBool,
    // Whether the link to the broker is down or doubtful.
    degraded: AtomicBool,
    // How long a connection lasts at most.
    longest: Option<Duration>,
    watched: Mutex<Vec<Weak<dyn Watched>>>,
    // Wakes whoever looks after them: there is one, or the roster is gone.
    watching: Arc<Notify>,
}

/// A connection that whoever carries it may forget to ask for data.
pub(crate) trait Watched: Send + Sync {
    /// Gives the connection up if it was not asked for so long although it rang.
    fn check(&self, longest: Duration);
}

/// How often those are looked at while the longest time passes.
const CHECKS: u32 = 20;

/// They are looked at no later than this, because grants end among them, too.
const LONGEST_CHECK: Duration = Duration::from_millis(400);

/// What the node has to say to a connection, beside events.
struct Station {
    outlet: Arc<dyn Outlet>,
    // Which server accepted the connection; zero when it is not ours.
    server: u64,
    beat: AtomicBool,
    // The delay to send the client away with, in milliseconds plus one; zero while it may stay.
    leave: AtomicU32,
    // When it has lasted long enough.
    expires: Option<Instant>,
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
    pub(crate) fn new(longest: Option<Duration>) -> Arc<Self> {
        Arc::new(Self {
            steps: std::array::from_fn(|_| Mutex::default()),
            taken: AtomicUsize::new(0),
            step: AtomicUsize::new(0),
            seated: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            degraded: AtomicBool::new(false),
            longest,
            watched: Mutex::default(),
            watching: Arc::default(),
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
            expires: self.longest.and_then(|longest| Instant::now().checked_add(lifetime(longest))),
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
        // One step more than there are, so that a full round stays below the promised time even when a step is late.
        self.go_round(heartbeat / u32::try_from(STEPS + 1).unwrap_or(u32::MAX), |roster, stations, _| {
            roster.step.fetch_add(1, Ordering::Relaxed);
            for station in stations {
                station.beat.store(true, Ordering::Release);
                station.outlet.noticed();
            }
        });
    }

    /// Sends those away, for ever, who have been here for as long as one may. A round of its own: the heartbeat's would be too coarse.
    pub(crate) fn part_in_time(self: &Arc<Self>) {
        let Some(longest) = self.longest else { return };
        let pause = longest / (LOOKS * u32::try_from(STEPS).unwrap_or(u32::MAX));
        self.go_round(pause.clamp(FINEST_PAUSE, COARSEST_PAUSE), |_, stations, now| {
            for station in stations.iter().filter(|station| station.expires.is_some_and(|expires| expires <= now)) {
                // Those who came together leave at different times already.
                station.send_away(SHORTEST_SPREAD.mul_f64(rand::random_range(0.0..1.0)));
            }
        });
    }

    /// Looks, for ever, after those who are carried by somebody else: hyper polls no body that its peer does not take, so a body cannot end itself. As long as there
    /// are none, no clock ticks.
    pub(crate) fn check_watched(self: &Arc<Self>, longest: Duration) {
        let (roster, watching) = (Arc::downgrade(self), self.watching.clone());
        let pause = (longest / CHECKS).clamp(FINEST_PAUSE, LONGEST_CHECK);
        tokio::spawn(async move {
            let mut rests = true;
            let mut ticks = interval(pause);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                if rests {
                    watching.notified().await;
                }
                ticks.tick().await;
                let Some(roster) = roster.upgrade() else { return };
                let mut watched = Vec::new();
                roster.watched().retain(|one| one.upgrade().map(|one| watched.push(one)).is_some());
                rests = watched.is_empty();
                // Not under the lock: giving one up ends it, and what ends takes locks of its own.
                for one in watched {
                    // What ends runs code of the service, and the others are still to be looked after.
                    if catch_unwind(AssertUnwindSafe(|| one.check(longest))).is_err() {
                        tracing::error!("the end of a connection panicked");
                    }
                }
            }
        });
    }

    /// Looks after this one, too.
    pub(crate) fn watch(&self, watched: Weak<dyn Watched>) {
        self.watched().push(watched);
        self.watching.notify_one();
    }

    fn watched(&self) -> MutexGuard<'_, Vec<Weak<dyn Watched>>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Visits the next step of the roster after each pause.
    fn go_round(self: &Arc<Self>, pause: Duration, visit: impl Fn(&Self, &[Arc<Station>], Instant) + Send + 'static) {
        let roster = Arc::downgrade(self);
        let mut ticks = interval_at(Instant::now() + pause, pause);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tokio::spawn(async move {
            for step in (0..STEPS).cycle() {
                let now = ticks.tick().await;
                let Some(roster) = roster.upgrade() else { return };
                visit(&roster, &lock(&roster.steps[step]), now);
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
        let goes = |station: &&Arc<Station>| server.is_none_or(|server| server == station.server);
        let count = self.steps.iter().map(|step| lock(step).iter().filter(goes).count()).sum();
        // One place for each in the time that they are spread over: dice alone would throw too many into some of its seconds.
        let place = spread_over(count) / u32::try_from(count.max(1)).unwrap_or(u32::MAX);
        let mut at = 0_u32;
        for step in &self.steps {
            for station in lock(step).iter().filter(goes) {
                station.send_away(place * at + place.mul_f64(rand::random_range(0.0..1.0)));
                at += 1;
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
        spread_over(self.seated())
    }
}

impl Drop for Roster {
    fn drop(&mut self) {
        self.watching.notify_one();
    }
}

/// Over how long so many clients should come back.
fn spread_over(count: usize) -> Duration {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    Duration::from_millis(count.saturating_mul(1000) / RETURNS_PER_SECOND as u64).clamp(SHORTEST_SPREAD, LONGEST_SPREAD)
}

impl Station {
    fn send_away(&self, delay: Duration) {
        let delay = u32::try_from(delay.as_millis()).unwrap_or(u32::MAX - 1).min(u32::MAX - 1);
        // The first word holds.
        let _ = self.leave.compare_exchange(0, delay + 1, Ordering::AcqRel, Ordering::Acquire);
        self.outlet.noticed();
    }
}

impl Seat {
    /// How often the heartbeat went on: a coarse clock of sixteen or seventeen steps to a beat.
    pub(crate) fn step(&self) -> usize {
        self.roster.step.load(Ordering::Relaxed)
    }

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
        self.station.send_away(self.roster.spread().mul_f64(rand::random_range(0.0..1.0)));
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

/// How long one of those lasts who may last for `longest`: a tenth less at most, so that those who came together do not leave together, and
/// never so long that the look after it would be too late.
fn lifetime(longest: Duration) -> Duration {
    longest.mul_f64(rand::random_range(0.9..1.0 - 1.0 / f64::from(LOOKS)))
}

fn lock(list: &Mutex<Vec<Arc<Station>>>) -> MutexGuard<'_, Vec<Arc<Station>>> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "roster_tests.rs"]
mod tests;
