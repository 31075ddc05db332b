//! Who asks for a live query.

use std::{fmt, sync::Arc};

use serde_json::Value;

use crate::access::{ConnectRequest, Grant};

/// Who asks for a live query, and for what: the argument of a loader that looks at it, and of a [guard](crate::LiveOptions::guard).
///
/// A loader that takes it runs once for each user with the same rights, however many connections the user has. For who is nobody it runs once for each connection.
#[derive(Clone)]
pub struct LiveContext {
    pub(crate) grant: Arc<Grant>,
    pub(crate) request: Option<Arc<ConnectRequest>>,
    pub(crate) query: &'static str,
    pub(crate) channel: Arc<str>,
    pub(crate) values: Arc<[(&'static str, String)]>,
    pub(crate) params: Option<Arc<Value>>,
}

impl LiveContext {
    /// The user of the grant; `None` for nobody.
    pub fn user_id(&self) -> Option<&str> {
        self.grant.user_id()
    }

    /// What the connection may do. A later grant of the connection with other rights ends the query there, and its client begins it again.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The request that the connection began with: headers, cookies, the address. That of the first of the user's connections; what differs between them should be a
    /// parameter. `None` where the connection carried none of it, as one that a service [attached](crate::Realtime::attach).
    pub fn request(&self) -> Option<&ConnectRequest> {
        self.request.as_deref()
    }

    /// The name of the live query.
    pub fn query(&self) -> &'static str {
        self.query
    }

    /// The channel's name, such as `board/42`.
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// The value of a parameter of the channel, by its name on the wire. `None` if it has none of this name, or an optional one is absent.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(param, _)| *param == name).map(|(_, value)| value.as_str())
    }

    /// The query's own parameters, as JSON that the contract has checked. `None` if it has none.
    pub fn params(&self) -> Option<&Value> {
        self.params.as_deref()
    }
}

/// A request may hold secrets.
impl fmt::Debug for LiveContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveContext").field("query", &self.query).field("channel", &self.channel).finish_non_exhaustive()
    }
}
