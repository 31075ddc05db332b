//! What a service does with one client, where its nodes share a Redis.

use crate::support::{
    Server, Under,
    link::{BOTH, Link},
    redis::RedisServer,
    services::{chat, live, message},
    within,
};
use serde_json::json;
use tidewire::{Caller, Grant, Realtime, RedisBroker};

async fn node(redis: &RedisServer) -> Server {
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    let service = Realtime::builder(live::contract())
        .authorize(|_| async { Ok(Grant::user("ann")) })
        .on_call(|request: live::BoardRename, _: Caller| async move { Ok(live::Renamed { name: request.name }) })
        .broker(broker);
    Server::start(Under::Tidewire, service).await
}

const SIGNED_IN: [(&str, &str); 1] = [("authorization", "ann")];

#[tokio::test]
async fn channels_calls_and_state_reach_a_client_of_another_node_and_follow_it() {
    let redis = RedisServer::start();
    let (here, there) = (node(&redis).await, node(&redis).await);
    for transport in BOTH {
        let mut link = Link::open_with(transport, here.address, "", None, &SIGNED_IN).await;
        let connection = there.realtime.connection(link.connection.parse().unwrap());
        connection.subscribe(chat("a")).await.unwrap();
        there.realtime.channel(chat("a")).publish(message("one")).await.unwrap();
        let subscribed = link.expect("subscribed").await;
        assert_eq!(subscribed["by"], "server", "{transport:?}");
        assert_eq!(link.texts(1).await, ["one"]);
        let state = live::Session { device: "phone".into(), calls: 3 };
        connection.set_state(state.clone()).await.unwrap();
        assert_eq!(connection.state().await.unwrap(), Some(state));
        let asking = tokio::spawn(connection.call(live::Confirm { question: "sure?".into() }).into_future());
        let id = link.expect("call").await["id"].clone();
        let ack = link.send_from(there.address, json!({ "type": "reply", "ref": 1, "id": id, "data": { "yes": true } })).await;
        assert_eq!(ack["type"], "ack");
        assert!(within(asking).await.unwrap().unwrap().yes);
        let call = json!({ "type": "call", "ref": 2, "call": "board.rename", "data": { "name": "x" } });
        assert_eq!(link.send_from(there.address, call).await["type"], "ack");
        assert_eq!(link.expect("reply").await["data"]["name"], "x");
        // To the other node, with the cursor.
        let query = format!("channel=chat/a&lastEventId={}", subscribed["cursor"].as_str().unwrap());
        let mut moved = Link::open_with(transport, there.address, &query, Some(&link.session), &SIGNED_IN).await;
        assert_eq!(moved.expect("subscribed").await["by"], "server");
        assert_eq!(moved.texts(1).await, ["one"]);
    }
}
