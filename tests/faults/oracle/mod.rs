//! The judge: proves from the journals that nothing was lost, doubled, reordered or hidden.
//!
//! What it holds a run to are the promises of a channel: everybody sees the same rising numbers (P1), a resume has no hole (P2), each hole has exactly one gap before the
//! first newer event (P3), nothing arrives twice (P4), a key stores once (P5), and no event of a new branch follows one of a lost branch without a gap (P10).

mod publishes;
mod walk;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
};

use self::walk::Walk;
use crate::journal::{Answer, Diary, Intent, Position, Seen, Truth};

/// A run, as the journals tell it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) intents: Vec<Intent>,
    pub(crate) diaries: Vec<Diary>,
    pub(crate) truths: Vec<Truth>,
    pub(crate) allowance: Allowance,
}

/// What the fault of the run explains; nothing else is excused.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Allowance {
    /// Reasons that a gap may have.
    pub(crate) reasons: &'static [&'static str],
    /// The store may have come back older: confirmed events may be gone, and their numbers used again.
    pub(crate) rollback: bool,
    /// Histories may have begun anew.
    pub(crate) anew: bool,
}

/// What the judge says.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    pub(crate) violations: Vec<Violation>,
    pub(crate) counts: Counts,
}

/// A promise that was broken: which, where, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) crime: Crime,
    pub(crate) place: String,
    pub(crate) story: String,
}

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Crime {
    /// A hole that no gap tells of.
    Silent,
    /// A confirmed event that a client was due, did not get and was not told about.
    Lost,
    /// The same event twice.
    Duplicate,
    /// Numbers or ids that do not rise.
    Order,
    /// One position, two events; or an event other than the one that was published.
    Mismatch,
    /// An event of a new branch right after one of a lost branch.
    Branch,
    /// A key, or an attempt that was not repeated, that stored more than one event.
    StoredTwice,
    /// Publishes that waited for each other, in another order.
    CallerOrder,
    /// An event that is there although its publisher was told that it is not.
    RefusedButThere,
    /// An event that nobody published.
    Invented,
    /// A gap that does not begin where the client stands.
    GapFrom,
    /// A gap that counts wrong.
    GapMissed,
    /// A second gap for the same hole.
    GapTwice,
    /// A gap over nothing.
    GapEmpty,
    /// A gap for a reason that the fault does not explain.
    GapReason,
    /// An event before the channel's `subscribed` or `gap`, or after it was left.
    NoOutcome,
    /// A `subscribed` that is not the answer to what was asked.
    Outcome,
    /// A client that does not stand where the channel stands in the end.
    Behind,
}

/// What happened, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) published: usize,
    pub(crate) confirmed: usize,
    pub(crate) refused: usize,
    pub(crate) unknown: usize,
    /// By transport.
    pub(crate) delivered: BTreeMap<&'static str, usize>,
    pub(crate) gaps: BTreeMap<String, usize>,
    pub(crate) positions: usize,
    pub(crate) reconnects: usize,
    pub(crate) lost: usize,
    pub(crate) duplicated: usize,
    pub(crate) silent: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, other: &Self) {
        self.published += other.published;
        self.confirmed += other.confirmed;
        self.refused += other.refused;
        self.unknown += other.unknown;
        self.positions += other.positions;
        self.reconnects += other.reconnects;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.silent += other.silent;
        for (transport, count) in &other.delivered {
            *self.delivered.entry(transport).or_default() += count;
        }
        for (reason, count) in &other.gaps {
            *self.gaps.entry(reason.clone()).or_default() += count;
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { published, confirmed, refused, unknown, delivered, gaps, positions, reconnects, lost, duplicated, silent } = self;
        write!(f, "published {published} (confirmed {confirmed}, refused {refused}, unknown {unknown}), ")?;
        write!(f, "delivered {}, gaps {}, positions {positions}, reconnects {reconnects}, ", listed(delivered), listed(gaps))?;
        write!(f, "lost {lost}, duplicated {duplicated}, silent {silent}")
    }
}

fn listed(counts: &BTreeMap<impl fmt::Display, usize>) -> String {
    let parts: Vec<_> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    match counts.values().sum::<usize>() {
        0 => "0".to_owned(),
        total => format!("{total} ({})", parts.join(", ")),
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}: {}", self.crime, self.place, self.story)
    }
}

/// Judges a run.
pub(crate) fn judge(case: &Case) -> Judgement {
    let intents = case.intents.iter().map(|intent| (intent.token.as_str(), intent)).collect();
    let mut court = Court { case, intents, violations: Vec::new(), known: Known::default(), counts: Counts::default() };
    court.read_truths();
    court.read_names();
    let mut walks = Vec::new();
    for diary in &case.diaries {
        walks.extend(court.walk(diary));
    }
    court.compare_publishes();
    for walk in &walks {
        court.look_for_losses(walk);
    }
    let Court { violations, mut counts, .. } = court;
    let found = |crime: &[Crime]| violations.iter().filter(|violation| crime.contains(&violation.crime)).count();
    counts.lost = found(&[Crime::Lost]);
    counts.duplicated = found(&[Crime::Duplicate, Crime::StoredTwice]);
    counts.silent = found(&[Crime::Silent, Crime::Branch]);
    Judgement { violations, counts }
}

/// What the journals say together about each channel.
#[derive(Default)]
struct Known<'a> {
    /// The token of the event at a position.
    events: HashMap<(&'a str, Position), &'a str>,
    /// The names of the events that carry a number; of each branch, if there are several.
    names: HashMap<(&'a str, u64, u64), HashSet<&'a str>>,
    /// Which event carries which number.
    numbers: HashMap<(&'a str, u64, u64), Position>,
    /// What came right before an event.
    before: HashMap<(&'a str, Position), Position>,
    /// Where a token was seen.
    places: HashMap<&'a str, HashSet<(&'a str, Position)>>,
    /// Tokens that were seen of transient events.
    transient: HashSet<&'a str>,
}

impl<'a> Known<'a> {
    fn name(&mut self, channel: &'a str, at: Position, event: &'a str) {
        self.names.entry((channel, at.epoch, at.number)).or_default().insert(event);
    }
}

struct Court<'a> {
    case: &'a Case,
    intents: HashMap<&'a str, &'a Intent>,
    violations: Vec<Violation>,
    known: Known<'a>,
    counts: Counts,
}

impl<'a> Court<'a> {
    fn accuse(&mut self, crime: Crime, place: impl Into<String>, story: impl Into<String>) {
        self.violations.push(Violation { crime, place: place.into(), story: story.into() });
    }

    fn truth(&self, channel: &str) -> Option<&'a Truth> {
        self.case.truths.iter().find(|truth| truth.channel == channel)
    }

    fn read_truths(&mut self) {
        for truth in &self.case.truths {
            let place = format!("the store, {}", truth.channel);
            for pair in truth.entries.windows(2) {
                let [(first, ..), (second, ..)] = pair else { continue };
                if second.number <= first.number || second.id <= first.id {
                    self.accuse(Crime::Order, &place, format!("{second} is stored after {first}"));
                }
                self.follows(&place, &truth.channel, *first, *second);
            }
            for (at, event, token) in &truth.entries {
                self.known.name(&truth.channel, *at, event);
                self.meet(&place, &truth.channel, *at, token.as_deref());
            }
        }
    }

    /// Takes note of which events stand where, whoever knows it.
    fn read_names(&mut self) {
        let case = self.case;
        for sight in case.diaries.iter().flat_map(|diary| &diary.sights) {
            if let Seen::Event { channel, event, at: Some(at), .. } = &sight.seen {
                self.known.name(channel, *at, event);
            }
        }
        for intent in &case.intents {
            for attempt in &intent.attempts {
                if let Answer::Stored { at, .. } = attempt.answer {
                    self.known.name(&intent.channel, at, intent.event);
                }
            }
        }
    }

    /// Takes note of an event at a position, which must be the same for everybody.
    fn meet(&mut self, place: &str, channel: &'a str, at: Position, token: Option<&'a str>) {
        let other = *self.known.numbers.entry((channel, at.epoch, at.number)).or_insert(at);
        if other != at && !self.case.allowance.rollback {
            self.accuse(Crime::Mismatch, place, format!("number {} is {at} here and {other} elsewhere", at.number));
        }
        let Some(token) = token else { return };
        let other = *self.known.events.entry((channel, at)).or_insert(token);
        if other != token {
            self.accuse(Crime::Mismatch, place, format!("{at} is {token} here and {other} elsewhere"));
        }
        self.known.places.entry(token).or_default().insert((channel, at));
    }

    /// Takes note of which event comes right after which, which must be the same for everybody.
    fn follows(&mut self, place: &str, channel: &'a str, before: Position, at: Position) {
        if at.epoch != before.epoch || at.number != before.number + 1 {
            return;
        }
        let other = *self.known.before.entry((channel, at)).or_insert(before);
        if other != before {
            self.accuse(Crime::Branch, place, format!("{at} comes after {before} here and after {other} elsewhere"));
        }
    }

    fn walk(&mut self, diary: &'a Diary) -> Vec<Walk<'a>> {
        let mut walks: BTreeMap<&str, Walk<'a>> = BTreeMap::new();
        let mut opened = 0_usize;
        for sight in &diary.sights {
            match &sight.seen {
                Seen::Opened => {
                    opened += 1;
                    for walk in walks.values_mut() {
                        walk.disconnect();
                    }
                }
                Seen::Ended { .. } | Seen::Status { .. } => {}
                Seen::Asked { channel, .. }
                | Seen::Subscribed { channel, .. }
                | Seen::Event { channel, .. }
                | Seen::Gap { channel, .. }
                | Seen::Position { channel, .. }
                | Seen::Left { channel } => {
                    let walk = walks.entry(channel).or_insert_with(|| Walk::new(diary, channel));
                    walk.see(self, &sight.seen);
                }
            }
        }
        self.counts.reconnects += opened.saturating_sub(1);
        let walks: Vec<_> = walks.into_values().collect();
        for walk in &walks {
            for passed in walk.passed_for_nothing() {
                self.accuse(Crime::Silent, walk.place(), format!("{passed} was passed over, and nothing newer took its place"));
            }
            if let (Some(truth), Some(at)) = (self.truth(walk.channel), walk.stands())
                && at != truth.head
            {
                self.accuse(Crime::Behind, walk.place(), format!("stands at {at}, the channel at {}", truth.head));
            }
        }
        walks
    }

    fn look_for_losses(&mut self, walk: &Walk<'a>) {
        let confirmed = self.case.intents.iter().filter(|intent| intent.channel == walk.channel).flat_map(|intent| {
            intent.attempts.iter().filter_map(move |attempt| match attempt.answer {
                Answer::Stored { at, .. } => Some((intent, at)),
                _ => None,
            })
        });
        let mut told = HashSet::new();
        for (intent, at) in confirmed {
            if !told.insert(at) || intent.excluded.as_deref() == Some(walk.client) || walk.accounts_for(at) {
                continue;
            }
            // What a rollback took away before this client saw it is nothing that could be delivered.
            let gone = self.truth(walk.channel).is_some_and(|truth| truth.entries.iter().all(|(stored, ..)| *stored != at));
            if self.case.allowance.rollback && gone {
                continue;
            }
            self.accuse(Crime::Lost, walk.place(), format!("{} was confirmed at {at} and neither delivered nor told of", intent.token));
        }
    }
}
