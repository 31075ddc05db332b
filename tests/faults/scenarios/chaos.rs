//! One fault after another, chosen by the seed.

use std::time::Duration;

use rand::RngExt;
use tokio::time::sleep;

use crate::{
    client::Order,
    proxy::{End, Mode},
    stage::Stage,
};

const CHANNELS: [&str; 4] = ["room/1", "room/2", "room/3", "quiet/1"];

/// What clients come to and leave.
const OTHERS: [&str; 2] = ["room/4", "room/5"];

/// Everything that takes nothing from the store: there is no gap, whatever happens in whatever order.
pub(super) async fn harmless(stage: &mut Stage) -> Result<(), String> {
    begin(stage).await?;
    for _ in 0..14 {
        disturb(stage).await?;
        stage.run_for(200).await;
    }
    calm(stage).await?;
    stage.settle().await
}

/// The same, and the store forgets.
pub(super) async fn forgetful(stage: &mut Stage) -> Result<(), String> {
    begin(stage).await?;
    stage.redis()?.remember()?;
    for _ in 0..8 {
        disturb(stage).await?;
        stage.run_for(200).await;
        match stage.random.random_range(0..4) {
            0 => {
                stage.redis()?.destroy::<()>(&["FLUSHALL"]).await?;
                // A life that ended stays ended; therefore the scenario needs a server that writes at once.
                stage.redis()?.remember()?;
            }
            1 => {
                stage.redis()?.kill().await?;
                stage.redis()?.turn_back()?;
                stage.redis()?.restart().await?;
            }
            _ => {
                stage.redis()?.remember()?;
            }
        }
        stage.run_for(300).await;
    }
    calm(stage).await?;
    stage.settle().await
}

async fn begin(stage: &mut Stage) -> Result<(), String> {
    stage.audience(&CHANNELS).await?;
    stage.publish(3, 30, &CHANNELS);
    stage.publish(1, 30, &OTHERS);
    stage.run_for(500).await;
    Ok(())
}

async fn disturb(stage: &mut Stage) -> Result<(), String> {
    let node = stage.random.random_range(0..stage.doors.len());
    let client = stage.random.random_range(0..stage.clients.len());
    let moment = Duration::from_millis(stage.random.random_range(100..2500));
    let end = if stage.random.random_bool(0.5) { End::Reset } else { End::Close };
    match stage.random.random_range(0..15) {
        0 => stage.doors[node].end(end),
        1 => stage.wires[node].end(end),
        2 => pass_after(stage, node, moment, Mode::BLACK_HOLE).await,
        3 => pass_after(stage, node, moment, Mode::DEAF).await,
        4 => pass_after(stage, node, moment, Mode::MUTE).await,
        5 => {
            stage.node(node)?.freeze();
            sleep(moment).await;
            stage.node(node)?.thaw();
        }
        6 => {
            stage.kill_node(node).await?;
            stage.start_node(node).await?;
        }
        7 => stage.redis()?.destroy::<()>(&["CLIENT", "KILL", "TYPE", "pubsub"]).await?,
        8 => {
            stage.redis()?.kill().await?;
            sleep(moment).await;
            stage.redis()?.restart().await?;
        }
        9 => {
            stage.clients[client].order(Order::Leave);
            sleep(moment).await;
            stage.each(|| Order::Return);
        }
        10 => {
            stage.terminate_node(node).await?;
            stage.start_node(node).await?;
        }
        11 => {
            stage.clients[client].order(Order::Stall);
            sleep(moment).await;
            stage.clients[client].order(Order::Read);
        }
        12 if stage.clients[client].style.speaks() => {
            for channel in OTHERS {
                let fresh = stage.random.random_bool(0.3);
                let join = Order::Join { channel: channel.to_owned(), fresh };
                let order = if stage.random.random_bool(0.6) { join } else { Order::Part(channel.to_owned()) };
                stage.clients[client].order(order);
            }
        }
        13 => {
            stage.clients_publish("room/1", 1, true);
            stage.clients_publish("room/2", 1, false);
        }
        _ => {
            stage.redis()?.freeze();
            sleep(moment).await;
            stage.redis()?.thaw();
        }
    }
    Ok(())
}

async fn pass_after(stage: &Stage, node: usize, moment: Duration, mode: Mode) {
    stage.wires[node].set(mode);
    sleep(moment).await;
    stage.wires[node].set(Mode::PASS);
}

async fn calm(stage: &mut Stage) -> Result<(), String> {
    stage.every_wire(Mode::PASS);
    stage.every_door(Mode::PASS);
    stage.each(|| Order::Return);
    stage.run_for(500).await;
    Ok(())
}
