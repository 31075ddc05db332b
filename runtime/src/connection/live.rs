//! What clients say about live queries.

use std::sync::{Arc, Weak};

use serde_json::Value;
use tidewire_schema::{suggest, wire::WireCode};

use super::{Handle, Operation, execute::post, guarded::guarded, publish::too_often};
use crate::{
    contract::{Known, check_data, listed},
    live::{Feed, Guard, LiveContext, Wanted, Watch, key_of},
    middleware::Start,
    realtime::{Realtime, Shared},
    transport::{Refusal, excerpt, resolve},
};

/// What a client says about a live query.
#[derive(Debug, PartialEq)]
pub(crate) enum Looking {
    /// It wants to look at one.
    Begin(Begin),
    /// It wants the loader to run now.
    Reload(String),
    /// It does not look any more.
    End(String),
}

#[derive(Debug, PartialEq)]
pub(crate) struct Begin {
    pub(crate) query: String,
    pub(crate) channel: String,
    pub(crate) params: Option<Value>,
    /// Of the value that it has already.
    pub(crate) version: Option<String>,
}

/// What a connection should do about a live query.
#[derive(Debug)]
pub(crate) enum Look {
    Begin(Watch),
    /// Hands the value out again at the end of this run.
    Again(Arc<str>, u64),
    End(Arc<str>),
}

/// Does what a client says. Answers the key of what begins.
pub(super) async fn look(realtime: &Realtime, handle: &Arc<Handle>, looking: Looking) -> Result<Option<Arc<str>>, Refusal> {
    handle.rates(&realtime.shared().limits).subscribe.take().map_err(|wait| too_often("changes of subscriptions", wait))?;
    match looking {
        Looking::Begin(begin) => self::begin(realtime, handle, begin).await.map(Some),
        Looking::Reload(key) => {
            let feed = handle.looked_at_by(&key).and_then(|feed| feed.upgrade());
            let feed = feed.ok_or_else(|| Refusal::new(WireCode::UnknownLive, "this connection looks at no live query of this key"))?;
            post(handle, Operation::Live(Look::Again(feed.key().clone(), feed.ask())))?;
            Ok(None)
        }
        Looking::End(key) => {
            // Asking for what is so already is no mistake: it may have ended a moment ago.
            if handle.looks_at(&key) {
                let key: Arc<str> = key.into();
                post(handle, Operation::Live(Look::End(key.clone())))?;
                handle.looks_away(&key);
            }
            Ok(None)
        }
    }
}

/// Begins to look. The order of the checks is part of the protocol: allowance, query, channel, rights, parameters, limit, hooks, guard.
async fn begin(realtime: &Realtime, handle: &Arc<Handle>, asked: Begin) -> Result<Arc<str>, Refusal> {
    let shared = realtime.shared();
    let Begin { query, channel, params, version } = asked;
    let loaded = shared.live.loaded(&query).ok_or_else(|| unknown(shared, &query))?;
    let declared = shared.registry.live(&query).ok_or_else(|| unknown(shared, &query))?;
    let known = resolve(shared, &channel)?;
    if known.channel.pattern != declared.channel {
        let message = format!("the live query `{query}` belongs to the channel `{}`", declared.channel);
        return Err(Refusal::new(WireCode::InvalidChannel, message));
    }
    let permit = || handle.permit(&shared.gate, known, &channel);
    if permit().is_err() {
        // Another node may be about to say that the service gave it the channel.
        handle.settled().await;
    }
    permit()?;
    let given = params.filter(|params| !params.is_null());
    let given = given.or_else(|| declared.params.as_ref().map(|_| Value::Object(serde_json::Map::new())));
    let params = check_data(shared.registry.checker(), declared.params.as_ref(), given).map_err(|issues| {
        Refusal::new(WireCode::InvalidPayload, format!("the parameters of `{query}` violate the contract: {}", listed(&issues)))
    })?;
    let standing = handle.standing();
    let text = params.as_ref().map(Value::to_string);
    let key = key_of(&query, &channel, text.as_deref(), loaded.by_user.then_some(&*standing));
    if handle.looks_at(&key) {
        return Ok(key);
    }
    let limit = shared.limits.live_per_connection;
    if handle.lives() >= limit {
        return Err(Refusal::new(WireCode::TooManyChannels, format!("the connection has {limit} live queries, which is the limit")));
    }
    if let Some(asking) = shared.publisher.hooks().subscribe(|| handle.who(), (known, &channel), Start::Live) {
        asking.await?;
    }
    let context = LiveContext {
        grant: handle.grant(),
        request: handle.request().cloned(),
        query: loaded.name,
        channel: channel.as_str().into(),
        values: values(known, &channel),
        params: params.map(Arc::new),
    };
    if let Some(guard) = &loaded.options.guard {
        ask(shared, guard, context.clone()).await?;
    }
    // It may have been replaced meanwhile.
    permit()?;
    let wanted = Wanted { key: key.clone(), loaded: loaded.clone(), context, retention: known.retention };
    let bound = (loaded.by_user || loaded.options.guard.is_some()).then_some(standing);
    let watch = shared.live.watch(wanted, handle.outlet().clone(), (version, bound));
    handle.looks(&key, Arc::downgrade(watch.feed()));
    post(handle, Operation::Live(Look::Begin(watch))).inspect_err(|_| handle.looks_away(&key))?;
    Ok(key)
}

fn unknown(shared: &Shared, query: &str) -> Refusal {
    let refusal = Refusal::new(WireCode::UnknownLive, format!("there is no live query {} that anybody loads", excerpt(query)));
    match suggest::nearest(query, shared.live.names()) {
        Some(nearest) if nearest != query => refusal.hint(format!("did you mean `{nearest}`?")),
        _ => refusal,
    }
}

/// The parameters in the name of a channel, by their names on the wire.
fn values(known: &Known, channel: &str) -> Arc<[(&'static str, String)]> {
    let mut captured = known.pattern.capture(channel).unwrap_or_default();
    let names = known.channel.params.iter().map(|field| field.name.as_str());
    names
        .filter_map(|name| Some((name, captured.iter_mut().find(|(param, _)| *param == name).map(|(_, value)| std::mem::take(value))?)))
        .collect()
}

/// Asks the guard of a query.
async fn ask(shared: &Shared, guard: &Guard, context: LiveContext) -> Result<(), Refusal> {
    match guarded("guard", shared.limits.hook_timeout, || guard(context)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(denied)) => Err(denied.into_refusal()),
        // What went wrong is in the log by now.
        Err(_) => Err(Refusal::new(WireCode::Internal, "it could not be decided whether you may do this")),
    }
}

impl Handle {
    /// Whose it is and what its client may do, but for how long: what a loader or a guard that looks at who asks may go by.
    pub(super) fn standing(&self) -> Arc<str> {
        let grant = self.grant();
        let rights = grant.rights();
        match grant.user_id() {
            // Two nobodies are not the same.
            None => format!("{} {rights}", self.connection()).into(),
            Some(user) => format!("{user:?} {rights}").into(),
        }
    }

    fn looked_at_by(&self, key: &str) -> Option<Weak<Feed>> {
        self.state().lives.iter().find(|(held, _)| **held == *key).map(|(_, feed)| feed.clone())
    }

    fn looks_at(&self, key: &str) -> bool {
        self.state().lives.iter().any(|(held, _)| **held == *key)
    }

    fn lives(&self) -> usize {
        self.state().lives.len()
    }

    fn looks(&self, key: &Arc<str>, feed: Weak<Feed>) {
        self.state().lives.push((key.clone(), feed));
    }

    /// Forgets a key.
    pub(super) fn looks_away(&self, key: &str) {
        self.state().lives.retain(|(held, _)| **held != *key);
    }
}
