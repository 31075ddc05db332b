//! Revocations between nodes that share a Redis, also while it has its troubles.

use std::time::{Duration, Instant};

use crate::support::{
    Server, Under,
    client::get_with,
    link::{BOTH, Link, Transport},
    live::{self, chat, message},
    redis::RedisServer,
    within,
};
use serde_json::json;
use tidewire::{AnyChannel as _, ConnectRequest, Denied, Grant, Realtime, RedisBroker};

async fn decide(request: ConnectRequest) -> Result<Grant, Denied> {
    let user = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    Ok(user.map_or_else(Grant::anonymous, Grant::user).subscribe_and_publish(live::Chat::any()))
}

async fn node(redis: &RedisServer) -> Server {
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    Server::start(Under::Tidewire, Realtime::builder(live::contract()).authorize(decide).broker(broker)).await
}

async fn subscribed(transport: Transport, server: &Server, user: &str) -> Link {
    let mut link = Link::open_with(transport, server.address, "channel=chat/a", None, &[("authorization", user)]).await;
    link.expect("subscribed").await;
    link
}

async fn status(server: &Server, user: &str) -> u16 {
    get_with(server.address, "/realtime/history?channel=chat/a", &[("authorization", user.as_bytes())]).await.0
}

async fn until(server: &Server, user: &str, expected: u16, longest: Duration) {
    let began = Instant::now();
    while status(server, user).await != expected {
        assert!(began.elapsed() < longest, "{user} never got {expected}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn nodes_hear_of_it_from_each_other() {
    let redis = RedisServer::start();
    let (here, there) = (node(&redis).await, node(&redis).await);
    for transport in BOTH {
        let (mut ann, mut bob) = (subscribed(transport, &here, "ann").await, subscribed(transport, &there, "bob").await);
        let mut eve = subscribed(transport, &here, "eve").await;
        there.realtime.channel(chat("a")).publish(message("the end")).await.unwrap();
        there.realtime.revoke("ann", chat("a")).await.unwrap();
        here.realtime.revoke_user("bob").await.unwrap();
        assert_eq!((ann.texts(1).await, ann.expect("revoked").await["channel"].clone()), (vec!["the end".to_owned()], json!("chat/a")));
        assert_eq!((bob.texts(1).await, bob.expect("revoked").await["channel"].clone()), (vec!["the end".to_owned()], json!(null)));
        bob.expect("error").await;
        for server in [&here, &there] {
            for user in ["ann", "bob"] {
                until(server, user, 403, Duration::from_secs(2)).await;
            }
        }
        there.realtime.revoke_channel(chat("a")).await.unwrap();
        assert_eq!(eve.texts(1).await, ["the end"]);
        eve.expect("revoked").await;
        assert!(here.realtime.restore_channel(chat("a")).await.unwrap());
        assert!(here.realtime.restore("ann", chat("a")).await.unwrap() && there.realtime.restore_user("bob").await.unwrap());
        for user in ["ann", "bob", "eve"] {
            until(&here, user, 200, Duration::from_secs(2)).await;
            until(&there, user, 200, Duration::from_secs(2)).await;
        }
    }
    here.realtime.revoke_user("ann").await.unwrap();
    let later = node(&redis).await;
    assert_eq!(status(&later, "ann").await, 403, "a node that begins later");
}

#[tokio::test]
async fn a_redis_that_stops_pauses_the_nodes_and_ends_nobody() {
    let mut redis = RedisServer::with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let (here, there) = (node(&redis).await, node(&redis).await);
    let mut eve = subscribed(BOTH[1], &here, "eve").await;
    here.realtime.revoke("ann", chat("a")).await.unwrap();
    until(&there, "ann", 403, Duration::from_secs(2)).await;
    redis.kill();
    let killed = Instant::now();
    here.realtime.revoke("eve", chat("a")).await.unwrap_err();
    assert_eq!(eve.expect("status").await["status"], "degraded");
    let paused = async || {
        let headers: [(&str, &[u8]); 1] = [("authorization", b"eve")];
        crate::support::client::send(here.address, hyper::Method::GET, "/realtime/events?ids=0", &headers).await.status() == 503
    };
    while !paused().await {
        assert!(killed.elapsed() < Duration::from_secs(12));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(killed.elapsed() > Duration::from_secs(4), "{:?}", killed.elapsed());
    redis.run();
    until(&here, "eve", 200, Duration::from_secs(10)).await;
    assert_eq!(status(&here, "ann").await, 403, "what was known stays");
    let resumed = async { while eve.expect("status").await["status"] != "connected" {} };
    within(resumed).await;
    within(async {
        while there.realtime.channel(chat("a")).publish(message("on")).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    assert_eq!(eve.texts(1).await, ["on"]);
}

#[tokio::test]
async fn a_log_that_is_lost_is_not_forgotten_by_those_who_knew_it() {
    let redis = RedisServer::start();
    let (here, there) = (node(&redis).await, node(&redis).await);
    here.realtime.revoke_user("ann").await.unwrap();
    until(&there, "ann", 403, Duration::from_secs(2)).await;
    redis.command::<String>(&["FLUSHALL"]);
    here.realtime.revoke_user("bob").await.unwrap();
    until(&there, "bob", 403, Duration::from_secs(5)).await;
    for server in [&here, &there] {
        assert_eq!(status(server, "ann").await, 403);
    }
    assert!(here.realtime.restore_user("ann").await.unwrap());
    until(&there, "ann", 200, Duration::from_secs(5)).await;
}
