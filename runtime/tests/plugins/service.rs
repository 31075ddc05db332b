//! What a plugin has of the service, and the service of a plugin.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::json;
use tidewire::{Denied, Middleware, Plugin, PluginContext, PluginError, PluginHooks, PublishError, PublishOptions, PublishRequest};
use tokio::sync::OnceCell;

use crate::{
    probe::{Diary, builder},
    support::live::{chat, message},
};

/// Says who saw an event.
struct Seen(&'static str, Diary);

impl Middleware for Seen {
    async fn publish(&self, request: &mut PublishRequest) -> Result<(), Denied> {
        self.1.note(format!("{} sees {}", self.0, request.event()));
        Ok(())
    }

    fn publishes_of_service(&self) -> bool {
        true
    }
}

/// Publishes when it starts, and on request.
#[derive(Default)]
struct Crier {
    diary: Diary,
    cried: Arc<AtomicUsize>,
    context: OnceCell<PluginContext>,
}

impl Crier {
    async fn cry(&self, text: &str) -> Result<u64, PublishError> {
        let context = self.context.get().expect("it was started");
        let data = json!({ "author": "crier", "text": text });
        let published = context.publish_dynamic("chat/a", "message.sent", data, PublishOptions::new().sender("crier")).await?;
        self.cried.fetch_add(1, Ordering::Relaxed);
        Ok(published.number.unwrap_or_default())
    }
}

impl Plugin for Crier {
    fn name(&self) -> &'static str {
        "crier"
    }

    fn hooks(&self, hooks: &mut PluginHooks) {
        hooks.middleware(Seen("crier", self.diary.clone())).middleware(Seen("crier again", self.diary.clone()));
    }

    async fn start(&self, context: PluginContext) -> Result<(), PluginError> {
        assert!(context.contract().channels.iter().any(|channel| channel.pattern == "chat/{roomId}"));
        assert!(!context.is_stopping());
        assert!(context.realtime().is_some_and(|realtime| realtime.plugins().len() == 1));
        self.context.set(context)?;
        self.cry("here I am").await?;
        Ok(())
    }
}

#[tokio::test]
async fn a_plugin_is_found_by_its_type_and_publishes_by_name() {
    let realtime = builder().plugin(Crier::default()).build().await.unwrap();
    let crier = realtime.plugin::<Crier>().unwrap();
    assert_eq!(crier.cry("hear ye").await.unwrap(), 2);
    assert_eq!(crier.cried.load(Ordering::Relaxed), 2);
    assert!(Arc::ptr_eq(&crier, &realtime.clone().plugin::<Crier>().unwrap()));
    assert!(realtime.plugin::<crate::probe::Probe<0>>().is_none());

    let page = realtime.channel(chat("a")).history(tidewire::History::latest(10)).await.unwrap();
    assert_eq!(page.events[0].sender.as_deref(), Some("crier"));
    let context = crier.context.get().unwrap();
    let refused = context.publish_dynamic("chat/a", "message.sent", json!({ "author": 1 }), PublishOptions::new()).await;
    assert!(matches!(refused, Err(PublishError::Invalid { .. })));
    let unknown = context.publish_dynamic("nowhere", "message.sent", json!({}), PublishOptions::new()).await;
    assert!(matches!(unknown, Err(PublishError::Channel(_))));
}

#[tokio::test]
async fn hooks_of_a_plugin_come_behind_those_of_the_service() {
    let diary = Diary::default();
    let crier = Crier { diary: diary.clone(), ..Crier::default() };
    // In whatever order they are added.
    let realtime = builder().plugin(crier).middleware(Seen("service", diary.clone())).build().await.unwrap();
    let once = ["service sees message.sent", "crier sees message.sent", "crier again sees message.sent"];
    assert_eq!(diary.read(), once, "also of what it publishes while it starts");
    realtime.channel(chat("b")).publish(message("hi")).await.unwrap();
    assert_eq!(diary.read()[3..], once);
}

#[tokio::test]
async fn a_publisher_alone_starts_no_plugin() {
    let diary = Diary::default();
    let publisher = builder().plugin(diary.probe::<0>("only")).publisher().unwrap();
    publisher.channel(chat("a")).publish(message("hi")).await.unwrap();
    assert!(diary.read().is_empty());
}
