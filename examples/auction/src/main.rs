//! A live auction. Run with `cargo run -p auction`, open the printed address in two browsers and bid against yourself.

use std::{env, process::ExitCode, time::Duration};

use auction::Programme;

#[tokio::main]
async fn main() -> ExitCode {
    reception::serve("auction", 3001, auction::app(programme()), &[]).await
}

/// `LOT_SECONDS=20` makes every lot short, for those who want to see an end.
fn programme() -> Programme {
    let usual = Programme::default();
    match env::var("LOT_SECONDS").ok().and_then(|text| text.parse().ok()) {
        Some(seconds) => Programme { lengths: vec![Duration::from_secs(seconds); usual.lengths.len()], ..usual },
        None => usual,
    }
}
