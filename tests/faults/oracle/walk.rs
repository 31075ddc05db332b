//! One client's way through one channel.

use std::collections::{HashMap, HashSet};

use super::{Court, Crime};
use crate::journal::{Diary, Position, Seen};

/// The event of which only the newest counts.
const LATEST: &str = "moved";

pub(super) struct Walk<'a> {
    pub(super) client: &'a str,
    pub(super) channel: &'a str,
    transport: &'static str,
    at: Option<Position>,
    asked: Asked,
    listening: bool,
    /// A gap since which no event came, on the same connection.
    gap: Option<Position>,
    seen: HashSet<Position>,
    tokens: HashMap<&'a str, Position>,
    transient: HashSet<&'a str>,
    skips: Vec<Skip>,
    filter: &'a [&'static str],
    /// Events that the server may have passed over in silence.
    passed: HashSet<(u64, u64)>,
    /// Those of them that a newer one must have replaced.
    replaced: Vec<Position>,
}

/// What was asked of the server and not answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Nothing,
    Fresh,
    After(Position),
}

/// Events that the client knows it did not get: those up to `to`, after `from` if that is of the same life.
#[derive(Clone, Copy)]
struct Skip {
    from: Option<Position>,
    to: Position,
}

impl Skip {
    fn covers(self, at: Position) -> bool {
        match self.from {
            Some(from) if from.epoch == self.to.epoch => at.epoch == from.epoch && from.number < at.number && at.number <= self.to.number,
            Some(from) if at.epoch == from.epoch => at.number > from.number,
            // A life between the two, or before the first, was missed as a whole.
            _ => at.epoch != self.to.epoch || at.number <= self.to.number,
        }
    }
}

impl<'a> Walk<'a> {
    pub(super) fn new(diary: &'a Diary, channel: &'a str) -> Self {
        Self {
            client: &diary.client,
            transport: diary.transport,
            channel,
            at: None,
            asked: Asked::Nothing,
            listening: false,
            gap: None,
            seen: HashSet::new(),
            tokens: HashMap::new(),
            transient: HashSet::new(),
            skips: Vec::new(),
            filter: &diary.filter,
            passed: HashSet::new(),
            replaced: Vec::new(),
        }
    }

    pub(super) fn place(&self) -> String {
        format!("{}, {}", self.client, self.channel)
    }

    pub(super) fn disconnect(&mut self) {
        (self.asked, self.listening, self.gap) = (Asked::Nothing, false, None);
    }

    /// Where a client that listens stands.
    pub(super) fn stands(&self) -> Option<Position> {
        self.at.filter(|_| self.listening)
    }

    /// Whether the client has the event at a position, or knows that it has not.
    pub(super) fn accounts_for(&self, at: Position) -> bool {
        let left = !self.listening && self.at.is_none_or(|last| last.epoch != at.epoch || at.number > last.number);
        left || self.seen.contains(&at) || self.passed.contains(&(at.epoch, at.number)) || self.skips.iter().any(|skip| skip.covers(at))
    }

    pub(super) fn see(&mut self, court: &mut Court<'a>, seen: &'a Seen) {
        match seen {
            Seen::Asked { after, .. } => {
                // What the server passed over in silence is behind an `EventSource`, too.
                if let (Some(after), Some(at)) = (*after, self.at)
                    && after != at
                    && self.pass(court, at, after)
                {
                    self.at = Some(after);
                }
                if after.is_some() && *after != self.at {
                    let story = format!("resumes after {after:?} but stands at {:?}", self.at);
                    court.accuse(Crime::Outcome, self.place(), story);
                }
                (self.asked, self.listening, self.gap) = (after.map_or(Asked::Fresh, Asked::After), true, None);
            }
            Seen::Subscribed { resumed, cursor, .. } => self.subscribed(court, *resumed, *cursor),
            Seen::Gap { reason, from, cursor, missed, .. } => self.gap(court, reason, *from, *cursor, *missed),
            Seen::Event { event, at, token, fingerprint, .. } => self.event(court, event, *at, token.as_deref(), *fingerprint),
            Seen::Position { cursor, .. } => self.position(court, *cursor),
            Seen::Left { .. } => (self.asked, self.listening, self.gap) = (Asked::Nothing, false, None),
            Seen::Opened | Seen::Status { .. } | Seen::Ended { .. } => {}
        }
    }

    fn subscribed(&mut self, court: &mut Court<'a>, resumed: bool, cursor: Position) {
        match (std::mem::replace(&mut self.asked, Asked::Nothing), resumed) {
            (Asked::After(after), true) if after == cursor => {}
            (Asked::Fresh, false) => {
                self.skips.push(Skip { from: self.at, to: cursor });
                self.at = Some(cursor);
            }
            (Asked::After(after), false) => {
                let story = format!("asked to resume after {after} and begins at {cursor} as if nothing were missed");
                court.accuse(Crime::Silent, self.place(), story);
                self.at = Some(cursor);
            }
            (asked, _) => {
                let story = format!("asked for {asked:?} and got resumed: {resumed} at {cursor}");
                court.accuse(Crime::Outcome, self.place(), story);
                self.at = Some(cursor);
            }
        }
    }

    fn gap(&mut self, court: &mut Court<'a>, reason: &str, from: Option<Position>, cursor: Position, missed: Option<u64>) {
        let told = format!("gap {reason} from {from:?} to {cursor}, missed {missed:?}");
        *court.counts.gaps.entry(reason.to_owned()).or_default() += 1;
        if !court.case.allowance.reasons.contains(&reason) {
            court.accuse(Crime::GapReason, self.place(), format!("{told}: nothing in this run explains it"));
        }
        if !self.listening {
            court.accuse(Crime::NoOutcome, self.place(), format!("{told}, on a channel that is not subscribed to"));
        }
        // The server moves over what is not for this client without a word.
        let moved_on = matches!((from, self.at), (Some(from), Some(at)) if from != at && self.pass(court, at, from));
        if from != self.at && !moved_on && !(from.is_none() && reason == "no_state") {
            court.accuse(Crime::GapFrom, self.place(), format!("{told}, but the client stands at {:?}", self.at));
        }
        let same_life = from.filter(|from| from.epoch == cursor.epoch);
        match same_life {
            Some(from) if reason != "rollback" => {
                if cursor.number <= from.number {
                    court.accuse(Crime::GapEmpty, self.place(), told.clone());
                } else if missed != Some(cursor.number - from.number) {
                    court.accuse(Crime::GapMissed, self.place(), format!("{told}: it is {}", cursor.number - from.number));
                }
                if self.gap == Some(from) {
                    court.accuse(Crime::GapTwice, self.place(), format!("{told}: the second for one hole"));
                }
            }
            // Two branches, or two lives: what lies between cannot be counted.
            _ if missed.is_some() => court.accuse(Crime::GapMissed, self.place(), format!("{told}: nobody can know")),
            _ => {}
        }
        self.skips.push(Skip { from: self.at, to: cursor });
        self.replaced.retain(|passed| passed.epoch == cursor.epoch && passed.number > cursor.number);
        // Numbers begin again, and so may tokens that were stored in both branches or lives.
        if matches!(reason, "rollback" | "epoch" | "no_state") {
            self.tokens.clear();
        }
        self.asked = Asked::Nothing;
        self.at = Some(cursor);
        self.gap = Some(cursor);
    }

    fn event(&mut self, court: &mut Court<'a>, event: &str, at: Option<Position>, token: Option<&'a str>, fingerprint: u64) {
        let place = self.place();
        *court.counts.delivered.entry(self.transport).or_default() += 1;
        if !self.listening || self.asked != Asked::Nothing {
            let story = format!("{token:?} at {at:?}, while listening is {} and {:?} is not answered", self.listening, self.asked);
            court.accuse(Crime::NoOutcome, &place, story);
        }
        if let Some(token) = token {
            court.recognise(&place, self.channel, token, fingerprint);
        }
        let Some(at) = at else {
            if let Some(token) = token {
                court.known.transient.insert(token);
                if !self.transient.insert(token) {
                    court.accuse(Crime::Duplicate, &place, format!("the transient {token} came twice"));
                }
            }
            return;
        };
        self.step(court, &place, at);
        if event == LATEST {
            self.replaced.retain(|passed| passed.epoch != at.epoch || passed.number > at.number);
        }
        court.meet(&place, self.channel, at, token);
        if let Some(token) = token
            && let Some(first) = self.tokens.insert(token, at)
            && first != at
        {
            court.accuse(Crime::Duplicate, &place, format!("{token} came at {first} and again at {at}"));
        }
        self.gap = None;
        self.at = Some(at);
    }

    fn position(&mut self, court: &mut Court<'a>, cursor: Position) {
        court.counts.positions += 1;
        if !self.listening || self.asked != Asked::Nothing {
            let story = format!("told of {cursor}, while listening is {} and {:?} is not answered", self.listening, self.asked);
            court.accuse(Crime::NoOutcome, self.place(), story);
        }
        if let Some(at) = self.at
            && !self.pass(court, at, cursor)
        {
            court.accuse(Crime::Silent, self.place(), format!("told of {cursor} after {at}, and not all between them was for others"));
        }
        (self.at, self.gap) = (Some(cursor), None);
    }

    /// From where the client stands to the next event.
    fn step(&mut self, court: &mut Court<'a>, place: &str, at: Position) {
        let again = !self.seen.insert(at);
        let Some(before) = self.at else {
            court.accuse(Crime::NoOutcome, place, format!("{at} came before any position was told"));
            return;
        };
        if again {
            court.accuse(Crime::Duplicate, place, format!("{at} came twice"));
        } else if at.epoch != before.epoch {
            court.accuse(Crime::Silent, place, format!("{at} is of another life than {before}"));
        } else if at.number <= before.number || at.id <= before.id {
            court.accuse(Crime::Order, place, format!("{at} came after {before}"));
        } else if at.number > before.number + 1 && !self.pass(court, before, Position { number: at.number - 1, ..at }) {
            court.accuse(Crime::Silent, place, format!("{at} came right after {before}"));
        } else {
            court.follows(place, self.channel, before, at);
        }
    }

    /// Whether the server may pass over everything after `before` up to `to` in silence; takes note of it if so.
    fn pass(&mut self, court: &Court<'a>, before: Position, to: Position) -> bool {
        let for_others = |number| {
            court.is_excluded(self, to.epoch, number)
                || court.has_event(self.channel, to.epoch, number, |event| !self.filter.is_empty() && !self.filter.contains(&event))
        };
        let replaceable = |number| court.has_event(self.channel, to.epoch, number, |event| event == LATEST);
        let between = || before.number + 1..=to.number;
        let silent =
            to.epoch == before.epoch && to.number > before.number && between().all(|number| for_others(number) || replaceable(number));
        if silent {
            let replaced: Vec<_> = between().filter(|number| !for_others(*number)).map(|number| Position { number, ..to }).collect();
            self.passed.extend(between().map(|number| (to.epoch, number)));
            self.replaced.extend(replaced);
        }
        silent
    }

    /// The events that were passed over although nothing newer took their place.
    pub(super) fn passed_for_nothing(&self) -> &[Position] {
        if self.listening { &self.replaced } else { &[] }
    }
}
