//! Answering what clients ask.

use std::{error::Error as _, sync::Arc, time::Duration};

use serde::Serialize;
use serde_json::Value;
use tidewire_schema::{names::is_event_name, suggest, wire::WireCode};

use super::{CallError, handlers::Handler, underway::Underway};
use crate::{
    connection::{
        Caller, ClientMessage, Handle, NotTaken, Operation,
        guarded::{Failure, guarded},
        publish::too_often,
    },
    contract::{check_data, listed},
    observe,
    realtime::Realtime,
    session::ErrorBody,
    transport::{Refusal, excerpt},
};

/// How long to wait until a client has taken of what waits for it, before its reply is offered again.
const PAUSE: Duration = Duration::from_millis(50);

/// The answer, on the stream.
#[derive(Serialize)]
struct Reply {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "ref")]
    reference: u64,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Data(Value),
    Error(ErrorBody),
    #[serde(untagged)]
    Done {},
}

/// Takes a call. The reply comes on the stream, after this answered.
///
/// The order of the checks is part of the protocol: names, allowance, revocations, call, request.
pub(in crate::connection) async fn take(
    realtime: &Realtime,
    handle: &Arc<Handle>,
    reference: Option<u64>,
    (call, data): (String, Option<Value>),
) -> Result<(), Refusal> {
    let bad = |message: &str| Refusal::new(WireCode::BadRequest, message);
    let reference = reference.ok_or_else(|| bad("a call has a `ref`, which its reply repeats"))?;
    if !is_event_name(&call) {
        return Err(bad("the name of the call is not one"));
    }
    handle.rates(&realtime.shared().limits).call.take().map_err(|wait| too_often("calls", wait))?;
    // A call needs no channel, so nothing else holds it against what was revoked.
    realtime.shared().gate.revocations().admit(handle.grant().user_id())?;
    let place = Underway::begin(handle)
        .ok_or_else(|| Refusal::new(WireCode::RateLimited, "too many calls of this connection are under way").retry_after(PAUSE))?;
    let shared = realtime.shared();
    let unknown = || {
        let refusal = Refusal::new(WireCode::UnknownCall, format!("there is no call {} that anybody answers", excerpt(&call)));
        match suggest::nearest(&call, shared.registry.calls().iter().filter(|known| known.from.client).map(|known| known.name.as_str())) {
            Some(nearest) if nearest != call => refusal.hint(format!("did you mean `{nearest}`?")),
            _ => refusal,
        }
    };
    let declared = shared.registry.call(&call).ok_or_else(unknown)?;
    if !declared.from.client {
        return Err(Refusal::new(WireCode::Denied, format!("clients may not make the call `{call}`")));
    }
    let handler = shared.callbacks.handlers.of(&call).cloned().ok_or_else(unknown)?;
    let data = check_data(shared.registry.checker(), declared.request.as_ref(), data).map_err(|issues| {
        Refusal::new(WireCode::InvalidPayload, format!("the request of `{call}` violates the contract: {}", listed(&issues)))
    })?;
    shared.callbacks.message(realtime, handle, || ClientMessage::Call { name: call.clone(), data: data.clone() }).await?;
    let (realtime, name, caller) = (realtime.clone(), declared.name.as_str(), Caller::new(realtime, handle));
    let (to, span) = (handle.clone(), tracing::debug_span!("call", name, connection = %handle.connection()));
    let work = async move {
        let answered = answer(&realtime, name, handler, (data, caller)).await;
        observe::called(true, answered.as_ref().map_or_else(|error| error.code().name(), |_| "ok"));
        let outcome = match answered {
            Ok(Some(data)) => Outcome::Data(data),
            Ok(None) => Outcome::Done {},
            Err(error) => Outcome::Error(ErrorBody::new(error.code(), error.to_string())),
        };
        hand_over(&to, &Reply { kind: "reply", reference, outcome }).await;
    };
    Underway::spawn(place, tracing::Instrument::instrument(work, span));
    Ok(())
}

async fn answer(
    realtime: &Realtime,
    name: &'static str,
    handler: Handler,
    (data, caller): (Option<Value>, Caller),
) -> Result<Option<Value>, CallError> {
    let limits = realtime.shared().limits;
    let answered = guarded(name, limits.call_timeout, move || handler(data, caller)).await;
    let reply = answered.unwrap_or_else(|failure| {
        Err(match failure {
            Failure::Panicked => CallError::panicked(),
            Failure::TooLate => CallError::timeout(),
        })
    });
    let reply = reply.inspect_err(|error| {
        if let Some(cause) = error.source() {
            tracing::error!(%cause, "the call `{name}` failed");
        }
    })?;
    let bytes = reply.as_ref().map_or(0, |reply| reply.to_string().len());
    if bytes > limits.event_bytes {
        tracing::error!(bytes, limit = limits.event_bytes, "the reply to `{name}` is too large");
        return Err(CallError::panicked());
    }
    Ok(reply)
}

/// Hands the reply to a client that may not keep up. Its place is taken until then, so that it cannot have more replies wait than it has places.
async fn hand_over(handle: &Handle, reply: &Reply) {
    let frame: Arc<str> = serde_json::to_string(reply).expect("text, numbers and JSON always serialize").into();
    while let Err(NotTaken::Full) = handle.post(Operation::Message(frame.clone())) {
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn replies_are_what_the_protocol_says() {
        let frame = |outcome| serde_json::to_string(&Reply { kind: "reply", reference: 5, outcome }).unwrap();
        assert_eq!(frame(Outcome::Data(json!({ "name": "x" }))), r#"{"type":"reply","ref":5,"data":{"name":"x"}}"#);
        assert_eq!(frame(Outcome::Data(Value::Null)), r#"{"type":"reply","ref":5,"data":null}"#);
        assert_eq!(frame(Outcome::Done {}), r#"{"type":"reply","ref":5}"#);
        let error = ErrorBody::new(WireCode::CallFailed, "taken");
        assert_eq!(
            frame(Outcome::Error(error)),
            r#"{"type":"reply","ref":5,"error":{"code":4018,"name":"call_failed","message":"taken"}}"#
        );
    }
}
