//! The store dies, forgets, or comes back older.

use std::time::{Duration, Instant};

use crate::{
    client::{Order, Style},
    stage::Stage,
};

/// When an audit must have found what nothing else shows.
const AUDITED: Duration = Duration::from_secs(20);

const CHANNELS: [&str; 4] = ["room/1", "room/2", "small/1", "quiet/1"];

/// The server is killed, and comes back with what was on disk.
pub(super) async fn killed(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(4, 30, &CHANNELS);
    stage.run_for(800).await;
    let since = Instant::now();
    stage.redis()?.kill().await?;
    stage.expect_status(true, since).await?;
    stage.redis()?.restart().await?;
    stage.expect_recovery(since).await?;
    stage.run_for(500).await;
    stage.settle().await
}

/// The server is killed, and comes back with nothing.
pub(super) async fn killed_without_data(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(4, 30, &CHANNELS);
    stage.run_for(800).await;
    let since = Instant::now();
    let redis = stage.redis()?;
    redis.kill().await?;
    redis.forget()?;
    redis.restart().await?;
    stage.expect_recovery(since).await?;
    stage.run_for(500).await;
    stage.settle().await
}

/// The server comes back as it was some time ago: numbers are used again.
pub(super) async fn rolled_back(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(4, 30, &CHANNELS);
    stage.run_for(800).await;
    stage.redis()?.remember()?;
    // Everybody is further than what comes back.
    for channel in CHANNELS {
        stage.publish_now(channel, 10).await?;
    }
    let since = Instant::now();
    let redis = stage.redis()?;
    redis.kill().await?;
    redis.turn_back()?;
    redis.restart().await?;
    stage.expect_recovery(since).await?;
    stage.run_for(500).await;
    stage.settle().await?;
    stage.expect_gaps(stage.clients.len(), "quiet/1", &["rollback"])
}

/// The same while half of the clients are away.
pub(super) async fn rolled_back_while_away(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    for channel in CHANNELS {
        stage.publish_now(channel, 10).await?;
    }
    stage.redis()?.remember()?;
    for channel in CHANNELS {
        stage.publish_now(channel, 5).await?;
    }
    for client in stage.clients.iter().step_by(2) {
        client.order(Order::Leave);
    }
    let since = Instant::now();
    let redis = stage.redis()?;
    redis.kill().await?;
    redis.turn_back()?;
    redis.restart().await?;
    stage.recover(since).await?;
    // The new branch is longer than the lost one.
    for channel in CHANNELS {
        stage.publish_now(channel, 12).await?;
    }
    stage.each(|| Order::Return);
    stage.settle().await?;
    stage.expect_gaps(stage.clients.len(), "quiet/1", &["rollback"])
}

/// The same while nothing is published any more: only an audit can find it.
pub(super) async fn rolled_back_unnoticed(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    for channel in CHANNELS {
        stage.publish_now(channel, 5).await?;
    }
    stage.redis()?.remember()?;
    for channel in CHANNELS {
        stage.publish_now(channel, 5).await?;
    }
    let redis = stage.redis()?;
    redis.kill().await?;
    redis.turn_back()?;
    redis.restart().await?;
    for channel in CHANNELS {
        stage.until_told(channel, &["rollback"], AUDITED).await?;
    }
    stage.settle().await
}

/// Clients connect while the server is away.
pub(super) async fn joined_during_an_outage(stage: &mut Stage) -> Result<(), String> {
    let channels = ["room/1", "room/2", "quiet/1"];
    stage.audience(&channels).await?;
    stage.publish(3, 30, &channels);
    stage.run_for(500).await;
    stage.redis()?.kill().await?;
    for style in Style::ALL {
        stage.client(style, 0, &channels);
    }
    for client in stage.clients.iter().take(4) {
        client.order(Order::Cut);
    }
    stage.run_for(1500).await;
    let since = Instant::now();
    stage.redis()?.restart().await?;
    stage.until_everybody_listens(&channels).await?;
    stage.recover(since).await?;
    stage.settle().await
}

/// Everything is deleted while everybody listens.
pub(super) async fn flushed(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(4, 30, &CHANNELS);
    for _ in 0..2 {
        stage.run_for(600).await;
        stage.redis()?.destroy::<()>(&["FLUSHALL"]).await?;
    }
    stage.run_for(600).await;
    stage.settle().await
}

/// The server stands still for a while.
pub(super) async fn frozen(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(4, 30, &CHANNELS);
    stage.run_for(500).await;
    let since = Instant::now();
    stage.redis()?.freeze();
    stage.run_for(5000).await;
    stage.redis()?.thaw();
    stage.expect_recovery(since).await?;
    stage.run_for(500).await;
    stage.settle().await
}

/// The server answers nobody for three seconds.
pub(super) async fn paused(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(4, 30, &CHANNELS);
    stage.run_for(500).await;
    let since = Instant::now();
    stage.redis()?.destroy::<()>(&["CLIENT", "PAUSE", "3000", "ALL"]).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    stage.expect_recovery(since).await?;
    stage.run_for(500).await;
    stage.settle().await
}

/// The connections on which nodes listen are closed, again and again.
pub(super) async fn listeners_killed(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(4, 10, &CHANNELS);
    let since = Instant::now();
    let mut killed = 0;
    for _ in 0..5 {
        stage.run_for(400).await;
        killed += stage.redis()?.destroy::<u32>(&["CLIENT", "KILL", "TYPE", "pubsub"]).await?;
    }
    if killed == 0 {
        return Err("nobody listened".to_owned());
    }
    stage.expect_recovery(since).await?;
    stage.settle().await
}
