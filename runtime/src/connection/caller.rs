//! Which client a request of the service's own comes from.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::request::Parts;
use tidewire_schema::wire::WireCode;

use crate::{identity::ConnectionId, transport::Refusal};

/// Where a page says which of its connections a request belongs to.
const HEADER: &str = "tidewire-connection";

/// An extractor: the client that sent this request to one of the service's own routes, if the request has the header `tidewire-connection`.
///
/// Exclude it from the event that the request leads to, when its page shows the change already.
///
/// The header is what somebody claims, not a proof. An id grants nothing: at worst a client gets its own echo, or is spared one.
///
/// ```
/// use tidewire::{CallerConnection, PublishOptions};
///
/// async fn options(CallerConnection(caller): CallerConnection) -> PublishOptions {
///     caller.map_or_else(PublishOptions::new, |caller| PublishOptions::new().exclude(caller))
/// }
/// ```
///
/// # Errors
///
/// A header that is not an id is refused with status 400 and the code `bad_request`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallerConnection(pub Option<ConnectionId>);

/// The header `tidewire-connection` is not an id. Answers as everything of Tidewire does that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MalformedCaller;

impl<S: Send + Sync> FromRequestParts<S> for CallerConnection {
    type Rejection = MalformedCaller;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MalformedCaller> {
        let Some(value) = parts.headers.get(HEADER) else { return Ok(Self(None)) };
        let id = value.to_str().ok().and_then(|text| text.parse().ok());
        id.map(|id| Self(Some(id))).ok_or(MalformedCaller)
    }
}

impl IntoResponse for MalformedCaller {
    fn into_response(self) -> Response {
        Refusal::new(WireCode::BadRequest, "the header `tidewire-connection` is not the id of a connection").into_response()
    }
}
