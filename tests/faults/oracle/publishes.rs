//! What publishers were told, held against what clients saw.

use std::collections::{HashMap, HashSet};

use super::{Court, Crime, walk::Walk};
use crate::journal::{Answer, Intent, Kind, Position};

impl<'a> Court<'a> {
    /// Whether somebody published this, on this channel and with this content.
    pub(super) fn recognise(&mut self, place: &str, channel: &str, token: &str, fingerprint: u64) {
        match self.intents.get(token).copied() {
            None => self.accuse(Crime::Invented, place, format!("nobody published {token}")),
            Some(intent) if intent.channel != channel => {
                self.accuse(Crime::Mismatch, place, format!("{token} was published to {}", intent.channel));
            }
            Some(intent) if intent.fingerprint != fingerprint => {
                self.accuse(Crime::Mismatch, place, format!("{token} does not hold what was published"));
            }
            Some(_) => {}
        }
    }

    /// Whether an event is one that the client of this walk asked not to get.
    pub(super) fn is_excluded(&self, walk: &Walk<'a>, epoch: u64, number: u64) -> bool {
        self.case.intents.iter().any(|intent| {
            intent.excluded.as_deref() == Some(walk.client)
                && intent.channel == walk.channel
                && confirmed(intent).any(|(at, _)| at.epoch == epoch && at.number == number)
        })
    }

    /// Whether an event with such a name stands at a number.
    pub(super) fn has_event(&self, channel: &str, epoch: u64, number: u64, such: impl Fn(&str) -> bool) -> bool {
        self.known.names.get(&(channel, epoch, number)).is_some_and(|names| names.iter().any(|name| such(name)))
    }

    pub(super) fn compare_publishes(&mut self) {
        let case = self.case;
        let mut last: HashMap<(&str, &str), Position> = HashMap::new();
        for intent in &case.intents {
            self.count(intent);
            for (at, _) in confirmed(intent) {
                self.meet(&format!("the answer to {}", intent.caller), &intent.channel, at, Some(&intent.token));
            }
            self.compare_answers(intent);
            self.compare_places(intent);
            let Some((at, false)) = confirmed(intent).next() else { continue };
            if let Some(before) = last.insert((&intent.caller, &intent.channel), at)
                && before.epoch == at.epoch
                && before.number >= at.number
                && !case.allowance.rollback
            {
                self.accuse(Crime::CallerOrder, &intent.caller, format!("{at} was published after {before} was confirmed"));
            }
        }
    }

    fn count(&mut self, intent: &Intent) {
        let counts = &mut self.counts;
        counts.published += 1;
        let answers = || intent.attempts.iter().map(|attempt| &attempt.answer);
        if answers().any(|answer| matches!(answer, Answer::Stored { .. } | Answer::Passed)) {
            counts.confirmed += 1;
        } else if answers().any(|answer| *answer == Answer::Unknown) {
            counts.unknown += 1;
        } else {
            counts.refused += 1;
        }
    }

    /// All attempts of one key are told the same place, and only one of them stored the event.
    fn compare_answers(&mut self, intent: &Intent) {
        let places: HashSet<_> = confirmed(intent).map(|(at, _)| at).collect();
        let again = self.case.allowance.rollback || self.case.allowance.anew;
        if places.len() > 1 && !again {
            self.accuse(Crime::StoredTwice, &intent.caller, format!("{} was confirmed at {places:?}", intent.token));
        }
        let stored = confirmed(intent).filter(|(_, duplicate)| !duplicate).count();
        if stored > 1 && !again {
            self.accuse(Crime::StoredTwice, &intent.caller, format!("{} was stored by {stored} attempts", intent.token));
        }
    }

    fn compare_places(&mut self, intent: &'a Intent) {
        let places = self.known.places.get(intent.token.as_str()).cloned().unwrap_or_default();
        let allowance = self.case.allowance;
        let lives: HashSet<_> = places.iter().map(|(_, at)| at.epoch).collect();
        if places.len() > 1 && !allowance.rollback && !(allowance.anew && places.len() == lives.len()) {
            self.accuse(Crime::StoredTwice, &intent.caller, format!("{} stands at {places:?}", intent.token));
        }
        let there = !places.is_empty() || self.known.transient.contains(intent.token.as_str());
        let refused = !intent.attempts.is_empty() && intent.attempts.iter().all(|attempt| matches!(attempt.answer, Answer::Refused(_)));
        if there && refused {
            self.accuse(Crime::RefusedButThere, &intent.caller, format!("{} was refused", intent.token));
        }
        if intent.kind == Kind::Transient && !places.is_empty() {
            self.accuse(Crime::Mismatch, &intent.caller, format!("{} is not to be stored", intent.token));
        }
    }
}

fn confirmed(intent: &Intent) -> impl Iterator<Item = (Position, bool)> {
    intent.attempts.iter().filter_map(|attempt| match attempt.answer {
        Answer::Stored { at, duplicate } => Some((at, duplicate)),
        _ => None,
    })
}
