//! What a plugin hangs into the way of connections and events.

use std::{fmt, sync::Arc};

use crate::{
    access::{ConnectRequest, Denied, Grant},
    broker::BoxFuture,
    middleware::{Deliver, Hooks, Kinds, Middleware, Outgoing, PublishRequest, SubscribeRequest, TurnedAway},
};

/// Takes the hooks of a plugin; see [`Plugin::hooks`](crate::Plugin::hooks).
#[derive(Default)]
pub struct PluginHooks {
    middleware: Vec<Arc<dyn Hooks>>,
}

impl PluginHooks {
    /// Adds a [`Middleware`], behind those of this plugin that were added before. What it shares with the plugin is behind an `Arc` of theirs.
    pub fn middleware(&mut self, middleware: impl Middleware) -> &mut Self {
        self.middleware.push(Arc::new(middleware));
        self
    }

    /// Asks each what it takes part in, which is the plugin's code, and may panic. Afterwards nobody asks again.
    pub(super) fn settle(self, plugin: &'static str, patterns: &[&'static str]) -> Vec<Arc<dyn Hooks>> {
        let settled = |hooks: Arc<dyn Hooks>| -> Arc<dyn Hooks> {
            let delivers = patterns.iter().copied().filter(|pattern| hooks.delivers(pattern)).collect();
            Arc::new(Settled { plugin, kinds: hooks.kinds(), delivers, hooks })
        };
        self.middleware.into_iter().map(settled).collect()
    }
}

impl fmt::Debug for PluginHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.middleware.iter().map(|hooks| hooks.name())).finish()
    }
}

/// Hooks of a plugin, which bear its name in the log.
struct Settled {
    plugin: &'static str,
    kinds: Kinds,
    delivers: Vec<&'static str>,
    hooks: Arc<dyn Hooks>,
}

impl Hooks for Settled {
    fn name(&self) -> &'static str {
        self.hooks.name()
    }

    fn plugin(&self) -> Option<&'static str> {
        Some(self.plugin)
    }

    fn kinds(&self) -> Kinds {
        self.kinds
    }

    fn delivers(&self, pattern: &str) -> bool {
        self.delivers.contains(&pattern)
    }

    fn connect<'a>(&'a self, request: &'a ConnectRequest, grant: &'a mut Grant) -> BoxFuture<'a, Result<(), TurnedAway>> {
        self.hooks.connect(request, grant)
    }

    fn subscribe<'a>(&'a self, request: &'a SubscribeRequest) -> BoxFuture<'a, Result<(), Denied>> {
        self.hooks.subscribe(request)
    }

    fn publish<'a>(&'a self, request: &'a mut PublishRequest) -> BoxFuture<'a, Result<(), Denied>> {
        self.hooks.publish(request)
    }

    fn deliver(&self, event: &Outgoing<'_>) -> Deliver {
        self.hooks.deliver(event)
    }
}
