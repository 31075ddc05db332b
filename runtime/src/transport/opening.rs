//! What a client says of itself when it connects.

use serde_json::{Map, Value};
use tidewire_schema::wire::WireCode;

use super::Refusal;
use crate::{
    connection::parse,
    contract::{Registry, listed},
};

/// How many bytes of JSON that may be.
const MOST: usize = 2 * 1024;

/// Reads what a client says of itself, and holds it against the contract. Who says nothing says what an object without fields would, if that is enough; where the
/// contract wants to hear nothing, nobody listens.
pub(super) fn read_opening(given: Option<&str>, registry: &Registry) -> Result<Option<Value>, Refusal> {
    let Some(declared) = registry.opening() else { return Ok(None) };
    let invalid = |message: String| Refusal::new(WireCode::InvalidPayload, message);
    let value = match given {
        None => Value::Object(Map::new()),
        Some(text) if text.len() > MOST => {
            return Err(Refusal::new(WireCode::TooLarge, format!("`opening` has {} bytes, the limit is {MOST}", text.len())));
        }
        Some(text) => parse(text).map_err(|malformed| invalid(format!("`opening`: {malformed}")))?,
    };
    registry.checker().value(declared, value).map(Some).map_err(|issues| match given {
        None => invalid("a client of this service says something of itself: `opening` is missing".to_owned()),
        Some(_) => invalid(format!("`opening` violates the contract: {}", listed(&issues))),
    })
}
