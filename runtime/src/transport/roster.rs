//! `GET /presence`: who is present on a channel.

use axum::{
    extract::{Request, State},
    response::Response,
};

use super::{
    Refusal,
    http::{json, resolve},
    open::Visitor,
    query::{Query, named_channel},
    unavailable,
};
use crate::{
    connection::has_none,
    presence::{Presence, members_json},
    realtime::Realtime,
};

/// Who may subscribe to a channel may know who is there.
pub(super) async fn roster(State(realtime): State<Realtime>, request: Request) -> Result<Response, Refusal> {
    let (shared, (parts, _)) = (realtime.shared(), request.into_parts());
    shared.gate.check_origin(&parts.uri, &parts.headers)?;
    let channel = named_channel(&Query::parse(parts.uri.query())?)?;
    let visitor = Visitor::of(&parts.extensions);
    let grant = shared.gate.authorize(shared, &parts, || visitor.request(&parts, vec![channel.clone()])).await?;
    let known = resolve(shared, &channel)?;
    shared.gate.may_subscribe(&grant, known, &channel)?;
    if known.presence.is_none() {
        return Err(has_none(&channel));
    }
    let roster = Presence::read(&shared.publisher, &channel).await.map_err(|error| unavailable(&error))?;
    Ok(json(members_json(&roster), "no-store"))
}
