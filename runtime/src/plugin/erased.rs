//! A plugin that can be kept beside others.

use std::{
    any::{Any, TypeId, type_name},
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{Plugin, PluginContext, PluginError, PluginHooks};
use crate::broker::BoxFuture;

/// A [`Plugin`] without its type.
pub(super) trait AnyPlugin: Send + Sync {
    fn hooks(&self, hooks: &mut PluginHooks);
    fn start(self: Arc<Self>, context: PluginContext) -> BoxFuture<'static, Result<(), PluginError>>;
    fn stop(self: Arc<Self>) -> BoxFuture<'static, Result<(), PluginError>>;
}

impl<P: Plugin> AnyPlugin for P {
    fn hooks(&self, hooks: &mut PluginHooks) {
        Plugin::hooks(self, hooks);
    }

    fn start(self: Arc<Self>, context: PluginContext) -> BoxFuture<'static, Result<(), PluginError>> {
        Box::pin(async move { Plugin::start(&*self, context).await })
    }

    fn stop(self: Arc<Self>) -> BoxFuture<'static, Result<(), PluginError>> {
        Box::pin(async move { Plugin::stop(&*self).await })
    }
}

/// A plugin that was added and is not looked at yet.
#[derive(Clone)]
pub(crate) struct Candidate {
    /// That of its type if it panicked instead of saying one.
    pub(super) name: &'static str,
    pub(super) is_named: bool,
    pub(super) type_id: TypeId,
    pub(super) type_name: &'static str,
    pub(super) plugin: Arc<dyn AnyPlugin>,
    /// The same, to be handed out by its type.
    pub(super) typed: Arc<dyn Any + Send + Sync>,
}

impl Candidate {
    pub(super) fn new<P: Plugin>(plugin: P) -> Self {
        let plugin = Arc::new(plugin);
        let said = catch_unwind(AssertUnwindSafe(|| plugin.name())).map_err(|panic| {
            // What it carries belongs to the plugin, and dropping it may panic again.
            let _ = catch_unwind(AssertUnwindSafe(move || drop(panic)));
        });
        Self {
            name: said.unwrap_or(type_name::<P>()),
            is_named: said.is_ok(),
            type_id: TypeId::of::<P>(),
            type_name: type_name::<P>(),
            plugin: plugin.clone(),
            typed: plugin,
        }
    }
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate").field("name", &self.name).field("type", &self.type_name).finish_non_exhaustive()
    }
}
