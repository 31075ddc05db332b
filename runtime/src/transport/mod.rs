//! How sessions and histories travel: frames, Server-Sent Events, the HTTP routes.

mod body;
mod frame;
mod http;
mod query;
mod refusal;
mod sse;

pub use self::frame::{Frame, FrameParts};
pub(crate) use self::{
    http::router,
    refusal::{Refusal, excerpt},
};
