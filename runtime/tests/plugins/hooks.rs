//! What happens when the hooks of a plugin panic or hang: while they are asked for, and while they are asked.

use std::time::Duration;

use serde_json::{Value, json};
use tidewire::{
    BuildError, ConnectRequest, Deliver, Denied, Grant, Limits, Middleware, Outgoing, Plugin, PluginFault, PluginHooks, PublishError,
    PublishRequest, SubscribeRequest, TurnedAway,
};
use tracing::Level;

use crate::{
    probe::{Behaviour, Diary, builder, log},
    support::{
        Server, Under,
        client::get_with,
        link::{BOTH, Link},
        live::{chat, message},
        within,
    },
};

/// Its hooks fail wherever a name says how.
struct Saboteur(&'static str);

impl Plugin for Saboteur {
    fn name(&self) -> &'static str {
        self.0
    }

    fn hooks(&self, hooks: &mut PluginHooks) {
        hooks.middleware(Sabotage);
    }
}

struct Sabotage;

async fn fail(how: Option<&str>) {
    match how {
        Some("panic") => panic!("secret text of the plugin"),
        Some("hang") => std::future::pending().await,
        _ => {}
    }
}

fn text(data: Option<&Value>) -> Option<&str> {
    data?["text"].as_str()
}

impl Middleware for Sabotage {
    async fn connect(&self, request: &ConnectRequest, _: &mut Grant) -> Result<(), TurnedAway> {
        fail(request.headers().get("authorization").and_then(|value| value.to_str().ok())).await;
        Ok(())
    }

    async fn subscribe(&self, request: &SubscribeRequest) -> Result<(), Denied> {
        fail(request.param("roomId")).await;
        Ok(())
    }

    async fn publish(&self, request: &mut PublishRequest) -> Result<(), Denied> {
        fail(text(request.data())).await;
        Ok(())
    }

    fn publishes_of_service(&self) -> bool {
        true
    }

    fn delivers(&self, _: &str) -> bool {
        true
    }

    fn deliver(&self, event: &Outgoing<'_>) -> Deliver {
        assert!(text(event.data()) != Some("drop it"), "secret text of the plugin");
        Deliver::Pass
    }
}

fn code(reply: &Value) -> (&str, u64) {
    (reply["type"].as_str().unwrap(), reply["error"]["code"].as_u64().unwrap_or_default())
}

/// How often the log says that a hook of this plugin failed for this reason.
fn said(plugin: &str, hook: &str, reason: &str) -> usize {
    let words = [format!("plugin={plugin:?}"), format!("hook={hook:?}"), format!("reason={reason:?}")];
    log().lines().iter().filter(|line| line.level == Level::ERROR && words.iter().all(|word| line.text.contains(word))).count()
}

#[tokio::test]
async fn a_hook_that_fails_is_a_code_for_who_asked_and_a_line_that_names_the_plugin() {
    let log = log();
    for (transport, name) in BOTH.into_iter().zip(["saboteur-sse", "saboteur-socket"]) {
        let mut limits = Limits::default();
        limits.hook_timeout = Duration::from_millis(50);
        let diary = Diary::default();
        let builder = builder().limits(limits).plugin(diary.probe::<0>("first")).plugin(Saboteur(name)).plugin(diary.probe::<1>("last"));
        let mut server = Server::start(Under::Tidewire, builder).await;
        let mut bob = Link::open(transport, server.address, "channel=chat/a").await;
        bob.expect("subscribed").await;
        let mut ann = Link::open(transport, server.address, "").await;
        for (how, reason) in [("panic", "panic"), ("hang", "timeout")] {
            let headers: [(&str, &[u8]); 1] = [("authorization", how.as_bytes())];
            let (status, body) = get_with(server.address, "/realtime/events?channel=chat/a", &headers).await;
            assert_eq!((status, body["error"]["code"].as_u64()), (500, Some(4100)), "{body}");
            let denied = ann.ask(json!({ "type": "subscribe", "channel": format!("chat/{how}") })).await;
            assert_eq!(code(&denied), ("denied", 4100), "{denied}");
            let data = json!({ "author": "ann", "text": how });
            let refused = ann.ask(json!({ "type": "publish", "channel": "chat/a", "event": "message.sent", "data": data })).await;
            assert_eq!(code(&refused), ("error", 4100), "{refused}");
            assert!(![&body, &denied, &refused].into_iter().any(|answer| answer.to_string().contains("secret")));
            let own = within(server.realtime.channel(chat("a")).publish(message(how))).await.unwrap_err();
            assert!(matches!(own, PublishError::Refused(_)) && own.is_retryable() && !own.to_string().contains("secret"), "{own:?}");
            for (hook, times) in [("connect", 1), ("subscribe", 1), ("publish", 2)] {
                assert_eq!(said(name, hook, reason), times, "{hook}: {:?}", log.lines());
            }
        }
        // Nobody but who asked noticed, but that one event is missing.
        for text in ["one", "drop it", "two"] {
            server.realtime.channel(chat("a")).publish(message(text)).await.unwrap();
        }
        assert_eq!(bob.texts(2).await, ["one", "two"], "{transport:?}");
        server.signal();
        server.ended().await.unwrap();
        assert_eq!(diary.read(), ["start first", "start last", "stop last", "stop first"]);
    }
    // Said once a minute, as it may be so for many clients.
    let lines = log.lines();
    let line = lines.iter().find(|line| line.level == Level::ERROR && line.text.contains("a deliver hook failed")).unwrap();
    assert!(line.text.contains("plugin=\"saboteur-") && line.text.contains("reason=\"panic\""), "{}", line.text);
}

/// Panics where it is asked what there is of it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Unasked {
    Name,
    Hooks,
    Delivers,
    PublishesOfService,
}

impl Plugin for Unasked {
    fn name(&self) -> &'static str {
        assert!(*self != Self::Name, "no name today");
        "unasked"
    }

    fn hooks(&self, hooks: &mut PluginHooks) {
        assert!(*self != Self::Hooks, "no hooks today");
        hooks.middleware(Asked(*self));
    }
}

struct Asked(Unasked);

impl Middleware for Asked {
    fn publishes_of_service(&self) -> bool {
        assert!(self.0 != Unasked::PublishesOfService, "who knows");
        false
    }

    fn delivers(&self, _: &str) -> bool {
        assert!(self.0 != Unasked::Delivers, "who knows");
        false
    }
}

#[tokio::test]
async fn a_panic_while_a_plugin_is_asked_what_it_hooks_into_is_a_build_error() {
    for at in [Unasked::Name, Unasked::Hooks, Unasked::Delivers, Unasked::PublishesOfService] {
        let diary = Diary::default();
        let error = builder().plugin(diary.probe::<0>("one")).plugin(at).build().await.unwrap_err();
        let BuildError::Plugin { name, fault: PluginFault::Panicked } = &error else { panic!("{at:?}: {error:?}") };
        // One without a name is called as its type.
        assert_eq!(*name, if at == Unasked::Name { std::any::type_name::<Unasked>() } else { "unasked" }, "{at:?}");
        assert_eq!(error.to_string(), format!("the plugin `{name}` does not start: it panicked"));
        assert!(diary.read().is_empty(), "nothing was started");
    }
    assert!(said_to_fail("unasked", "hooks") >= 3);
}

/// How often the log says that something of this plugin failed.
fn said_to_fail(plugin: &str, what: &str) -> usize {
    let words = [format!("plugin={plugin:?}"), format!("what={what:?}")];
    log().lines().iter().filter(|line| line.level == Level::ERROR && words.iter().all(|word| line.text.contains(word))).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_never_yields_is_given_up_and_holds_nobody_else_up() {
    let mut limits = Limits::default();
    limits.plugin_timeout = Duration::from_millis(100);
    for (at, what) in [(Step::Hooks, "hooks"), (Step::Start, "start")] {
        let (diary, hold) = (Diary::default(), Hold::default());
        let builder = builder().limits(limits).plugin(diary.probe::<0>("first"));
        let error = within(builder.plugin(Blocker(at, hold.clone())).build()).await.unwrap_err();
        assert!(matches!(error, BuildError::Plugin { name: "blocker", fault: PluginFault::TooLate }), "{error:?}");
        let expected: &[&str] = if at == Step::Start { &["start first", "stop first"] } else { &[] };
        assert_eq!(diary.read(), expected);
        assert_eq!(said_to_fail("blocker", what), 1);
        hold.release();
    }
    for at in [Step::Task, Step::Stop] {
        let (diary, hold) = (Diary::default(), Hold::default());
        let builder = builder().limits(limits).plugin(diary.probe::<0>("first")).plugin(Blocker(at, hold.clone()));
        let realtime = builder.plugin(diary.probe::<1>("last").stops(Behaviour::Hang)).build().await.unwrap();
        realtime.channel(chat("a")).publish(message("hi")).await.unwrap();
        within(realtime.stop_plugins()).await;
        assert_eq!(diary.read(), ["start first", "start last", "stop last", "stop first"], "{at:?}");
        hold.release();
    }
    assert_eq!(said_to_fail("blocker", "stop"), 1);
}

/// Holds threads until it is released.
#[derive(Clone, Default)]
struct Hold(std::sync::Arc<(std::sync::Mutex<bool>, std::sync::Condvar)>);

impl Hold {
    fn wait(&self) {
        let (released, bell) = &*self.0;
        drop(bell.wait_timeout_while(released.lock().unwrap(), crate::support::DEADLINE, |released| !*released).unwrap());
    }

    fn release(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Hooks,
    Start,
    Task,
    Stop,
}

/// Computes without a pause at one step.
struct Blocker(Step, Hold);

impl Blocker {
    fn at(&self, step: Step) {
        if self.0 == step {
            self.1.wait();
        }
    }
}

impl Plugin for Blocker {
    fn name(&self) -> &'static str {
        "blocker"
    }

    fn hooks(&self, _: &mut PluginHooks) {
        self.at(Step::Hooks);
    }

    async fn start(&self, context: tidewire::PluginContext) -> Result<(), tidewire::PluginError> {
        self.at(Step::Start);
        let task = Self(self.0, self.1.clone());
        context.spawn("computing", async move {
            task.at(Step::Task);
            Ok(())
        });
        Ok(())
    }

    async fn stop(&self) -> Result<(), tidewire::PluginError> {
        self.at(Step::Stop);
        Ok(())
    }
}
