//! What keeps a board like the broker's roster: one task for each channel that somebody on this node watches.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use serde::Deserialize;
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    Presence,
    board::{Bell, Board},
};
use crate::{
    broker::{CHANGED, CHANGES, RosterChange, changes_of},
    cursor::Cursor,
    error::BrokerError,
    hub::{Copied, Membership, Slot},
    observe,
};

/// Frames of one channel follow each other at this distance at least: a burst of changes is one frame.
const BURST: Duration = Duration::from_millis(50);

/// How many bytes of changes to take at once.
const QUOTA: usize = 64 * 1024;

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Begins to follow the roster of a board, until nobody holds the board.
pub(super) fn begin(presence: &Arc<Presence>, board: &Arc<Board>) {
    let follower = Follower {
        presence: Arc::downgrade(presence),
        board: Arc::downgrade(board),
        bell: board.bell().clone(),
        channel: board.channel().clone(),
    };
    tokio::spawn(follower.follow());
}

/// There is nobody to follow for.
struct Over;

struct Follower {
    presence: Weak<Presence>,
    board: Weak<Board>,
    bell: Arc<Bell>,
    channel: Arc<str>,
}

/// An outage is waited for, for as long as it takes.
#[derive(Default)]
struct Patience {
    failures: u32,
}

impl Patience {
    async fn wait(&mut self, channel: &str, error: &BrokerError) -> Result<(), Over> {
        if let BrokerError::Unsupported = error {
            tracing::error!(channel, %error, "a roster cannot be followed");
            return Err(Over);
        }
        tracing::debug!(channel, cause = error.source_text(), "a roster cannot be followed yet");
        let pause = SHORTEST_PAUSE * 2_u32.pow(self.failures.min(6));
        self.failures += 1;
        sleep(pause.min(LONGEST_PAUSE).mul_f64(rand::random_range(0.5..1.0))).await;
        Ok(())
    }
}

/// What came of the changes.
enum Read {
    /// All that there are.
    All,
    /// They do not lead on from where the board is.
    Broken,
}

#[derive(Deserialize)]
struct Change {
    data: RosterChange,
}

impl Follower {
    async fn follow(self) {
        let _: Result<(), Over> = self.run().await;
    }

    async fn run(&self) -> Result<(), Over> {
        let member = self.open().await?;
        let mut told = Instant::now();
        loop {
            // Before the roster is read: what it does not hold comes after this.
            let Some((_, joint)) = member.ring().join_now() else { return Err(Over) };
            let (mut next, mut position) = (joint.next, self.read_roster().await?);
            loop {
                let read = self.read_changes(&member, &mut next, &mut position)?;
                if self.board()?.has_pending() {
                    if told.elapsed() < BURST {
                        sleep_until(told + BURST).await;
                        if matches!(read, Read::All) {
                            // What came meanwhile goes out with it.
                            if let Read::Broken = self.read_changes(&member, &mut next, &mut position)? {
                                break;
                            }
                        }
                    }
                    self.board()?.tell();
                    told = Instant::now();
                }
                if let Read::Broken = read {
                    break;
                }
                self.bell.rang().await;
                self.board()?;
            }
            observe::roster_reread();
        }
    }

    async fn open(&self) -> Result<Membership, Over> {
        let member = self.presence()?.hub.join(&changes_of(&self.channel), CHANGES, self.bell.clone());
        let mut patience = Patience::default();
        loop {
            let opened = self.presence()?.in_time(Box::pin(member.open())).await;
            match opened {
                Ok(()) => return Ok(member),
                Err(error) => patience.wait(&self.channel, &error).await?,
            }
            self.board()?;
        }
    }

    async fn read_roster(&self) -> Result<Cursor, Over> {
        let mut patience = Patience::default();
        loop {
            let presence = self.presence()?;
            let read = presence.in_time(presence.broker().roster(&self.channel)).await;
            drop(presence);
            match read {
                Ok(roster) => {
                    let position = roster.position;
                    self.board()?.replace(roster);
                    return Ok(position);
                }
                Err(error) => patience.wait(&self.channel, &error).await?,
            }
            self.board()?;
        }
    }

    /// Notes the changes that came, for as long as each is the one after the last.
    fn read_changes(&self, member: &Membership, next: &mut u64, position: &mut Cursor) -> Result<Read, Over> {
        let board = self.board()?;
        loop {
            let mut broken = false;
            let copied = member.ring().copy(next, QUOTA, |_, slot| {
                broken = broken || !take(&board, slot, position);
                slot.frame.size()
            });
            match copied {
                _ if broken => return Ok(Read::Broken),
                Copied::FellOff => return Ok(Read::Broken),
                Copied::All => return Ok(Read::All),
                Copied::Some => {}
            }
        }
    }

    fn board(&self) -> Result<Arc<Board>, Over> {
        self.board.upgrade().ok_or(Over)
    }

    fn presence(&self) -> Result<Arc<Presence>, Over> {
        self.presence.upgrade().ok_or(Over)
    }
}

/// Notes one change; whether it is known, or the next one.
fn take(board: &Board, slot: &Slot, position: &mut Cursor) -> bool {
    let Some(link) = &slot.stored else { return true };
    if link.cursor.epoch() == position.epoch() && link.cursor.number() <= position.number() {
        return true;
    }
    if link.follows != *position || slot.frame.event() != CHANGED {
        return false;
    }
    let Ok(Change { data }) = serde_json::from_slice(slot.frame.json()) else {
        tracing::error!(channel = &**board.channel(), "a change of a roster cannot be read");
        return false;
    };
    board.note(data);
    *position = link.cursor;
    true
}
