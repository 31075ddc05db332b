//! Sessions under random interleavings of publishing, reading, losing, trimming, rolling back, leaving and coming back.
//!
//! The oracle holds every event against its link: an event that does not follow what the client had before, without a gap between them, is a
//! loss, a duplicate or a mixed history that nobody was told of.

#[path = "fake_broker.rs"]
mod fake_broker;

use std::{sync::Arc, time::Duration};

use tidewire_schema::{History, wire::GapReason};

use self::fake_broker::FakeBroker;
use super::{Beginning, Control, FrameSink, Moved, Outcome, PageRequest, Session, SessionLimits, control::GapFrame};
use crate::{
    broker::Page,
    cursor::Cursor,
    hub::{Hub, Outlet, RingBounds},
    transport::Frame,
};

const CHANNELS: [&str; 3] = ["a", "b", "c"];

/// A small generator (splitmix64): the same seed is the same story for ever.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).unwrap()
    }
}

struct Deaf;

impl Outlet for Deaf {
    fn due(&self) {}
}

/// What a client knows, and what it was told wrongly.
struct Oracle {
    broker: FakeBroker,
    positions: [Option<Cursor>; CHANNELS.len()],
    told: [bool; CHANNELS.len()],
    gaps: Vec<GapReason>,
    events: usize,
    transient: usize,
}

impl FrameSink for Oracle {
    fn control(&mut self, frame: &Control, moved: Option<Moved>) {
        let at = |channel: &Arc<str>| CHANNELS.iter().position(|known| **known == **channel).unwrap();
        match frame {
            Control::Subscribed { channel, outcome, cursor } => {
                let at = at(channel);
                assert!(!self.told[at], "told twice");
                match outcome {
                    Outcome::Fresh => assert_eq!(self.positions[at], None, "fresh in spite of a cursor"),
                    Outcome::Resumed => assert_eq!(self.positions[at], Some(*cursor), "resumed from where the client is not"),
                }
                self.move_to(at, *cursor, moved);
            }
            Control::Gap(GapFrame { channel, reason, from, cursor, missed }) => {
                let at = at(channel);
                assert_eq!(self.positions[at], *from, "a gap from where the client is not");
                let same_epoch = from.filter(|from| from.epoch() == cursor.epoch());
                if let (Some(from), Some(missed)) = (same_epoch, missed) {
                    assert_eq!(from.number() + missed, cursor.number());
                }
                assert_ne!(*from, Some(*cursor), "a gap of nothing");
                self.gaps.push(*reason);
                self.move_to(at, *cursor, moved);
            }
            Control::Welcome { .. } => {}
            Control::Reconnect { .. } | Control::Error { .. } => panic!("nobody ends this stream: {frame:?}"),
        }
    }

    fn event(&mut self, _: &Frame, moved: Option<Moved>) {
        let Some(Moved { subscription: at, cursor }) = moved else {
            self.transient += 1;
            return;
        };
        assert!(self.told[at], "an event before its channel's outcome");
        let before = self.positions[at].unwrap();
        let follows = before.epoch() == cursor.epoch()
            && before.number() + 1 == cursor.number()
            && self.broker.previous(CHANNELS[at], cursor) == before.id();
        assert!(follows, "{cursor} does not follow {before}, and nobody said so");
        self.positions[at] = Some(cursor);
        self.events += 1;
    }
}

impl Oracle {
    fn move_to(&mut self, at: usize, cursor: Cursor, moved: Option<Moved>) {
        assert_eq!(moved, Some(Moved { subscription: at, cursor }));
        self.positions[at] = Some(cursor);
        self.told[at] = true;
    }
}

struct Client {
    oracle: Oracle,
    session: Option<Session>,
    // A read that was begun; with its answer, if the broker was quick and the way back is slow.
    reading: Option<(PageRequest, Option<Page>)>,
}

struct World {
    dice: Dice,
    broker: FakeBroker,
    hub: Arc<Hub>,
    limits: SessionLimits,
    clients: Vec<Client>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let broker = FakeBroker::default();
        let hub = Hub::attach(Arc::new(broker.clone()), RingBounds { events: 1 + dice.roll(12), bytes: 200 + dice.roll(4000) });
        let limits = SessionLimits { replay_events: 2 + dice.roll(30), page_bytes: 1 + dice.roll(3000) };
        let client = || Client {
            oracle: Oracle { broker: broker.clone(), positions: [None; 3], told: [false; 3], gaps: Vec::new(), events: 0, transient: 0 },
            session: None,
            reading: None,
        };
        let clients = (0..4).map(|_| client()).collect();
        Self { dice, broker, hub, limits, clients }
    }

    fn step(&mut self) {
        let channel = CHANNELS[self.dice.roll(CHANNELS.len())];
        let client = self.dice.roll(self.clients.len());
        match self.dice.roll(100) {
            0..=24 => self.broker.store(channel),
            25..=29 => (0..self.dice.roll(25)).for_each(|_| self.broker.store(channel)),
            30..=33 => self.broker.pass_on(channel),
            34..=48 => self.broker.deliver(channel, false),
            49..=54 => self.broker.deliver(channel, true),
            55 => self.broker.lose(channel),
            56 => self.broker.repeat(channel),
            57 => self.broker.trim(channel, self.dice.roll(20)),
            58 => self.broker.roll_back(channel, 1 + self.dice.roll(4)),
            59 => self.broker.begin_anew(channel),
            60 => self.broker.corrupt(channel, self.dice.roll(6)),
            61..=63 => self.connect(client),
            64..=66 => self.disconnect(client),
            67..=79 => self.pull(client),
            80..=85 => self.begin_reading(client),
            86..=94 => self.finish_reading(client),
            95..=97 => self.mend(),
            _ => self.audit(),
        }
    }

    fn mend(&self) {
        assert!(ready(self.hub.mend_next()), "the fake broker answers");
    }

    fn audit(&self) {
        let behind = ready(self.hub.audit());
        self.hub.fetch_what_did_not_come(behind);
    }

    fn connect(&mut self, client: usize) {
        if self.clients[client].session.is_some() {
            return;
        }
        let retention = History::Keep { max: 10, ttl: 3600 };
        let members = CHANNELS.map(|channel| self.hub.join(channel, retention, Arc::new(Deaf)));
        for member in &members {
            ready(member.open()).unwrap();
        }
        let client = &mut self.clients[client];
        client.oracle.told = [false; CHANNELS.len()];
        let beginnings = client.oracle.positions.map(|position| position.map_or(Beginning::Fresh, Beginning::After));
        let welcome = Control::welcome("c-1".to_owned(), "0".into(), Duration::from_secs(15));
        client.session = Some(Session::open(welcome, members.into_iter().zip(beginnings).collect(), self.limits));
    }

    fn disconnect(&mut self, client: usize) {
        self.clients[client].session = None;
        self.clients[client].reading = None;
    }

    fn pull(&mut self, client: usize) {
        let budget = 1 + self.dice.roll(4000);
        let Client { oracle, session, .. } = &mut self.clients[client];
        if let Some(session) = session {
            session.pull(oracle, budget);
        }
    }

    fn begin_reading(&mut self, client: usize) {
        let quick = self.dice.roll(2) == 0;
        let Client { session: Some(session), reading, .. } = &mut self.clients[client] else { return };
        if let Some(request) = session.take_request() {
            assert!(reading.is_none(), "two reads at once");
            let page = quick.then(|| self.broker.read_now(&request.channel, request.read));
            *reading = Some((request, page));
        }
    }

    fn finish_reading(&mut self, client: usize) {
        let Client { session: Some(session), reading, .. } = &mut self.clients[client] else { return };
        if let Some((request, page)) = reading.take() {
            let page = page.unwrap_or_else(|| self.broker.read_now(&request.channel, request.read));
            session.page(request.subscription, Ok(page));
        }
    }

    /// Lets everybody catch up with everything. One more event reveals what was lost on the way, or an audit does.
    fn settle(&mut self) {
        let audited = self.dice.roll(2) == 0;
        for channel in CHANNELS {
            if !audited {
                self.broker.store(channel);
            }
            self.broker.deliver(channel, true);
        }
        for round in 0..300 {
            self.mend();
            if audited && round < 2 {
                self.audit();
            }
            for client in 0..self.clients.len() {
                self.connect(client);
                self.begin_reading(client);
                self.finish_reading(client);
                self.pull(client);
            }
        }
        for Client { oracle, .. } in &self.clients {
            let heads = CHANNELS.map(|channel| Some(self.broker.head(channel)));
            assert_eq!(oracle.positions, heads, "somebody did not arrive");
        }
    }
}

/// Runs a future of the fake broker, which never waits.
fn ready<T>(work: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(work).poll(&mut context) {
        std::task::Poll::Ready(answer) => answer,
        std::task::Poll::Pending => panic!("the fake broker waits"),
    }
}

#[test]
fn nothing_is_lost_repeated_or_missing_in_silence() {
    let (mut events, mut transient, mut gaps) = (0, 0, std::collections::BTreeMap::new());
    for seed in 0..400 {
        let story = std::panic::catch_unwind(|| {
            let mut world = World::new(seed);
            (0..600).for_each(|_| world.step());
            world.settle();
            world
        });
        let world = story.unwrap_or_else(|_| panic!("seed {seed}"));
        for client in &world.clients {
            events += client.oracle.events;
            transient += client.oracle.transient;
            client.oracle.gaps.iter().for_each(|gap| *gaps.entry(gap.name()).or_insert(0) += 1);
        }
        let World { clients, hub, broker, .. } = world;
        drop(clients);
        assert_eq!(hub.rings(), 0, "a ring without subscribers is dropped");
        assert!(CHANNELS.iter().all(|channel| broker.subscribers(channel) == 0));
    }
    // A story in which nothing happens would prove nothing.
    assert!(events > 50_000 && transient > 500, "{events} events, {transient} transient");
    for reason in ["epoch", "expired", "hole", "limit", "rollback", "slow", "tail", "trimmed"] {
        assert!(gaps.contains_key(reason), "no story had a gap for the reason {reason}: {gaps:?}");
    }
}
