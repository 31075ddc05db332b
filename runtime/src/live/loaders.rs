//! The loaders of a service, without their types.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tidewire_schema::suggest::nearest;

use super::{LiveContext, LiveOptions, LiveQuery, Loader, loader::LoadError};
use crate::{
    broker::BoxFuture,
    contract::{Channel, Known, Registry, listed, to_json},
    error::BuildError,
};

type Load = Arc<dyn Fn(LiveContext) -> BoxFuture<'static, Option<Value>> + Send + Sync>;

/// A live query that somebody loads.
pub(crate) struct Loaded {
    pub(crate) name: &'static str,
    pub(crate) options: LiveOptions,
    /// Whether it runs for each user.
    pub(crate) by_user: bool,
    pattern: &'static str,
    load: Load,
}

/// Every loader, by the name of its query.
#[derive(Default)]
pub(crate) struct Loaders {
    all: BTreeMap<&'static str, Arc<Loaded>>,
    // A query that was given two.
    twice: Option<&'static str>,
}

impl Loaded {
    /// Begins a run. The result is what the loader says, unchecked; `None` if it failed, which is in the log by then.
    pub(super) fn load(&self, context: LiveContext) -> BoxFuture<'static, Option<Value>> {
        (self.load)(context)
    }
}

impl Loaders {
    pub(crate) fn add<C, P, R, F, L>(&mut self, query: LiveQuery<C, P, R>, options: LiveOptions, loader: L)
    where
        C: Channel,
        P: DeserializeOwned + Send + 'static,
        R: Serialize + Send + 'static,
        L: Loader<C, P, R, F>,
    {
        let (name, read, loader) = (query.name(), query.read(), Arc::new(loader));
        let load: Load = Arc::new(move |context| {
            let loader = loader.clone();
            let run = async move {
                // Both were checked against the contract that the types are made from.
                let values: Vec<(&str, String)> = context.values.to_vec();
                let channel = read(&values).ok_or("the parameters of the channel are not those of its type")?;
                let params = serde_json::from_value(context.params().cloned().unwrap_or(Value::Null))?;
                let result = loader.load(channel, params, context).await?;
                to_json(&result).map_err(|issues| LoadError::from(listed(&issues)))
            };
            Box::pin(async move {
                // Within the run: an error, too, is the service's, and may panic when it is asked what it says.
                run.await.map_err(|cause| tracing::error!(cause = &*cause, "the loader of a live query failed")).ok()
            })
        });
        let entry = Loaded { name, options, by_user: L::BY_USER, pattern: C::PATTERN, load };
        if self.all.insert(name, Arc::new(entry)).is_some() {
            self.twice = Some(name);
        }
    }

    pub(super) fn of(&self, name: &str) -> Option<&Arc<Loaded>> {
        self.all.get(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.all.keys().copied()
    }

    /// Whether any of them looks at who asks.
    pub(crate) fn look_at_requests(&self) -> bool {
        self.all.values().any(|loaded| loaded.by_user || loaded.options.guard.is_some())
    }

    /// Holds the loaders against the contract.
    pub(crate) fn check(&self, registry: &Registry) -> Result<(), BuildError> {
        let wrong = |name: &str, reason: String| Err(BuildError::Live { name: name.to_owned(), reason });
        if let Some(name) = self.twice {
            return wrong(name, "it has two loaders, and one is to go".to_owned());
        }
        for (name, loaded) in &self.all {
            let Some(query) = registry.live(name) else { return wrong(name, "the contract has no such live query".to_owned()) };
            if query.channel != loaded.pattern {
                return wrong(name, format!("in the contract it belongs to the channel `{}`", query.channel));
            }
            let known = registry.by_pattern(loaded.pattern).map(|at| registry.at(at));
            let carried: Vec<&str> = known.into_iter().flat_map(Known::event_names).collect();
            if let Some(event) = loaded.options.on.iter().flatten().find(|event| !carried.contains(&event.as_str())) {
                let suggestion = nearest(event, carried).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
                return wrong(name, format!("its channel `{}` carries no event `{event}`{suggestion}", loaded.pattern));
            }
        }
        for query in registry.lives().iter().filter(|query| !self.all.contains_key(query.name.as_str())) {
            tracing::warn!(query = query.name, "nobody loads this live query of the contract: call `.live(…)` on the builder");
        }
        Ok(())
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("name", &self.name).field("options", &self.options).finish_non_exhaustive()
    }
}

impl fmt::Debug for Loaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.all.keys()).finish()
    }
}
