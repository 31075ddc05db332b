//! Calls over a connection: a client asks the service, and the service asks a client.

mod ask;
mod error;
mod handlers;
mod take;
mod underway;

pub(crate) use self::handlers::Handlers;
pub use self::{
    ask::Calling,
    error::{CallError, CallFailed},
};
pub(super) use self::{
    ask::{Answered, Replied, ask, replied},
    take::take,
    underway::{Questions, Underway},
};

/// How many calls of one connection may be under way in each direction.
const AT_ONCE: usize = 16;
