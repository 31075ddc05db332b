//! What a connection loses while it lasts: with its grant, with the end of its token, by a revocation.

use std::sync::Arc;

use tidewire_schema::wire::WireCode;

use super::{
    super::expiry::{Due, Expiry},
    Driver,
};
use crate::{
    access::{REVOKED, Sentence, may_not_subscribe, revoked_on},
    clock::unix_milliseconds,
    connection::Handle,
    observe,
    realtime::Realtime,
    session::{Control, Departed, GrantFrame, Sent},
    transport::Refusal,
};

impl Driver {
    /// Ends the live queries that the client may not look at any more, or whose loader went by rights that it does not have any more.
    pub(super) fn hold_lives(&mut self) {
        if !self.session.has_lives() {
            return;
        }
        let (realtime, handle) = (self.alive.realtime.clone(), self.handle().clone());
        let standing = handle.standing();
        let over = self.session.end_lives(|watch| {
            let changed = || Refusal::new(WireCode::LiveFailed, "what you may do has changed: begin again");
            let other = || watch.bound().is_some_and(|bound| *bound != standing).then(changed);
            objection_to(&realtime, &handle, watch.feed().channel()).or_else(other).map(Refusal::into_body)
        });
        for key in over {
            self.handle().looks_away(&key);
        }
    }

    /// Ends the channels that the client has lost the right to. Before every pull, so that nothing is handed out that the grant of this moment does not cover.
    pub(super) fn follow_grant(&mut self) {
        let version = self.handle().version();
        if version == self.version {
            return;
        }
        self.version = version;
        let shared = self.alive.realtime.shared();
        shared.presence.hold_against_rights(self.handle(), &shared.registry, shared.gate.revocations());
        if version > 0 && !self.lose_channels() {
            return;
        }
        self.hold_lives();
        self.greet_grant();
        self.follow_revocations();
    }

    /// Ends what the grant does not cover any more; whether the connection goes on.
    pub(super) fn lose_channels(&mut self) -> bool {
        let lost = self.handle().lose(&self.alive.realtime.shared().registry);
        for channel in lost {
            let refusal = may_not_subscribe(&channel);
            if self.handle().is_fixed() {
                // Its client knows no other way to hear of it. What it has left it may ask for anew.
                self.session.fail(refusal.code(), refusal.message());
                return false;
            }
            self.opening.retain(|opening| *opening.channel() != channel);
            self.session.deny(&channel, refusal.into_body());
        }
        true
    }

    /// Tells the client of a grant that took the place of another one.
    pub(super) fn greet_grant(&mut self) {
        let grant = self.handle().grant();
        if !Arc::ptr_eq(&grant, &self.granted) {
            self.granted = grant;
            self.tell_grant(false);
            self.watch_expiry();
        }
    }

    pub(super) fn tell_grant(&mut self, expiring: bool) {
        self.session.say(Control::Grant(GrantFrame::new(&self.granted, expiring)));
    }

    /// Has the node look at this connection when something about the end of its grant is due.
    pub(super) fn watch_expiry(&mut self) {
        let end = self.granted.ends();
        self.expiry = end.map(|end| Box::new(Expiry::new(end, unix_milliseconds())));
        self.follow_expiry();
    }

    /// Does what is due about the end of the grant.
    pub(super) fn follow_expiry(&mut self) {
        let Some(expiry) = &mut self.expiry else { return };
        let next = match expiry.due(unix_milliseconds()) {
            Due::End => {
                // A newer grant may be here, and not be followed yet.
                if self.handle().has_expired() {
                    self.session.fail(WireCode::TokenExpired, "the token has expired");
                }
                return;
            }
            Due::Warning(next) => {
                self.tell_grant(true);
                next
            }
            Due::Nothing(next) => next,
        };
        self.alive.realtime.shared().connections.agenda().enter(self.listed.handle(), next);
    }

    /// Why the connection should have ended, which its client would have been told if it took anything.
    pub(crate) fn overdue(&self) -> Option<WireCode> {
        if self.handle().is_cut() {
            return Some(WireCode::Revoked);
        }
        let expired = self.expiry.as_ref().is_some_and(|expiry| expiry.is_over()) && self.handle().has_expired();
        expired.then_some(WireCode::TokenExpired)
    }

    /// Begins to end what was revoked. What comes of it is for [`see_off`](Self::see_off), after a pull: events that were published before are still due.
    pub(super) fn follow_revocations(&mut self) {
        let realtime = self.alive.realtime.clone();
        let revocations = realtime.shared().gate.revocations();
        self.session.pause(revocations.is_paused());
        if !revocations.is_any() {
            return;
        }
        let grant = self.handle().grant();
        let everything = grant.user_id().and_then(|user| Some((user, revocations.everything_of(user)?)));
        if everything.is_some_and(|(_, sentence)| sentence.asking) {
            // Whoever asks touches the handle again.
            return;
        }
        for channel in self.handle().channels() {
            let sentence = match everything {
                Some((user, _)) => revocations.everything_on(user, &channel),
                None => revocations.on(grant.user_id(), &channel),
            };
            if let Some(sentence) = sentence {
                self.send_off(&channel, sentence);
            }
        }
        if let Some((_, sentence)) = everything {
            (self.banished, self.leaving) = (Some(sentence.until), true);
        }
    }

    pub(super) fn send_off(&mut self, channel: &Arc<str>, sentence: Sentence) {
        // Whoever gave it to the connection, it is taken away from its user.
        self.handle().unassign(channel);
        let waiting = self.opening.iter().position(|opening| opening.channel() == channel);
        let sent = match waiting {
            Some(at) => {
                drop(self.opening.swap_remove(at));
                Sent::NeverBegan
            }
            None => self.session.revoke(channel, sentence.upto, sentence.until, sentence.overdue),
        };
        match sent {
            Sent::Leaves => self.leaving = true,
            Sent::NeverBegan => {
                self.handle().release(channel);
                let refusal = revoked_on(channel);
                if self.handle().is_fixed() {
                    self.session.fail(refusal.code(), refusal.message());
                } else {
                    self.session.deny(channel, refusal.into_body());
                }
            }
            // It is on its way here, and refused when it comes.
            Sent::Absent => {}
        }
    }

    /// Lets go of revoked channels that have handed out what was due; whether there is something to say.
    pub(super) fn see_off(&mut self) -> bool {
        for Departed { channel, until } in self.session.depart() {
            self.handle().release(&channel);
            if self.banished.is_some() {
                continue;
            }
            observe::revoked(false);
            self.session.say_revoked(Some(channel.clone()), until);
            if self.handle().is_fixed() {
                // Its client knows no other way to hear of it.
                let refusal = revoked_on(&channel);
                self.session.fail(refusal.code(), refusal.message());
            }
        }
        self.leaving = self.session.is_leaving();
        if let (Some(until), false) = (self.banished, self.leaving) {
            observe::revoked(true);
            self.session.say_revoked(None, until);
            self.session.fail(WireCode::Revoked, REVOKED);
        }
        self.session.has_pending()
    }
}

/// Why a client may not have a channel at this moment.
pub(super) fn objection_to(realtime: &Realtime, handle: &Handle, channel: &str) -> Option<Refusal> {
    let shared = realtime.shared();
    let grant = handle.grant();
    match shared.registry.resolve(channel) {
        Ok(known) if grant.may_subscribe(known, channel) || handle.is_assigned(channel) => {
            shared.gate.revocations().forbid(grant.user_id(), channel).err()
        }
        _ => Some(may_not_subscribe(channel)),
    }
}
