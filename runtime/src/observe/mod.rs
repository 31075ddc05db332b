//! What operators see: metrics, readiness, the admin routes.

mod admin;
mod broker;
mod catalog;
mod counters;
mod readiness;
mod tally;

pub use self::readiness::{NotReady, Readiness};
pub(crate) use self::{
    admin::admin_router,
    broker::Watched,
    counters::{
        Census, Metrics, OpenConnection, Published, Transport, audited, began_with_gap, contract_mismatch, history_read, lease, link,
        mended, present, refused, revocations, revocations_paused, revoked, roster_reread, roster_told, stopping, token, undecodable,
        watching,
    },
    tally::Tally,
};
