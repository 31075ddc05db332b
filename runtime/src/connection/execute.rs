//! Doing what a client asks for, whichever way it asked.

use std::sync::Arc;

use serde_json::Value;
use tidewire_schema::wire::WireCode;

use super::{
    Command, Handle, NotTaken, Operation, Request,
    calls::{replied, take},
    command::{Bearer, Unusable},
    handle::Reserved,
    live::look,
    presence::{has_none, present, watch},
    publish::{publish, too_often},
};
use crate::{
    realtime::Realtime,
    session::{Ack, Beginning, Control, Filter, Wish},
    transport::{Refusal, Rejection, resolve, unavailable},
};

/// Does what one frame asks for, and answers it.
///
/// Whatever concerns the stream comes there, after this answered. When the future is dropped, the command was done or not; nothing is done by halves.
pub(crate) async fn execute(realtime: &Realtime, handle: &Arc<Handle>, request: Request) -> Control {
    // One after another, also when a client asks over several requests at once.
    let _turn = handle.turn.lock().await;
    let Request { reference, command } = request;
    if handle.has_expired() && !matches!(command, Ok(Command::Auth { .. } | Command::Pong)) {
        return Control::Failed { reference, error: Refusal::new(WireCode::TokenExpired, "the token has expired").into_body() };
    }
    match command {
        Ok(Command::Subscribe { channel, beginning, filter, presence }) => {
            match subscribe(realtime, handle, &channel, (beginning, filter, presence), reference).await {
                Ok(()) => Control::done(reference),
                Err(refusal) => denied(&channel, reference, refusal),
            }
        }
        Ok(Command::Unsubscribe { channel }) => match unsubscribe(realtime, handle, &channel).await {
            Ok(()) => Control::done(reference),
            Err(refusal) => Control::Failed { reference, error: refusal.into_body() },
        },
        Ok(Command::Publish(event)) => match publish(realtime, handle, event).await {
            Ok(receipt) => Control::Ack(Ack { reference, receipt: Some(receipt) }),
            Err(refusal) => Control::Failed { reference, error: refusal.into_body() },
        },
        Ok(Command::Pong) => Control::done(reference),
        Ok(Command::Auth { token }) => match renew(realtime, handle, &token).await {
            Ok(()) => Control::done(reference),
            Err(refusal) => Control::Failed { reference, error: refusal.into_body() },
        },
        Ok(Command::Call { call, data }) => outcome(reference, take(realtime, handle, reference, (call, data)).await),
        Ok(Command::Reply { id, reply }) => outcome(reference, replied(realtime, handle, &id, reply)),
        Ok(Command::Presence(presenting)) => outcome(reference, present(realtime, handle, presenting).await),
        Ok(Command::Live(looking)) => match look(realtime, handle, looking).await {
            Ok(Some(key)) => Control::Keyed { reference, key },
            Ok(None) => Control::done(reference),
            Err(refusal) => Control::Failed { reference, error: refusal.into_body() },
        },
        Err(Unusable { channel: Some(channel), refusal }) => denied(&channel, reference, refusal),
        Err(Unusable { channel: None, refusal }) => Control::Failed { reference, error: refusal.into_body() },
    }
}

fn outcome(reference: Option<u64>, outcome: Result<(), Refusal>) -> Control {
    match outcome {
        Ok(()) => Control::done(reference),
        Err(refusal) => Control::Failed { reference, error: refusal.into_body() },
    }
}

/// Does what the frames of one request ask for, one after another. The answers are a JSON list.
pub(crate) async fn execute_all(realtime: &Realtime, handle: &Arc<Handle>, frames: Vec<Value>) -> String {
    let mut replies = Vec::with_capacity(frames.len());
    for frame in frames {
        let request = Request::read(frame, realtime.shared().limits.replay_events);
        replies.push(execute(realtime, handle, request).await);
    }
    serde_json::to_string(&replies).expect("text and numbers always serialize")
}

pub(super) fn denied(channel: &str, reference: Option<u64>, refusal: Refusal) -> Control {
    Control::Denied { channel: channel.into(), reference, error: refusal.into_body() }
}

pub(super) async fn subscribe(
    realtime: &Realtime,
    handle: &Arc<Handle>,
    channel: &str,
    (beginning, filter, presence): (Beginning, Filter, bool),
    reference: Option<u64>,
) -> Result<(), Refusal> {
    let shared = realtime.shared();
    let resolved = resolve(shared, channel);
    handle.rates(&shared.limits).subscribe.take().map_err(|wait| too_often("changes of subscriptions", wait))?;
    let known = resolved?;
    let permit = || handle.permit(&shared.gate, known, channel);
    if permit().is_err() {
        // Another node may be about to say that the service gave it the channel.
        handle.settled().await;
    }
    permit()?;
    if handle.is_fixed() {
        return Err(Refusal::new(WireCode::BadRequest, "this stream has `id:` lines, so its channels are those of its URL")
            .hint("open it with `ids=0`"));
    }
    if presence && known.presence.is_none() {
        return Err(has_none(channel));
    }
    let limit = shared.limits.channels_per_connection;
    let reservation = match handle.reserve(channel, limit) {
        Reserved::New(reservation) => reservation,
        Reserved::Already => {
            post(handle, Operation::Refilter(channel.into(), filter))?;
            return if presence { watch(realtime, handle, channel) } else { Ok(()) };
        }
        Reserved::TooMany => {
            return Err(Refusal::new(WireCode::TooManyChannels, format!("the connection has {limit} channels, which is the limit")));
        }
    };
    if let Some(asking) = shared.publisher.hooks().subscribe(|| handle.who(), (known, channel), beginning) {
        asking.await?;
    }
    let member = shared.hub.join(channel, known.retention, handle.outlet().clone());
    shared.in_time(Box::pin(member.open())).await.map_err(|error| unavailable(&error))?;
    // It may have been replaced meanwhile.
    permit()?;
    let by = handle.given_by(channel);
    let greeting = shared.callbacks.subscribe(realtime, handle, (known, channel), false).await?;
    if let Some(greeting) = greeting {
        post(handle, Operation::Message(greeting))?;
    }
    post(handle, Operation::Subscribe(Wish { member, beginning, filter, reference, by }))?;
    reservation.keep();
    if presence { watch(realtime, handle, channel) } else { Ok(()) }
}

async fn unsubscribe(realtime: &Realtime, handle: &Arc<Handle>, channel: &str) -> Result<(), Refusal> {
    handle.rates(&realtime.shared().limits).subscribe.take().map_err(|wait| too_often("changes of subscriptions", wait))?;
    if handle.is_fixed() {
        return Err(Refusal::new(WireCode::BadRequest, "this stream has `id:` lines, so its channels are those of its URL"));
    }
    // Asking for what is so already is no mistake: the channel may have been denied a moment ago.
    if handle.has(channel) {
        post(handle, Operation::Unsubscribe(channel.into()))?;
        handle.release(channel);
    }
    // Not for want of the broker: the subscription is over, and the presence will be.
    let _ = realtime.shared().presence.leave(handle, &channel.into()).await;
    Ok(())
}

/// Replaces the grant by that of a newer token of the same user. Nothing else about the connection changes.
async fn renew(realtime: &Realtime, handle: &Handle, Bearer(token): &Bearer) -> Result<(), Refusal> {
    handle.rates(&realtime.shared().limits).subscribe.take().map_err(|wait| too_often("changes of subscriptions and tokens", wait))?;
    let shared = realtime.shared();
    let mut grant = shared.gate.renew(shared, token)?;
    let not_yours = || Refusal::new(WireCode::Denied, "the token is one of another user than the connection");
    if !handle.belongs_to(grant.user_id()) {
        // Before a hook is asked about somebody who has nothing to do with this connection.
        return Err(not_yours());
    }
    if let Some(request) = handle.request() {
        // What a hook took from the grant of the connection, it takes from this one.
        let asked = Arc::new(request.with_token(token));
        let left = shared.publisher.hooks().admit(&asked, Arc::new(grant)).await.map_err(|rejection| match rejection {
            Rejection::Refused(refusal) => refusal,
            Rejection::Answered(_) => Refusal::new(WireCode::Denied, "the token is not accepted here"),
        })?;
        grant = Arc::unwrap_or_clone(left);
    }
    match handle.set_grant(grant) {
        Some(true) => Ok(()),
        Some(false) => Err(not_yours()),
        None => Err(Refusal::new(WireCode::UnknownSession, "the connection is ending")),
    }
}

pub(super) fn post(handle: &Handle, operation: Operation) -> Result<(), Refusal> {
    handle.post(operation).map_err(|not_taken| match not_taken {
        NotTaken::Full => Refusal::new(WireCode::RateLimited, "the connection does not keep up with what is asked of it")
            .retry_after(std::time::Duration::from_secs(1)),
        NotTaken::Lost => Refusal::new(WireCode::Denied, "the right to the channel was taken away meanwhile"),
        NotTaken::Ending => Refusal::new(WireCode::UnknownSession, "the connection is ending"),
    })
}
