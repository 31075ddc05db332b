//! How sessions and histories travel: frames, Server-Sent Events, WebSockets, the HTTP routes.

mod answer;
mod attached;
mod auth;
mod body;
mod frame;
mod http;
mod open;
mod opening;
mod pipe;
mod query;
mod refusal;
mod roster;
mod send;
mod service;
mod socket;
mod sse;
mod upgrade;
mod websocket;

pub use self::{
    attached::{AttachError, Attached, Uplink, UplinkClosed},
    frame::{Frame, FrameParts},
};
pub(crate) use self::{
    http::{resolve, router, unavailable},
    query::event_filter,
    refusal::{Refusal, Rejection, excerpt},
};
