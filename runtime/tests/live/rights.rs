//! Who may look, and for how long.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::support::{
    Server, Under,
    board::{Board, Store, begin, board, builder, store_and_tell, with},
    eventually,
    link::{BOTH, Link, Transport},
};
use serde_json::{Value, json};
use tidewire::{AnyChannel as _, Denied, Grant, LiveContext, LiveOptions, Middleware, Start, SubscribeRequest, Tokens};

fn code(reply: &Value) -> u64 {
    reply["error"]["code"].as_u64().unwrap_or_default()
}

#[tokio::test]
async fn who_may_not_subscribe_may_not_look() {
    for transport in BOTH {
        let store = Store::new();
        let server = Server::start(Under::Tidewire, builder(&store)).await;
        let mut stranger = Link::signed_in(transport, server.address, "stranger").await;
        let denied = stranger.ask(begin("boardCount", "board/a")).await;
        assert_eq!((code(&denied), &denied["type"]), (4002, &json!("error")));
        assert_eq!(store.begun(), 0);
        // The service gives the channel, and takes it back.
        let id = stranger.connection.parse().unwrap();
        server.realtime.connection(id).subscribe(board("a")).await.unwrap();
        let key = stranger.look("boardCount", "board/a").await;
        assert_eq!(stranger.value(&key).await, 0);
        server.realtime.connection(id).unsubscribe(board("a")).await.unwrap();
        assert_eq!(stranger.told(&key).await["ended"]["code"], 4002);
        store_and_tell(&server.realtime, &store, "a", 1).await;
        stranger.hears_nothing().await;
    }
}

#[tokio::test]
async fn a_revocation_ends_it_and_nothing_of_a_later_run_is_sent() {
    for transport in BOTH {
        let store = Store::new();
        let server = Server::start(Under::Tidewire, builder(&store)).await;
        let mut ann = Link::signed_in(transport, server.address, "ann").await;
        let mut bob = Link::signed_in(transport, server.address, "bob").await;
        let key = ann.look("boardCount", "board/a").await;
        bob.look("boardCount", "board/a").await;
        assert_eq!((ann.value(&key).await, bob.value(&key).await), (json!(0), json!(0)));
        store.close();
        store_and_tell(&server.realtime, &store, "a", 1).await;
        store.has_begun(2).await;
        server.realtime.revoke("ann", board("a")).await.unwrap();
        let ended = ann.told(&key).await;
        assert_eq!((&ended["ended"]["code"], &ended["ended"]["name"]), (&json!(4015), &json!("revoked")));
        store.open();
        assert_eq!(bob.value(&key).await, 1);
        ann.hears_nothing().await;
        assert_eq!(code(&ann.ask(begin("boardCount", "board/a")).await), 4015);
        assert_eq!(code(&ann.ask(json!({ "type": "live", "key": key, "reload": true })).await), 4019, "the key is over");
    }
}

const SECRET: [u8; 32] = [7; 32];

fn tokens() -> Tokens {
    Tokens::new(SECRET).issuer("acme").audience("acme-live")
}

async fn with_token(transport: Transport, server: &Server, grant: &Grant, seconds: u64) -> Link {
    let token = tokens().lifetime(Duration::from_secs(seconds)).sign(grant).unwrap().into_string();
    Link::open_with(transport, server.address, "", None, &[("authorization", &format!("Bearer {token}"))]).await
}

async fn renews(link: &mut Link, grant: &Grant) {
    let token = tokens().sign(grant).unwrap().into_string();
    assert_eq!(link.ask(json!({ "type": "auth", "token": token })).await["type"], "ack");
}

#[tokio::test]
async fn a_grant_that_takes_the_channel_away_ends_it() {
    for transport in BOTH {
        let store = Store::new();
        let server = Server::start(Under::Tidewire, with(&store, LiveOptions::new()).tokens(tokens())).await;
        let grant = || Grant::user("ann").subscribe(Board::any());
        let mut ann = with_token(transport, &server, &grant(), 600).await;
        let (count, mine) = (ann.look("boardCount", "board/a").await, ann.look("mine", "board/a").await);
        let (one, other) = (ann.told(&count).await, ann.told(&mine).await);
        assert!(one["data"] == 0 && other["data"].is_string());
        renews(&mut ann, &grant()).await;
        ann.read_what_is_there().await;
        assert!(!ann.has_early("live"), "the same rights for longer change nothing");
        // More rights: who goes by them begins again.
        renews(&mut ann, &grant().publish(Board::any())).await;
        assert_eq!(ann.told(&mine).await["ended"]["code"], 4107);
        let again = ann.look("mine", "board/a").await;
        assert!(again != mine && ann.told(&again).await["data"].is_string());
        renews(&mut ann, &Grant::user("ann").subscribe(board("b")).publish(Board::any())).await;
        let ends = [ann.until_type("live").await, ann.until_type("live").await];
        assert!(ends.iter().all(|end| end["ended"]["code"] == 4002), "{ends:?}");
        store_and_tell(&server.realtime, &store, "a", 1).await;
        ann.hears_nothing().await;
    }
}

#[tokio::test]
async fn it_ends_with_the_grant() {
    for transport in BOTH {
        let store = Store::new();
        let server = Server::start(Under::Tidewire, with(&store, LiveOptions::new()).tokens(tokens())).await;
        let mut ann = with_token(transport, &server, &Grant::user("ann").subscribe(Board::any()), 3).await;
        let key = ann.look("boardCount", "board/a").await;
        assert_eq!(ann.value(&key).await, 0);
        store.close();
        store_and_tell(&server.realtime, &store, "a", 1).await;
        store.has_begun(2).await;
        assert_eq!(ann.until_type("error").await["error"]["code"], 4202);
        eventually("the run for it is dropped", || store.dropped.load(Ordering::SeqCst) == 1).await;
        assert!(!ann.has_early("live"));
    }
}

#[tokio::test]
async fn a_guard_is_asked_behind_the_right_to_the_channel() {
    for transport in BOTH {
        let (store, asked) = (Store::new(), Arc::new(AtomicUsize::new(0)));
        let counted = asked.clone();
        let options = LiveOptions::new().guard(move |context: LiveContext| {
            counted.fetch_add(1, Ordering::SeqCst);
            async move {
                assert_eq!((context.query(), context.channel(), context.param("boardId")), ("boardCount", "board/a", Some("a")));
                match context.user_id() {
                    Some("ann") => Ok(()),
                    Some("panic") => panic!("a guard that fails"),
                    Some("away") => Err(Denied::failed("SECRET text of the database")),
                    _ => Err(Denied::forbidden().message("members alone")),
                }
            }
        });
        let server = Server::start(Under::Tidewire, with(&store, options).tokens(tokens())).await;
        let look = async |user: &str, grant: fn(Grant) -> Grant| {
            let mut link = with_token(transport, &server, &grant(Grant::user(user)), 600).await;
            let reply = link.ask(begin("boardCount", "board/a")).await;
            (link, reply)
        };
        let may = |grant: Grant| grant.subscribe(Board::any());
        assert_eq!((code(&look("eve", |grant| grant).await.1), asked.load(Ordering::SeqCst)), (4002, 0));
        let (_, refused) = look("eve", may).await;
        assert_eq!((code(&refused), &refused["error"]["message"]), (4002, &json!("members alone")));
        assert_eq!((code(&look("panic", may).await.1), code(&look("away", may).await.1)), (4100, 4100));
        assert!(!look("away", may).await.1.to_string().contains("SECRET"));
        assert_eq!(store.begun(), 0, "no loader ran for any of them");
        let (mut ann, ack) = look("ann", may).await;
        let key = ack["key"].as_str().unwrap().to_owned();
        assert_eq!(ann.value(&key).await, 0);
        // With other rights the guard may decide otherwise.
        renews(&mut ann, &Grant::user("ann").subscribe(Board::any()).publish(Board::any())).await;
        assert_eq!(ann.told(&key).await["ended"]["code"], 4107);
        assert_eq!(ann.look("boardCount", "board/a").await, key);
        assert_eq!(asked.load(Ordering::SeqCst), 6);
    }
}

struct Bouncer(Arc<Mutex<Vec<(String, Start)>>>);

impl Middleware for Bouncer {
    async fn subscribe(&self, request: &SubscribeRequest) -> Result<(), Denied> {
        self.0.lock().unwrap().push((request.channel().to_owned(), request.start()));
        if request.user_id() == Some("eve") { Err(Denied::forbidden()) } else { Ok(()) }
    }
}

#[tokio::test]
async fn hooks_that_decide_about_channels_decide_about_it() {
    let (store, seen) = (Store::new(), Arc::default());
    let server = Server::start(Under::Tidewire, builder(&store).middleware(Bouncer(Arc::clone(&seen)))).await;
    let mut eve = Link::signed_in(Transport::WebSocket, server.address, "eve").await;
    assert_eq!(code(&eve.ask(begin("boardCount", "board/a")).await), 4002);
    let mut ann = Link::signed_in(Transport::WebSocket, server.address, "ann").await;
    ann.look("boardCount", "board/a").await;
    assert_eq!(*seen.lock().unwrap(), [("board/a".to_owned(), Start::Live), ("board/a".to_owned(), Start::Live)]);
}
