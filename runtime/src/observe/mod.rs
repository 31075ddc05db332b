//! What operators see: metrics, readiness, the admin routes.

mod admin;
mod broker;
mod catalog;
mod complaint;
mod counters;
mod readiness;
mod tally;

pub use self::readiness::{NotReady, Readiness};
pub(crate) use self::{
    admin::admin_router,
    broker::Watched,
    complaint::Complaint,
    counters::{
        Census, HookFailure, Metrics, OpenConnection, Published, Transport, audited, began_with_gap, called, contract_mismatch,
        history_read, hook_failed, lease, link, live, live_pushed, live_run, live_watched, mended, plugin, plugin_failed, present, refused,
        revocations, revocations_paused, revoked, roster_reread, roster_told, stopping, token, undecodable, watching,
    },
    tally::Tally,
};
