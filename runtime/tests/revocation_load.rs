//! How long it takes from the call until everybody has lost what was revoked, with a clock in hand. The numbers are printed; only the hard limit is asserted.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

mod support;

use std::time::{Duration, Instant};

use support::{
    Server, Under,
    link::{BOTH, Link, Transport},
    live::{self, chat, message},
};
use tidewire::{AnyChannel as _, ConnectRequest, Denied, Grant, MemoryBroker, Realtime, RealtimeBuilder, Revocation};

const CLIENTS: usize = 300;
const HARD_LIMIT: Duration = Duration::from_secs(10);

async fn decide(request: ConnectRequest) -> Result<Grant, Denied> {
    let user = request.headers().get("authorization").and_then(|value| value.to_str().ok()).ok_or(Denied::unauthenticated())?;
    Ok(Grant::user(user).subscribe_and_publish(live::Chat::any()))
}

async fn subscribed(transport: Transport, server: &Server, user: &str) -> Link {
    let mut link = Link::open_with(transport, server.address, "channel=chat/a", None, &[("authorization", user)]).await;
    link.expect("subscribed").await;
    link
}

/// Reads until the end of the subscription, and answers when that came.
fn watch(mut link: Link) -> tokio::task::JoinHandle<Instant> {
    tokio::spawn(async move {
        loop {
            if link.frame().await["type"] == "revoked" {
                return Instant::now();
            }
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_on_two_nodes_loses_it_within_the_limit_while_events_come() {
    let broker = MemoryBroker::new();
    let node = || Server::start(Under::Tidewire, builder().broker(broker.clone()));
    lose([node().await, node().await]).await;
}

#[cfg(feature = "redis")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_do_they_on_two_nodes_of_one_redis() {
    let redis = support::redis::RedisServer::start();
    let node = async || {
        let broker = tidewire::RedisBroker::connect(redis.url()).await.unwrap();
        Server::start(Under::Tidewire, builder().broker(broker)).await
    };
    lose([node().await, node().await]).await;
}

fn builder() -> RealtimeBuilder {
    Realtime::builder(live::contract()).authorize(decide)
}

#[expect(clippy::print_stdout, reason = "the numbers are what this is for")]
async fn lose(nodes: [Server; 2]) {
    for kind in ["one by one", "in a batch", "everything, in a batch", "the channel"] {
        let mut watching = Vec::with_capacity(CLIENTS);
        for number in 0..CLIENTS {
            let link = subscribed(BOTH[number / 2 % 2], &nodes[number % 2], &format!("user-{number}")).await;
            watching.push(watch(link));
        }
        let publisher = nodes[0].realtime.clone();
        let publishing = tokio::spawn(async move {
            loop {
                publisher.channel(chat("a")).publish(message("on")).await.unwrap();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        let users = || (0..CLIENTS).map(|number| format!("user-{number}"));
        let began = Instant::now();
        let mut called = vec![began; CLIENTS];
        match kind {
            "one by one" => {
                for (number, user) in users().enumerate() {
                    called[number] = Instant::now();
                    nodes[1].realtime.revoke(user, chat("a")).await.unwrap();
                }
            }
            "in a batch" => nodes[1].realtime.revoke_batch(users().map(|user| Revocation::of(user).on(chat("a")))).await.unwrap(),
            "everything, in a batch" => nodes[1].realtime.revoke_batch(users().map(Revocation::of)).await.unwrap(),
            _ => nodes[1].realtime.revoke_channel(chat("a")).await.unwrap(),
        }
        let mut times = Vec::with_capacity(CLIENTS);
        for (watching, called) in watching.into_iter().zip(called) {
            let ended = watching.await.unwrap();
            times.push(ended.saturating_duration_since(called));
        }
        publishing.abort();
        times.sort_unstable();
        let (median, slow, worst) = (times[CLIENTS / 2], times[CLIENTS * 99 / 100], times[CLIENTS - 1]);
        println!("{kind}: {CLIENTS} clients, p50 {median:?}, p99 {slow:?}, worst {worst:?}");
        assert!(worst < HARD_LIMIT, "{kind}: {worst:?}");
        nodes[0].realtime.restore_batch(users().map(|user| Revocation::of(user).on(chat("a")))).await.unwrap();
        nodes[0].realtime.restore_batch(users().map(Revocation::of)).await.unwrap();
        nodes[0].realtime.restore_channel(chat("a")).await.unwrap();
    }
}
