//! A client is away, or does not keep up, and history goes on without it.

use crate::{client::Order, stage::Stage};

/// Whoever is away for less than the channel keeps misses nothing.
pub(super) async fn short(stage: &mut Stage) -> Result<(), String> {
    let channels = ["room/1", "small/1", "quiet/1"];
    stage.audience(&channels).await?;
    stage.publish_now("room/1", 10).await?;
    stage.each(|| Order::Leave);
    stage.publish_now("room/1", 400).await?;
    stage.publish_now("small/1", 15).await?;
    stage.publish_now("quiet/1", 1).await?;
    stage.each(|| Order::Return);
    stage.publish_now("room/1", 20).await?;
    stage.settle().await
}

/// More happens than the channel keeps.
pub(super) async fn trimmed(stage: &mut Stage) -> Result<(), String> {
    let channels = ["small/1", "small/2", "room/1"];
    stage.audience(&channels).await?;
    for channel in channels {
        stage.publish_now(channel, 5).await?;
    }
    stage.each(|| Order::Leave);
    // A store may keep more than asked, but not for ever.
    stage.publish_now("small/1", 300).await?;
    stage.publish_now("small/2", 300).await?;
    stage.each(|| Order::Return);
    stage.publish(2, 30, &channels);
    stage.run_for(500).await;
    stage.settle().await?;
    stage.expect_gaps(stage.clients.len(), "small/1", &["trimmed"])
}

/// More happens than a resume replays, though it is kept.
pub(super) async fn long(stage: &mut Stage) -> Result<(), String> {
    let channels = ["deep/1"];
    stage.audience(&channels).await?;
    stage.publish_now("deep/1", 5).await?;
    stage.each(|| Order::Leave);
    stage.publish_many("deep/1", 1300).await?;
    stage.each(|| Order::Return);
    stage.publish(2, 30, &channels);
    stage.run_for(300).await;
    stage.settle().await?;
    stage.expect_gaps(stage.clients.len(), "deep/1", &["limit"])
}

/// Everything that was missed expired, or the older part of it.
pub(super) async fn expired(stage: &mut Stage) -> Result<(), String> {
    let channels = ["brief/1", "brief/2", "room/1"];
    stage.audience(&channels).await?;
    for channel in channels {
        stage.publish_now(channel, 5).await?;
    }
    stage.each(|| Order::Leave);
    stage.publish_now("brief/1", 10).await?;
    stage.publish_now("brief/2", 10).await?;
    // The two seconds that the contract keeps events for, and what a store may add.
    stage.run_for(3600).await;
    stage.publish_now("brief/2", 3).await?;
    stage.each(|| Order::Return);
    stage.publish_now("room/1", 3).await?;
    stage.settle().await?;
    stage.expect_gaps(stage.clients.len(), "brief/1", &["expired", "trimmed"])?;
    stage.expect_gaps(stage.clients.len(), "brief/2", &["trimmed", "expired"])
}

/// A reader that stops reading gets the rest from the history, or hears that it was too slow.
pub(super) async fn slow(stage: &mut Stage) -> Result<(), String> {
    let channels = ["room/1", "small/1"];
    stage.audience(&channels).await?;
    // One that keeps up, to show that nobody waits for the others.
    let quick = stage.clients.len() - 1;
    for client in &stage.clients[..quick] {
        client.order(Order::Stall);
    }
    let large = stage.publish_large("room/1", 500, 6000).await?;
    stage.publish_now("small/1", 300).await?;
    stage.until(quick, "keeps up", |sights| sights.iter().any(|sight| sight.is_at("room/1", large))).await?;
    stage.each(|| Order::Read);
    stage.publish(2, 30, &channels);
    stage.run_for(500).await;
    stage.settle().await?;
    stage.expect_gaps(quick, "small/1", &["slow", "trimmed"])
}
