//! How much is done and held, however much is published and however slowly it is taken.

use std::{sync::atomic::Ordering, time::Duration};

use crate::support::{
    Server, Under,
    board::{CardChanged, Store, begin, board, builder, store_and_tell, with},
    link::{Link, Transport},
    within,
};
use serde_json::json;
use tidewire::LiveOptions;
use tokio::time::Instant;

/// A thousand publishes in a second, a loader of 50 ms, and five hundred who look.
#[tokio::test]
async fn a_loader_runs_no_more_than_one_after_the_other_and_the_last_value_is_the_stored_one() {
    const PUBLISHES: u32 = 1000;
    let store = Store::new();
    store.delay(50);
    let server = Server::start(Under::Tidewire, builder(&store)).await;
    let mut connected = Vec::new();
    for at in 0..500 {
        let transport = if at % 2 == 0 { Transport::WebSocket } else { Transport::Sse };
        let mut link = Link::signed_in(transport, server.address, "nobody").await;
        let key = link.look("boardCount", "board/a").await;
        connected.push((link, key));
    }
    // Not before all are there: on a busy machine the first ones would wait too long for their second value.
    let mut looking = tokio::task::JoinSet::new();
    for (mut link, key) in connected {
        looking.spawn(async move {
            let mut frames = 0;
            loop {
                frames += 1;
                if link.value(&key).await == PUBLISHES {
                    return (frames, link);
                }
            }
        });
    }
    let before = store.begun();
    let (began, mut tick) = (Instant::now(), tokio::time::interval(Duration::from_millis(1)));
    for number in 1..=PUBLISHES {
        tick.tick().await;
        store_and_tell(&server.realtime, &store, "a", number).await;
    }
    let mut links = Vec::new();
    within(async {
        while let Some(ended) = looking.join_next().await {
            let (frames, link) = ended.unwrap();
            assert!(frames <= store.begun() + 1, "{frames} frames");
            links.push(link);
        }
    })
    .await;
    let (lasted, runs) = (began.elapsed(), store.begun() - before);
    // One that was under way, and one more behind the last publish.
    let most = usize::try_from(lasted.as_millis() / 50).unwrap() + 2;
    assert!(runs <= most, "{runs} runs in {lasted:?}");
    assert!(!store.overlapped.load(Ordering::SeqCst));
    let times = store.times.lock().unwrap().clone();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(49)), "at most one in 50 ms");
    assert_eq!((links.len(), store.get("a")), (500, PUBLISHES));
}

#[tokio::test]
async fn who_takes_nothing_skips_to_the_newest_value() {
    for transport in [Transport::WebSocket, Transport::Sse] {
        let store = Store::new();
        let server = Server::start(Under::Tidewire, builder(&store)).await;
        let mut slow = Link::signed_in(transport, server.address, "slow").await;
        let key = slow.look("poster", "board/a").await;
        let mut quick = Link::signed_in(transport, server.address, "quick").await;
        quick.look("poster", "board/a").await;
        let poster = |number: u32| json!({ "text": format!("{number:07}").repeat(30_000) });
        quick.until_value(&key, &poster(0)).await;
        // Eighty times 210 kB: more than the buffers of a socket.
        for number in 1..=80 {
            store_and_tell(&server.realtime, &store, "a", number).await;
            assert_eq!(quick.value(&key).await, poster(number));
        }
        let frames = slow.until_value(&key, &poster(80)).await;
        assert!(frames < 60, "{frames} of 81 values came");
    }
}

#[tokio::test]
async fn a_connection_has_so_many_and_each_once() {
    let store = Store::new();
    let mut limits = tidewire::Limits::default();
    limits.live_per_connection = 3;
    let server = Server::start(Under::Tidewire, builder(&store).limits(limits)).await;
    let mut ann = Link::signed_in(Transport::WebSocket, server.address, "ann").await;
    let mut keys = Vec::new();
    for name in ["a", "b", "c", "c"] {
        keys.push(ann.look("boardCount", &format!("board/{name}")).await);
    }
    assert_eq!(keys[2], keys[3]);
    for key in &keys[..3] {
        assert_eq!(ann.value(key).await, 0);
    }
    ann.hears_nothing().await;
    let refused = ann.ask(begin("boardCount", "board/d")).await;
    assert_eq!((&refused["error"]["code"], &refused["type"]), (&json!(4007), &json!("error")));
    ann.ask(json!({ "type": "live", "key": keys[2], "end": true })).await;
    let key = ann.look("boardCount", "board/d").await;
    assert_eq!(ann.value(&key).await, 0);
    // What was ended is over, although it was begun twice.
    server.realtime.channel(board("c")).publish(CardChanged { id: "x".into() }).await.unwrap();
    ann.hears_nothing().await;
    assert_eq!(store.begun(), 4);
}

/// A loader that takes no time runs as often as something is published, unless it has a pace.
#[tokio::test]
async fn a_pace_bounds_runs_that_take_no_time() {
    const PACE: Duration = Duration::from_millis(100);
    for transport in [Transport::WebSocket, Transport::Sse] {
        let store = Store::new();
        let builder = with(&store, LiveOptions::new().pace(PACE)).public();
        let server = Server::start(Under::Tidewire, builder).await;
        let mut ann = Link::open(transport, server.address, "").await;
        let key = ann.look("boardCount", "board/a").await;
        assert_eq!(ann.value(&key).await, 0);
        let began = Instant::now();
        for number in 1..=300 {
            store_and_tell(&server.realtime, &store, "a", number).await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        ann.until_value(&key, &json!(300)).await;
        let most = usize::try_from(began.elapsed().as_millis() / PACE.as_millis()).unwrap() + 2;
        assert!(store.begun() <= most, "{} runs in {:?}", store.begun(), began.elapsed());
        let times = store.times.lock().unwrap().clone();
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= PACE), "{times:?}");
        // A reload keeps to it as well, and is answered.
        let reload = json!({ "type": "live", "key": key, "reload": true });
        assert_eq!(ann.ask(reload).await["type"], "ack");
        assert_eq!(ann.value(&key).await, 300);
        assert!(store.times.lock().unwrap().windows(2).all(|pair| pair[1] - pair[0] >= PACE));
    }
}

#[tokio::test]
async fn after_a_rest_a_pace_holds_nothing_up_and_without_one_each_publish_is_a_run() {
    const PACE: Duration = Duration::from_secs(3);
    for pace in [Some(PACE), None] {
        let store = Store::new();
        let options = pace.map_or(LiveOptions::new(), |pace| LiveOptions::new().pace(pace));
        let server = Server::start(Under::Tidewire, with(&store, options).public()).await;
        let mut ann = Link::open(Transport::WebSocket, server.address, "").await;
        let key = ann.look("boardCount", "board/a").await;
        assert_eq!(ann.value(&key).await, 0);
        tokio::time::sleep(pace.unwrap_or_default()).await;
        let rested = Instant::now();
        for number in 1..=20 {
            store_and_tell(&server.realtime, &store, "a", number).await;
            if number == 1 || pace.is_none() {
                assert_eq!(ann.value(&key).await, number);
            }
        }
        if pace.is_none() {
            assert_eq!(store.begun(), 21);
            continue;
        }
        assert!(store.times.lock().unwrap()[1] - rested < PACE, "the first one waited");
        ann.until_value(&key, &json!(20)).await;
        assert!(rested.elapsed() >= PACE, "the others did not");
    }
}
