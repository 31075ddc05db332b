//! What was taken away: above every grant, on every node, for a time.
//!
//! The calls are entries of a log, a channel of the system in the ordinary broker. Each node reads it as a whole before it admits anybody, follows it, and keeps
//! what is in force in a [`Table`](table). A node that cannot follow it for [`PATIENCE`](follower) hands out nothing that needs rights.

mod error;
mod follower;
mod log;
mod record;
mod subject;
mod table;

use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tidewire_schema::wire::WireCode;

pub use self::{error::RevokeError, subject::Revocation};
pub(crate) use self::{
    follower::Follower,
    log::Log,
    subject::{Subject, is_possible_duration},
    table::Sentence,
};
use self::{record::Entry, table::Table};
use crate::{cursor::Cursor, observe, transport::Refusal};

/// What somebody is told whose access was revoked as a whole.
pub(crate) const REVOKED: &str = "your access was revoked";

/// What is in force on this node.
pub(crate) struct Revocations {
    table: RwLock<Table>,
    // How many there are: nobody looks into the table while there is none.
    count: AtomicUsize,
    // Whether the log is not known, and who needs rights has to wait.
    paused: AtomicBool,
}

impl Revocations {
    pub(crate) fn new() -> Self {
        Self { table: RwLock::default(), count: AtomicUsize::new(0), paused: AtomicBool::new(false) }
    }

    /// Whether a user, or nobody, may come in.
    pub(crate) fn admit(&self, user: Option<&str>) -> Result<(), Refusal> {
        self.known()?;
        self.forbid_everything(user)
    }

    /// Whether a user, or nobody, may have anything to do with a channel, as far as this goes.
    pub(crate) fn check(&self, user: Option<&str>, channel: &str) -> Result<(), Refusal> {
        self.known()?;
        self.forbid(user, channel)
    }

    /// The same as far as it is known: for what waits anyway until the log is.
    pub(crate) fn forbid(&self, user: Option<&str>, channel: &str) -> Result<(), Refusal> {
        self.forbid_everything(user)?;
        if self.is_any() && self.on(user, channel).is_some() {
            return Err(revoked_on(channel));
        }
        Ok(())
    }

    /// Whether a user, or nobody, may come in, as far as it is known.
    pub(crate) fn forbid_everything(&self, user: Option<&str>) -> Result<(), Refusal> {
        match user.filter(|_| self.is_any()).and_then(|user| self.everything_of(user)) {
            Some(_) => Err(Refusal::new(WireCode::Revoked, REVOKED)),
            None => Ok(()),
        }
    }

    /// Whether there is anything to look up.
    pub(crate) fn is_any(&self) -> bool {
        self.count.load(Ordering::Acquire) > 0
    }

    /// Whether nothing that needs rights is handed out, because the log could not be followed.
    pub(crate) fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Acquire)
    }

    /// What holds for everything of a user.
    pub(crate) fn everything_of(&self, user: &str) -> Option<Sentence> {
        self.table().everything_of(user, now())
    }

    /// What of a channel is still due to a user who loses everything.
    pub(crate) fn everything_on(&self, user: &str, channel: &str) -> Option<Sentence> {
        self.table().everything_on(user, channel, now())
    }

    /// What holds for a user, or nobody, on a channel; what holds for everything of the user is not looked at.
    pub(crate) fn on(&self, user: Option<&str>, channel: &str) -> Option<Sentence> {
        self.table().on(user, channel, now())
    }

    /// Whether it is in force exactly so.
    fn holds(&self, subject: &Subject) -> bool {
        self.table().holds(subject, now())
    }

    /// Takes an entry of the log, which the broker took at `time`; answers what it revoked.
    fn apply(&self, entry: Entry, time: u64) -> Vec<Subject> {
        let mut table = self.change();
        for subject in entry.restore {
            table.restore(&subject);
        }
        let mut revoked = Vec::with_capacity(entry.revoke.len());
        for item in entry.revoke {
            let until = time.saturating_add(item.lasts);
            if until > now() {
                table.revoke(&item.subject, until, item.upto);
                revoked.push(item.subject);
            }
        }
        self.recount(&table);
        revoked
    }

    /// Says where channels of a user stood, who is revoked as a whole: what is stored up to there is still due.
    fn allow_upto(&self, user: &str, positions: impl IntoIterator<Item = (Arc<str>, Cursor)>) {
        self.change().allow_upto(user, positions);
    }

    /// Forgets what is not in force any more.
    fn expire(&self) {
        if self.is_any() {
            let mut table = self.change();
            table.expire(now());
            self.recount(&table);
        }
    }

    /// Whether that is news.
    fn set_paused(&self, paused: bool) -> bool {
        let news = self.paused.swap(paused, Ordering::AcqRel) != paused;
        if news {
            observe::revocations_paused(paused);
        }
        news
    }

    fn known(&self) -> Result<(), Refusal> {
        if self.is_paused() {
            return Err(Refusal::new(WireCode::BrokerUnavailable, "it cannot be known at the moment who may do what")
                .retry_after(Duration::from_secs(1)));
        }
        Ok(())
    }

    fn recount(&self, table: &Table) {
        self.count.store(table.len(), Ordering::Release);
        observe::revocations(table.len());
    }

    fn table(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> RwLockWriteGuard<'_, Table> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What somebody is told whose access to a channel was revoked.
pub(crate) fn revoked_on(channel: &str) -> Refusal {
    Refusal::new(WireCode::Revoked, format!("your access to channel `{channel}` was revoked"))
}

/// Milliseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Revocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocations").field("count", &self.count).field("paused", &self.paused).finish_non_exhaustive()
    }
}
