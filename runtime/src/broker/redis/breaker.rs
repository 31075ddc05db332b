//! When to stop asking, and how long to wait before the next attempt.

use std::time::Duration;

/// So many failures in a row open the breaker: one is a lost connection, several are an outage.
const OPENS_AFTER: u32 = 3;

const FIRST_DELAY: Duration = Duration::from_millis(20);

/// A store that is back is found again within this.
const LONGEST_DELAY: Duration = Duration::from_millis(500);

/// Counts failures in a row. While it is open nobody but the reconnecting task, with an attempt of its own, asks the store.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
}

impl Breaker {
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Counts a failure; how long to wait before the next attempt. Anything up to the whole delay, so that nodes that lost a store together do not come back together.
    pub(super) fn failed(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let ceiling = FIRST_DELAY.saturating_mul(1 << self.failures.min(10)).min(LONGEST_DELAY);
        ceiling.mul_f64(rand::random())
    }

    pub(super) fn is_open(&self) -> bool {
        self.failures >= OPENS_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_with_a_success() {
        let mut breaker = Breaker::default();
        for _ in 0..10 {
            for _ in 0..2 {
                breaker.failed();
                assert!(!breaker.is_open());
            }
            breaker.succeeded();
        }
        for _ in 0..3 {
            breaker.failed();
        }
        assert!(breaker.is_open());
        breaker.succeeded();
        assert!(!breaker.is_open());
    }

    #[test]
    fn delays_grow_but_never_beyond_half_a_second() {
        let mut breaker = Breaker::default();
        let delays: Vec<_> = (0..200).map(|_| breaker.failed()).collect();
        assert!(delays[0] <= FIRST_DELAY * 2);
        assert!(delays.iter().all(|delay| *delay <= LONGEST_DELAY));
        assert!(delays[50..].iter().any(|delay| *delay > LONGEST_DELAY / 2) && delays[50..].iter().any(|delay| *delay < LONGEST_DELAY / 2));
    }
}
