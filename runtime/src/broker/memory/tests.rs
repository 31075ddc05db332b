use std::{
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    time::Duration,
};

use super::*;
use crate::{
    broker::{IdempotencyKey, Range},
    cursor::EventId,
};

const KEEP: History = History::Keep { max: 100, ttl: 3600 };

fn draft(retention: History, data: &str) -> Draft {
    Draft { event: "e", sender: None, origin: None, exclude: None, data: Some(data.to_owned()), retention, latest: false, key: None }
}

async fn publish(broker: &MemoryBroker, channel: &str, retention: History) -> Cursor {
    broker.publish(channel, draft(retention, "1")).await.unwrap().cursor.unwrap()
}

async fn read(broker: &MemoryBroker, channel: &str, range: Range) -> Page {
    broker.read(channel, ReadRequest { range, limit: 1000, bytes: usize::MAX }).await.unwrap()
}

fn numbers(page: &Page) -> Vec<u64> {
    page.entries.iter().map(|entry| entry.cursor.number()).collect()
}

#[tokio::test]
async fn events_are_numbered_and_linked() {
    let broker = MemoryBroker::new();
    let start = read(&broker, "a", Range::Before(None)).await.head;
    assert_eq!((start.number(), start.id()), (0, EventId::ZERO));
    for _ in 0..5 {
        publish(&broker, "a", KEEP).await;
    }
    let page = read(&broker, "a", Range::After(start)).await;
    let mut position = start;
    for entry in &page.entries {
        assert!(entry.follows(&position));
        position = entry.cursor;
    }
    assert_eq!((position, page.more), (page.head, false));
    assert_ne!(read(&broker, "b", Range::Before(None)).await.head.epoch(), start.epoch());
}

#[tokio::test]
async fn ids_rise_when_the_clock_goes_back() {
    static CLOCK: AtomicU64 = AtomicU64::new(5000);
    let broker = MemoryBroker::with_clock(MemoryBounds::default(), || CLOCK.load(SeqCst));
    let first = publish(&broker, "a", KEEP).await;
    CLOCK.store(1000, SeqCst);
    let second = publish(&broker, "a", KEEP).await;
    CLOCK.store(6000, SeqCst);
    let third = publish(&broker, "a", KEEP).await;
    assert_eq!([first.id(), second.id(), third.id()], [EventId::new(5000, 0), EventId::new(5000, 1), EventId::new(6000, 0)]);
}

#[tokio::test]
async fn ranges_are_cut_at_their_bounds() {
    let broker = MemoryBroker::new();
    let mut cursors = vec![read(&broker, "a", Range::Before(None)).await.head];
    for _ in 0..10 {
        cursors.push(publish(&broker, "a", KEEP).await);
    }
    let size = read(&broker, "a", Range::Newest(1)).await.entries[0].frame.size();
    for (range, limit, bytes, expected, more) in [
        (Range::After(cursors[3]), 1000, usize::MAX, (4..=10).collect(), false),
        (Range::After(cursors[3]), 2, usize::MAX, vec![4, 5], true),
        (Range::After(cursors[3]), 1000, 3 * size, vec![4, 5, 6], true),
        (Range::After(cursors[3]), 1000, 1, vec![4], true),
        (Range::After(cursors[10]), 1000, usize::MAX, vec![], false),
        (Range::After(Cursor::start(crate::Epoch::from(1))), 2, usize::MAX, vec![1, 2], true),
        (Range::Before(None), 3, usize::MAX, vec![8, 9, 10], true),
        (Range::Before(None), 1000, 2 * size, vec![9, 10], true),
        (Range::Before(Some(cursors[4])), 2, usize::MAX, vec![2, 3], true),
        (Range::Before(Some(cursors[3])), 5, usize::MAX, vec![1, 2], false),
        (Range::Before(Some(cursors[1])), 5, usize::MAX, vec![], false),
        (Range::Before(Some(Cursor::start(crate::Epoch::from(1)))), 5, usize::MAX, vec![], false),
        (Range::Newest(4), 2, usize::MAX, vec![7, 8], true),
        (Range::Newest(400), 1000, usize::MAX, (1..=10).collect(), false),
    ] {
        let page = broker.read("a", ReadRequest { range, limit, bytes }).await.unwrap();
        assert_eq!((numbers(&page), page.more, page.head), (expected, more, cursors[10]), "{range:?} {limit} {bytes}");
    }
}

#[tokio::test(start_paused = true)]
async fn retention_is_by_count_and_exactly_by_time() {
    let broker = MemoryBroker::new();
    for _ in 0..10 {
        publish(&broker, "a", History::Keep { max: 3, ttl: 60 }).await;
        tokio::time::advance(Duration::from_secs(10)).await;
    }
    assert_eq!(numbers(&read(&broker, "a", Range::Newest(99)).await), [8, 9, 10], "ages: 30 s, 20 s, 10 s");
    tokio::time::advance(Duration::from_millis(29_999)).await;
    assert_eq!(numbers(&read(&broker, "a", Range::Newest(99)).await), [8, 9, 10]);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(numbers(&read(&broker, "a", Range::Newest(99)).await), [9, 10]);
    tokio::time::advance(Duration::from_secs(3600)).await;
    let page = read(&broker, "a", Range::Newest(99)).await;
    assert_eq!((numbers(&page), page.head.number()), (vec![], 10), "the position outlives the events");
    assert_eq!(broker.shared.bytes.load(SeqCst), 0);
    assert_eq!(publish(&broker, "a", KEEP).await.number(), 11);
}

#[tokio::test]
async fn transient_events_leave_nothing() {
    let broker = MemoryBroker::new();
    let receipt = broker.publish("a", draft(History::Off, "1")).await.unwrap();
    assert_eq!(receipt.cursor, None);
    assert_eq!((broker.shared.channels.load(SeqCst), broker.shared.bytes.load(SeqCst)), (0, 0));
}

#[tokio::test]
async fn a_channel_remembers_a_hundred_thousand_keys_and_forgets_the_oldest() {
    let broker = MemoryBroker::new();
    let repeat = async |number: u32| {
        let key = IdempotencyKey::new("me", number.to_string()).unwrap();
        broker.publish("a", Draft { key: Some(key), ..draft(History::Off, "1") }).await.unwrap().duplicate
    };
    for number in 0..=100_000 {
        assert!(!repeat(number).await);
    }
    assert!(repeat(1).await && repeat(100_000).await);
    assert!(!repeat(0).await, "it is a new one");
}

#[tokio::test]
async fn too_many_channels_cost_first_those_that_hold_least() {
    let broker = MemoryBroker::with_bounds(MemoryBounds { channels: 4, ..MemoryBounds::default() });
    let followed = broker.subscribe("followed").await.unwrap();
    let old = publish(&broker, "old", KEEP).await;
    let newer = publish(&broker, "newer", KEEP).await;
    // Strangers who ask for channels that never had an event push out one another, not the histories.
    for stranger in 0..50 {
        read(&broker, &format!("stranger/{stranger}"), Range::Newest(1)).await;
    }
    assert_eq!(broker.shared.channels.load(SeqCst), 4);
    assert_eq!(read(&broker, "followed", Range::Newest(1)).await.head, followed);
    assert_eq!(read(&broker, "old", Range::Newest(1)).await.head, old);
    read(&broker, "newer", Range::Newest(1)).await;
    publish(&broker, "third", KEEP).await;
    publish(&broker, "fourth", KEEP).await;
    assert_eq!(read(&broker, "followed", Range::Newest(1)).await.head, followed, "somebody listens");
    assert_eq!(read(&broker, "newer", Range::Newest(1)).await.head, newer);
    assert_ne!(
        read(&broker, "old", Range::Newest(1)).await.head.epoch(),
        old.epoch(),
        "the least recently used history is gone, and says so"
    );
}

#[tokio::test]
async fn too_many_bytes_cost_idle_channels_whole_and_others_their_older_half() {
    let broker = MemoryBroker::with_bounds(MemoryBounds { bytes: 20_000, ..MemoryBounds::default() });
    let idle = publish(&broker, "idle", KEEP).await;
    let position = broker.subscribe("followed").await.unwrap();
    for _ in 0..100 {
        broker.publish("followed", draft(KEEP, &format!("\"{}\"", "x".repeat(1000)))).await.unwrap();
        assert!(broker.shared.bytes.load(SeqCst) <= 20_000);
    }
    let page = read(&broker, "followed", Range::After(position)).await;
    assert_eq!(page.head.epoch(), position.epoch(), "a channel with subscribers keeps its epoch");
    assert!(page.entries.len() > 3 && page.entries.last().unwrap().cursor.number() == 100);
    assert_ne!(read(&broker, "idle", Range::Newest(1)).await.head.epoch(), idle.epoch());
    broker.unsubscribe("followed");
    for _ in 0..20 {
        broker.publish("alone", draft(KEEP, &format!("\"{}\"", "x".repeat(1500)))).await.unwrap();
    }
    let page = read(&broker, "alone", Range::Newest(99)).await;
    assert!(
        page.entries.len() > 2 && page.head.number() == 20,
        "a channel that exceeds the bound alone is shortened: {}",
        page.entries.len()
    );
}

#[tokio::test]
async fn a_small_channel_does_not_shield_a_large_one() {
    let broker = MemoryBroker::with_bounds(MemoryBounds { bytes: 20_000, ..MemoryBounds::default() });
    for channel in ["small/1", "small/2", "small/3", "large"] {
        broker.subscribe(channel).await.unwrap();
        publish(&broker, channel, KEEP).await;
    }
    for _ in 0..100 {
        broker.publish("large", draft(KEEP, &format!("\"{}\"", "x".repeat(1000)))).await.unwrap();
        assert!(broker.shared.bytes.load(SeqCst) <= 20_000);
    }
    for channel in ["small/1", "small/2", "small/3"] {
        assert_eq!(numbers(&read(&broker, channel, Range::Newest(9)).await), [1]);
    }
}

#[tokio::test]
async fn channels_that_somebody_listens_to_are_not_evicted_for_their_number() {
    let broker = MemoryBroker::with_bounds(MemoryBounds { channels: 2, ..MemoryBounds::default() });
    let mut heads = Vec::new();
    for channel in ["a", "b", "c", "d"] {
        heads.push((channel, broker.subscribe(channel).await.unwrap()));
    }
    publish(&broker, "stranger", KEEP).await;
    for (channel, head) in heads {
        assert_eq!(read(&broker, channel, Range::Newest(1)).await.head, head);
        broker.unsubscribe(channel);
    }
    publish(&broker, "stranger", KEEP).await;
    assert_eq!(broker.shared.channels.load(SeqCst), 2);
}

#[tokio::test]
async fn an_event_larger_than_the_bound_is_still_the_newest_of_its_channel() {
    let broker = MemoryBroker::with_bounds(MemoryBounds { bytes: 1000, channels: 10 });
    broker.subscribe("a").await.unwrap();
    for _ in 0..3 {
        broker.publish("a", draft(KEEP, &format!("\"{}\"", "x".repeat(5000)))).await.unwrap();
    }
    assert_eq!(numbers(&read(&broker, "a", Range::Newest(9)).await), [3]);
}

#[test]
fn concurrent_publishers_get_a_number_each() {
    let broker = MemoryBroker::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..500 {
                    broker.shared.publish("a", &draft(History::Keep { max: 10_000, ttl: 3600 }, "1")).unwrap();
                }
            });
        }
    });
    let page =
        broker.shared.with_history("a", |history| history.read(ReadRequest { range: Range::Newest(9999), limit: 9999, bytes: usize::MAX }));
    assert_eq!(numbers(&page), (1..=2000).collect::<Vec<_>>());
    assert!(page.entries.windows(2).all(|pair| pair[1].follows(&pair[0].cursor)));
}

#[tokio::test]
async fn it_is_a_broker() {
    crate::broker::conformance::run(async || MemoryBroker::new()).await;
    let broker = MemoryBroker::new();
    crate::broker::conformance::run_shared(async || broker.clone()).await;
}

#[tokio::test]
async fn rosters_count_and_take_no_more_than_half() {
    let broker = MemoryBroker::with_bounds(MemoryBounds { bytes: 64 * 1024, channels: 100 });
    let lease: Lease = "1".repeat(16).parse().unwrap();
    broker.renew(lease, Duration::from_secs(60), &[]).await.unwrap();
    let attendee =
        |number: usize| Attendee { user: Some(format!("user-{number}")), connection: format!("c-{number:016x}").parse().unwrap() };
    let appear = async |number: usize, state: usize| {
        let state = format!("\"{}\"", "x".repeat(state));
        let appearance = Appearance { attendee: attendee(number), lease, state, again: false, most: 1000 };
        broker.appear(&format!("room/{}", number % 7), appearance).await.unwrap()
    };
    let mut present = 0;
    while appear(present, 1000).await == Appeared::Present {
        present += 1;
        assert!(present < 100, "they grow without a bound");
    }
    assert!((20..32).contains(&present), "{present}");
    let taken = broker.shared.rosters.load(SeqCst);
    assert!(taken <= 32 * 1024 && taken > 28 * 1024, "{taken}");
    assert!(broker.shared.bytes.load(SeqCst) <= 64 * 1024);
    // Who is there may show less, and then somewhat more, but not what there is no room for.
    assert_eq!(appear(0, 10).await, Appeared::Present);
    assert_eq!(appear(0, 900).await, Appeared::Present);
    assert_eq!(appear(0, 8000).await, Appeared::Full);
    for number in 0..present {
        broker.depart(&format!("room/{}", number % 7), attendee(number), lease).await.unwrap();
    }
    assert_eq!(broker.shared.rosters.load(SeqCst), 0, "nothing of them is left");
    assert_eq!(appear(0, 1000).await, Appeared::Present);
}
