//! Who is present.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::recorder::{Node, fresh, read};
use crate::{
    broker::{Appearance, Appeared, Attendee, Broker, Lease, Range, RosterChange, StoredMember, StoredRoster, changes_of},
    error::BrokerError,
    identity::ConnectionId,
};

const LONG: Duration = Duration::from_secs(60);

fn connection(number: u64) -> ConnectionId {
    format!("c-{number:016x}").parse().expect("an id")
}

fn user(name: &str, number: u64) -> Attendee {
    Attendee { user: Some(name.to_owned()), connection: connection(number) }
}

fn showing(attendee: Attendee, lease: Lease, state: &Value) -> Appearance {
    Appearance { attendee, lease, state: state.to_string(), again: false, most: 1000 }
}

/// Whether the broker keeps rosters at all.
pub(super) async fn are_kept(broker: &Arc<dyn Broker>) -> bool {
    !matches!(broker.roster(&fresh()).await, Err(BrokerError::Unsupported))
}

async fn lease(broker: &Arc<dyn Broker>, channel: &str, lasts: Duration) -> Lease {
    let lease = Lease::random();
    broker.renew(lease, lasts, &[channel.into()]).await.expect("renewing");
    lease
}

async fn appear(broker: &Arc<dyn Broker>, channel: &str, attendee: Attendee, lease: Lease, state: Value) {
    assert_eq!(broker.appear(channel, showing(attendee, lease, &state)).await.expect("appearing"), Appeared::Present);
}

async fn members(broker: &Arc<dyn Broker>, channel: &str) -> BTreeMap<String, StoredMember> {
    let roster = broker.roster(channel).await.expect("reading");
    roster.members.into_iter().map(|member| (member.id.clone(), member)).collect()
}

/// What the stored changes lead to, which must be what the roster says at their position.
async fn replayed(broker: &Arc<dyn Broker>, channel: &str) -> (StoredRoster, Vec<RosterChange>) {
    let roster = broker.roster(channel).await.expect("reading");
    let page = read(broker, &changes_of(channel), Range::Newest(1000)).await;
    assert_eq!(page.head, roster.position, "nothing happens meanwhile");
    let mut changes = Vec::new();
    for entry in &page.entries {
        let frame: Value = serde_json::from_slice(entry.frame.json()).expect("a frame");
        assert_eq!(frame["event"], "changed");
        changes.push(serde_json::from_value::<RosterChange>(frame["data"].clone()).expect("a change"));
    }
    let mut known: BTreeMap<String, StoredMember> = BTreeMap::new();
    for change in &changes {
        for member in &change.joined {
            assert!(known.insert(member.id.clone(), member.clone()).is_none(), "nobody joins twice");
        }
        for member in &change.changed {
            assert!(
                known.insert(member.id.clone(), member.clone()).is_some_and(|before| before != *member),
                "what changes is there, and differs"
            );
        }
        for id in &change.left {
            assert!(known.remove(id).is_some(), "who leaves was there");
        }
    }
    let mut listed = roster.members.clone();
    listed.sort_by(|one, other| one.id.cmp(&other.id));
    assert_eq!(known.into_values().collect::<Vec<_>>(), listed, "the changes lead to the roster");
    (roster, changes)
}

pub(super) async fn a_roster_is_what_its_changes_lead_to(broker: Arc<dyn Broker>) {
    let channel = fresh();
    let lease = lease(&broker, &channel, LONG).await;
    assert_eq!(replayed(&broker, &channel).await.0.members, [], "a roster that was never used has a position");
    for round in 0..3 {
        for number in 0..5 {
            let attendee =
                if number % 2 == 0 { user(&format!("u{number}"), number) } else { Attendee { user: None, connection: connection(number) } };
            appear(&broker, &channel, attendee, lease, json!({ "round": round, "list": [], "text": "é\n\"\u{2028}" })).await;
        }
    }
    broker.depart(&channel, user("u0", 0), lease).await.expect("departing");
    let (roster, changes) = replayed(&broker, &channel).await;
    assert_eq!((roster.members.len(), roster.position.number(), changes.len()), (4, 16, 16));
    let nobody = roster.members.iter().find(|member| member.user.is_none()).expect("nobody");
    assert_eq!((&nobody.state, nobody.connections), (&json!({ "round": 2, "list": [], "text": "é\n\"\u{2028}" }), 1));
}

pub(super) async fn changes_of_a_roster_are_delivered(broker: Arc<dyn Broker>) {
    let (node, channel) = (Node::attach(&broker).await, fresh());
    broker.subscribe(&changes_of(&channel)).await.expect("subscribing");
    let lease = lease(&broker, &channel, LONG).await;
    appear(&broker, &channel, user("ann", 1), lease, json!({})).await;
    broker.depart(&channel, user("ann", 1), lease).await.expect("departing");
    let entries = node.received(&changes_of(&channel), 2).await;
    assert!(entries[1].follows(&entries[0].cursor));
    assert_eq!(broker.roster(&channel).await.expect("reading").position, entries[1].cursor);
}

pub(super) async fn what_changes_nothing_is_not_told(broker: Arc<dyn Broker>) {
    let channel = fresh();
    let lease = lease(&broker, &channel, LONG).await;
    for _ in 0..3 {
        appear(&broker, &channel, user("ann", 1), lease, json!({ "x": 1 })).await;
    }
    broker.depart(&channel, user("bob", 2), lease).await.expect("departing");
    broker.depart(&channel, user("ann", 2), lease).await.expect("departing");
    broker.sweep(&[channel.as_str().into()]).await.expect("sweeping");
    assert_eq!(replayed(&broker, &channel).await.0.position.number(), 1);
}

pub(super) async fn of_several_connections_the_newest_state_is_shown(broker: Arc<dyn Broker>) {
    let channel = fresh();
    let lease = lease(&broker, &channel, LONG).await;
    let shown = async || {
        let ann = members(&broker, &channel).await["ann"].clone();
        (ann.connections, ann.state)
    };
    for number in 1..=3 {
        appear(&broker, &channel, user("ann", number), lease, json!(number)).await;
    }
    assert_eq!(shown().await, (3, json!(3)));
    appear(&broker, &channel, user("ann", 1), lease, json!("one")).await;
    assert_eq!(shown().await, (3, json!("one")));
    // Who comes back with what it said before says nothing newer than the others.
    let again = Appearance { again: true, ..showing(user("ann", 2), lease, &json!(2)) };
    broker.appear(&channel, again).await.expect("appearing");
    assert_eq!(shown().await, (3, json!("one")));
    let moved = lease_of_another_node(&broker, &channel).await;
    appear(&broker, &channel, user("ann", 3), moved, json!(3)).await;
    assert_eq!(shown().await, (3, json!("one")), "nor does who comes back on another node");
    broker.depart(&channel, user("ann", 1), lease).await.expect("departing");
    assert_eq!(shown().await, (2, json!(3)));
    appear(&broker, &channel, user("ann", 2), lease, json!(2)).await;
    assert_eq!(shown().await, (2, json!(2)), "to say it anew is newer");
    replayed(&broker, &channel).await;
}

async fn lease_of_another_node(broker: &Arc<dyn Broker>, channel: &str) -> Lease {
    lease(broker, channel, LONG).await
}

pub(super) async fn who_moved_to_another_lease_is_not_taken_away_under_the_old_one(broker: Arc<dyn Broker>) {
    let channel = fresh();
    let (old, new) = (lease(&broker, &channel, LONG).await, lease(&broker, &channel, LONG).await);
    appear(&broker, &channel, user("ann", 1), old, json!({})).await;
    appear(&broker, &channel, user("ann", 1), new, json!({})).await;
    broker.depart(&channel, user("ann", 1), old).await.expect("departing");
    let (roster, _) = replayed(&broker, &channel).await;
    assert_eq!((roster.members.len(), roster.position.number()), (1, 1), "nobody saw it move");
    broker.depart(&channel, user("ann", 1), new).await.expect("departing");
    assert!(members(&broker, &channel).await.is_empty());
}

pub(super) async fn a_roster_has_so_many_members_and_no_more(broker: Arc<dyn Broker>) {
    let channel = fresh();
    let lease = lease(&broker, &channel, LONG).await;
    let appear =
        async |attendee| broker.appear(&channel, Appearance { most: 3, ..showing(attendee, lease, &json!({})) }).await.expect("appearing");
    for number in 1..=3 {
        assert_eq!(appear(user(&number.to_string(), number)).await, Appeared::Present);
    }
    assert_eq!(appear(user("4", 4)).await, Appeared::Full);
    assert_eq!(appear(Attendee { user: None, connection: connection(5) }).await, Appeared::Full);
    assert_eq!(appear(user("3", 6)).await, Appeared::Present, "who is there may have more connections");
    assert_eq!(appear(user("3", 7)).await, Appeared::Present);
    assert_eq!(appear(user("3", 8)).await, Appeared::Full, "but not any number of them");
    assert_eq!(appear(user("3", 7)).await, Appeared::Present);
    broker.depart(&channel, user("1", 1), lease).await.expect("departing");
    assert_eq!(appear(user("4", 4)).await, Appeared::Present);
    replayed(&broker, &channel).await;
}

pub(super) async fn nobody_appears_without_a_lease(broker: Arc<dyn Broker>) {
    let channel = fresh();
    let never = broker.appear(&channel, showing(user("ann", 1), Lease::random(), &json!({}))).await.expect("appearing");
    assert_eq!(never, Appeared::Lapsed);
    let short = lease(&broker, &channel, Duration::from_millis(50)).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(broker.appear(&channel, showing(user("ann", 1), short, &json!({}))).await.expect("appearing"), Appeared::Lapsed);
    assert_eq!(replayed(&broker, &channel).await.0.position.number(), 0);
}

pub(super) async fn a_renewal_says_what_did_not_hold(broker: Arc<dyn Broker>) {
    let (lease, one, other): (_, Arc<str>, Arc<str>) = (Lease::random(), fresh().into(), fresh().into());
    let channels = [one.clone(), other.clone()];
    let mut lapsed = broker.renew(lease, LONG, &channels).await.expect("renewing");
    lapsed.sort_unstable();
    let mut all = channels.to_vec();
    all.sort_unstable();
    assert_eq!(lapsed, all, "it was never taken");
    assert!(broker.renew(lease, Duration::from_millis(50), &channels).await.expect("renewing").is_empty());
    tokio::time::sleep(Duration::from_millis(150)).await;
    let mut lapsed = broker.renew(lease, LONG, &channels).await.expect("renewing");
    lapsed.sort_unstable();
    assert_eq!(lapsed, all, "it ran out");
}

pub(super) async fn whose_lease_ran_out_is_swept_in_one_change(broker: Arc<dyn Broker>) {
    let channel = fresh();
    let (dying, living) = (lease(&broker, &channel, Duration::from_secs(2)).await, lease(&broker, &channel, LONG).await);
    for number in 1..=5 {
        appear(&broker, &channel, user(&format!("dead {number}"), number), dying, json!(number)).await;
    }
    appear(&broker, &channel, user("both", 10), living, json!("alive")).await;
    appear(&broker, &channel, user("both", 11), dying, json!("dead")).await;
    appear(&broker, &channel, user("alive", 12), living, json!({})).await;
    let before = broker.roster(&channel).await.expect("reading").position.number();
    assert_eq!(before, 8);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let swept: [Arc<str>; 1] = [channel.as_str().into()];
    let (one, other) = tokio::join!(broker.sweep(&swept), broker.sweep(&swept));
    one.and(other).expect("sweeping");
    let (roster, changes) = replayed(&broker, &channel).await;
    assert_eq!(roster.position.number(), before + 1, "one change, whoever sweeps");
    let last = changes.last().expect("a change");
    assert_eq!((last.left.len(), last.changed.len(), &last.changed[0].state), (5, 1, &json!("alive")));
    assert_eq!(roster.members.len(), 2);
}

pub(super) async fn a_roster_that_is_read_holds_no_dead(broker: Arc<dyn Broker>) {
    let channel = fresh();
    let dying = lease(&broker, &channel, Duration::from_secs(1)).await;
    appear(&broker, &channel, user("ann", 1), dying, json!({})).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert!(members(&broker, &channel).await.is_empty());
    replayed(&broker, &channel).await;
}

pub(super) async fn a_storm_of_comings_and_goings_adds_up(broker: Arc<dyn Broker>) {
    let channel: Arc<str> = fresh().into();
    let lease = lease(&broker, &channel, LONG).await;
    let storm: Vec<_> = (0..8)
        .map(|task: u64| {
            let (broker, channel) = (broker.clone(), channel.clone());
            tokio::spawn(async move {
                for round in 0..12_u64 {
                    // Users that several tasks share.
                    let attendee = user(&format!("u{}", (task + round) % 5), task);
                    appear(&broker, &channel, attendee.clone(), lease, json!({ "task": task, "round": round })).await;
                    if !(task + round).is_multiple_of(3) {
                        broker.depart(&channel, attendee, lease).await.expect("departing");
                    }
                }
            })
        })
        .collect();
    for task in storm {
        task.await.expect("a task");
    }
    replayed(&broker, &channel).await;
}
