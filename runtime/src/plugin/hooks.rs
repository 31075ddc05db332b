//! What a plugin hangs into the way of connections and events.

use std::{fmt, sync::Arc};

use crate::middleware::{Hooks, Middleware};

/// Takes the hooks of a plugin; see [`Plugin::hooks`](crate::Plugin::hooks).
#[derive(Default)]
pub struct PluginHooks {
    pub(super) middleware: Vec<Arc<dyn Hooks>>,
}

impl PluginHooks {
    /// Adds a [`Middleware`], behind those of this plugin that were added before. What it shares with the plugin is behind an `Arc` of theirs.
    pub fn middleware(&mut self, middleware: impl Middleware) -> &mut Self {
        self.middleware.push(Arc::new(middleware));
        self
    }
}

impl fmt::Debug for PluginHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.middleware.iter().map(|hooks| hooks.name())).finish()
    }
}
