//! A shared board. Run with `cargo run -p cursors`, open the printed address in a few windows and move about.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    reception::serve("cursors", 3002, cursors::app(), &[]).await
}
