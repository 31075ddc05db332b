//! Parts of a service that come from somewhere else: begun before it serves, ended after it.

mod context;
mod erased;
mod hooks;
mod lineup;
mod post;
mod status;
mod stopping;

use std::{error::Error, future::Future, sync::Arc};

pub use self::{
    context::PluginContext,
    hooks::PluginHooks,
    status::{PluginState, PluginStatus},
};
pub(crate) use self::{
    erased::Candidate,
    lineup::Plugins,
    stopping::{Carried, let_go},
};
use crate::realtime::{Realtime, RealtimeBuilder};

/// Why something that a plugin did came to nothing. Any error, and any text, becomes one by `?` or `into`.
pub type PluginError = Box<dyn Error + Send + Sync>;

#[doc = include_str!("../docs/plugin.md")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no plugin",
    label = "has no start, no stop and no name",
    note = "implement `tidewire::Plugin` for `{Self}`; hooks alone are a `tidewire::Middleware`, for `.middleware(…)`"
)]
pub trait Plugin: Send + Sync + 'static {
    /// What it is called in logs, metrics and `GET /status`: 1 to 40 bytes of `a–z 0–9 _ -`. Asked once. Two plugins of a service cannot have the same one.
    fn name(&self) -> &'static str;

    /// Adds what it hangs into the way of connections and events. Asked once, within `build()` and before any plugin starts; its hooks come behind those of the service's own
    /// [`middleware`](RealtimeBuilder::middleware) and of plugins that were added before.
    ///
    /// They may be asked before [`start`](Self::start): an earlier plugin may publish when it starts.
    ///
    /// # Panics
    ///
    /// Then `build()` fails with [`BuildError::Plugin`](crate::BuildError::Plugin), as it does when this takes longer than [`Limits::plugin_timeout`](crate::Limits).
    fn hooks(&self, hooks: &mut PluginHooks) {
        let _ = hooks;
    }

    /// Begins its work, within `build()`: after the plugins that were added before it, and before anything is served. What goes on afterwards belongs into
    /// [`PluginContext::spawn`].
    ///
    /// # Errors
    ///
    /// Any. So do a panic, and a start that takes longer than [`Limits::plugin_timeout`](crate::Limits): `build()` fails with
    /// [`BuildError::Plugin`](crate::BuildError::Plugin), and the plugins that were started before are stopped in reverse. This one's tasks end, and its `stop` is not called.
    ///
    /// # Cancel safety
    ///
    /// The future is dropped when it takes too long, and when that of `build()` is.
    fn start(&self, context: PluginContext) -> impl Future<Output = Result<(), PluginError>> + Send {
        let _ = context;
        async { Ok(()) }
    }

    /// Ends its work, once: after the plugins that were added later, and after the last request. By now [`PluginContext::stopping`] has completed; afterwards its tasks
    /// have the rest of the time to end by themselves, and are then aborted.
    ///
    /// It is not called when the process is killed, nor when every handle of the service is dropped without a shutdown: tasks end then, and that is all.
    ///
    /// # Errors
    ///
    /// Any, and panics: they are logged and counted, and the other plugins are stopped all the same.
    ///
    /// # Cancel safety
    ///
    /// The future is dropped after [`Limits::plugin_timeout`](crate::Limits), or earlier if the drain of [`serve`](crate::serve) ends, or would leave less than 1 s for each of the others.
    fn stop(&self) -> impl Future<Output = Result<(), PluginError>> + Send {
        async { Ok(()) }
    }
}

impl RealtimeBuilder {
    /// Adds a [`Plugin`] behind those that were added before: it starts after them and is stopped before them.
    ///
    /// [`publisher`](Self::publisher) starts none.
    ///
    /// ```
    /// # use tidewire::{Plugin, RealtimeBuilder};
    /// struct Greeter;
    ///
    /// impl Plugin for Greeter {
    ///     fn name(&self) -> &'static str {
    ///         "greeter"
    ///     }
    /// }
    ///
    /// # fn set_up(builder: RealtimeBuilder) -> RealtimeBuilder {
    /// builder.plugin(Greeter)
    /// # }
    /// ```
    pub fn plugin<P: Plugin>(mut self, plugin: P) -> Self {
        self.plugins.push(Candidate::new(plugin));
        self
    }
}

impl Realtime {
    /// The plugin of this type, with whatever it offers; `None` if none was added.
    ///
    /// ```
    /// # use tidewire::{Plugin, Realtime};
    /// struct Greeter;
    ///
    /// impl Greeter {
    ///     fn greeting(&self) -> &'static str {
    ///         "hello"
    ///     }
    /// }
    /// # impl Plugin for Greeter { fn name(&self) -> &'static str { "greeter" } }
    /// # fn greet(realtime: &Realtime) -> Option<()> {
    ///
    /// let greeter = realtime.plugin::<Greeter>()?;
    /// println!("{}", greeter.greeting());
    /// # Some(())
    /// # }
    /// ```
    pub fn plugin<P: Plugin>(&self) -> Option<Arc<P>> {
        self.shared().plugins.get()
    }

    /// How each plugin is, in the order of addition: what `GET /status` says.
    pub fn plugins(&self) -> Vec<PluginStatus> {
        self.shared().plugins.status()
    }

    /// Stops the plugins in reverse, each within [`Limits::plugin_timeout`](crate::Limits). Does nothing more when they are stopped already.
    ///
    /// [`serve`](crate::serve) does this by itself when it shuts down. Await it after the graceful shutdown of another server:
    ///
    /// ```no_run
    /// # async fn run(realtime: tidewire::Realtime, listener: tokio::net::TcpListener, app: axum::Router) -> std::io::Result<()> {
    /// let signal = {
    ///     let realtime = realtime.clone();
    ///     async move {
    ///         let _ = tokio::signal::ctrl_c().await;
    ///         realtime.shutdown();
    ///     }
    /// };
    /// axum::serve(listener, app).with_graceful_shutdown(signal).await?;
    /// realtime.stop_plugins().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Once it was polled, the plugins are stopped also when the future is dropped.
    pub async fn stop_plugins(&self) {
        self.shared().plugins.stop(None).await;
    }
}
