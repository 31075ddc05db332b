//! Taking access away, and giving it back.

use super::Realtime;
use crate::{
    access::{Revocation, RevokeError},
    contract::Channel,
};

impl Realtime {
    #[doc = include_str!("../docs/revocation.md")]
    pub async fn revoke<C: Channel>(&self, user: impl Into<String>, channel: C) -> Result<(), RevokeError> {
        self.revoke_batch([Revocation::of(user).on(channel)]).await
    }

    /// Takes everything from a user: its connections end with the frame `revoked` and the error of that name, and it does not come in again while this lasts.
    ///
    /// # Errors
    ///
    /// As [`revoke`](Self::revoke).
    ///
    /// # Cancel safety
    ///
    /// As [`revoke`](Self::revoke).
    pub async fn revoke_user(&self, user: impl Into<String>) -> Result<(), RevokeError> {
        self.revoke_batch([Revocation::of(user)]).await
    }

    /// Takes a channel from everybody: from those who are there, from those who come later, and from those without a user.
    ///
    /// The service itself goes on publishing on it, and reading it.
    ///
    /// # Errors
    ///
    /// As [`revoke`](Self::revoke).
    ///
    /// # Cancel safety
    ///
    /// As [`revoke`](Self::revoke).
    pub async fn revoke_channel<C: Channel>(&self, channel: C) -> Result<(), RevokeError> {
        self.revoke_batch([Revocation::everybody_on(channel)]).await
    }

    /// Revokes many at once, for 256 of them at the price of one. See [`Revocation`] for what can be said.
    ///
    /// All of them are checked before any is in force. When the broker fails in between, those before may be in force.
    ///
    /// # Errors
    ///
    /// As [`revoke`](Self::revoke).
    ///
    /// # Cancel safety
    ///
    /// As [`revoke`](Self::revoke), for each of them.
    pub async fn revoke_batch(&self, revocations: impl IntoIterator<Item = Revocation>) -> Result<(), RevokeError> {
        self.shared().revocations.log().revoke(revocations.into_iter().collect()).await.map(drop)
    }

    /// Takes back what [`revoke`](Self::revoke) said of this user and channel; whether it was in force. What was revoked otherwise, for example the user as a
    /// whole, stays so.
    ///
    /// # Errors
    ///
    /// As [`revoke`](Self::revoke).
    ///
    /// # Cancel safety
    ///
    /// As [`revoke`](Self::revoke).
    pub async fn restore<C: Channel>(&self, user: impl Into<String>, channel: C) -> Result<bool, RevokeError> {
        self.restore_batch([Revocation::of(user).on(channel)]).await.map(|count| count > 0)
    }

    /// Takes back what [`revoke_user`](Self::revoke_user) said; whether it was in force.
    ///
    /// # Errors
    ///
    /// As [`revoke`](Self::revoke).
    ///
    /// # Cancel safety
    ///
    /// As [`revoke`](Self::revoke).
    pub async fn restore_user(&self, user: impl Into<String>) -> Result<bool, RevokeError> {
        self.restore_batch([Revocation::of(user)]).await.map(|count| count > 0)
    }

    /// Takes back what [`revoke_channel`](Self::revoke_channel) said; whether it was in force.
    ///
    /// # Errors
    ///
    /// As [`revoke`](Self::revoke).
    ///
    /// # Cancel safety
    ///
    /// As [`revoke`](Self::revoke).
    pub async fn restore_channel<C: Channel>(&self, channel: C) -> Result<bool, RevokeError> {
        self.restore_batch([Revocation::everybody_on(channel)]).await.map(|count| count > 0)
    }

    /// Takes many revocations back; how many of them were in force.
    ///
    /// # Errors
    ///
    /// As [`revoke`](Self::revoke).
    ///
    /// # Cancel safety
    ///
    /// As [`revoke`](Self::revoke), for each of them.
    pub async fn restore_batch(&self, revocations: impl IntoIterator<Item = Revocation>) -> Result<usize, RevokeError> {
        self.shared().revocations.log().restore(revocations.into_iter().collect()).await
    }
}
