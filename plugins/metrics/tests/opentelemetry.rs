//! What OpenTelemetry is handed.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
    data::{AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics},
};
use tidewire::Realtime;
use tidewire_metrics::{OpenTelemetry, Prometheus};

#[tidewire::realtime_events(name = "pushed")]
#[allow(unreachable_pub, missing_docs, reason = "the types are what a service has in its own modules")]
mod live {
    #[event("message.sent")]
    pub struct MessageSent {
        pub text: String,
    }

    #[channel("chat/{room_id}", events(MessageSent))]
    pub struct Chat {
        pub room_id: String,
    }
}

/// One test: a process has one recorder.
#[tokio::test]
async fn what_was_counted_is_handed_over_when_the_service_stops() {
    let memory = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(memory.clone()).build()).build();
    let plugin = OpenTelemetry::install(provider.meter("test")).unwrap().flush(move || Ok(provider.force_flush()?));
    assert!(Prometheus::install().is_err(), "there is one recorder");

    let realtime = Realtime::builder(live::contract()).public().plugin(plugin).build().await.unwrap();
    let chat = realtime.channel(live::Chat { room_id: "a".into() });
    for text in ["one", "two", "three"] {
        chat.publish(live::MessageSent { text: text.into() }).await.unwrap();
    }
    realtime.stop_plugins().await;
    assert_eq!(realtime.plugins()[0].failures, 0);

    let finished = memory.get_finished_metrics().unwrap();
    let metric = |name: &str| {
        let all = finished.iter().flat_map(ResourceMetrics::scope_metrics).flat_map(ScopeMetrics::metrics);
        all.filter(|metric| metric.name() == name).last().unwrap_or_else(|| panic!("{name} was not handed over"))
    };
    let published = metric("tidewire_published_total");
    let text = format!("{:?}", published.data());
    assert!(matches!(published.data(), AggregatedMetrics::U64(MetricData::Sum(_)) | AggregatedMetrics::F64(MetricData::Sum(_))), "{text}");
    assert!(text.contains("service") && text.contains("value: 3"), "{text}");
    let seconds = metric("tidewire_broker_call_seconds");
    assert!(matches!(seconds.data(), AggregatedMetrics::F64(MetricData::Histogram(_))));
}
