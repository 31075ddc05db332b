//! How much the loaders of several nodes do over Redis, however much is published.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use crate::support::{
    Server, Under,
    board::{Store, builder, store_and_tell},
    link::{Link, Transport},
    redis::RedisServer,
    within,
};
use futures_util::future::join_all;
use tidewire::RedisBroker;
use tokio::time::Instant;

async fn node(redis: &RedisServer, store: &Arc<Store>) -> Server {
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    Server::start(Under::Tidewire, builder(store).broker(broker)).await
}

/// A thousand publishes in a second on either node, a loader of 50 ms, and five hundred who look on both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_node_runs_its_loader_one_after_the_other_and_all_end_with_the_stored_value() {
    const PUBLISHES: u32 = 1000;
    let redis = RedisServer::start();
    let store = Store::new();
    let stores = [store.clone(), store.beside()];
    let nodes = [node(&redis, &stores[0]).await, node(&redis, &stores[1]).await];
    for store in &stores {
        store.delay(50);
    }
    let mut connecting = tokio::task::JoinSet::new();
    for at in 0..500 {
        let (transport, node) = (if at % 4 < 2 { Transport::WebSocket } else { Transport::Sse }, at % 2);
        let address = nodes[node].address;
        connecting.spawn(async move {
            let mut link = Link::signed_in(transport, address, "nobody").await;
            let key = link.look("boardCount", "board/a").await;
            assert_eq!(link.value(&key).await, 0);
            (node, link, key)
        });
    }
    let connected = connecting.join_all().await;
    let before = stores.each_ref().map(|store| store.begun());
    // One more where Redis took its time to say that the channel is heard.
    assert!(before.iter().all(|runs| (1..=3).contains(runs)), "{before:?}: all of a node share them");
    let mut looking = tokio::task::JoinSet::new();
    for (node, mut link, key) in connected {
        looking.spawn(async move {
            let mut frames = 0;
            loop {
                frames += 1;
                if link.value(&key).await == PUBLISHES {
                    return (node, frames, link);
                }
            }
        });
    }
    // Twenty at once: whatever one of them waits for on a busy machine, the others do not.
    let (began, mut tick) = (Instant::now(), tokio::time::interval(Duration::from_millis(20)));
    for last in (20..=PUBLISHES).step_by(20) {
        tick.tick().await;
        join_all((last - 19..=last).map(|number| store_and_tell(&nodes[number as usize % 2].realtime, &store, "a", number))).await;
    }
    let mut links = Vec::new();
    within(async {
        while let Some(ended) = looking.join_next().await {
            let (node, frames, link) = ended.unwrap();
            assert!(frames <= stores[node].begun(), "{frames} frames");
            links.push(link);
        }
    })
    .await;
    let lasted = began.elapsed();
    // One that was under way, and one more behind the last publish.
    let most = usize::try_from(lasted.as_millis() / 50).unwrap() + 2;
    for (store, before) in stores.iter().zip(before) {
        let runs = store.begun() - before;
        assert!(runs >= 1 && runs <= most, "{runs} runs in {lasted:?}");
        assert!(!store.overlapped.load(Ordering::SeqCst));
        let times = store.times.lock().unwrap().split_off(before);
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(49)), "at most one in 50 ms");
    }
    assert_eq!((links.len(), store.get("a")), (500, PUBLISHES));
}
