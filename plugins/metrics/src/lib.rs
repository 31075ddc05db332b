#![doc = include_str!("../README.md")]

#[cfg(feature = "opentelemetry")]
mod opentelemetry;

use std::{error::Error, fmt, time::Duration};

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderValue, header};
/// The exporter, for those who set it up themselves.
pub use metrics_exporter_prometheus;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tidewire::{Plugin, PluginContext, PluginError};

#[cfg(feature = "opentelemetry")]
pub use self::opentelemetry::OpenTelemetry;

/// How often samples of histograms are added up. Between, they take memory.
const UPKEEP: Duration = Duration::from_secs(5);

/// Bounds of the buckets for times, in seconds: from an embedded broker to the longest that anybody waits for one.
const SECONDS: [f64; 12] = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.1, 0.5, 2.0];

/// The plugin: see the [page of the crate](crate).
#[derive(Clone)]
pub struct Prometheus {
    handle: PrometheusHandle,
}

impl Prometheus {
    /// Makes this the recorder of the process: from here on everything that goes through the `metrics` facade is kept, of the service's own, too. Call it before
    /// [`build`](tidewire::RealtimeBuilder::build), which registers what there is.
    ///
    /// # Errors
    ///
    /// [`InstallError`] if the process has a recorder already. There can be one: have it recorded there, or [bring its handle](Self::from_handle).
    pub fn install() -> Result<Self, InstallError> {
        let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS);
        let builder = builder.map_err(|cause| InstallError(cause.into()))?;
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).map_err(|_| InstallError("the process has a recorder already".into()))?;
        Ok(Self { handle })
    }

    /// Serves what another recorder keeps, which the service set up and installed itself.
    pub fn from_handle(handle: PrometheusHandle) -> Self {
        Self { handle }
    }

    /// Everything that was recorded, in the text format of Prometheus.
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// `GET /metrics`, to be merged into the [admin router](tidewire::Realtime::admin_router). Nobody is asked who they are, so it belongs where only operators come.
    pub fn router<S>(&self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let this = self.clone();
        Router::new().route("/metrics", get(async move || this.answer()))
    }

    fn answer(&self) -> Response {
        let mut response = self.render().into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl Plugin for Prometheus {
    fn name(&self) -> &'static str {
        "prometheus"
    }

    async fn start(&self, context: PluginContext) -> Result<(), PluginError> {
        let (handle, stopping) = (self.handle.clone(), context.stopping());
        context.spawn("upkeep", async move {
            let mut stopping = std::pin::pin!(stopping);
            while tokio::time::timeout(UPKEEP, &mut stopping).await.is_err() {
                handle.run_upkeep();
            }
            Ok(())
        });
        Ok(())
    }
}

impl fmt::Debug for Prometheus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prometheus").finish_non_exhaustive()
    }
}

/// An exporter could not be made the recorder of the process.
#[derive(Debug)]
pub struct InstallError(Box<dyn Error + Send + Sync>);

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("metrics cannot be recorded")
    }
}

impl Error for InstallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
