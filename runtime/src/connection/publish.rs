//! Events that clients publish.

use std::{sync::Arc, time::Duration};

use tidewire_schema::{names::is_event_name, wire::WireCode};

use super::{ClientMessage, Handle, command::Publish};
use crate::{
    access::Grant,
    broker::{Draft, IdempotencyKey},
    channel::Published,
    contract::Known,
    error::PublishError,
    realtime::{Realtime, Shared},
    session::AckReceipt,
    transport::{Refusal, resolve},
};

/// Publishes an event for a client. The order of the checks is part of the protocol: names, rights, allowance, hooks, payload, broker.
pub(super) async fn publish(realtime: &Realtime, handle: &Arc<Handle>, publish: Publish) -> Result<AckReceipt, Refusal> {
    let shared = realtime.shared();
    let Publish { channel, event, data, key, exclude_self } = publish;
    let resolved = resolve(shared, &channel);
    if !is_event_name(&event) {
        return Err(Refusal::new(WireCode::BadRequest, "the event's name is not one"));
    }
    if let Ok(known) = &resolved {
        permit(shared, handle, known, &channel)?;
    }
    let declared = resolved.as_ref().ok().and_then(|known| Some((*known, known.event(&event)?)));
    let latest = declared.is_some_and(|(known, declared)| known.is_latest(declared));
    spend(shared, handle, latest)?;
    resolved?;
    let Some((known, declared)) = declared else {
        return Err(Refusal::new(WireCode::UnknownEvent, format!("channel `{channel}` does not carry event `{event}`")));
    };
    if !declared.publish.client {
        return Err(Refusal::new(WireCode::Denied, format!("clients may not publish event `{event}` on channel `{channel}`")));
    }
    shared.connections.event_rates().take((&channel, &event)).map_err(|wait| too_often("of this event on this channel", wait))?;
    let key = key.map(|key| IdempotencyKey::new(handle.connection().to_string(), key)).transpose();
    let key = key.map_err(|malformed| Refusal::new(WireCode::BadRequest, malformed.to_string()))?;
    let data = shared.publisher.hooks().publish(|| handle.who(), (known, &channel), declared.name.as_str(), data).await?;
    let invalid = |issues| refused(&PublishError::Invalid { event: declared.name.as_str(), issues });
    let data = shared.registry.checker().payload(declared, data).map_err(invalid)?;
    let shown = || ClientMessage::Publish { channel: channel.clone(), event: event.clone(), data: data.clone() };
    shared.callbacks.message(realtime, handle, shown).await?;
    // It may have been replaced, or have ended, while all those were asked.
    let grant = permit(shared, handle, known, &channel)?;
    if handle.has_expired() {
        return Err(Refusal::new(WireCode::TokenExpired, "the token has expired"));
    }
    let data = shared.publisher.written(declared.name.as_str(), data).map_err(|error| refused(&error))?;
    let draft = Draft {
        event: declared.name.as_str(),
        sender: grant.user_id().map(str::to_owned),
        origin: Some(handle.connection()),
        exclude: exclude_self.then(|| handle.connection()),
        data,
        retention: known.retention_of(declared),
        latest,
        key,
    };
    let Published { id, number, time, duplicate } =
        realtime.as_publisher().store(&channel, draft).await.map_err(|error| refused(&error))?;
    let time = u64::try_from(time.timestamp_millis()).unwrap_or_default();
    Ok(AckReceipt { id, number, time, stored: id.is_some(), duplicate })
}

/// What the client may do on the channel, if it may publish there.
fn permit(shared: &Shared, handle: &Handle, known: &Known, channel: &str) -> Result<Arc<Grant>, Refusal> {
    let grant = handle.grant();
    if !grant.may_publish(known, channel) {
        return Err(Refusal::new(WireCode::Denied, format!("you may not publish on channel `{channel}`")));
    }
    shared.gate.revocations().check(grant.user_id(), channel)?;
    Ok(grant)
}

/// Takes the event from what the connection and its user may publish.
fn spend(shared: &Shared, handle: &Handle, latest: bool) -> Result<(), Refusal> {
    let rates = handle.rates(&shared.limits);
    let rate = if latest { &rates.publish_latest } else { &rates.publish };
    rate.take().map_err(|wait| too_often("events from this connection", wait))?;
    match handle.grant().user_id() {
        Some(user) => shared.connections.residents().take(user).map_err(|wait| too_often("events from this user", wait)),
        None => Ok(()),
    }
}

pub(crate) fn too_often(what: &str, wait: Duration) -> Refusal {
    Refusal::new(WireCode::RateLimited, format!("too many {what}")).retry_after(wait)
}

/// An error as a client sees it: its code and its words, never those of a store.
fn refused(error: &PublishError) -> Refusal {
    Refusal::new(error.code(), error.to_string())
}
