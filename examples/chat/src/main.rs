//! A chat in two browsers. Run with `cargo run -p chat`, open the printed address twice.

use std::{env, process::ExitCode};

#[tokio::main]
async fn main() -> ExitCode {
    let key = env::var("HOST_KEY").ok().filter(|key| !key.is_empty()).unwrap_or_else(reception::key);
    let note = format!("who opens {{address}}/?host={key} is the host: writes announcements, shows people out");
    reception::serve("chat", 3000, chat::app(&key), &[note]).await
}
