//! How often somebody may do something.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    num::NonZeroU32,
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, MonotonicClock},
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};

use crate::realtime::{Limits, RateLimit};

/// One allowance.
#[derive(Debug)]
pub(crate) struct Rate(RateLimiter<NotKeyed, InMemoryState, MonotonicClock, NoOpMiddleware<std::time::Instant>>);

impl Rate {
    pub(crate) fn new(limit: RateLimit) -> Self {
        let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(limit.per_second)).allow_burst(at_least_one(limit.burst));
        Self(RateLimiter::direct_with_clock(quota, MonotonicClock))
    }

    /// Uses it once; or says how long to wait.
    pub(crate) fn take(&self) -> Result<(), Duration> {
        // Rounded up to what the wire can say: waiting a moment too short would be refused again.
        self.0.check().map_err(|refused| refused.wait_time_from(MonotonicClock.now()) + Duration::from_millis(1))
    }
}

/// What one connection may do.
#[derive(Debug)]
pub(crate) struct Rates {
    pub(crate) publish: Rate,
    pub(crate) publish_latest: Rate,
    pub(crate) subscribe: Rate,
    pub(crate) presence: Rate,
    pub(crate) call: Rate,
}

impl Rates {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            publish: Rate::new(limits.publish_rate),
            publish_latest: Rate::new(limits.latest_rate),
            subscribe: Rate::new(limits.subscribe_rate),
            presence: Rate::new(limits.presence_rate),
            call: Rate::new(limits.call_rate),
        }
    }
}

/// Allowances of many, such as what all clients of this node together may publish of each event of each channel.
///
/// A table of fixed size: what shares a place in it shares an allowance, so no number of names can make it grow.
#[derive(Debug)]
pub(crate) struct SharedRates {
    hasher: RandomState,
    places: Box<[Rate]>,
}

const PLACES: usize = 1024;

impl SharedRates {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self { hasher: RandomState::new(), places: (0..PLACES).map(|_| Rate::new(limit)).collect() }
    }

    pub(crate) fn take(&self, name: impl Hash) -> Result<(), Duration> {
        #[expect(clippy::cast_possible_truncation, reason = "below the number of places")]
        let at = (self.hasher.hash_one(name) % PLACES as u64) as usize;
        self.places[at].take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_then_told_how_long_to_wait() {
        let rate = Rate::new(RateLimit { per_second: 2, burst: 5 });
        assert!((0..5).all(|_| rate.take().is_ok()));
        let wait = rate.take().unwrap_err();
        assert!(wait > Duration::from_millis(400) && wait <= Duration::from_millis(501), "{wait:?}");
    }

    #[test]
    fn events_have_allowances_of_their_own() {
        let rates = SharedRates::new(RateLimit { per_second: 1, burst: 1 });
        rates.take(("chat/a", "typing")).unwrap();
        assert!(rates.take(("chat/a", "typing")).is_err());
        let others = (0..100).filter(|number| rates.take(("chat/a", number)).is_ok()).count();
        assert!(others > 80, "{others}");
    }
}
