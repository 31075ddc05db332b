//! The link between clients and their node breaks.

use rand::RngExt;

use crate::{
    proxy::{End, Mode, Way},
    stage::Stage,
};

const CHANNELS: [&str; 3] = ["room/1", "room/2", "quiet/1"];

/// Everybody is cut off, again and again.
pub(super) async fn cut(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(3, 20, &CHANNELS);
    for end in [End::Close, End::Reset, End::Reset, End::Close] {
        stage.run_for(400).await;
        for door in &stage.doors {
            door.end(end);
        }
    }
    stage.run_for(300).await;
    stage.settle().await
}

/// Connections end in the middle of a frame, and some before their first one.
pub(super) async fn cut_in_the_middle(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(3, 20, &CHANNELS);
    for _ in 0..8 {
        let bytes = stage.random.random_range(1..6000);
        stage.every_door(Mode { cut_after: Some(bytes), ..Mode::PASS });
        stage.run_for(300).await;
    }
    stage.every_door(Mode::PASS);
    stage.settle().await
}

/// Each byte travels alone, then slowly, then late.
pub(super) async fn split(stage: &mut Stage) -> Result<(), String> {
    stage.every_door(Mode::BYTES);
    stage.audience(&CHANNELS).await?;
    stage.publish(2, 60, &CHANNELS);
    stage.run_for(1000).await;
    for way in [Way::Rate(20_000), Way::Delay(std::time::Duration::from_millis(40)), Way::Bytes] {
        stage.every_door(Mode { up: way, down: way, ..Mode::PASS });
        for door in &stage.doors {
            door.end(End::Reset);
        }
        stage.run_for(800).await;
    }
    // A write for each byte is work for the machine, and how much of it is left now depends on how fast that is.
    stage.every_door(Mode::PASS);
    stage.settle().await
}

/// Nothing arrives any more, in one direction or in both, long enough to be noticed and short enough not to be.
pub(super) async fn black_hole(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(3, 30, &CHANNELS);
    stage.run_for(300).await;
    for (mode, milliseconds) in [(Mode::BLACK_HOLE, 1500), (Mode::DEAF, 6000), (Mode::MUTE, 1500)] {
        stage.every_door(mode);
        stage.run_for(milliseconds).await;
        stage.every_door(Mode::PASS);
        stage.run_for(500).await;
    }
    stage.settle().await
}
