//! `GET /presence`: who is present on a channel.

use axum::{
    extract::{Request, State},
    response::Response,
};

use super::{
    Rejection,
    answer::Answer,
    http::resolve,
    open::Visitor,
    query::{Query, named_channel},
    unavailable,
};
use crate::{
    connection::has_none,
    middleware::{Start, Who},
    presence::{Presence, members_json},
    realtime::Realtime,
};

/// Who may subscribe to a channel may know who is there.
pub(super) async fn roster(State(realtime): State<Realtime>, request: Request) -> Result<Response, Rejection> {
    let (shared, (parts, _)) = (realtime.shared(), request.into_parts());
    shared.gate.check_origin(&parts.uri, &parts.headers)?;
    let channel = named_channel(&Query::parse(parts.uri.query())?)?;
    let known = resolve(shared, &channel)?;
    let grant = Visitor::of(&parts.extensions).admit(shared, &parts, || vec![channel.clone()]).await?;
    shared.gate.may_subscribe(&grant, known, &channel)?;
    if known.presence.is_none() {
        return Err(has_none(&channel).into());
    }
    let who = || Who { connection: None, user: grant.user_id().map(str::to_owned) };
    if let Some(asking) = shared.publisher.hooks().subscribe(who, (known, &channel), Start::Presence) {
        asking.await?;
        // It may have been revoked meanwhile.
        shared.gate.may_subscribe(&grant, known, &channel)?;
    }
    let answer = Answer::to(&parts, shared).await?;
    let publisher = shared.publisher.clone();
    let read = shared.reads.clone().run(async move { Presence::read(&publisher, &channel).await });
    let roster = read.await.map_err(|error| unavailable(&error))?;
    Ok(answer.json(members_json(&roster)))
}
