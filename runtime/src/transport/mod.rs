//! How sessions and histories travel: frames, Server-Sent Events, the HTTP routes.

mod body;
mod frame;
mod http;
mod query;
mod refusal;
mod sse;

pub(crate) use self::{http::router, refusal::{Refusal, excerpt}};
pub use self::frame::{Frame, FrameParts};
