//! The link between the nodes and the store breaks.

use std::time::{Duration, Instant};

use crate::{
    proxy::{End, Mode},
    stage::Stage,
};

/// When a dead link must be noticed and what it did not bring be there.
const NOTICED: Duration = Duration::from_secs(11);

const CHANNELS: [&str; 4] = ["room/1", "room/2", "small/1", "quiet/1"];

/// Nothing comes back from the store, though it is asked.
pub(super) async fn deaf(stage: &mut Stage) -> Result<(), String> {
    black_hole(stage, Mode::DEAF).await
}

/// Nothing gets to the store.
pub(super) async fn mute(stage: &mut Stage) -> Result<(), String> {
    black_hole(stage, Mode::MUTE).await
}

/// Nothing passes at all.
pub(super) async fn silent(stage: &mut Stage) -> Result<(), String> {
    black_hole(stage, Mode::BLACK_HOLE).await
}

async fn black_hole(stage: &mut Stage, mode: Mode) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(4, 30, &CHANNELS);
    stage.run_for(500).await;
    let since = Instant::now();
    stage.every_wire(mode);
    stage.expect_status(true, since).await?;
    stage.run_for(500).await;
    stage.every_wire(Mode::PASS);
    stage.expect_recovery(since).await?;
    stage.run_for(500).await;
    stage.settle().await
}

/// The connection on which one node of two listens is open and mute, while its commands go through; the other node's clients come over.
pub(super) async fn half_dead(stage: &mut Stage) -> Result<(), String> {
    let channels = ["room/1", "room/2", "quiet/1"];
    stage.audience(&channels).await?;
    stage.publish(4, 60, &channels);
    stage.run_for(500).await;
    let clients: String = stage.redis()?.command(&["CLIENT", "LIST", "TYPE", "pubsub"]).await?;
    let port = |line: &str| line.split_once(" addr=127.0.0.1:")?.1.split_once(' ')?.0.parse().ok();
    let ports: Vec<u16> = clients.lines().filter_map(port).collect();
    // Which of them is whose does not matter: the other proxy has no such connection.
    let dead = *ports.first().ok_or("nobody listens")?;
    stage.every_wire(Mode { dead: Some(dead), ..Mode::PASS });
    let since = Instant::now();
    for _ in 0..4 {
        stage.run_for(500).await;
        for door in &stage.doors {
            door.end(End::Reset);
        }
    }
    stage.expect_delivery(&channels, since + NOTICED).await?;
    stage.every_wire(Mode::PASS);
    stage.settle().await
}

/// One node of two loses the store; the other one goes on.
pub(super) async fn one_of_two_silent(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(4, 30, &CHANNELS);
    stage.run_for(500).await;
    let since = Instant::now();
    stage.wires[0].set(Mode::BLACK_HOLE);
    stage.run_for(4000).await;
    stage.wires[0].set(Mode::PASS);
    stage.expect_recovery(since).await?;
    stage.run_for(500).await;
    stage.settle().await
}

/// Nothing happens: how long events take from the answer of one node to a client of another one.
pub(super) async fn undisturbed(stage: &mut Stage) -> Result<(), String> {
    let rooms: Vec<String> = (1..=30).map(|room| format!("room/{room}")).collect();
    let rooms: Vec<&str> = rooms.iter().map(String::as_str).collect();
    stage.audience(&rooms).await?;
    stage.publish(4, 10, &rooms);
    stage.run_for(3000).await;
    stage.settle().await
}

/// The links are cut, again and again.
pub(super) async fn cut(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(4, 30, &CHANNELS);
    let since = Instant::now();
    for end in [End::Reset, End::Close, End::Reset] {
        stage.run_for(500).await;
        for wire in &stage.wires {
            wire.end(end);
        }
    }
    stage.expect_recovery(since).await?;
    stage.settle().await
}
