//! Somebody removes events from the store behind the service's back.

use std::time::Duration;

use crate::{client::Order, process::Redis, stage::Stage};

/// When a client that comes back must know.
const SOON: Duration = Duration::from_secs(5);

const CHANNELS: [&str; 2] = ["room/1", "quiet/1"];

/// Everything that was missed is removed.
pub(super) async fn emptied_while_away(stage: &mut Stage) -> Result<(), String> {
    away(stage).await?;
    for channel in CHANNELS {
        let stream = stream_of(stage.redis()?, channel).await?;
        stage.redis()?.destroy::<()>(&["XTRIM", &stream, "MAXLEN", "0"]).await?;
    }
    back(stage, &["expired"]).await
}

/// The older part of what was missed is removed.
pub(super) async fn trimmed_while_away(stage: &mut Stage) -> Result<(), String> {
    away(stage).await?;
    for channel in CHANNELS {
        let stream = stream_of(stage.redis()?, channel).await?;
        stage.redis()?.destroy::<()>(&["XTRIM", &stream, "MAXLEN", "5"]).await?;
    }
    back(stage, &["trimmed"]).await
}

/// Events in the middle of what was missed are removed.
pub(super) async fn hole_while_away(stage: &mut Stage) -> Result<(), String> {
    away(stage).await?;
    for channel in CHANNELS {
        let stream = stream_of(stage.redis()?, channel).await?;
        let ids = ids(stage.redis()?, &stream).await?;
        let at = ids.len() - 10;
        for id in [&ids[at], &ids[at + 1], &ids[at + 5]] {
            stage.redis()?.destroy::<()>(&["XDEL", &stream, id]).await?;
        }
    }
    back(stage, &["hole"]).await
}

/// The stream of a channel is deleted, but not where the channel stands.
pub(super) async fn deleted_while_away(stage: &mut Stage) -> Result<(), String> {
    away(stage).await?;
    for channel in CHANNELS {
        let stream = stream_of(stage.redis()?, channel).await?;
        stage.redis()?.destroy::<()>(&["DEL", &stream]).await?;
        // Ids go on from where they were.
        stage.publish_now(channel, 3).await?;
    }
    back(stage, &["trimmed"]).await
}

/// Where the channels stand is deleted while everybody listens.
pub(super) async fn states_deleted(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(3, 30, &CHANNELS);
    stage.run_for(500).await;
    for key in stage.redis()?.command::<Vec<String>>(&["KEYS", "*"]).await? {
        if key.contains(":s:") {
            stage.redis()?.destroy::<()>(&["DEL", &key]).await?;
        }
    }
    stage.run_for(500).await;
    stage.settle().await
}

/// The server forgets its scripts, again and again.
pub(super) async fn scripts_forgotten(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(3, 20, &CHANNELS);
    for _ in 0..4 {
        stage.run_for(200).await;
        stage.redis()?.destroy::<()>(&["SCRIPT", "FLUSH"]).await?;
    }
    stage.settle().await
}

/// The newest of what was missed is removed.
pub(super) async fn tail_while_away(stage: &mut Stage) -> Result<(), String> {
    away(stage).await?;
    for channel in CHANNELS {
        let stream = stream_of(stage.redis()?, channel).await?;
        for id in ids(stage.redis()?, &stream).await?.iter().rev().take(3) {
            stage.redis()?.destroy::<()>(&["XDEL", &stream, id]).await?;
        }
    }
    back(stage, &["tail"]).await
}

/// Everybody leaves, and misses twenty events in each channel.
async fn away(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    for channel in CHANNELS {
        let last = stage.publish_now(channel, 5).await?;
        for client in 0..stage.clients.len() {
            stage.until(client, "gets the first events", |sights| sights.iter().any(|sight| sight.is_at(channel, last))).await?;
        }
    }
    stage.each(|| Order::Leave);
    stage.until_nobody_listens().await?;
    for channel in CHANNELS {
        stage.publish_now(channel, 20).await?;
    }
    Ok(())
}

/// Everybody comes back and hears of what is missing before anything else happens.
async fn back(stage: &mut Stage, reasons: &'static [&'static str]) -> Result<(), String> {
    stage.each(|| Order::Return);
    for channel in CHANNELS {
        stage.until_told(channel, reasons, SOON).await?;
    }
    stage.publish(2, 30, &CHANNELS);
    stage.run_for(500).await;
    stage.settle().await
}

/// The key of the stream in which a channel's events are.
async fn stream_of(redis: &Redis, channel: &str) -> Result<String, String> {
    let keys: Vec<String> = redis.command(&["KEYS", "*"]).await?;
    for key in keys.into_iter().filter(|key| key.contains(channel)) {
        if redis.command::<String>(&["TYPE", &key]).await? == "stream" {
            return Ok(key);
        }
    }
    Err(format!("there is no stream of {channel}"))
}

async fn ids(redis: &Redis, stream: &str) -> Result<Vec<String>, String> {
    let entries: Vec<(String, redis::Value)> = redis.command(&["XRANGE", stream, "-", "+"]).await?;
    Ok(entries.into_iter().map(|(id, _)| id).collect())
}
