//! Clients publish, come and go.

use std::time::Duration;

use rand::RngExt;
use tokio::time::sleep;

use crate::{client::Order, proxy::End, stage::Stage};

const CHANNELS: [&str; 3] = ["room/1", "room/2", "quiet/1"];

/// Clients publish while their links are cut.
pub(super) async fn publish(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(1, 30, &CHANNELS);
    for _ in 0..4 {
        stage.clients_publish("room/1", 4, false);
        stage.clients_publish("quiet/1", 2, false);
        stage.run_for(300).await;
        for door in &stage.doors {
            door.end(End::Reset);
        }
        stage.run_for(300).await;
    }
    stage.settle().await
}

/// Clients die between sending an event and its answer, and send it again under the same key.
pub(super) async fn killed_before_the_answer(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(1, 50, &CHANNELS);
    for _ in 0..6 {
        stage.clients_publish("room/1", 1, true);
        stage.clients_publish("room/1", 1, false);
        stage.run_for(300).await;
    }
    stage.settle().await
}

/// Channels are joined and left while everybody publishes.
pub(super) async fn come_and_go(stage: &mut Stage) -> Result<(), String> {
    let channels: Vec<String> = (1..=12).map(|room| format!("room/{room}")).collect();
    let channels: Vec<&str> = channels.iter().map(String::as_str).collect();
    stage.audience(&channels[..2]).await?;
    stage.publish(4, 10, &channels);
    for _ in 0..250 {
        let at = stage.random.random_range(0..stage.clients.len());
        if !stage.clients[at].style.speaks() {
            continue;
        }
        let channel = channels[stage.random.random_range(0..channels.len())].to_owned();
        let fresh = stage.random.random_bool(0.3);
        let order = match stage.random.random_range(0..20) {
            0 => Order::Cut,
            1..11 => Order::Join { channel, fresh },
            _ => Order::Part(channel),
        };
        stage.clients[at].order(order);
        sleep(Duration::from_millis(stage.random.random_range(0..15))).await;
    }
    stage.run_for(300).await;
    stage.settle().await
}
