//! Handing everything to OpenTelemetry.

use std::{fmt, sync::Arc};

use metrics_opentelemetry::{OpenTelemetryMetrics, OpenTelemetryRecorder};
use opentelemetry::metrics::Meter;
use tidewire::{Plugin, PluginError};

use crate::{InstallError, SECONDS};

type Flush = Arc<dyn Fn() -> Result<(), PluginError> + Send + Sync>;

/// Hands the metrics of the process to a meter of OpenTelemetry (feature `opentelemetry`): for services that push, with whatever exporter of its SDK.
///
/// ```no_run
/// # async fn set_up(builder: tidewire::RealtimeBuilder) -> Result<(), Box<dyn std::error::Error>> {
/// use opentelemetry::metrics::MeterProvider as _;
/// use opentelemetry_sdk::metrics::SdkMeterProvider;
/// use tidewire_metrics::OpenTelemetry;
///
/// let provider = SdkMeterProvider::builder().build(); // with a reader and an exporter
/// let exported = OpenTelemetry::install(provider.meter("acme-live"))?.flush(move || Ok(provider.force_flush()?));
/// let realtime = builder.plugin(exported).build().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct OpenTelemetry {
    flush: Option<Flush>,
}

impl OpenTelemetry {
    /// Makes this the recorder of the process. Call it before [`build`](tidewire::RealtimeBuilder::build), which registers what there is.
    ///
    /// # Errors
    ///
    /// [`InstallError`] if the process has a recorder already. There can be one.
    pub fn install(meter: Meter) -> Result<Self, InstallError> {
        let mut recorder = OpenTelemetryRecorder::new(OpenTelemetryMetrics::new(meter));
        recorder.set_histogram_bounds_mut(["tidewire_broker_call_seconds"].into_iter(), &SECONDS);
        metrics::set_global_recorder(recorder).map_err(|_| InstallError("the process has a recorder already".into()))?;
        Ok(Self::default())
    }

    /// Calls this when the service stops, on a thread that may wait: what was counted last should not be lost.
    #[must_use]
    pub fn flush(self, flush: impl Fn() -> Result<(), PluginError> + Send + Sync + 'static) -> Self {
        Self { flush: Some(Arc::new(flush)) }
    }
}

impl Plugin for OpenTelemetry {
    fn name(&self) -> &'static str {
        "opentelemetry"
    }

    async fn stop(&self) -> Result<(), PluginError> {
        let Some(flush) = self.flush.clone() else { return Ok(()) };
        tokio::task::spawn_blocking(move || flush()).await?
    }
}

impl fmt::Debug for OpenTelemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenTelemetry").field("flushes", &self.flush.is_some()).finish()
    }
}
