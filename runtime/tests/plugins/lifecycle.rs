//! In which order, and when.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, routing::get};
use tidewire::{PluginState, Realtime};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::{
    probe::{Behaviour, Diary, builder},
    support::{
        Server, Under, eventually,
        link::{Link, Transport},
        within,
    },
};

fn states(realtime: &Realtime) -> Vec<PluginState> {
    realtime.plugins().into_iter().map(|plugin| plugin.state).collect()
}

#[tokio::test]
async fn plugins_start_in_order_before_anything_is_served_and_stop_in_reverse_at_the_end() {
    let diary = Diary::default();
    let mut limits = tidewire::Limits::default();
    limits.plugin_timeout = Duration::from_millis(100);
    let builder = builder().limits(limits).plugin(diary.probe::<0>("first")).plugin(diary.probe::<1>("second").runs(Behaviour::Hang));
    let mut server = Server::start(Under::Tidewire, builder.plugin(diary.probe::<2>("third"))).await;
    assert_eq!(diary.read(), ["start first", "start second", "start third"]);
    assert_eq!(states(&server.realtime), [PluginState::Running; 3]);
    let _link = Link::open(Transport::WebSocket, server.address, "channel=chat/a").await;
    server.signal();
    let realtime = server.realtime.clone();
    server.ended().await.unwrap();
    assert_eq!(diary.read()[3..], ["stop third", "stop second", "end of second", "stop first"]);
    assert_eq!(states(&realtime), [PluginState::Stopped; 3]);
}

/// Serves until the sender is dropped.
async fn served(app: Router) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let address = listener.local_addr().unwrap();
    let running = tokio::spawn(tidewire::serve(listener, app).with_shutdown(stopped).drain(Duration::from_secs(5)).into_future());
    (address, stop, running)
}

#[tokio::test]
async fn a_plugin_is_there_until_the_last_request_is_done() {
    let diary = Diary::default();
    let realtime = builder().plugin(diary.probe::<0>("only")).build().await.unwrap();
    let (arrived, mut arrivals) = mpsc::channel::<oneshot::Sender<()>>(1);
    let slow = {
        let diary = diary.clone();
        async move || {
            let (answer, wait) = oneshot::channel();
            arrived.send(answer).await.unwrap();
            wait.await.unwrap();
            diary.note("answered");
            "done"
        }
    };
    let (address, stop, running) = served(Router::new().nest("/realtime", realtime.router()).route("/slow", get(slow))).await;
    let asking = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
        socket.write_all(b"GET /slow HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).await.unwrap();
        text
    });
    let answer = within(arrivals.recv()).await.unwrap();
    drop(stop);
    let closed = async { while tokio::net::TcpStream::connect(address).await.is_ok() {} };
    within(closed).await;
    assert_eq!(diary.read(), ["start only"], "not while somebody is answered");
    answer.send(()).unwrap();
    assert!(within(asking).await.unwrap().ends_with("done"));
    within(running).await.unwrap().unwrap();
    assert_eq!(diary.read(), ["start only", "answered", "stop only"]);
}

#[tokio::test]
async fn a_service_in_two_servers_goes_on_in_the_other() {
    let diary = Diary::default();
    let realtime = builder().plugin(diary.probe::<0>("only")).build().await.unwrap();
    let (_, stop_first, first) = served(Router::new().nest("/a", realtime.router())).await;
    let (_, stop_second, second) = served(Router::new().nest("/b", realtime.router())).await;
    drop(stop_first);
    within(first).await.unwrap().unwrap();
    assert_eq!(states(&realtime), [PluginState::Running]);
    drop(stop_second);
    within(second).await.unwrap().unwrap();
    assert_eq!(states(&realtime), [PluginState::Stopped]);
    assert_eq!(diary.read(), ["start only", "stop only"]);
}

#[tokio::test]
async fn a_router_that_was_never_served_ends_nothing() {
    let diary = Diary::default();
    let realtime = builder().plugin(diary.probe::<0>("only")).build().await.unwrap();
    drop(realtime.router::<()>());
    let (_, stop, other) = served(Router::new()).await;
    drop(stop);
    within(other).await.unwrap().unwrap();
    assert_eq!(states(&realtime), [PluginState::Running]);
}

#[tokio::test]
async fn under_another_server_the_service_says_when() {
    let diary = Diary::default();
    let builder = builder().plugin(diary.probe::<0>("first")).plugin(diary.probe::<1>("second"));
    let mut server = Server::start(Under::Axum, builder).await;
    let realtime = server.realtime.clone();
    realtime.shutdown();
    server.signal();
    server.ended().await.unwrap();
    assert_eq!(states(&realtime), [PluginState::Running; 2]);
    // Whoever asks twice waits twice, for one stop.
    within(async { tokio::join!(realtime.stop_plugins(), realtime.stop_plugins()) }).await;
    within(realtime.stop_plugins()).await;
    assert_eq!(diary.read()[2..], ["stop second", "stop first"]);
}

#[tokio::test]
async fn a_plugin_that_hangs_at_the_end_does_not_hold_the_others_up() {
    let diary = Diary::default();
    let mut limits = tidewire::Limits::default();
    limits.plugin_timeout = Duration::from_millis(100);
    let builder = builder().limits(limits).plugin(diary.probe::<0>("first"));
    let builder = builder.plugin(diary.probe::<1>("hangs").stops(Behaviour::Hang).runs(Behaviour::Hang));
    let builder =
        builder.plugin(diary.probe::<2>("panics").stops(Behaviour::Panic)).plugin(diary.probe::<3>("fails").stops(Behaviour::Error));
    let realtime = builder.build().await.unwrap();
    within(realtime.stop_plugins()).await;
    assert_eq!(diary.read()[4..], ["stop fails", "stop panics", "stop hangs", "end of hangs", "stop first"]);
    let status = realtime.plugins();
    assert_eq!(
        status.iter().map(|plugin| (plugin.failures, plugin.failed)).collect::<Vec<_>>(),
        [(0, None), (1, Some("stop")), (1, Some("stop")), (1, Some("stop"))]
    );
    assert_eq!(states(&realtime), [PluginState::Stopped; 4]);
}

/// Time is the test's own, so that nothing is waited for.
#[tokio::test(start_paused = true)]
async fn one_that_hangs_at_the_end_leaves_the_others_a_share_of_the_drain() {
    let diary = Diary::default();
    let mut limits = tidewire::Limits::default();
    limits.plugin_timeout = Duration::from_secs(60);
    let builder = builder().limits(limits).plugin(diary.probe::<0>("first")).plugin(diary.probe::<1>("hangs").stops(Behaviour::Hang));
    let builder = builder.plugin(diary.probe::<2>("lingers").runs(Behaviour::Hang)).plugin(diary.probe::<3>("also").stops(Behaviour::Hang));
    let realtime = builder.build().await.unwrap();
    let (_, stop, running) = served(Router::new().nest("/realtime", realtime.router())).await;
    let began = tokio::time::Instant::now();
    drop(stop);
    within(running).await.unwrap().unwrap();
    assert_eq!(diary.read()[4..], ["stop also", "stop lingers", "end of lingers", "stop hangs", "stop first"]);
    assert!(began.elapsed() <= Duration::from_secs(5), "within the drain, but after {:?}", began.elapsed());
    assert_eq!(states(&realtime), [PluginState::Stopped; 4]);
}

#[tokio::test]
async fn stopping_goes_on_when_nobody_waits_for_it() {
    let diary = Diary::default();
    let realtime = builder().plugin(diary.probe::<0>("first")).plugin(diary.probe::<1>("second")).build().await.unwrap();
    assert!(futures_util::FutureExt::now_or_never(realtime.stop_plugins()).is_none());
    eventually("both are stopped", || states(&realtime) == [PluginState::Stopped; 2]).await;
}

#[tokio::test]
async fn tasks_end_with_the_last_handle() {
    let diary = Diary::default();
    let realtime = builder().plugin(diary.probe::<0>("only").runs(Behaviour::Hang)).build().await.unwrap();
    let context = realtime.plugin::<crate::probe::Probe<0>>().unwrap().context();
    let task = context.clone();
    context.spawn("polite", async move {
        task.stopping().await;
        Ok(())
    });
    drop(realtime);
    eventually("the task ended", || diary.read().contains(&"end of only".to_owned())).await;
    assert!(context.is_stopping() && context.realtime().is_none());
    within(context.stopping()).await;
    let published = context.publish_dynamic("chat/a", "typing", None, tidewire::PublishOptions::new()).await;
    assert!(matches!(published, Err(tidewire::PublishError::Broker(tidewire::BrokerError::Unavailable(_)))));
}

#[tokio::test]
async fn a_plugin_that_ended_runs_no_new_tasks() {
    let diary = Diary::default();
    let realtime = builder().plugin(diary.probe::<0>("only")).build().await.unwrap();
    let context = realtime.plugin::<crate::probe::Probe<0>>().unwrap().context();
    realtime.stop_plugins().await;
    let (sender, receiver) = oneshot::channel::<()>();
    context.spawn("late", async move {
        sender.send(()).unwrap();
        Ok(())
    });
    assert!(within(receiver).await.is_err(), "it is dropped");
    assert_eq!(realtime.plugins()[0].failures, 0);
}
