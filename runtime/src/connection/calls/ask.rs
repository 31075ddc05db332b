//! Asking a client.

use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidewire_schema::{Call as Declared, check::Issue, wire::WireCode};
use tokio::sync::oneshot;

use super::{
    CallFailed,
    underway::{Asked, NoPlace, Questions},
};
use crate::{
    broker::BoxFuture,
    connection::{
        Connection, Handle, NotTaken, Operation,
        errand::{Errand, Outcome},
    },
    contract::{Call, ServerCall, check_data, listed, to_json},
    observe,
    realtime::Realtime,
    session::milliseconds,
    transport::{Refusal, excerpt},
};

/// How much longer than the client itself the node of a client may take.
const GRACE: Duration = Duration::from_secs(1);
/// How many bytes of a client's reason are handed on.
const REASON: usize = 1024;

/// What became of a question, as nodes tell it each other. Data is JSON in a text, because no data is not the same as `null`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "answered", rename_all = "snake_case")]
pub(in crate::connection) enum Answered {
    Reply {
        data: Option<String>,
    },
    Refused {
        message: String,
    },
    Invalid {
        reason: String,
    },
    Timeout,
    Gone,
    Full,
    Unknown,
    #[serde(other)]
    Other,
}

/// What a client says to a question.
#[derive(Debug, PartialEq)]
pub(crate) enum Replied {
    Data(Option<Value>),
    Error(String),
}

#[derive(Serialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    call: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    timeout: u64,
}

/// Asks a client of this node. The request has been checked.
pub(in crate::connection) async fn ask(
    realtime: &Realtime,
    handle: &Arc<Handle>,
    (call, data): (&str, Option<Value>),
    patience: Duration,
) -> Answered {
    let Some(call) = realtime.shared().registry.call(call) else { return Answered::Unknown };
    let (answer, answered) = oneshot::channel();
    let waits = match Questions::begin(handle, Asked { call, answer }) {
        Ok(waits) => waits,
        Err(NoPlace::TooMany) => return Answered::Full,
        Err(NoPlace::Over) => return Answered::Gone,
    };
    let frame =
        Frame { kind: "call", id: waits.number().to_string(), call: &call.name, data: data.as_ref(), timeout: milliseconds(patience) };
    let frame = serde_json::to_string(&frame).expect("text, numbers and JSON always serialize");
    match handle.post(Operation::Message(frame.into())) {
        Ok(()) => {}
        Err(NotTaken::Full) => return Answered::Full,
        Err(NotTaken::Ending | NotTaken::Lost) => return Answered::Gone,
    }
    match tokio::time::timeout(patience, answered).await {
        Ok(Ok(answered)) => answered,
        Ok(Err(_)) => Answered::Gone,
        Err(_) => Answered::Timeout,
    }
}

/// Takes what a client says to a question of this connection.
pub(in crate::connection) fn replied(realtime: &Realtime, handle: &Handle, id: &str, reply: Replied) -> Result<(), Refusal> {
    // Only the spelling that it was given.
    let number = id.parse::<u64>().ok().filter(|number| number.to_string() == id);
    let Some(Asked { call, answer }) = number.and_then(|number| handle.questions().take(number)) else {
        return Err(Refusal::new(WireCode::UnknownCall, format!("no call {} waits for an answer", excerpt(id))));
    };
    let (answered, verdict) = judge(realtime, call, reply);
    // Whoever asked may have given up in this moment.
    let _ = answer.send(answered);
    verdict
}

fn judge(realtime: &Realtime, call: &Declared, reply: Replied) -> (Answered, Result<(), Refusal>) {
    match reply {
        Replied::Error(mut message) => {
            let end = (0..=REASON.min(message.len())).rev().find(|end| message.is_char_boundary(*end)).unwrap_or(0);
            message.truncate(end);
            (Answered::Refused { message }, Ok(()))
        }
        Replied::Data(data) => match check_data(realtime.shared().registry.checker(), call.reply.as_ref(), data) {
            Ok(data) => (Answered::Reply { data: data.map(|data| data.to_string()) }, Ok(())),
            Err(issues) => {
                let reason = listed(&issues);
                let refusal =
                    Refusal::new(WireCode::InvalidPayload, format!("the reply to `{}` violates the contract: {reason}", call.name));
                (Answered::Invalid { reason }, Err(refusal))
            }
        },
    }
}

impl Connection {
    #[doc = include_str!("../../docs/connection_call.md")]
    #[expect(clippy::needless_pass_by_value, reason = "a request is written in place; nobody needs the value afterwards")]
    pub fn call<C: ServerCall>(&self, request: C) -> Calling<C> {
        let patience = self.realtime.shared().limits.call_timeout;
        Calling { connection: self.clone(), request: written(&self.realtime, &request), patience, call: PhantomData }
    }
}

/// Writes a request in its normal form.
fn written<C: Call>(realtime: &Realtime, request: &C) -> Result<Option<Value>, CallFailed> {
    let registry = &realtime.shared().registry;
    let Some(declared) = registry.call(C::NAME).filter(|call| call.from.server) else {
        return Err(CallFailed::UnknownCall { name: C::NAME });
    };
    let invalid = |issues: Vec<Issue>| CallFailed::Invalid { issues };
    let data = (!C::SIGNAL).then(|| to_json(request)).transpose().map_err(invalid)?;
    check_data(registry.checker(), declared.request.as_ref(), data).map_err(invalid)
}

/// A question to one client; made by [`Connection::call`]. Await it.
#[must_use = "nobody is asked unless this is awaited"]
pub struct Calling<C> {
    connection: Connection,
    request: Result<Option<Value>, CallFailed>,
    patience: Duration,
    call: PhantomData<fn() -> C>,
}

impl<C: Call> Calling<C> {
    /// How long the client may take, at most an hour. [`Limits::call_timeout`](crate::Limits) unless set.
    pub fn timeout(self, patience: Duration) -> Self {
        Self { patience: patience.min(Duration::from_secs(60 * 60)), ..self }
    }

    async fn ask(self) -> Result<C::Reply, CallFailed> {
        let Self { connection, request, patience, .. } = self;
        let Connection { realtime, id } = connection;
        let data = request?;
        let answered = match realtime.shared().connections.find(id) {
            Some(handle) => ask(&realtime, &handle, (C::NAME, data), patience).await,
            None => elsewhere(&Connection { realtime, id }, (C::NAME, data), patience).await?,
        };
        let data = match answered {
            Answered::Reply { data } => data,
            Answered::Refused { message } => return Err(CallFailed::Refused { message }),
            Answered::Invalid { reason } => return Err(CallFailed::InvalidReply { reason }),
            Answered::Timeout => return Err(CallFailed::Timeout),
            Answered::Full => return Err(CallFailed::Full),
            Answered::Unknown => return Err(CallFailed::UnknownCall { name: C::NAME }),
            Answered::Gone | Answered::Other => return Err(CallFailed::NotConnected),
        };
        let value = data.map_or(Ok(Value::Null), |data| serde_json::from_str(&data));
        value.and_then(serde_json::from_value).map_err(|error| CallFailed::InvalidReply { reason: error.to_string() })
    }
}

impl<C: Call> IntoFuture for Calling<C> {
    type Output = Result<C::Reply, CallFailed>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let answered = self.ask().await;
            observe::called(false, answered.as_ref().map_or_else(CallFailed::name, |_| "ok"));
            answered
        })
    }
}

/// Has the node ask that has the connection. It says at once that it does.
async fn elsewhere(connection: &Connection, (call, data): (&str, Option<Value>), patience: Duration) -> Result<Answered, CallFailed> {
    let relay = connection.realtime.shared().connections.relay();
    let (answer, answered) = relay.expect()?;
    let data = data.map(|data| data.to_string());
    let errand = Errand::Call { call: call.to_owned(), data, timeout: milliseconds(patience), answer: answer.number() };
    match connection.run(errand).await? {
        Outcome::Taken => {}
        _ => return Ok(Answered::Other),
    }
    match tokio::time::timeout(patience + GRACE, answered).await {
        Ok(Some(Outcome::Answered { answered })) => Ok(answered),
        Ok(_) => Ok(Answered::Other),
        Err(_) => Ok(Answered::Timeout),
    }
}

impl<C> fmt::Debug for Calling<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calling").field("connection", &self.connection.id).field("timeout", &self.patience).finish_non_exhaustive()
    }
}
