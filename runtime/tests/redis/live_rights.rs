//! Who sees what of live queries on several nodes over Redis.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::support::{
    Server, Under,
    board::{Board, CardChanged, Store, begin, board, decide, live},
    link::{BOTH, Link, Transport},
    redis::RedisServer,
};
use serde_json::{Value, json};
use tidewire::{Denied, Limits, LiveContext, LiveOptions, Realtime, RedisBroker};

/// Members see a number of their own; others are refused in every way there is.
async fn members_alone(context: LiveContext) -> Result<(), Denied> {
    match context.user_id() {
        Some("ann" | "bob") => Ok(()),
        None => Err(Denied::unauthenticated()),
        Some("away") => Err(Denied::failed("SECRET text of the database")),
        Some("panic") => panic!("SECRET text of a panic"),
        Some("hang") => std::future::pending().await,
        Some(_) => Err(Denied::forbidden().message("members alone")),
    }
}

async fn node(redis: &RedisServer, store: &Arc<Store>, asked: &Arc<AtomicUsize>) -> Server {
    let (store, asked) = (store.clone(), asked.clone());
    let options = LiveOptions::new().guard(move |context| {
        asked.fetch_add(1, Ordering::SeqCst);
        members_alone(context)
    });
    let mut limits = Limits::default();
    limits.hook_timeout = Duration::from_millis(200);
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    let builder = Realtime::builder(live::contract()).authorize(decide).broker(broker).limits(limits);
    let builder = builder.live_with(live::Mine, options, move |board: Board, context: LiveContext| {
        let (store, user) = (store.clone(), context.user_id().unwrap_or_default().to_owned());
        async move {
            let number = store.load(&format!("{} of {user}", board.board_id.0)).await?;
            Ok::<_, std::io::Error>(format!("{user} has {number}"))
        }
    });
    Server::start(Under::Tidewire, builder).await
}

/// Somebody at one of the nodes who looks at what is theirs.
async fn looking(transport: Transport, server: &Server, user: &str) -> (Link, String) {
    let mut link = Link::signed_in(transport, server.address, user).await;
    let key = link.look("mine", "board/a").await;
    (link, key)
}

#[tokio::test]
async fn each_user_sees_their_own_after_a_publish_on_any_node() {
    for transport in BOTH {
        let redis = RedisServer::start();
        let (store, asked) = (Store::new(), Arc::default());
        let stores = [store.clone(), store.beside()];
        let nodes = [node(&redis, &stores[0], &asked).await, node(&redis, &stores[1], &asked).await];
        let mut people = Vec::new();
        for node in &nodes {
            for user in ["ann", "ann", "bob"] {
                let (mut link, key) = looking(transport, node, user).await;
                assert_eq!(link.value(&key).await, format!("{user} has 0"));
                people.push((user, link, key));
            }
        }
        let keys: Vec<&String> = people.iter().map(|(_, _, key)| key).collect();
        assert!(keys[0] == keys[1] && keys[0] == keys[3] && keys[3] == keys[4], "one key for a user on every node: {keys:?}");
        assert!(keys[2] == keys[5] && keys[2] != keys[0], "{keys:?}");
        assert_eq!(
            (stores[0].begun(), stores[1].begun(), asked.load(Ordering::SeqCst)),
            (2, 2, 6),
            "one run for each user, and each is asked about"
        );
        for (at, node) in nodes.iter().enumerate() {
            let [ann, bob] = [10, 20].map(|number| number + u32::try_from(at).unwrap());
            store.set("a of ann", ann);
            store.set("a of bob", bob);
            node.realtime.channel(board("a")).publish(CardChanged { id: "x".into() }).await.unwrap();
            for (user, link, key) in &mut people {
                let number = if *user == "ann" { ann } else { bob };
                assert_eq!(link.value(key).await, format!("{user} has {number}"));
            }
        }
        // A change that concerns one of them alone.
        store.set("a of ann", 30);
        nodes[1].realtime.channel(board("a")).publish(CardChanged { id: "x".into() }).await.unwrap();
        for (user, link, key) in &mut people {
            if *user == "ann" {
                assert_eq!(link.value(key).await, "ann has 30");
            }
        }
        for store in &stores {
            store.has_begun(8).await;
        }
        for (_, link, _) in &mut people {
            link.hears_nothing().await;
        }
        assert_eq!((stores[0].begun(), stores[1].begun()), (8, 8));
        nodes[1].realtime.revoke("ann", board("a")).await.unwrap();
        for (_, link, key) in people.iter_mut().filter(|(user, ..)| *user == "ann") {
            assert_eq!(link.told(key).await["ended"]["code"], 4015, "on the other node as well");
        }
        store.set("a of ann", 40);
        store.set("a of bob", 40);
        nodes[1].realtime.channel(board("a")).publish(CardChanged { id: "x".into() }).await.unwrap();
        for (user, link, key) in &mut people {
            if *user == "bob" {
                assert_eq!(link.value(key).await, "bob has 40");
            } else {
                link.hears_nothing().await;
            }
        }
    }
}

#[tokio::test]
async fn who_may_not_look_is_told_the_code_and_nothing_else() {
    let undecided = json!({ "code": 4100, "name": "internal", "message": "it could not be decided whether you may do this" });
    let refusals = [
        ("eve", json!({ "code": 4002, "name": "denied", "message": "members alone" })),
        ("nobody", json!({ "code": 4001, "name": "unauthenticated", "message": "sign in first" })),
        ("away", json!({ "code": 4100, "name": "internal", "message": "the service could not decide about this" })),
        ("panic", undecided.clone()),
        ("hang", undecided),
    ];
    let redis = RedisServer::start();
    for transport in BOTH {
        let (store, asked) = (Store::new(), Arc::default());
        let (here, there) = (node(&redis, &store, &asked).await, node(&redis, &store, &asked).await);
        let (mut ann, key) = looking(transport, &there, "ann").await;
        assert_eq!(ann.value(&key).await, "ann has 0");
        let mut refused = Vec::new();
        for (user, error) in &refusals {
            for node in [&here, &there] {
                let mut link = Link::signed_in(transport, node.address, user).await;
                let reply = link.ask(begin("mine", "board/a")).await;
                assert_eq!(reply, json!({ "type": "error", "ref": 1, "error": error }), "{user}");
                // Nor with the key that somebody else was given.
                let reply = link.ask(json!({ "type": "live", "key": key, "reload": true })).await;
                assert_eq!(reply["error"]["code"], 4019, "{reply}");
                refused.push(link);
            }
        }
        assert_eq!(store.begun(), 1, "no loader ran for any of them");
        for (number, node) in [(1, &here), (2, &there)] {
            store.set("a of ann", number);
            node.realtime.channel(board("a")).publish(CardChanged { id: "x".into() }).await.unwrap();
            assert_eq!(ann.value(&key).await, format!("ann has {number}"));
        }
        for link in &mut refused {
            link.read_what_is_there().await;
            assert!(!link.has_early("live") && !link.has_early("event"), "something came");
        }
        assert_eq!((store.begun(), asked.load(Ordering::SeqCst)), (3, 11));
    }
}

/// The right to the channel is asked about first, wherever the request is taken.
#[tokio::test]
async fn who_may_not_subscribe_may_not_look_through_another_node_either() {
    let redis = RedisServer::start();
    for transport in BOTH {
        let (store, asked) = (Store::new(), Arc::default());
        let (here, there) = (node(&redis, &store, &asked).await, node(&redis, &store, &asked).await);
        let mut stranger = Link::signed_in(transport, here.address, "stranger").await;
        let own = stranger.ask(begin("mine", "board/a")).await;
        let other: Value = stranger.send_from(there.address, begin("mine", "board/a")).await;
        for reply in [own, other] {
            assert_eq!((&reply["type"], &reply["error"]["code"], reply.get("key")), (&json!("error"), &json!(4002), None), "{reply}");
        }
        // A member who asks through the other node is given their own.
        let mut bob = Link::signed_in(transport, here.address, "bob").await;
        let ack = bob.send_from(there.address, begin("mine", "board/a")).await;
        let key = ack["key"].as_str().unwrap().to_owned();
        assert_eq!(bob.value(&key).await, "bob has 0");
        store.set("a of bob", 5);
        there.realtime.channel(board("a")).publish(CardChanged { id: "x".into() }).await.unwrap();
        assert_eq!(bob.value(&key).await, "bob has 5");
        stranger.hears_nothing().await;
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
}
