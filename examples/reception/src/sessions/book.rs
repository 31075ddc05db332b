//! The sessions themselves, in memory and not without bound.

use std::{
    collections::{HashMap, HashSet},
    iter,
    time::{Duration, Instant},
};

use super::{Visitor, key, name::folded};

/// So many sessions at once; more are not let in.
const MOST: usize = 10_000;

/// A session that is not used for so long is forgotten, and its name may be somebody else's.
pub(super) const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, Default)]
pub(super) struct Book {
    sessions: HashMap<Box<str>, Session>,
    names: HashSet<String>,
}

#[derive(Debug)]
struct Session {
    visitor: Visitor,
    used: Instant,
    // Who left keeps the name for as long: pages of theirs may still be open somewhere.
    retired: bool,
}

impl Book {
    pub(super) fn visitor(&mut self, id: &str, now: Instant) -> Option<Visitor> {
        let session = self.sessions.get_mut(id)?;
        if session.retired || now.duration_since(session.used) > KEPT {
            return None;
        }
        session.used = now;
        Some(session.visitor.clone())
    }

    /// A session for somebody new, with the name that they wish, or that name and a number; `None` if there is no room.
    pub(super) fn add(&mut self, wish: &str, is_host: bool, now: Instant) -> Option<(String, String)> {
        if self.sessions.len() >= MOST {
            self.forget_unused(now);
        }
        if self.sessions.len() >= MOST {
            return None;
        }
        // One more than there are names: one of them is free.
        let numbered = (2..=self.names.len() + 2).map(|number| format!("{wish} {number}"));
        let name = iter::once(wish.to_owned()).chain(numbered).find(|name| !self.names.contains(&folded(name)))?;
        let id = key();
        self.names.insert(folded(&name));
        let visitor = Visitor { name: name.clone(), is_host };
        self.sessions.insert(id.as_str().into(), Session { visitor, used: now, retired: false });
        Some((id, name))
    }

    pub(super) fn retire(&mut self, id: &str) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.retired = true;
        }
    }

    fn forget_unused(&mut self, now: Instant) {
        let Self { sessions, names } = self;
        sessions.retain(|_, session| {
            let kept = now.duration_since(session.used) <= KEPT;
            if !kept {
                names.remove(&folded(&session.visitor.name));
            }
            kept
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_visitors_have_the_same_name() {
        let mut book = Book::default();
        let now = Instant::now();
        let mut add = |name: &str| book.add(name, false, now).expect("there is room").1;
        assert_eq!([add("ann"), add("Ann"), add("ann"), add("ann 2")], ["ann", "Ann 2", "ann 3", "ann 2 2"]);
    }

    #[test]
    fn there_is_room_for_so_many_and_what_nobody_uses_makes_room() {
        let mut book = Book::default();
        let now = Instant::now();
        for number in 0..MOST {
            book.add(&format!("{number}"), false, now).expect("there is room");
        }
        assert_eq!(book.add("ann", false, now), None);
        let later = now + KEPT + Duration::from_secs(1);
        assert_eq!(book.add("7", false, later).map(|(_, name)| name).as_deref(), Some("7"));
        assert_eq!((book.sessions.len(), book.names.len()), (1, 1));
    }

    #[test]
    fn who_left_is_nobody_and_their_name_is_nobodys() {
        let mut book = Book::default();
        let now = Instant::now();
        let (id, _) = book.add("ann", true, now).expect("there is room");
        assert_eq!(book.visitor(&id, now), Some(Visitor { name: "ann".into(), is_host: true }));
        book.retire(&id);
        assert_eq!(book.visitor(&id, now), None);
        assert_eq!(book.add("ann", false, now).map(|(_, name)| name).as_deref(), Some("ann 2"));
    }
}
