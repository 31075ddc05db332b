//! A node goes away, or stands still.

use std::time::{Duration, Instant};

use crate::{client::Style, stage::Stage};

const CHANNELS: [&str; 3] = ["room/1", "room/2", "quiet/1"];

/// A node is killed and comes back, twice. With the embedded broker histories begin anew, and everybody is told.
pub(super) async fn killed(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(3, 30, &CHANNELS);
    for _ in 0..2 {
        stage.run_for(600).await;
        stage.kill_node(0).await?;
        stage.run_for(300).await;
        stage.start_node(0).await?;
        stage.run_for(600).await;
    }
    stage.settle().await
}

/// A node is asked to end, and replaced.
pub(super) async fn terminated(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(3, 30, &CHANNELS);
    stage.run_for(600).await;
    stage.terminate_node(0).await?;
    stage.start_node(0).await?;
    stage.run_for(600).await;
    stage.settle().await
}

/// One node of several is killed for good; its clients move to the others.
pub(super) async fn one_of_several_killed(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(4, 30, &CHANNELS);
    stage.run_for(800).await;
    stage.kill_node(0).await?;
    stage.run_for(1200).await;
    stage.settle().await
}

/// A node stands still and goes on: too short to be noticed, then long enough.
pub(super) async fn frozen(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(3, 30, &CHANNELS);
    for milliseconds in [1000, 5000] {
        stage.run_for(500).await;
        stage.node(0)?.freeze();
        stage.run_for(milliseconds).await;
        stage.node(0)?.thaw();
    }
    stage.run_for(500).await;
    stage.settle().await
}

/// Connections last for a second. Nobody notices, but for those who count.
pub(super) async fn planned_reconnects(stage: &mut Stage) -> Result<(), String> {
    stage.longest = Some(Duration::from_secs(1));
    for at in 0..stage.doors.len() {
        stage.kill_node(at).await?;
        stage.start_node(at).await?;
    }
    let since = Instant::now();
    stage.audience(&CHANNELS).await?;
    stage.publish(3, 20, &CHANNELS);
    stage.run_for(4000).await;
    stage.settle().await?;
    // A subscriber in Rust has no connection that a platform could cut.
    let connected = stage.clients.iter().filter(|client| client.style != Style::Inside).count();
    let ends = stage.disconnects(since);
    if ends < connected * 2 { Err(format!("{ends} connections of {connected} clients ended: too few to prove anything")) } else { Ok(()) }
}
