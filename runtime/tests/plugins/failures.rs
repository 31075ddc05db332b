//! What a plugin that misbehaves does to others, which is nothing.

use std::{error::Error as _, time::Duration};

use serde_json::json;
use tidewire::{BuildError, Limits, PluginFault, PluginState};
use tokio::net::TcpListener;
use tracing::Level;

use crate::{
    probe::{Behaviour, Diary, builder, log},
    support::{
        client::get,
        eventually,
        live::{chat, message},
        recorder::recorder,
        within,
    },
};

#[tokio::test]
async fn a_start_that_fails_is_a_build_error_and_ends_what_was_started() {
    let mut limits = Limits::default();
    limits.plugin_timeout = Duration::from_millis(100);
    for behaviour in [Behaviour::Error, Behaviour::Panic, Behaviour::Hang] {
        let diary = Diary::default();
        let builder = builder().limits(limits).plugin(diary.probe::<0>("first")).plugin(diary.probe::<1>("second"));
        let builder = builder.plugin(diary.probe::<2>("bad").starts(behaviour).runs(Behaviour::Hang)).plugin(diary.probe::<3>("never"));
        let error = within(builder.build()).await.unwrap_err();
        let BuildError::Plugin { name: "bad", fault } = &error else { panic!("{error:?}") };
        let said = match (behaviour, fault) {
            (Behaviour::Error, PluginFault::Failed(_)) => "it reported an error",
            (Behaviour::Panic, PluginFault::Panicked) => "it panicked",
            (Behaviour::Hang, PluginFault::TooLate) => "it took too long",
            other => panic!("{other:?}"),
        };
        assert_eq!(error.to_string(), format!("the plugin `bad` does not start: {said}"));
        assert_eq!(error.source().map(ToString::to_string), matches!(behaviour, Behaviour::Error).then(|| "out of order".to_owned()));
        assert_eq!(diary.read(), ["start first", "start second", "start bad", "end of bad", "stop second", "stop first"]);
    }
}

#[tokio::test]
async fn one_name_or_one_type_twice_is_a_build_error_and_so_is_a_name_that_is_none() {
    let diary = Diary::default();
    let twice = builder().plugin(diary.probe::<0>("one")).plugin(diary.probe::<1>("one")).build().await;
    assert!(matches!(twice, Err(BuildError::Plugin { name: "one", fault: PluginFault::Twice })));
    let twice = builder().plugin(diary.probe::<0>("one")).plugin(diary.probe::<0>("two")).build().await;
    assert!(matches!(twice, Err(BuildError::Plugin { name: "two", fault: PluginFault::Twice })));
    for name in ["", "Big", "two words", "ümlaut", "a\n", "12345678901234567890123456789012345678901"] {
        let odd = builder().plugin(diary.probe::<0>(name)).build().await;
        assert!(matches!(odd, Err(BuildError::Plugin { fault: PluginFault::Name, .. })), "{name}");
    }
    assert!(diary.read().is_empty(), "nothing was started");
}

#[tokio::test]
async fn a_task_that_fails_is_told_and_takes_nothing_else_down() {
    let (log, recorded) = (log(), recorder());
    let mut limits = Limits::default();
    limits.plugin_timeout = Duration::from_millis(500);
    let diary = Diary::default();
    let builder = builder().limits(limits).plugin(diary.probe::<0>("task-panics").runs(Behaviour::Panic));
    let builder =
        builder.plugin(diary.probe::<1>("task-fails").runs(Behaviour::Error)).plugin(diary.probe::<2>("works").runs(Behaviour::Hang));
    let realtime = builder.build().await.unwrap();
    eventually("two failed", || realtime.plugins().iter().filter(|plugin| plugin.state == PluginState::Failed).count() == 2).await;

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = realtime.admin_router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let (_, status) = get(address, "/status").await;
    assert_eq!(
        status["plugins"],
        json!([
            { "name": "task-panics", "state": "failed", "failures": 1, "failed": "probing" },
            { "name": "task-fails", "state": "failed", "failures": 1, "failed": "probing" },
            { "name": "works", "state": "running", "failures": 0 },
        ])
    );
    assert_eq!(recorded.counter("tidewire_plugin_failures_total{plugin=task-panics,reason=panic}"), 1);
    assert_eq!(recorded.counter("tidewire_plugin_failures_total{plugin=task-fails,reason=error}"), 1);
    assert_eq!(recorded.counter("tidewire_plugin_failures_total{plugin=works,reason=error}"), 0);
    assert_eq!(log.says(Level::ERROR, "task-fails"), 1);
    assert_eq!(log.says(Level::ERROR, "task-panics"), 1);
    let lines = log.lines();
    let line = lines.iter().find(|line| line.level == Level::ERROR && line.text.contains("task-fails")).unwrap();
    assert!(line.text.contains("what=\"probing\" reason=out of order"), "{}", line.text);
    assert!(realtime.readiness().is_ready());
    realtime.channel(chat("a")).publish(message("hi")).await.unwrap();

    // What failed can be told of its end all the same.
    realtime.stop_plugins().await;
    assert_eq!(diary.read().iter().filter(|line| line.starts_with("stop")).count(), 3);
}

#[tokio::test]
async fn a_build_that_is_given_up_leaves_no_task_behind() {
    let diary = Diary::default();
    let builder =
        builder().plugin(diary.probe::<0>("first").runs(Behaviour::Hang)).plugin(diary.probe::<1>("hangs").starts(Behaviour::Hang));
    let build = tokio::spawn(builder.build());
    eventually("the second starts", || diary.read().contains(&"start hangs".to_owned())).await;
    build.abort();
    eventually("the task of the first ended", || diary.read().contains(&"end of first".to_owned())).await;
    assert!(!diary.read().contains(&"stop first".to_owned()));
}
