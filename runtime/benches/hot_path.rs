//! What an event costs on its way through one node, without a socket: encode, publish, ring, join.
//!
//! Run with `cargo bench -p tidewire --bench hot_path`, with `-- ring` for what has that in its name. Each figure is the median of some samples, in nanoseconds for each operation; in brackets the
//! least and the most. For whole processes there is `tests/bench/fanout`.
#![allow(clippy::unwrap_used, clippy::print_stdout, unreachable_pub, reason = "a benchmark talks to a person, and exports nothing")]

use std::{
    hint::black_box,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use tidewire::{
    Address, BoxFuture, Broker, BrokerError, BrokerPage, Cursor, Delivery, Draft, Entry, Epoch, EventId, Frame, FrameParts, Link,
    MemoryBroker, NodeId, ReadRequest, Realtime, Receipt, Recipient, Routing, Sink,
};
use tokio::runtime::{Builder, Runtime};

#[tidewire::realtime_events(name = "hot-path")]
mod live {
    pub struct Text(pub String);

    #[channel("bench/{n}", payload = Text)]
    pub struct Bench {
        pub n: u32,
    }
}

const SAMPLES: usize = 21;
const SAMPLE: Duration = Duration::from_millis(20);
/// Events of a ring, unless a service says otherwise.
const RING: u64 = 256;

fn main() {
    // `cargo bench` adds a flag of its own.
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let bench = Bench { filter, runtime: Builder::new_current_thread().enable_all().build().unwrap() };
    bench.encode();
    bench.publish();
    bench.ring();
    bench.join();
}

struct Bench {
    filter: String,
    runtime: Runtime,
}

impl Bench {
    fn wants(&self, name: &str) -> bool {
        name.contains(&self.filter)
    }

    /// Repeats `operation`, which answers how long what counts took, until the samples are there.
    fn report(&self, name: &str, mut operation: impl FnMut(u32) -> Duration) {
        if !self.wants(name) {
            return;
        }
        let mut count = 1;
        while operation(count) < SAMPLE / 2 && count < 1 << 24 {
            count *= 2;
        }
        let mut samples: Vec<f64> = (0..SAMPLES).map(|_| operation(count).as_secs_f64() * 1e9 / f64::from(count)).collect();
        samples.sort_by(f64::total_cmp);
        println!("{name:<52} {:>12.0} ns   ({:.0}–{:.0})", samples[SAMPLES / 2], samples[0], samples[SAMPLES - 1]);
    }

    fn encode(&self) {
        let cursor = Cursor::new(Epoch::random(), 1234, EventId::new(1_732_153_200_000, 0));
        for size in [20, 200, 2000] {
            let data = format!("\"{}\"", "x".repeat(size));
            let parts = FrameParts {
                channel: "bench/0",
                event: "message",
                cursor: Some(cursor),
                time: 1_732_153_200_000,
                sender: None,
                origin: None,
                data: Some(&data),
            };
            self.report(&format!("encode a frame, {size} bytes"), |count| {
                timed(count, || {
                    black_box(Frame::encode(black_box(parts)));
                })
            });
        }
    }

    fn publish(&self) {
        for subscribers in [0, 1, 1000] {
            let (own, all) =
                (format!("publish, {subscribers} subscribers, its own share"), format!("publish, {subscribers} subscribers, all served"));
            if !self.wants(&own) && !self.wants(&all) {
                continue;
            }
            let (address, served) = self.runtime.block_on(async {
                let realtime = Realtime::builder(live::contract()).build().await.unwrap();
                let address = realtime.channel(live::Bench { n: 0 });
                let served = Arc::<AtomicU64>::default();
                for _ in 0..subscribers {
                    let (mut subscription, served) = (address.subscribe().await.unwrap(), served.clone());
                    tokio::spawn(async move {
                        while let Some(received) = subscription.next().await {
                            black_box(received.unwrap());
                            served.fetch_add(1, Ordering::Relaxed);
                        }
                    });
                }
                (address, served)
            });
            let round = |whole: bool| {
                let (address, served) = (&address, &served);
                move |count: u32| {
                    self.runtime.block_on(async move {
                        let mut taken = Duration::ZERO;
                        for _ in 0..count {
                            let before = served.load(Ordering::Relaxed);
                            let begin = Instant::now();
                            address.publish(text()).await.unwrap();
                            let published = begin.elapsed();
                            while served.load(Ordering::Relaxed) < before + subscribers {
                                tokio::task::yield_now().await;
                            }
                            taken += if whole { begin.elapsed() } else { published };
                        }
                        taken
                    })
                }
            };
            self.report(&own, round(false));
            if subscribers > 0 {
                self.report(&all, round(true));
            }
        }
    }

    /// The hub alone, as a broker sees it.
    fn ring(&self) {
        if !self.wants("ring: append") && !self.wants("ring: copy") {
            return;
        }
        let wire = Arc::<Wire>::default();
        let address = self.runtime.block_on(async {
            let realtime = Realtime::builder(live::contract()).broker(Handle(wire.clone())).build().await.unwrap();
            realtime.channel(live::Bench { n: 0 })
        });
        let mut subscription = self.runtime.block_on(async { address.subscribe().await.unwrap() });
        self.report("ring: append", |count| timed(count, || wire.deliver()));
        drop(subscription);
        // A whole ring is written, then a subscriber at its beginning reads it: typed, as a service in Rust does.
        subscription = self.runtime.block_on(async { address.subscribe().await.unwrap() });
        let rounds = |count: u32| count.div_ceil(u32::try_from(RING).unwrap());
        self.report("ring: copy to a subscriber, an event", |count| {
            let mut taken = Duration::ZERO;
            for _ in 0..rounds(count) {
                for _ in 0..RING {
                    wire.deliver();
                }
                let begin = Instant::now();
                self.runtime.block_on(async {
                    for _ in 0..RING {
                        black_box(subscription.next().await.unwrap().unwrap());
                    }
                });
                taken += begin.elapsed();
            }
            taken.mul_f64(f64::from(count) / (f64::from(rounds(count)) * 256.0))
        });
    }

    fn join(&self) {
        if !self.wants("join: fresh by cursor") && !["fresh", "cursor"].iter().any(|word| self.filter.contains(word)) {
            return;
        }
        let (address, recent, old) = self.runtime.block_on(async {
            let realtime = Realtime::builder(live::contract()).broker(MemoryBroker::new()).build().await.unwrap();
            let address = realtime.channel(live::Bench { n: 0 });
            // So that there is a ring to join.
            let mut listener = address.subscribe().await.unwrap();
            tokio::spawn(async move { while listener.next().await.is_some() {} });
            let mut cursors = Vec::new();
            for _ in 0..900 {
                cursors.push(address.publish(text()).await.unwrap().id.unwrap());
            }
            (address, cursors[889], cursors[399])
        });
        self.report("join: fresh", |count| self.joins(count, &address, None, 0));
        self.report("join: by cursor, 10 behind, all read", |count| self.joins(count, &address, Some(recent), 10));
        self.report("join: by cursor, 500 behind, all read", |count| self.joins(count, &address, Some(old), 500));
        let nobody = self.runtime.block_on(async {
            let realtime = Realtime::builder(live::contract()).build().await.unwrap();
            realtime.channel(live::Bench { n: 0 })
        });
        self.report("join: fresh, the first of its channel", |count| self.joins(count, &nobody, None, 0));
    }

    fn joins(&self, count: u32, address: &Address<live::Bench>, after: Option<Cursor>, behind: usize) -> Duration {
        self.runtime.block_on(async {
            let begin = Instant::now();
            for _ in 0..count {
                let mut subscription = match after {
                    Some(cursor) => address.subscribe().after(cursor).await.unwrap(),
                    None => address.subscribe().await.unwrap(),
                };
                for _ in 0..behind {
                    black_box(subscription.next().await.unwrap().unwrap());
                }
            }
            begin.elapsed()
        })
    }
}

fn timed(count: u32, mut operation: impl FnMut()) -> Duration {
    let begin = Instant::now();
    for _ in 0..count {
        operation();
    }
    begin.elapsed()
}

fn text() -> live::Text {
    live::Text("x".repeat(200))
}

/// A broker that stores nothing and delivers when it is told to.
struct Wire {
    sink: Mutex<Option<Weak<dyn Sink>>>,
    epoch: Epoch,
    newest: AtomicU64,
    // Encoded once, so that a delivery is all that is measured; the numbers inside are those of none.
    frame: Frame,
}

impl Default for Wire {
    fn default() -> Self {
        let epoch = Epoch::random();
        let data = format!("\"{}\"", "x".repeat(200));
        let frame = Frame::encode(FrameParts {
            channel: "bench/0",
            event: "message",
            cursor: Some(Cursor::start(epoch)),
            time: 1_732_153_200_000,
            sender: None,
            origin: None,
            data: Some(&data),
        });
        Self { sink: Mutex::default(), epoch, newest: AtomicU64::new(0), frame }
    }
}

impl Wire {
    fn position(&self, number: u64) -> Cursor {
        Cursor::new(self.epoch, number, EventId::new(number, 0))
    }

    fn deliver(&self) {
        let number = self.newest.fetch_add(1, Ordering::Relaxed) + 1;
        let cursor = self.position(number);
        let entry = Entry { cursor, previous: self.position(number - 1).id(), frame: self.frame.clone(), routing: Routing::default() };
        let sink = self.sink.lock().unwrap().clone().and_then(|sink| sink.upgrade()).unwrap();
        drop(sink.deliver("bench/0", Delivery::Stored(entry)));
    }
}

struct Handle(Arc<Wire>);

impl Broker for Handle {
    fn attach(&self, _: NodeId, sink: Weak<dyn Sink>) {
        *self.0.sink.lock().unwrap() = Some(sink.clone());
        sink.upgrade().unwrap().link(Link::Proven);
    }

    fn publish<'a>(&'a self, _: &'a str, _: Draft) -> BoxFuture<'a, Result<Receipt, BrokerError>> {
        unreachable!("only `deliver` is measured")
    }

    fn read<'a>(&'a self, _: &'a str, _: ReadRequest) -> BoxFuture<'a, Result<BrokerPage, BrokerError>> {
        unreachable!("nobody falls behind the ring")
    }

    fn positions<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<Cursor>, BrokerError>> {
        let now = self.0.position(self.0.newest.load(Ordering::Relaxed));
        Box::pin(async move { Ok(vec![now; channels.len()]) })
    }

    fn subscribe<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Cursor, BrokerError>> {
        Box::pin(async { Ok(self.0.position(self.0.newest.load(Ordering::Relaxed))) })
    }

    fn unsubscribe(&self, _: &str) {}

    fn tell(&self, _: Recipient, _: Bytes) -> BoxFuture<'_, Result<(), BrokerError>> {
        Box::pin(async { Ok(()) })
    }
}
