//! Users who are connected: how many connections each has, and how much they publish together.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::Rate;
use crate::realtime::{Limits, RateLimit};

/// Everybody who has a connection to this node and a name.
#[derive(Debug)]
pub(crate) struct Residents {
    // A user is in here only while there are connections of the user, so there are never more users than connections.
    users: Mutex<HashMap<Box<str>, Resident>>,
    most: usize,
    publish: RateLimit,
}

#[derive(Debug)]
struct Resident {
    connections: usize,
    publish: Rate,
}

impl Residents {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { users: Mutex::default(), most: limits.connections_per_user, publish: limits.user_publish_rate }
    }

    /// Counts one more connection of a user; whether there was room for it. One that replaces another may be one too many for the moment until that is gone.
    pub(super) fn add(&self, user: &str, replaces: bool) -> bool {
        let mut users = self.users();
        match users.entry(user.into()) {
            Entry::Occupied(resident) if resident.get().connections >= self.most && !replaces => return false,
            Entry::Occupied(mut resident) => resident.get_mut().connections += 1,
            Entry::Vacant(place) => {
                place.insert(Resident { connections: 1, publish: Rate::new(self.publish) });
            }
        }
        true
    }

    pub(super) fn remove(&self, user: &str) {
        let mut users = self.users();
        let Some(resident) = users.get_mut(user) else { return };
        resident.connections -= 1;
        if resident.connections == 0 {
            users.remove(user);
        }
    }

    /// Uses the allowance of a user once; or says how long to wait.
    pub(super) fn take(&self, user: &str) -> Result<(), Duration> {
        self.users().get(user).map_or(Ok(()), |resident| resident.publish.take())
    }

    fn users(&self) -> MutexGuard<'_, HashMap<Box<str>, Resident>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn residents() -> Residents {
        let publish = RateLimit { per_second: 1, burst: 2 };
        Residents::new(&Limits { connections_per_user: 2, user_publish_rate: publish, ..Limits::default() })
    }

    #[test]
    fn a_user_has_so_many_connections_and_gives_them_back() {
        let residents = residents();
        assert!(residents.add("ann", false) && residents.add("ann", false) && !residents.add("ann", false));
        assert!(residents.add("bob", false), "everybody by himself");
        assert!(residents.add("ann", true), "who comes back takes the place of the older connection");
        assert!(!residents.add("ann", false));
        (0..3).for_each(|_| residents.remove("ann"));
        assert!(residents.add("ann", false));
        residents.remove("ann");
        residents.remove("bob");
        residents.remove("nobody");
        assert!(residents.users().is_empty());
    }

    #[test]
    fn an_allowance_is_the_users_whatever_the_connection() {
        let residents = residents();
        assert!(residents.add("ann", false) && residents.add("ann", false) && residents.add("bob", false));
        residents.take("ann").unwrap();
        residents.take("ann").unwrap();
        assert!(residents.take("ann").is_err());
        residents.take("bob").unwrap();
    }
}
