//! The link between a client and its node breaks.

use crate::{proxy::End, stage::Stage};

const CHANNELS: [&str; 3] = ["room/1", "room/2", "quiet/1"];

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
