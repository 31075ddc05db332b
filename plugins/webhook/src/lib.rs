#![doc = include_str!("../README.md")]

mod client;
mod desk;
mod endpoint;
mod letter;
mod line;
mod signature;

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use metrics::{describe_counter, describe_gauge};
/// The TLS library, for [`Webhook::tls`].
pub use rustls;
use tidewire::{Channel, Cursor, Denied, Middleware, Plugin, PluginContext, PluginError, PluginHooks, PublishRequest, SubscribeError};

use self::{
    client::Client,
    desk::{Desk, OnDead, OnDelivered},
    line::Line,
};
pub use self::{
    endpoint::Endpoint,
    letter::{DeadLetter, DeadReason, Delivered},
    line::EndpointError,
    signature::{ID, MalformedSecret, SIGNATURE, TIMESTAMP, Verifier, VerifyError},
};

/// The plugin: see the [page of the crate](crate).
#[derive(Default)]
#[must_use = "a plugin does nothing before it is added to a service"]
pub struct Webhook {
    endpoints: Vec<Endpoint>,
    on_dead: Option<OnDead>,
    on_delivered: Option<OnDelivered>,
    tls: Option<rustls::ClientConfig>,
    // From the start on; shared with the hook.
    desk: Arc<OnceLock<Arc<Desk>>>,
}

impl Webhook {
    /// Without endpoints yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an endpoint. Each delivers on its own: one that is away holds no other up.
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoints.push(endpoint);
        self
    }

    /// Tells this function of each [`DeadLetter`], once, right away: it should hand it on and not wait. What is set last holds; a warning without the body is logged, and
    /// `tidewire_webhook_dead_letters_total` counts, all the same.
    pub fn on_dead_letter(self, tell: impl Fn(DeadLetter) + Send + Sync + 'static) -> Self {
        Self { on_dead: Some(Arc::new(tell)), ..self }
    }

    /// Tells this function of each delivery that was accepted, right away, before the next of its channel begins. What is set last holds.
    ///
    /// A service that stores [`Delivered::cursor`] can [go on](Self::follow) from there after a restart.
    pub fn on_delivered(self, tell: impl Fn(Delivered<'_>) + Send + Sync + 'static) -> Self {
        Self { on_delivered: Some(Arc::new(tell)), ..self }
    }

    /// How to speak TLS: for authorities of one's own, or with a client certificate. Unless set, what the system trusts is trusted.
    pub fn tls(self, config: rustls::ClientConfig) -> Self {
        Self { tls: Some(config), ..self }
    }

    /// Delivers what happens on a channel to the endpoint, from a position on, until the service stops: what was stored after `cursor` first. For restarts, and for channels on which other
    /// nodes publish.
    ///
    /// Call it right after `build()`, before anything is published there: a channel that is followed already goes on from where it is.
    ///
    /// # Errors
    ///
    /// - [`SubscribeError::Channel`]: there is no such channel. Correct its parameters.
    /// - [`SubscribeError::Broker`]: the broker cannot be reached. Try again later.
    ///
    /// Nothing happens when the endpoint's name is unknown, when it wants nothing of this channel, and when the plugin was not started.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it answers, the channel is followed or not. Calling again is safe.
    pub async fn follow<C: Channel>(&self, endpoint: &str, channel: C, cursor: Option<Cursor>) -> Result<(), SubscribeError> {
        let Some(desk) = self.desk.get() else { return Ok(()) };
        let Some(realtime) = desk.context.realtime() else { return Ok(()) };
        let Some(line) = desk.lines.iter().find(|line| line.name == endpoint && line.wants_channel(C::PATTERN)) else { return Ok(()) };
        let address = realtime.channel(channel);
        desk.follow(line, (C::PATTERN, address.name()?), cursor, true).await
    }
}

impl Plugin for Webhook {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn hooks(&self, hooks: &mut PluginHooks) {
        hooks.middleware(Listener(self.desk.clone()));
    }

    async fn start(&self, context: PluginContext) -> Result<(), PluginError> {
        describe_counter!("tidewire_webhook_attempts_total", "attempts to deliver");
        describe_counter!("tidewire_webhook_dead_letters_total", "what was not delivered, and will not be");
        describe_gauge!("tidewire_webhook_channels", "channels that are followed");
        let lines = self.endpoints.iter().map(|endpoint| Line::new(endpoint, context.contract()).map(Arc::new));
        let lines = lines.collect::<Result<Vec<_>, _>>()?;
        for (at, line) in lines.iter().enumerate() {
            if lines[..at].iter().any(|other| other.name == line.name) {
                return Err(format!("two endpoints are called `{}`", line.name).into());
            }
        }
        let needs_tls = lines.iter().any(|line| line.uri.scheme_str() == Some("https"));
        let client = Client::new(self.tls.clone(), needs_tls)?;
        let desk = Desk { context, client, lines, on_dead: self.on_dead.clone(), on_delivered: self.on_delivered.clone() };
        let desk = self.desk.get_or_init(|| Arc::new(desk)).clone();
        for line in &desk.lines {
            for channel in line.literal() {
                desk.stay_with(line, channel).await;
            }
        }
        Ok(())
    }
}

/// Hears of channels before something is published there, so that nothing is missed.
struct Listener(Arc<OnceLock<Arc<Desk>>>);

impl Middleware for Listener {
    async fn publish(&self, request: &mut PublishRequest) -> Result<(), Denied> {
        let Some(desk) = self.0.get() else { return Ok(()) };
        for line in desk.lines.iter().filter(|line| line.wants(request.pattern(), request.event())) {
            if desk.follow(line, (request.pattern(), request.channel()), None, false).await.is_err() {
                // The publish goes on: whether it succeeds is not a matter of webhooks.
                desk.bury(line, request.channel(), DeadReason::NotFollowed, None, None);
            }
        }
        Ok(())
    }

    fn publishes_of_service(&self) -> bool {
        true
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}
