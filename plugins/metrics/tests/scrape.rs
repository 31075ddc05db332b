//! What Prometheus sees of a service.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

use axum::{Router, body::Body};
use http::Request;
use http_body_util::BodyExt as _;
use tidewire::{PluginState, Realtime};
use tidewire_metrics::Prometheus;
use tower::ServiceExt as _;

#[tidewire::realtime_events(name = "scraped")]
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
async fn a_scrape_has_what_the_service_counted() {
    let prometheus = Prometheus::install().unwrap();
    let twice = Prometheus::install().unwrap_err();
    assert_eq!(std::error::Error::source(&twice).unwrap().to_string(), "the process has a recorder already");

    let realtime = Realtime::builder(live::contract()).public().plugin(prometheus).build().await.unwrap();
    let chat = realtime.channel(live::Chat { room_id: "a".into() });
    for text in ["one", "two", "three"] {
        chat.publish(live::MessageSent { text: text.into() }).await.unwrap();
    }
    let prometheus = realtime.plugin::<Prometheus>().unwrap();
    let operators: Router = realtime.admin_router().merge(prometheus.router());
    let response = operators.clone().oneshot(Request::get("/metrics").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
    let has = |line: &str| assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    has(r#"tidewire_published_total{by="service",outcome="ok"} 3"#);
    has(r#"tidewire_published_total{by="client",outcome="ok"} 0"#);
    has("# TYPE tidewire_published_total counter");
    has("# TYPE tidewire_broker_call_seconds histogram");
    has(r#"tidewire_broker_call_seconds_count{call="publish",outcome="ok"} 3"#);
    has(r#"tidewire_plugin_failures_total{plugin="prometheus",reason="error"} 0"#);
    assert!(text.lines().any(|line| line.starts_with("# HELP tidewire_published_total ")), "{text}");
    assert_eq!(operators.oneshot(Request::get("/live").body(Body::empty()).unwrap()).await.unwrap().status(), 200);

    realtime.stop_plugins().await;
    assert_eq!(realtime.plugins()[0].state, PluginState::Stopped);
}
