//! What is in force: looked up by user and channel.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use super::Subject;
use crate::cursor::Cursor;

/// How long a client may take for what was published before the revocation. With the time that an entry may be on its way it stays below ten seconds.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// What is in force.
#[derive(Debug, Default)]
pub(super) struct Table {
    users: HashMap<Box<str>, Held>,
    everybody: HashMap<Arc<str>, Standing>,
    len: usize,
}

/// What is in force against one user.
#[derive(Debug, Default)]
struct Held {
    everything: Option<Standing>,
    channels: HashMap<Arc<str>, Standing>,
}

#[derive(Debug)]
struct Standing {
    // Milliseconds since 1970.
    until: u64,
    since: Instant,
    upto: Upto,
}

#[derive(Debug)]
enum Upto {
    /// Where the channel stood when somebody called.
    Channel(Option<Cursor>),
    /// Where the user's channels stood a little later; nothing ends before that is known.
    Asking,
    Channels(HashMap<Arc<str>, Cursor>),
}

/// What a revocation means for a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) until: u64,
    /// The position up to which events are still due.
    pub(crate) upto: Option<Cursor>,
    /// That position is not known yet.
    pub(crate) asking: bool,
    /// There was time enough for them.
    pub(crate) overdue: bool,
}

impl Standing {
    fn new(until: u64, upto: Upto) -> Self {
        Self { until, since: Instant::now(), upto }
    }

    fn sentence(&self, channel: Option<&str>) -> Sentence {
        let overdue = self.since.elapsed() >= GRACE;
        let (upto, asking) = match &self.upto {
            Upto::Channel(upto) => (*upto, false),
            Upto::Asking => (None, !overdue),
            Upto::Channels(positions) => (channel.and_then(|channel| positions.get(channel)).copied(), false),
        };
        Sentence { until: self.until, upto, asking, overdue }
    }
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn everything_of(&self, user: &str, now: u64) -> Option<Sentence> {
        self.standing_of(user, now).map(|standing| standing.sentence(None))
    }

    pub(super) fn on(&self, user: Option<&str>, channel: &str, now: u64) -> Option<Sentence> {
        let own = user.and_then(|user| self.users.get(user)).and_then(|held| held.channels.get(channel));
        let standing = own.into_iter().chain(self.everybody.get(channel)).find(|standing| standing.until > now);
        standing.map(|standing| standing.sentence(None))
    }

    /// What is still due on a channel of a user who is revoked as a whole.
    pub(super) fn everything_on(&self, user: &str, channel: &str, now: u64) -> Option<Sentence> {
        self.standing_of(user, now).map(|standing| standing.sentence(Some(channel)))
    }

    fn standing_of(&self, user: &str, now: u64) -> Option<&Standing> {
        self.users.get(user)?.everything.as_ref().filter(|standing| standing.until > now)
    }

    pub(super) fn holds(&self, subject: &Subject, now: u64) -> bool {
        let standing = match (&subject.user, &subject.channel) {
            (Some(user), Some(channel)) => self.users.get(user).and_then(|held| held.channels.get(channel)),
            (Some(user), None) => self.users.get(user).and_then(|held| held.everything.as_ref()),
            (None, Some(channel)) => self.everybody.get(channel),
            (None, None) => None,
        };
        standing.is_some_and(|standing| standing.until > now)
    }

    /// Adds one. What is in force already is made longer, never shorter.
    pub(super) fn revoke(&mut self, subject: &Subject, until: u64, upto: Option<Cursor>) {
        let standing = |held: Option<&Standing>, upto| Standing::new(held.map_or(until, |held| held.until.max(until)), upto);
        let before = match (&subject.user, &subject.channel) {
            (Some(user), Some(channel)) => {
                let channels = &mut self.users.entry(user.clone()).or_default().channels;
                let standing = standing(channels.get(channel), Upto::Channel(upto));
                channels.insert(channel.clone(), standing)
            }
            (Some(user), None) => {
                let everything = &mut self.users.entry(user.clone()).or_default().everything;
                let standing = standing(everything.as_ref(), Upto::Asking);
                everything.replace(standing)
            }
            (None, Some(channel)) => {
                let standing = standing(self.everybody.get(channel), Upto::Channel(upto));
                self.everybody.insert(channel.clone(), standing)
            }
            (None, None) => return,
        };
        self.len += usize::from(before.is_none());
    }

    pub(super) fn allow_upto(&mut self, user: &str, positions: impl IntoIterator<Item = (Arc<str>, Cursor)>) {
        let everything = self.users.get_mut(user).and_then(|held| held.everything.as_mut());
        if let Some(standing) = everything {
            standing.upto = Upto::Channels(positions.into_iter().collect());
        }
    }

    /// Takes exactly this one back.
    pub(super) fn restore(&mut self, subject: &Subject) {
        let gone = match (&subject.user, &subject.channel) {
            (Some(user), channel) => {
                let Some(held) = self.users.get_mut(user) else { return };
                let gone = match channel {
                    Some(channel) => held.channels.remove(channel),
                    None => held.everything.take(),
                };
                if held.everything.is_none() && held.channels.is_empty() {
                    self.users.remove(user);
                }
                gone
            }
            (None, Some(channel)) => self.everybody.remove(channel),
            (None, None) => None,
        };
        self.len -= usize::from(gone.is_some());
    }

    /// Forgets what is over.
    pub(super) fn expire(&mut self, now: u64) {
        self.everybody.retain(|_, standing| standing.until > now);
        self.users.retain(|_, held| {
            held.channels.retain(|_, standing| standing.until > now);
            held.everything.take_if(|standing| standing.until <= now);
            held.everything.is_some() || !held.channels.is_empty()
        });
        self.len = self.everybody.len()
            + self.users.values().map(|held| held.channels.len() + usize::from(held.everything.is_some())).sum::<usize>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(user: Option<&str>, channel: Option<&str>) -> Subject {
        Subject { user: user.map(Into::into), channel: channel.map(Into::into) }
    }

    #[test]
    fn each_kind_hits_whom_it_names_until_it_ends() {
        let mut table = Table::default();
        table.revoke(&subject(Some("ann"), Some("a")), 100, None);
        table.revoke(&subject(Some("bob"), None), 100, None);
        table.revoke(&subject(None, Some("z")), 100, None);
        assert_eq!(table.len(), 3);
        for (user, channel, hit) in
            [(Some("ann"), "a", true), (Some("ann"), "b", false), (Some("eve"), "a", false), (None, "z", true), (Some("ann"), "z", true)]
        {
            assert_eq!(table.on(user, channel, 99).is_some(), hit, "{user:?} on {channel}");
            assert!(table.on(user, channel, 100).is_none(), "it is over");
        }
        assert!(table.everything_of("bob", 99).is_some() && table.everything_of("ann", 99).is_none());
        table.expire(100);
        assert_eq!((table.len(), table.users.len(), table.everybody.len()), (0, 0, 0));
    }

    #[test]
    fn a_shorter_one_does_not_shorten_and_restoring_takes_exactly_one_back() {
        let mut table = Table::default();
        let (here, all) = (subject(Some("ann"), Some("a")), subject(Some("ann"), None));
        table.revoke(&here, 100, None);
        table.revoke(&here, 50, None);
        table.revoke(&all, 50, None);
        assert_eq!((table.len(), table.on(Some("ann"), "a", 99).map(|sentence| sentence.until)), (2, Some(100)));
        table.restore(&all);
        table.restore(&all);
        assert!(table.holds(&here, 99) && !table.holds(&all, 1) && table.everything_of("ann", 1).is_none());
        table.restore(&here);
        assert_eq!((table.len(), table.users.len()), (0, 0));
    }
}
