//! What a node does about presence now and then: it renews its lease, sweeps rosters, and sees off who went without a word.

use std::{
    sync::{Arc, PoisonError, Weak, atomic::Ordering},
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, sleep_until},
};

use super::{Presence, own::Place};
use crate::{broker::Lease, observe};

/// How often a lease is renewed while it would run out once.
const RENEWALS: u32 = 3;
/// How often rosters are swept meanwhile.
const SWEEPS: u32 = 6;
/// How many sweeps of the channels that are watched for one of those that are not: those are only kept from expiring.
const ROUNDS: u32 = 60;
/// How many calls of the broker at once.
const AT_ONCE: usize = 16;
/// Before something is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// What wakes the tasks here; apart, so that they do not hold what they work for.
#[derive(Default)]
pub(super) struct Bells {
    pub(super) renewal: Notify,
    pub(super) departures: Notify,
}

/// Starts all of it, for as long as the node is there.
pub(super) fn start(presence: &Arc<Presence>) {
    let (weak, bells) = (Arc::downgrade(presence), presence.bells.clone());
    tokio::spawn(renew(weak.clone(), bells.clone()));
    tokio::spawn(sweep(weak.clone(), presence.lasts() / SWEEPS));
    tokio::spawn(see_off(weak, bells));
}

async fn renew(presence: Weak<Presence>, bells: Arc<Bells>) {
    while let Some(strong) = presence.upgrade() {
        let (kept, interval) = (strong.keep_lease().await, strong.lasts() / RENEWALS);
        drop(strong);
        if !kept {
            sleep(PAUSE.min(interval)).await;
            continue;
        }
        let due = Instant::now() + interval;
        while let Some(idle) = presence.upgrade().and_then(|strong| strong.may_wait()) {
            tokio::select! {
                () = bells.renewal.notified() => {}
                () = sleep_until(due), if !idle => break,
            }
        }
    }
}

async fn sweep(presence: Weak<Presence>, interval: Duration) {
    for round in (0..ROUNDS).cycle() {
        sleep(interval.mul_f64(rand::random_range(0.75..1.0))).await;
        let Some(presence) = presence.upgrade() else { return };
        let mut channels = presence.followed();
        if round == 0 {
            channels.extend(presence.table().channels());
            channels.sort_unstable();
            channels.dedup();
        }
        if !channels.is_empty()
            && let Err(error) = presence.in_time(presence.broker().sweep(&channels)).await
        {
            tracing::debug!(cause = error.source_text(), "rosters cannot be swept now");
        }
    }
}

async fn see_off(presence: Weak<Presence>, bells: Arc<Bells>) {
    while let Some(strong) = presence.upgrade() {
        let (gone, next) = strong.table().take_due();
        strong.bring_all(gone).await;
        drop(strong);
        match next {
            Some(next) => tokio::select! {
                () = bells.departures.notified() => {}
                () = sleep_until(next) => {}
            },
            None => bells.departures.notified().await,
        }
    }
}

impl Presence {
    /// Whether there is nothing to do before the lease is due: `Some(true)` if not even then, because nobody is present.
    fn may_wait(&self) -> Option<bool> {
        let table = self.table();
        (!self.doubtful.load(Ordering::Acquire) && !table.has_missed()).then(|| table.is_empty())
    }

    /// Renews the lease, and tells again what went with one that ran out; whether all of that is done.
    async fn keep_lease(&self) -> bool {
        let doubtful = self.doubtful.swap(false, Ordering::AcqRel);
        if doubtful {
            *self.lease.write().unwrap_or_else(PoisonError::into_inner) = Lease::random();
        }
        let (channels, mut again) = {
            let mut table = self.table();
            (table.channels(), table.take_missed())
        };
        if channels.is_empty() {
            return true;
        }
        let renewed = self.in_time(self.broker().renew(self.lease(), self.lasts(), &channels)).await;
        match renewed {
            Ok(lapsed) => again.extend(lapsed),
            Err(error) => {
                observe::lease("failed");
                tracing::debug!(cause = error.source_text(), "the lease of this node cannot be renewed now");
                self.table().missed(again);
                self.doubtful.fetch_or(doubtful, Ordering::AcqRel);
                return false;
            }
        }
        observe::lease(if again.is_empty() { "renewed" } else { "taken" });
        again.sort_unstable();
        again.dedup();
        let places = self.table().on(&again);
        self.bring_all(places).await;
        !self.doubtful.load(Ordering::Acquire)
    }

    async fn bring_all(&self, places: Vec<Place>) {
        // Whatever fails is in doubt, and told again.
        stream::iter(&places).for_each_concurrent(AT_ONCE, async |place| drop(self.bring_now(place).await)).await;
    }
}
