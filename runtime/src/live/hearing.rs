//! Hearing of the events after which a loader runs.

use std::sync::Arc;

use crate::{
    channel::Publisher,
    hub::{Copied, Membership},
};

/// How many bytes of events to look at before others have their turn at the ring.
const QUOTA: usize = 64 * 1024;

/// An ear on a channel.
pub(super) struct Hearing {
    member: Membership,
    opened: bool,
    // The local number of the first event that was not looked at.
    next: u64,
}

impl Hearing {
    pub(super) fn new(member: Membership) -> Self {
        Self { member, opened: false, next: 0 }
    }

    /// Whether events of the channel come here.
    pub(super) fn is_open(&self) -> bool {
        self.opened
    }

    /// Sees to it that they do. While the store is away they do not, and a run is as good as it can be.
    pub(super) async fn open(&mut self, publisher: &Publisher) {
        match publisher.in_time(Box::pin(self.member.open())).await {
            Ok(()) => self.opened = true,
            Err(error) => {
                tracing::debug!(channel = &**self.channel(), cause = error.source_text(), "a live query cannot hear its channel yet");
            }
        }
    }

    /// Takes note of what came: a run that begins now knows it.
    pub(super) fn catch_up(&mut self) {
        if let Some((_, joint)) = self.member.ring().join_now() {
            self.next = joint.end;
        }
    }

    /// Whether one of these events came since, or so many that nobody knows.
    pub(super) fn heard(&mut self, on: Option<&[String]>) -> bool {
        loop {
            let mut found = false;
            let copied = self.member.ring().copy(&mut self.next, QUOTA, |_, slot| {
                found = found || on.is_none_or(|names| names.iter().any(|name| name == slot.frame.event()));
                slot.frame.size()
            });
            match copied {
                _ if found => return true,
                // A break in the chain, too, is a number that is not there.
                Copied::FellOff => return true,
                Copied::All => return false,
                Copied::Some => {}
            }
        }
    }

    fn channel(&self) -> &Arc<str> {
        self.member.channel()
    }
}
