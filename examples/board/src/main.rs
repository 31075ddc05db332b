//! A kanban board. Run with `cargo run -p board`, open the printed address in two browsers and move cards.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    reception::serve("board", 3003, board::app(), &[]).await
}
