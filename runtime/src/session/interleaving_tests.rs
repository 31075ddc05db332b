//! Sessions under random interleavings of publishing, reading, losing, trimming, rolling back, subscribing, leaving and coming back.
//!
//! The oracle holds every event against its link: an event that does not follow what the client had before, without a gap between them, is a
//! loss, a duplicate or a mixed history that nobody was told of. What is passed over in silence must be none of the client's.

#[path = "fake_broker.rs"]
mod fake_broker;

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
    sync::Arc,
    time::Duration,
};

use tidewire_schema::{History, wire::GapReason};

use self::fake_broker::FakeBroker;
use super::{
    Beginning, Control, Filter, FrameSink, GrantFrame, Moved, Outcome, PageRequest, Session, SessionLimits, SharedPage, Wish,
    control::GapFrame,
};
use crate::{
    broker::{Page, Routing},
    cursor::Cursor,
    hub::{Hub, Outlet, RingBounds},
    identity::ConnectionId,
    transport::Frame,
};

const CHANNELS: [&str; 3] = ["a", "b", "c"];
/// How many events each of them keeps.
const KEPT: [u64; CHANNELS.len()] = [10, 24, 40];
const CLIENTS: usize = 4;
const EVENTS: [&str; 3] = ["x", "y", "z"];

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

    fn event(&mut self) -> &'static str {
        EVENTS[self.roll(EVENTS.len())]
    }

    /// Who is due the next event: mostly everybody.
    fn routing(&mut self, event: &str) -> Routing {
        let exclude = (self.roll(5) == 0).then(|| name(self.roll(CLIENTS)));
        let latest = (self.roll(4) == 0).then(|| Routing::newest_of(event, None, exclude));
        Routing { exclude, latest }
    }

    fn wanted(&mut self) -> Option<Vec<&'static str>> {
        match self.roll(4) {
            0 => Some(vec![self.event()]),
            1 => Some(EVENTS[self.roll(2)..].to_vec()),
            _ => None,
        }
    }
}

fn name(client: usize) -> ConnectionId {
    format!("c-{client:016x}").parse().unwrap()
}

struct Deaf;

impl Outlet for Deaf {
    fn due(&self) {}
}

/// What a client knows of a channel.
#[derive(Default)]
struct Known {
    // Where it resumes: what it was told last.
    cursor: Option<Cursor>,
    // Where its subscription stands: further on, when events were passed over.
    position: Option<Cursor>,
    // Whether it was told how its subscription came out.
    told: bool,
    // How each subscription was asked to begin whose outcome or end has not come.
    asked: VecDeque<(Beginning, u64)>,
    subscribed: bool,
    wanted: Option<Vec<&'static str>>,
    // The place that its session gave it.
    place: Option<usize>,
}

/// What a client knows, and what it was told wrongly.
struct Oracle {
    broker: FakeBroker,
    own: ConnectionId,
    known: [Known; CHANNELS.len()],
    gaps: Vec<GapReason>,
    tally: BTreeMap<&'static str, usize>,
}

fn place_of(channel: &str) -> usize {
    CHANNELS.iter().position(|known| *known == channel).unwrap()
}

impl FrameSink for Oracle {
    fn control(&mut self, frame: &Control, moved: Option<Moved>) {
        match frame {
            Control::Subscribed { channel, reference, outcome, cursor, .. } => {
                let known = &mut self.known[place_of(channel)];
                assert!(!known.told, "told twice");
                let (beginning, asked) = known.asked[0];
                assert_eq!(*reference, Some(asked), "the answer to another frame");
                match outcome {
                    Outcome::Fresh => assert!(matches!(beginning, Beginning::Fresh | Beginning::Last(_)), "fresh in spite of a cursor"),
                    Outcome::Resumed => assert_eq!(beginning, Beginning::After(*cursor), "resumed from where the client is not"),
                }
                if let Beginning::Last(_) = beginning {
                    *self.tally.entry("last").or_default() += 1;
                }
                self.begin(channel, *cursor, moved);
            }
            Control::Gap(GapFrame { channel, reference, reason, from, cursor, missed, .. }) => {
                let known = &mut self.known[place_of(channel)];
                if known.told {
                    assert_eq!((known.position, *reference), (*from, None), "a gap from where the client is not");
                } else {
                    let (beginning, asked) = known.asked[0];
                    assert_eq!(
                        (Some(beginning), *reference),
                        (from.map(Beginning::After), Some(asked)),
                        "a gap from where the client is not"
                    );
                }
                let same_epoch = from.filter(|from| from.epoch() == cursor.epoch());
                if let (Some(from), Some(missed)) = (same_epoch, missed) {
                    assert_eq!(from.number() + missed, cursor.number());
                }
                assert_ne!(*from, Some(*cursor), "a gap of nothing");
                if let (Some(from), GapReason::Slow) = (same_epoch, *reason) {
                    assert!(cursor.number() > from.number(), "too slow, and sent back from {from} to {cursor}");
                }
                self.gaps.push(*reason);
                self.begin(channel, *cursor, moved);
            }
            Control::Position { channel, cursor } => {
                let at = place_of(channel);
                assert!(self.known[at].told, "a position outside of its channel's subscription");
                assert_eq!(moved, self.known[at].place.map(|subscription| Moved { subscription, cursor: *cursor }));
                assert_ne!(self.known[at].cursor, Some(*cursor), "a position that the client knows");
                self.pass_over(at, *cursor);
                (self.known[at].position, self.known[at].cursor) = (Some(*cursor), Some(*cursor));
                *self.tally.entry("positions").or_default() += 1;
            }
            Control::Unsubscribed { channel, .. } => {
                let known = &mut self.known[place_of(channel)];
                if !known.told {
                    known.asked.pop_front();
                }
                (known.told, known.place) = (false, None);
                *self.tally.entry("unsubscribed").or_default() += 1;
            }
            Control::Welcome(_) => {}
            _ => panic!("nobody ends this stream: {frame:?}"),
        }
    }

    fn event(&mut self, frame: &Frame, moved: Option<Moved>) {
        let Some(Moved { subscription, cursor }) = moved else { return self.transient(frame) };
        let at = self.known.iter().position(|known| known.place == Some(subscription)).unwrap();
        assert!(self.known[at].told, "an event outside of its channel's subscription");
        assert!(self.is_wanted(at, frame.event()), "a filtered event");
        let record = self.broker.record(CHANNELS[at], cursor).unwrap();
        assert_ne!(record.routing.exclude, Some(self.own), "an excluded event");
        let before = Cursor::new(cursor.epoch(), cursor.number() - 1, record.previous);
        self.pass_over(at, before);
        self.known[at].position = Some(cursor);
        self.known[at].cursor = Some(cursor);
        *self.tally.entry("events").or_default() += 1;
    }

    fn run(&mut self, page: &SharedPage, range: Range<usize>, moved: Moved) {
        *self.tally.entry("runs").or_default() += 1;
        for entry in &page.entries[range] {
            self.event(&entry.frame, Some(Moved { cursor: entry.cursor, ..moved }));
        }
    }

    fn passed(&mut self, Moved { subscription, cursor }: Moved) {
        let at = self.known.iter().position(|known| known.place == Some(subscription)).unwrap();
        self.pass_over(at, cursor);
        self.known[at].position = Some(cursor);
        let told = self.known[at].cursor.unwrap();
        assert_eq!(told.epoch(), cursor.epoch());
        assert!(cursor.number() - told.number() < 1 + KEPT[at] / 4, "so far behind, its cursor becomes useless: {told}, and not {cursor}");
    }
}

impl Oracle {
    fn begin(&mut self, channel: &str, cursor: Cursor, moved: Option<Moved>) {
        let known = &mut self.known[place_of(channel)];
        let Moved { subscription, cursor: to } = moved.unwrap();
        assert_eq!(to, cursor);
        if known.told {
            assert_eq!(known.place, Some(subscription));
        } else {
            known.asked.pop_front();
        }
        (known.told, known.place, known.position, known.cursor) = (true, Some(subscription), Some(cursor), Some(cursor));
    }

    fn transient(&mut self, frame: &Frame) {
        let json: serde_json::Value = serde_json::from_slice(frame.json()).unwrap();
        let at = place_of(json["channel"].as_str().unwrap());
        assert!(self.known[at].told, "an event outside of its channel's subscription");
        assert!(self.is_wanted(at, frame.event()), "a filtered event");
        assert_ne!(json["origin"].as_str(), Some(self.own.to_string().as_str()), "an excluded event");
        *self.tally.entry("transient").or_default() += 1;
    }

    fn is_wanted(&self, at: usize, event: &str) -> bool {
        self.known[at].wanted.as_ref().is_none_or(|wanted| wanted.contains(&event))
    }

    /// Walks from where the client stands to `to`, back along the links: nothing on the way was the client's.
    fn pass_over(&mut self, at: usize, to: Cursor) {
        let before = self.known[at].position.unwrap();
        let mut walked = to;
        while walked != before {
            assert!(
                walked.epoch() == before.epoch() && walked.number() > before.number(),
                "{to} does not follow {before}, and nobody said so"
            );
            let record = self.broker.record(CHANNELS[at], walked).unwrap();
            let reason = if record.routing.exclude == Some(self.own) {
                "excluded"
            } else if !self.is_wanted(at, record.event) {
                "filtered"
            } else if self.broker.is_superseded(CHANNELS[at], &record) {
                "superseded"
            } else {
                panic!("{walked} is missing between {before} and {to}");
            };
            *self.tally.entry(reason).or_default() += 1;
            walked = Cursor::new(walked.epoch(), walked.number() - 1, record.previous);
        }
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
    asked: u64,
    // Pages that were read for several.
    others: Vec<Arc<SharedPage>>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let broker = FakeBroker::default();
        let hub = Hub::attach(
            Arc::new(broker.clone()),
            RingBounds { events: 1 + dice.roll(12), bytes: 200 + dice.roll(4000) },
            Duration::from_secs(2),
        );
        let limits = SessionLimits { replay_events: 2 + dice.roll(30), page_bytes: 1 + dice.roll(3000) };
        let client = |own| Client {
            oracle: Oracle { broker: broker.clone(), own: name(own), known: Default::default(), gaps: Vec::new(), tally: BTreeMap::new() },
            session: None,
            reading: None,
        };
        let clients = (0..CLIENTS).map(client).collect();
        Self { dice, broker, hub, limits, clients, asked: 0, others: Vec::new() }
    }

    fn store(&mut self, channel: &str) {
        let event = self.dice.event();
        let routing = self.dice.routing(event);
        self.broker.store(channel, event, routing);
    }

    fn step(&mut self) {
        let at = self.dice.roll(CHANNELS.len());
        let channel = CHANNELS[at];
        let client = self.dice.roll(self.clients.len());
        match self.dice.roll(120) {
            0..=24 => self.store(channel),
            25..=29 => (0..self.dice.roll(25)).for_each(|_| self.store(channel)),
            30..=33 => {
                let event = self.dice.event();
                // Whether an event is stored is a matter of its declaration, so no mark has both kinds.
                let routing = self.dice.routing("transient");
                self.broker.pass_on(channel, event, routing);
            }
            34..=48 => self.broker.deliver(channel, false),
            49..=54 => self.broker.deliver(channel, true),
            55 => self.broker.lose(channel),
            56 => self.broker.repeat(channel),
            57 => {
                let keep = if self.dice.roll(4) == 0 { 0 } else { self.dice.roll(20) };
                self.broker.trim(channel, keep);
            }
            58 => self.broker.roll_back(channel, 1 + self.dice.roll(4)),
            59 => self.broker.begin_anew(channel),
            60 => self.broker.corrupt(channel, self.dice.roll(6)),
            61..=64 => self.connect(client),
            65..=67 => self.disconnect(client),
            68..=82 => self.pull(client),
            83..=89 => self.begin_reading(client),
            90..=99 => self.finish_reading(client, false),
            100 => self.finish_reading(client, true),
            101..=104 => self.subscribe(client, at),
            105..=107 => self.unsubscribe(client, at),
            108..=109 => self.refilter(client, at),
            110..=112 => self.mend(),
            113..=115 => self.audit(),
            _ => self.beat(client),
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
        let Client { session, oracle, .. } = &mut self.clients[client];
        let welcome = Control::welcome(None, "0".into(), Duration::from_secs(15), GrantFrame::of_nobody());
        *session = Some(Session::open(welcome, Some(oracle.own), self.limits));
        for known in &mut oracle.known {
            (known.told, known.place, known.subscribed) = (false, None, false);
            known.asked.clear();
        }
        for at in 0..CHANNELS.len() {
            if self.dice.roll(4) > 0 {
                self.subscribe(client, at);
            }
        }
    }

    fn subscribe(&mut self, client: usize, at: usize) {
        let Client { session: Some(session), oracle, .. } = &mut self.clients[client] else { return };
        let known = &mut oracle.known[at];
        if known.subscribed {
            return;
        }
        let member = self.hub.join(CHANNELS[at], History::Keep { max: u32::try_from(KEPT[at]).unwrap(), ttl: 3600 }, Arc::new(Deaf));
        ready(member.open()).unwrap();
        let beginning = match known.cursor {
            Some(cursor) => Beginning::After(cursor),
            None if self.dice.roll(3) == 0 => Beginning::Last(1 + self.dice.roll(20)),
            None => Beginning::Fresh,
        };
        self.asked += 1;
        known.asked.push_back((beginning, self.asked));
        known.subscribed = true;
        known.wanted = self.dice.wanted();
        session.subscribe(Wish { member, beginning, filter: filter(known.wanted.as_ref()), reference: Some(self.asked), by: None });
    }

    fn unsubscribe(&mut self, client: usize, at: usize) {
        let Client { session: Some(session), oracle, .. } = &mut self.clients[client] else { return };
        session.unsubscribe(CHANNELS[at], None);
        oracle.known[at].subscribed = false;
        if self.dice.roll(5) == 0 {
            // A client that forgets begins anew.
            oracle.known[at].cursor = None;
        }
    }

    fn refilter(&mut self, client: usize, at: usize) {
        let Client { session: Some(session), oracle, .. } = &mut self.clients[client] else { return };
        oracle.known[at].wanted = self.dice.wanted();
        session.refilter(CHANNELS[at], filter(oracle.known[at].wanted.as_ref()));
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

    fn beat(&mut self, client: usize) {
        if let Some(session) = &mut self.clients[client].session {
            session.tell_positions();
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

    fn finish_reading(&mut self, client: usize, fails: bool) {
        let Client { session: Some(session), reading, oracle } = &mut self.clients[client] else { return };
        if let Some((request, page)) = reading.take() {
            if fails {
                *oracle.tally.entry("unanswered").or_default() += 1;
                return session.no_page(request.reader);
            }
            let page = page.unwrap_or_else(|| self.broker.read_now(&request.channel, request.read));
            self.others.truncate(self.dice.roll(4));
            let page = Arc::<SharedPage>::from(page);
            // Somebody else has it, too.
            self.others.push(page.clone());
            session.page(request.reader, page);
        }
    }

    /// Lets everybody catch up with everything. One more event reveals what was lost on the way, or an audit does.
    fn settle(&mut self) {
        let audited = self.dice.roll(2) == 0;
        for channel in CHANNELS {
            if !audited {
                self.store(channel);
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
                (0..CHANNELS.len()).for_each(|at| self.subscribe(client, at));
                self.begin_reading(client);
                self.finish_reading(client, false);
                self.pull(client);
            }
            // A few rounds more would show what comes twice.
            if round % 10 == 9 && self.everybody_arrived() {
                break;
            }
        }
        for Client { oracle, .. } in &self.clients {
            assert_eq!(oracle.known.each_ref().map(|known| known.position), self.heads(), "somebody did not arrive");
            assert!(oracle.known.iter().all(|known| known.asked.is_empty()), "somebody was not answered");
        }
    }

    fn heads(&self) -> [Option<Cursor>; CHANNELS.len()] {
        CHANNELS.map(|channel| Some(self.broker.head(channel)))
    }

    fn everybody_arrived(&self) -> bool {
        let heads = self.heads();
        self.clients.iter().all(|Client { oracle, .. }| {
            oracle.known.iter().zip(heads).all(|(known, head)| known.told && known.asked.is_empty() && known.position == head)
        })
    }
}

fn filter(wanted: Option<&Vec<&'static str>>) -> Filter {
    wanted.map_or_else(Filter::default, |wanted| Filter::only(wanted.iter().copied()))
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
    let (mut tally, mut gaps) = (BTreeMap::<&str, usize>::new(), BTreeMap::<&str, usize>::new());
    for seed in 0..400 {
        let story = std::panic::catch_unwind(|| {
            let mut world = World::new(seed);
            (0..1000).for_each(|_| world.step());
            world.settle();
            world
        });
        let world = story.unwrap_or_else(|_| panic!("seed {seed}"));
        for client in &world.clients {
            client.oracle.tally.iter().for_each(|(what, count)| *tally.entry(what).or_default() += count);
            client.oracle.gaps.iter().for_each(|gap| *gaps.entry(gap.name()).or_default() += 1);
        }
        let World { clients, hub, broker, .. } = world;
        drop(clients);
        assert_eq!(hub.rings(), 0, "a ring without subscribers is dropped");
        assert!(CHANNELS.iter().all(|channel| broker.subscribers(channel) == 0));
    }
    // A story in which nothing happens would prove nothing.
    for (what, least) in [
        ("events", 40_000),
        ("transient", 500),
        ("excluded", 1000),
        ("filtered", 10_000),
        ("superseded", 1000),
        ("last", 200),
        ("unsubscribed", 2000),
        ("positions", 1000),
        ("unanswered", 300),
        ("runs", 300),
    ] {
        assert!(tally[what] > least, "too few {what}: {tally:?}");
    }
    for reason in ["epoch", "expired", "hole", "limit", "rollback", "slow", "tail", "trimmed"] {
        assert!(gaps.contains_key(reason), "no story had a gap for the reason {reason}: {gaps:?}");
    }
}
