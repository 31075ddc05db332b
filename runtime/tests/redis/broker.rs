//! Two services on one Redis.

use crate::support::{
    Server, Under,
    client::EventStream,
    live::{self, chat, message},
    redis::RedisServer,
};
use tidewire::{Realtime, RedisBroker};

async fn service(redis: &RedisServer) -> Server {
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().broker(broker)).await
}

#[tokio::test]
async fn subscribers_of_all_nodes_get_the_same_events_in_the_same_order() {
    let redis = RedisServer::start();
    let services = [service(&redis).await, service(&redis).await];
    let mut streams = Vec::new();
    for service in &services {
        for _ in 0..2 {
            let mut stream = EventStream::open(service.address, "channel=chat/bar").await.welcomed().await;
            stream.expect("subscribed").await;
            streams.push(stream);
        }
    }
    let publishers = services.each_ref().map(|service| {
        let address = service.realtime.channel(chat("bar"));
        tokio::spawn(async move {
            for number in 0..100 {
                address.publish(message(number.to_string())).await.unwrap();
            }
        })
    });
    let mut orders = Vec::new();
    for stream in &mut streams {
        let mut order = Vec::new();
        for number in 1..=200 {
            let event = stream.expect("event").await;
            assert_eq!(event["number"], number);
            order.push((event["id"].as_str().unwrap().to_owned(), event["data"]["text"].as_str().unwrap().to_owned()));
        }
        orders.push(order);
    }
    for publisher in publishers {
        publisher.await.unwrap();
    }
    assert!(orders.windows(2).all(|pair| pair[0] == pair[1]));
    let names = redis.clients();
    assert_eq!(names.iter().filter(|name| *name == "tidewire-commands").count(), 2);
    assert_eq!(names.iter().filter(|name| *name == "tidewire-link").count(), 2);
}

#[tokio::test]
async fn a_client_that_was_away_goes_on_at_another_node() {
    let redis = RedisServer::start();
    let services = [service(&redis).await, service(&redis).await];
    let mut stream = EventStream::open(services[0].address, "channel=chat/bar").await.welcomed().await;
    let cursor = stream.expect("subscribed").await["cursor"].as_str().unwrap().to_owned();
    drop(stream);
    for number in 0..3 {
        services[0].realtime.channel(chat("bar")).publish(message(format!("missed {number}"))).await.unwrap();
    }
    let query = format!("channel=chat/bar&lastEventId={cursor}");
    let mut stream = EventStream::open(services[1].address, &query).await.welcomed().await;
    assert_eq!(stream.expect("subscribed").await["outcome"], "resumed");
    assert_eq!(stream.texts(3).await, ["missed 0", "missed 1", "missed 2"]);
}
