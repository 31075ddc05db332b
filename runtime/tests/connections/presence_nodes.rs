//! Rosters while connections drop, nodes die and changes get lost: several nodes on one broker.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::support::{
    Server, Under,
    link::{BOTH, Link, Transport},
    outage::Outage,
    presence::{Watcher, appear, appears, builder, leaves, returning, roster_of, signed_in},
    within,
};
use serde_json::{Value, json};
use tidewire::{Appearance, Attendee, Broker, Lease, Limits, MemoryBroker, RateLimit, RealtimeBuilder};

fn limits(grace: u64, lease: u64) -> Limits {
    let mut limits = Limits::default();
    limits.presence_grace = Duration::from_millis(grace);
    limits.presence_lease = Duration::from_millis(lease);
    limits.presence_rate = RateLimit { per_second: 10_000, burst: 10_000 };
    limits
}

fn node(broker: impl Broker, limits: &Limits) -> RealtimeBuilder {
    builder().broker(broker).limits(*limits)
}

async fn start(broker: impl Broker, limits: &Limits) -> Server {
    Server::start(Under::Tidewire, node(broker, limits)).await
}

async fn watcher(transport: Transport, server: &Server) -> Watcher {
    let mut watcher = Watcher::new(signed_in(transport, server, "viewer", "channel=chat/a&presence=1").await);
    watcher.until(|_| true).await;
    watcher
}

fn named(name: &str) -> Value {
    json!({ "name": name })
}

/// What a roster's members are without regard to when they came.
fn states(roster: &BTreeMap<String, Value>) -> BTreeMap<String, (u64, Value)> {
    roster.iter().map(|(id, member)| (id.clone(), (member["connections"].as_u64().unwrap(), member["state"].clone()))).collect()
}

async fn stored(server: &Server) -> BTreeMap<String, (u64, Value)> {
    let roster = roster_of(server, "a").await;
    assert!(roster.undecoded.is_empty());
    let states = roster.members.into_iter().map(|member| {
        let mut state = json!({ "name": member.state.name });
        if let Some(typing) = member.state.typing {
            state["typing"] = json!(typing);
        }
        (member.id, (member.connections, state))
    });
    states.collect()
}

#[tokio::test]
async fn a_brief_drop_is_seen_by_nobody() {
    for transport in BOTH {
        for elsewhere in [false, true] {
            let broker = MemoryBroker::new();
            let (here, there) = (start(broker.clone(), &limits(1500, 30_000)).await, start(broker, &limits(1500, 30_000)).await);
            let mut watchers = [watcher(transport, &here).await, watcher(transport, &there).await];
            let mut ann = signed_in(transport, &here, "ann", "").await;
            let mut bob = signed_in(transport, &here, "bob", "").await;
            appears(&mut ann, "a", named("Ann")).await;
            appears(&mut bob, "a", named("Bob")).await;
            for watcher in &mut watchers {
                watcher.until(|roster| roster.len() == 2).await;
            }
            let session = ann.session.clone();
            drop(ann);
            let mut back = returning(transport, if elsewhere { &there } else { &here }, "ann", "", Some(&session)).await;
            appears(&mut back, "a", named("Ann")).await;
            // He goes after her, so when he is gone her time would have been up, too.
            drop(bob);
            for watcher in &mut watchers {
                watcher.until(|roster| !roster.contains_key("bob")).await;
                assert_eq!((&watcher.left[..], watcher.joined.iter().filter(|id| *id == "ann").count()), (&["bob".to_owned()][..], 1));
                assert_eq!(watcher.roster["ann"]["connections"], 1);
            }
            leaves(&mut back, "a").await;
            for watcher in &mut watchers {
                watcher.until(BTreeMap::is_empty).await;
                assert_eq!(watcher.refreshes, 0);
            }
        }
    }
}

#[tokio::test]
async fn another_connection_of_the_user_takes_over_without_a_flap() {
    let broker = MemoryBroker::new();
    let (here, there) = (start(broker.clone(), &limits(500, 30_000)).await, start(broker, &limits(500, 30_000)).await);
    let mut watcher = watcher(Transport::WebSocket, &there).await;
    let mut first = signed_in(Transport::WebSocket, &here, "ann", "").await;
    appears(&mut first, "a", json!({ "name": "first", "typing": true })).await;
    watcher.until(|roster| roster.contains_key("ann")).await;
    drop(first);
    let mut second = signed_in(Transport::Sse, &there, "ann", "").await;
    appears(&mut second, "a", named("second")).await;
    watcher.until(|roster| roster["ann"]["connections"] == 1 && roster["ann"]["state"]["name"] == "second").await;
    assert!(watcher.left.is_empty() && watcher.joined == ["ann"]);
    // The client's connection ends with the server's: without a word, too.
    drop(second);
    watcher.until(BTreeMap::is_empty).await;
}

#[tokio::test]
async fn who_is_closed_by_the_service_goes_at_once() {
    let server = start(MemoryBroker::new(), &limits(60_000, 30_000)).await;
    let mut watcher = watcher(Transport::Sse, &server).await;
    for transport in BOTH {
        let mut ann = signed_in(transport, &server, "ann", "").await;
        appears(&mut ann, "a", named("Ann")).await;
        watcher.until(|roster| roster.contains_key("ann")).await;
        server.realtime.connection(ann.connection.parse().unwrap()).close().await.unwrap();
        watcher.until(BTreeMap::is_empty).await;
        let mut bob = signed_in(transport, &server, "bob", "channel=chat/a").await;
        appears(&mut bob, "a", named("Bob")).await;
        watcher.until(|roster| roster.contains_key("bob")).await;
        bob.ask(json!({ "type": "unsubscribe", "channel": "chat/a" })).await;
        watcher.until(BTreeMap::is_empty).await;
    }
}

#[tokio::test]
async fn who_is_revoked_is_not_there_and_sees_nobody() {
    for transport in BOTH {
        let server = start(MemoryBroker::new(), &limits(60_000, 30_000)).await;
        let mut watcher = watcher(transport, &server).await;
        let mut ann = signed_in(transport, &server, "ann", "channel=chat/a&presence=1").await;
        appears(&mut ann, "a", named("Ann")).await;
        // Present without being subscribed.
        let mut bob = signed_in(transport, &server, "bob", "").await;
        appears(&mut bob, "a", named("Bob")).await;
        watcher.until(|roster| roster.len() == 2).await;
        server.realtime.revoke("ann", crate::support::presence::room("a")).await.unwrap();
        watcher.until(|roster| roster.len() == 1).await;
        let refused = appear(&mut ann, "a", named("Ann")).await;
        assert_eq!(refused["error"]["code"], 4015, "{refused}");
        server.realtime.revoke("bob", crate::support::presence::room("a")).await.unwrap();
        watcher.until(BTreeMap::is_empty).await;
    }
}

#[tokio::test]
async fn the_members_of_a_dead_node_go_when_its_lease_ends() {
    for transport in BOTH {
        let store = MemoryBroker::new();
        let broker = Outage::new(store.clone());
        let (dies, lives) = (start(broker.clone(), &limits(60_000, 900)).await, start(store, &limits(60_000, 900)).await);
        let mut watcher = watcher(transport, &lives).await;
        let mut links = Vec::new();
        for name in ["ann", "bob", "both"] {
            let mut link = signed_in(transport, &dies, name, "").await;
            appears(&mut link, "a", named(name)).await;
            links.push(link);
        }
        let mut other = signed_in(transport, &lives, "both", "").await;
        appears(&mut other, "a", named("of the living")).await;
        watcher.until(|roster| roster.len() == 3 && roster["both"]["connections"] == 2).await;
        let number = watcher.number.unwrap();
        // From here on the others hear nothing of it any more, which is all that they can know of a death.
        broker.go_down();
        watcher.until(|roster| roster.len() == 1).await;
        assert_eq!((watcher.number, &watcher.roster["both"]["connections"]), (Some(number + 1), &json!(1)), "in one change");
        assert_eq!(roster_of(&lives, "a").await.members.len(), 1);
        // It was not dead after all, and says everything again.
        broker.come_back();
        watcher.until(|roster| roster.len() == 3 && roster["both"]["connections"] == 2).await;
        assert_eq!(watcher.refreshes, 0);
    }
}

#[tokio::test]
async fn what_is_said_while_the_broker_is_away_is_made_good() {
    for transport in BOTH {
        let store = MemoryBroker::new();
        let broker = Outage::new(store.clone());
        let (here, there) = (start(broker.clone(), &limits(200, 1500)).await, start(store, &limits(200, 1500)).await);
        let mut watcher = watcher(transport, &there).await;
        let (mut ann, mut bob) =
            (signed_in(transport, &here, "ann", "channel=chat/a&presence=1").await, signed_in(transport, &here, "bob", "").await);
        appears(&mut ann, "a", named("Ann")).await;
        appears(&mut bob, "a", named("Bob")).await;
        watcher.until(|roster| roster.len() == 2).await;
        broker.go_down();
        let refused = appear(&mut ann, "a", named("Ann, changed")).await;
        assert_eq!(refused["error"]["code"], 4101, "{refused}");
        assert!(!refused.to_string().contains("SECRET"));
        // His departure cannot be told now.
        drop(bob);
        let mut own = Watcher::new(ann);
        own.until(|roster| roster.len() == 2).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        broker.come_back();
        watcher.until(|roster| roster.len() == 1 && roster["ann"]["state"]["name"] == "Ann").await;
        own.until(|roster| roster.len() == 1).await;
        appears(&mut own.link, "a", named("Ann, changed")).await;
        watcher.until(|roster| roster["ann"]["state"]["name"] == "Ann, changed").await;
    }
}

#[tokio::test]
async fn after_a_storm_every_watcher_knows_what_the_store_knows() {
    for transport in BOTH {
        let store = MemoryBroker::new();
        let lossy = Outage::new(store.clone());
        let nodes = Arc::new([
            start(store.clone(), &limits(150, 30_000)).await,
            start(store, &limits(150, 30_000)).await,
            start(lossy.clone(), &limits(150, 30_000)).await,
        ]);
        let over = Arc::new(AtomicBool::new(false));
        let mut watching = Vec::new();
        for at in 0..6 {
            let mut watcher = watcher(if at % 2 == 0 { transport } else { Transport::WebSocket }, &nodes[at % 3]).await;
            let over = over.clone();
            watching.push(tokio::spawn(async move {
                // Somebody joins at the very end, so there is always something to wait for.
                watcher.until(|roster| over.load(Ordering::SeqCst) && roster.contains_key("last")).await;
                watcher
            }));
        }
        let clients: Vec<_> = (0..9_usize)
            .map(|number| {
                let nodes = nodes.clone();
                tokio::spawn(async move {
                    let user = format!("u{}", number % 4);
                    let mut link = signed_in(BOTH[number % 2], &nodes[number % 3], &user, "").await;
                    for round in 0..25_usize {
                        match rand::random_range(0..6_u32) {
                            0 => leaves(&mut link, "a").await,
                            1 => {
                                let (session, node) = (link.session.clone(), &nodes[(number + round) % 3]);
                                drop(link);
                                link = returning(BOTH[round % 2], node, &user, "", Some(&session)).await;
                            }
                            _ => appears(&mut link, "a", json!({ "name": format!("{number}/{round}"), "typing": round % 3 == 0 })).await,
                        }
                    }
                    link
                })
            })
            .collect();
        let mut links: Vec<Link> = Vec::new();
        for task in clients {
            links.push(task.await.unwrap());
        }
        // What some of them left without a word is over when this is.
        let quiet = async {
            let mut before = stored(&nodes[0]).await;
            loop {
                tokio::time::sleep(Duration::from_millis(400)).await;
                let now = stored(&nodes[0]).await;
                if now == before {
                    return;
                }
                before = now;
            }
        };
        within(quiet).await;
        over.store(true, Ordering::SeqCst);
        let mut last = signed_in(transport, &nodes[1], "last", "").await;
        appears(&mut last, "a", named("last")).await;
        let expected = stored(&nodes[2]).await;
        for watcher in watching {
            let watcher = within(watcher).await.unwrap();
            assert_eq!(states(&watcher.roster), expected);
            assert_eq!(watcher.refreshes, 0, "numbers always meet");
        }
        drop(links);
    }
}

#[tokio::test]
async fn changes_that_never_came_are_made_good() {
    let store = MemoryBroker::new();
    let broker = Outage::new(store.clone());
    let (deaf, other) = (start(broker.clone(), &limits(60_000, 60_000)).await, start(store, &limits(60_000, 60_000)).await);
    let mut watcher = watcher(Transport::WebSocket, &deaf).await;
    let mut ann = signed_in(Transport::WebSocket, &other, "ann", "").await;
    // Few enough for the history, and more than it holds.
    for changes in [20, 400] {
        broker.lose_deliveries(true);
        for number in 0..changes {
            appears(&mut ann, "a", named(&format!("{changes}: {number}"))).await;
        }
        broker.lose_deliveries(false);
        appears(&mut ann, "a", named(&format!("{changes}: now"))).await;
        watcher.until(|roster| roster.get("ann").is_some_and(|ann| ann["state"]["name"] == format!("{changes}: now"))).await;
        assert_eq!(watcher.refreshes, 0);
    }
}

#[tokio::test]
async fn a_full_roster_takes_no_further_member() {
    let broker = MemoryBroker::new();
    let server = start(broker.clone(), &limits(60_000, 60_000)).await;
    let lease = Lease::random();
    broker.renew(lease, Duration::from_secs(60), &["chat/a".into()]).await.unwrap();
    for number in 0..1000_u64 {
        let attendee = Attendee { user: Some(format!("user {number}")), connection: format!("c-{number:016x}").parse().unwrap() };
        let state = named(&"x".repeat(900)).to_string();
        broker.appear("chat/a", Appearance { attendee, lease, state, again: false, most: 1000 }).await.unwrap();
    }
    for transport in BOTH {
        let mut watcher = watcher(transport, &server).await;
        assert_eq!(watcher.roster.len(), 1000);
        let mut late = signed_in(transport, &server, "the 1001st", "").await;
        let refused = appear(&mut late, "a", named("x")).await;
        assert_eq!((&refused["error"]["code"], &refused["error"]["name"]), (&json!(4106), &json!("roster_full")));
        let gone = Attendee { user: Some("user 7".to_owned()), connection: "c-0000000000000007".parse().unwrap() };
        broker.depart("chat/a", gone.clone(), lease).await.unwrap();
        appears(&mut late, "a", named("x")).await;
        watcher.until(|roster| roster.contains_key("the 1001st") && !roster.contains_key("user 7")).await;
        leaves(&mut late, "a").await;
        let state = named("back").to_string();
        broker.appear("chat/a", Appearance { attendee: gone, lease, state, again: false, most: 1000 }).await.unwrap();
    }
}

#[tokio::test]
async fn a_watcher_that_reads_nothing_costs_nobody_anything_and_is_told_where_things_stand() {
    let mut patient = limits(60_000, 60_000);
    patient.stall = Duration::from_secs(120);
    let server = start(MemoryBroker::new(), &patient).await;
    let mut slow = watcher(Transport::WebSocket, &server).await;
    let mut quick = watcher(Transport::Sse, &server).await;
    let mut links = Vec::new();
    for number in 0..20 {
        links.push(signed_in(Transport::WebSocket, &server, &format!("u{number}"), "").await);
    }
    // Megabytes in all, which no socket takes at once.
    let large = "x".repeat(900);
    for round in 0..120 {
        for link in &mut links {
            link.say(&json!({ "type": "presence", "channel": "chat/a", "state": { "name": format!("{round} {large}") } }).to_string())
                .await;
        }
        for link in &mut links {
            within(link.until_type("ack")).await;
        }
    }
    let last = format!("119 {large}");
    let done = |roster: &BTreeMap<String, Value>| roster.len() == 20 && roster.values().all(|member| member["state"]["name"] == last);
    quick.until(done).await;
    slow.until(done).await;
    assert_eq!((slow.refreshes, quick.refreshes), (0, 0));
}
