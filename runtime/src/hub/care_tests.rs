//! A node whose deliveries get lost on the way.

use std::{
    future::pending,
    sync::{
        Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use futures_util::FutureExt as _;
use tidewire_schema::History;
use tokio::time::timeout;

use super::*;
use crate::{
    MemoryBroker,
    broker::{BoxFuture, Broker, Delivery, Draft, Link, Page, Receipt, Recipient, Sink},
    cursor::Cursor,
    error::BrokerError,
    hub::{Copied, Membership, Outlet, RingBounds, Wakeup},
    identity::NodeId,
    observe::Watched,
};

/// The embedded broker behind a link that can lose what it carries.
#[derive(Clone)]
struct Lossy {
    store: MemoryBroker,
    link: Arc<LossyLink>,
}

#[derive(Default)]
struct LossyLink {
    hub: Mutex<Option<Weak<dyn Sink>>>,
    loses: AtomicBool,
    away: AtomicBool,
    reads: AtomicUsize,
    // A channel that cannot be read, and whether it never will.
    unreadable: Mutex<Option<(&'static str, bool)>>,
    // A channel without a position, and whether it never will have one.
    nowhere: Mutex<Option<(&'static str, bool)>>,
    // Subscribing takes longer than the broker gives itself.
    hangs: AtomicBool,
    panics: AtomicBool,
}

impl Sink for LossyLink {
    fn deliver(&self, channel: &str, delivery: Delivery) -> Option<Wakeup> {
        if self.loses.load(Ordering::Relaxed) {
            return None;
        }
        let hub = lock(&self.hub).as_ref().and_then(Weak::upgrade)?;
        hub.deliver(channel, delivery)
    }

    fn told(&self, _: bytes::Bytes) {}

    fn link(&self, _: Link) {}
}

impl Broker for Lossy {
    fn attach(&self, node: NodeId, sink: Weak<dyn Sink>) {
        *lock(&self.link.hub) = Some(sink);
        let link: Arc<dyn Sink> = self.link.clone();
        self.store.attach(node, Arc::downgrade(&link));
    }

    fn publish<'a>(&'a self, channel: &'a str, draft: Draft) -> BoxFuture<'a, Result<Receipt, BrokerError>> {
        self.store.publish(channel, draft)
    }

    fn read<'a>(&'a self, channel: &'a str, request: ReadRequest) -> BoxFuture<'a, Result<Page, BrokerError>> {
        if self.link.away.load(Ordering::Relaxed) {
            return Box::pin(async { Err(BrokerError::unavailable("away")) });
        }
        if let Some((_, forever)) = lock(&self.link.unreadable).filter(|(unreadable, _)| *unreadable == channel) {
            return Box::pin(
                async move { Err(if forever { BrokerError::corrupt("nonsense") } else { BrokerError::unavailable("this one") }) },
            );
        }
        self.link.reads.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            sleep(Duration::from_millis(1)).await;
            self.store.read(channel, request).await
        })
    }

    fn positions<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<Cursor>, BrokerError>> {
        let nowhere = lock(&self.link.nowhere).filter(|(nowhere, _)| channels.iter().any(|channel| &**channel == *nowhere));
        if let Some((_, forever)) = nowhere {
            return Box::pin(async move { Err(if forever { BrokerError::corrupt("nonsense") } else { BrokerError::unavailable("away") }) });
        }
        self.store.positions(channels)
    }

    fn each_position<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Vec<Result<Cursor, BrokerError>>> {
        Box::pin(async move {
            let mut positions = Vec::new();
            for at in 0..channels.len() {
                positions.push(self.positions(&channels[at..=at]).await.map(|position| position[0]));
            }
            positions
        })
    }

    fn subscribe<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<Cursor, BrokerError>> {
        Box::pin(async move {
            if self.link.hangs.load(Ordering::Relaxed) {
                timeout(PATIENCE, pending::<()>()).await.map_err(BrokerError::unknown)?;
            }
            sleep(Duration::from_millis(1)).await;
            assert!(!self.link.panics.load(Ordering::Relaxed), "a broker that fails");
            self.store.subscribe(channel).await
        })
    }

    fn unsubscribe(&self, channel: &str) {
        self.store.unsubscribe(channel);
    }

    fn tell(&self, to: Recipient, message: bytes::Bytes) -> BoxFuture<'_, Result<(), BrokerError>> {
        self.store.tell(to, message)
    }

    fn audit_interval(&self) -> Option<Duration> {
        Some(Duration::from_secs(15))
    }
}

struct Deaf;

impl Outlet for Deaf {
    fn due(&self) {}
}

const PATIENCE: Duration = Duration::from_secs(2);
const KEPT: History = History::Keep { max: 100, ttl: 3600 };

async fn node() -> (Lossy, Arc<Hub>, Membership) {
    let broker = Lossy { store: MemoryBroker::new(), link: Arc::default() };
    // As services have it.
    let watched = Watched::new(Arc::new(broker.clone()), PATIENCE);
    let hub = Hub::attach(Arc::new(watched), RingBounds { events: 100, bytes: 100_000 }, PATIENCE);
    hub.look_after();
    let member = hub.join("c", KEPT, Arc::new(Deaf));
    member.open().await.unwrap();
    (broker, hub, member)
}

async fn publish(broker: &Lossy) {
    publish_on(broker, "c").await;
}

async fn publish_on(broker: &Lossy, channel: &str) {
    let draft = Draft { event: "e", sender: None, origin: None, exclude: None, data: None, retention: KEPT, latest: false, key: None };
    broker.publish(channel, draft).await.unwrap();
}

fn numbers(member: &Membership, next: &mut u64) -> Vec<u64> {
    let mut numbers = Vec::new();
    let copied = member.ring().copy(next, usize::MAX, |_, slot| {
        numbers.extend(slot.stored.map(|link| link.cursor.number()));
        1
    });
    assert_eq!(copied, Copied::All);
    numbers
}

/// Waits, on the paused clock, until the ring has come to `number`; how long that took.
async fn arrival(member: &Membership, number: u64) -> Duration {
    let began = Instant::now();
    while member.ring().join_now().unwrap().0.number() < number {
        assert!(began.elapsed() < Duration::from_secs(60), "it never came");
        sleep(Duration::from_millis(100)).await;
    }
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn the_next_event_reveals_what_was_lost_and_nobody_notices() {
    let (broker, _hub, member) = node().await;
    let mut next = 0;
    publish(&broker).await;
    assert_eq!(numbers(&member, &mut next), [1]);
    broker.link.loses.store(true, Ordering::Relaxed);
    publish(&broker).await;
    publish(&broker).await;
    broker.link.loses.store(false, Ordering::Relaxed);
    publish(&broker).await;
    assert!(arrival(&member, 4).await < Duration::from_secs(1));
    assert_eq!(numbers(&member, &mut next), [2, 3, 4]);
    assert_eq!(broker.link.reads.load(Ordering::Relaxed), 1, "one read for the node, whoever listens");
}

#[tokio::test(start_paused = true)]
async fn an_audit_finds_what_no_later_event_reveals() {
    let (broker, _hub, member) = node().await;
    let mut next = 0;
    broker.link.loses.store(true, Ordering::Relaxed);
    publish(&broker).await;
    assert!(arrival(&member, 1).await <= Duration::from_secs(20));
    assert_eq!(numbers(&member, &mut next), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_new_link_is_audited_at_once() {
    let (broker, hub, member) = node().await;
    broker.link.loses.store(true, Ordering::Relaxed);
    publish(&broker).await;
    hub.link(Link::Proven);
    assert!(arrival(&member, 1).await <= Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_now_is_read_when_the_store_is_back() {
    let (broker, hub, member) = node().await;
    broker.link.loses.store(true, Ordering::Relaxed);
    publish(&broker).await;
    broker.link.loses.store(false, Ordering::Relaxed);
    broker.link.away.store(true, Ordering::Relaxed);
    publish(&broker).await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(member.ring().join_now().unwrap().0.number(), 0);
    broker.link.away.store(false, Ordering::Relaxed);
    assert!(arrival(&member, 2).await <= Duration::from_secs(1));
    let gone = Arc::downgrade(&hub);
    drop((hub, member));
    sleep(Duration::from_secs(1)).await;
    assert!(gone.upgrade().is_none(), "the tasks hold no hub that nobody uses");
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_cannot_be_read_keeps_no_other_waiting() {
    for forever in [false, true] {
        let (broker, hub, member) = node().await;
        let unreadable = hub.join("a", KEPT, Arc::new(Deaf));
        unreadable.open().await.unwrap();
        *lock(&broker.link.unreadable) = Some(("a", forever));
        for loses in [true, false] {
            broker.link.loses.store(loses, Ordering::Relaxed);
            publish_on(&broker, "a").await;
            publish_on(&broker, "c").await;
        }
        assert!(arrival(&member, 2).await <= Duration::from_secs(2));
        // What can never be read is given up, and its subscribers go and see for themselves.
        sleep(Duration::from_secs(2)).await;
        assert_eq!(unreadable.ring().copy(&mut 0, usize::MAX, |_, _| 1) == Copied::FellOff, forever);
    }
}

#[tokio::test(start_paused = true)]
async fn reads_for_the_same_thing_at_the_same_time_are_one() {
    let (broker, hub, _member) = node().await;
    publish(&broker).await;
    let channel: Arc<str> = "c".into();
    let start = broker.positions(std::slice::from_ref(&channel)).await.unwrap()[0];
    let request = ReadRequest { range: Range::After(Cursor::start(start.epoch())), limit: 10, bytes: 1000 };
    let (first, second, third) = tokio::join!(hub.read(&channel, request), hub.read(&channel, request), hub.read(&channel, request));
    assert!([first, second, third].iter().all(|page| page.as_ref().is_ok_and(|page| page.entries.len() == 1)));
    assert_eq!(broker.link.reads.load(Ordering::Relaxed), 1);
    let held = hub.read(&channel, request).await.unwrap();
    hub.read(&channel, request).await.unwrap();
    assert_eq!(broker.link.reads.load(Ordering::Relaxed), 2, "what somebody is handing out serves others for a moment");
    sleep(Duration::from_millis(1001)).await;
    hub.read(&channel, request).await.unwrap();
    assert_eq!(broker.link.reads.load(Ordering::Relaxed), 3, "and is of the past afterwards");
    drop(held);
    hub.read(&channel, request).await.unwrap();
    assert_eq!(broker.link.reads.load(Ordering::Relaxed), 4, "so is what everybody has handed out");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_somebody_who_is_not_asked_for_anything() {
    let (broker, hub, member) = node().await;
    publish(&broker).await;
    let channel: Arc<str> = "c".into();
    let start = Cursor::start(broker.positions(std::slice::from_ref(&channel)).await.unwrap()[0].epoch());
    let request = |limit| ReadRequest { range: Range::After(start), limit, bytes: 1000 };
    // As many as may read at once, each of something else: polled once, and never again.
    let mut stuck: Vec<_> = (1..=20).map(|limit| Box::pin(hub.read(&channel, request(limit)))).collect();
    for read in &mut stuck {
        assert!(read.now_or_never().is_none());
    }
    let soon = Duration::from_secs(1);
    let page = tokio::time::timeout(soon, hub.read(&channel, request(1))).await.expect("the same read, begun by somebody else").unwrap();
    assert_eq!(page.entries.len(), 1);
    tokio::time::timeout(soon, hub.read(&channel, request(99))).await.expect("another read, behind theirs").unwrap();
    broker.link.loses.store(true, Ordering::Relaxed);
    publish(&broker).await;
    broker.link.loses.store(false, Ordering::Relaxed);
    publish(&broker).await;
    assert!(arrival(&member, 3).await <= soon, "chains are mended meanwhile");
}

#[tokio::test(start_paused = true)]
async fn a_read_ends_with_the_last_who_waits_for_it() {
    let (broker, hub, _member) = node().await;
    publish(&broker).await;
    let channel: Arc<str> = "c".into();
    let start = Cursor::start(broker.positions(std::slice::from_ref(&channel)).await.unwrap()[0].epoch());
    let request = ReadRequest { range: Range::After(start), limit: 10, bytes: 1000 };
    let (mut first, mut second) = (Box::pin(hub.read(&channel, request)), Box::pin(hub.read(&channel, request)));
    assert!((&mut first).now_or_never().is_none() && (&mut second).now_or_never().is_none());
    drop(first);
    assert_eq!(second.await.unwrap().entries.len(), 1, "the second one is not concerned");
    let mut alone = Box::pin(hub.read(&channel, ReadRequest { limit: 5, ..request }));
    assert!((&mut alone).now_or_never().is_none());
    drop(alone);
    let before = broker.link.reads.load(Ordering::Relaxed);
    hub.read(&channel, ReadRequest { limit: 5, ..request }).await.unwrap();
    assert_eq!(broker.link.reads.load(Ordering::Relaxed), before + 1, "it is begun anew");
}

#[tokio::test(start_paused = true)]
async fn a_ring_is_opened_whoever_began() {
    let (_broker, hub, _member) = node().await;
    let members = [(); 3].map(|()| hub.join("new", KEPT, Arc::new(Deaf)));
    let mut stuck = Box::pin(members[0].open());
    assert!((&mut stuck).now_or_never().is_none());
    tokio::time::timeout(Duration::from_secs(1), members[1].open()).await.expect("it does not wait for the first").unwrap();
    drop(stuck);
    members[2].open().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_channel_without_a_position_keeps_no_other_from_its_audit() {
    for forever in [false, true] {
        let (broker, hub, member) = node().await;
        let nowhere = hub.join("a", KEPT, Arc::new(Deaf));
        nowhere.open().await.unwrap();
        *lock(&broker.link.nowhere) = Some(("a", forever));
        broker.link.loses.store(true, Ordering::Relaxed);
        publish(&broker).await;
        assert!(arrival(&member, 1).await <= Duration::from_secs(20));
    }
}

#[tokio::test(start_paused = true)]
async fn who_joins_an_opening_does_not_pay_for_the_time_that_it_lay_there() {
    let (broker, hub, _member) = node().await;
    let members = [(); 2].map(|()| hub.join("new", KEPT, Arc::new(Deaf)));
    broker.link.hangs.store(true, Ordering::Relaxed);
    let mut stuck = Box::pin(members[0].open());
    assert!((&mut stuck).now_or_never().is_none());
    broker.link.hangs.store(false, Ordering::Relaxed);
    sleep(PATIENCE).await;
    members[1].open().await.unwrap();
    stuck.await.unwrap_err();
    members[0].open().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_panics_can_be_asked_again_while_somebody_still_waits() {
    let (broker, hub, _member) = node().await;
    let members = [(); 3].map(|()| hub.join("new", KEPT, Arc::new(Deaf)));
    broker.link.panics.store(true, Ordering::Relaxed);
    let mut stuck = Box::pin(members[0].open());
    assert!((&mut stuck).now_or_never().is_none());
    members[1].open().await.unwrap_err();
    broker.link.panics.store(false, Ordering::Relaxed);
    members[2].open().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_reads_however_they_end() {
    let (broker, hub, _member) = node().await;
    publish(&broker).await;
    let channel: Arc<str> = "c".into();
    let start = Cursor::start(broker.positions(std::slice::from_ref(&channel)).await.unwrap()[0].epoch());
    for limit in 1..=200 {
        let request = ReadRequest { range: Range::After(start), limit, bytes: 1000 };
        let readers = (0..8).map(|reader| {
            let (hub, channel) = (hub.clone(), channel.clone());
            // Some wait until they have it, and some about as long.
            let patience = if reader % 2 == 0 { PATIENCE } else { Duration::from_micros(900 + 100 * reader) };
            tokio::spawn(async move { timeout(patience, hub.read(&channel, request)).await.is_ok() })
        });
        for reader in readers.collect::<Vec<_>>() {
            reader.await.unwrap();
        }
    }
    assert_eq!(hub.flights.underway(), 0);
}
