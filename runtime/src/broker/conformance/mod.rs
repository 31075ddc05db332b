//! What every [`Broker`] must keep, as checks that can be run against any implementation.
//!
//! The clauses are those of the trait's documentation. What only a store's failure can show is left to the implementation's own tests.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use tidewire::{MemoryBroker, conformance};
//!
//! conformance::run(async || MemoryBroker::new()).await;
//! # });
//! ```

mod clauses;
mod ranges;
mod recorder;
mod rosters;

use std::{sync::Arc, time::Duration};

use super::{BoxFuture, Broker};

/// How long one clause may take.
const DEADLINE: Duration = Duration::from_secs(30);

type Check = fn(Arc<dyn Broker>) -> BoxFuture<'static, ()>;

macro_rules! checks {
    ($($module:ident::$name:ident),* $(,)?) => { &[$((stringify!($name), |broker| Box::pin($module::$name(broker)))),*] };
}

const CHECKS: &[(&str, Check)] = checks![
    clauses::an_event_that_is_answered_is_stored_and_announced,
    clauses::concurrent_publishes_get_one_order,
    clauses::what_is_delivered_is_what_is_read,
    clauses::stored_events_are_linked_and_ids_rise,
    clauses::a_quiet_channel_has_a_position,
    clauses::every_channel_has_an_epoch_of_its_own,
    clauses::no_event_falls_between_a_subscription_and_its_position,
    clauses::at_least_the_newest_events_are_kept,
    clauses::transient_events_are_announced_in_their_place_and_not_numbered,
    clauses::one_key_stores_one_event,
    clauses::keys_of_other_publishers_and_channels_are_other_keys,
    clauses::a_key_that_was_used_for_another_event_is_a_conflict,
    clauses::a_batch_is_answered_and_stored_in_its_order,
    clauses::every_sink_gets_every_event_once,
    clauses::subscriptions_are_counted,
    clauses::the_last_of_racing_subscriptions_counts,
    clauses::a_subscription_that_is_given_up_disturbs_nobody,
    clauses::messages_reach_the_node_they_are_for,
    clauses::routing_and_origin_arrive,
    clauses::any_content_arrives_unchanged,
    ranges::ranges_begin_and_end_where_they_say,
    ranges::pages_of_any_bound_join_to_the_whole,
    ranges::one_event_is_answered_however_large,
];

/// For brokers that keep rosters.
const ROSTERS: &[(&str, Check)] = checks![
    rosters::a_roster_is_what_its_changes_lead_to,
    rosters::changes_of_a_roster_are_delivered,
    rosters::what_changes_nothing_is_not_told,
    rosters::of_several_connections_the_newest_state_is_shown,
    rosters::who_moved_to_another_lease_is_not_taken_away_under_the_old_one,
    rosters::a_roster_has_so_many_members_and_no_more,
    rosters::nobody_appears_without_a_lease,
    rosters::a_renewal_says_what_did_not_hold,
    rosters::whose_lease_ran_out_is_swept_in_one_change,
    rosters::a_roster_that_is_read_holds_no_dead,
    rosters::a_storm_of_comings_and_goings_adds_up,
];

/// Runs every check, each with a broker of its own; those about rosters unless the broker says that it keeps none. The brokers may share a store: no two checks use one channel.
///
/// # Panics
///
/// When a check fails, after all have run. The message names each clause that is not kept; what went wrong is in the output before it.
pub async fn run<B: Broker>(make: impl AsyncFn() -> B) {
    let mut broken = Vec::new();
    let probed: Arc<dyn Broker> = Arc::new(make().await);
    let rosters = if rosters::are_kept(&probed).await { ROSTERS } else { &[] };
    for (name, check) in CHECKS.iter().chain(rosters) {
        let running = tokio::spawn(tokio::time::timeout(DEADLINE, check(Arc::new(make().await))));
        match running.await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => broken.push(format!("{name} (took too long)")),
            Err(_) => broken.push((*name).to_owned()),
        }
    }
    assert!(broken.is_empty(), "clauses that are not kept: {}", broken.join(", "));
}

/// Runs the checks that concern several brokers on one store, as several processes have them: each call of `make` returns another one of them.
///
/// # Panics
///
/// As [`run`].
pub async fn run_shared<B: Broker>(make: impl AsyncFn() -> B) {
    let (first, second): (Arc<dyn Broker>, Arc<dyn Broker>) = (Arc::new(make().await), Arc::new(make().await));
    let running = tokio::spawn(tokio::time::timeout(DEADLINE, clauses::brokers_of_one_store_are_one(first, second)));
    assert!(matches!(running.await, Ok(Ok(()))), "clauses that are not kept: brokers_of_one_store_are_one");
}
