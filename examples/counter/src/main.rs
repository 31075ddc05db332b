//! A number that everybody sees and everybody raises. Run with `cargo run -p counter`, open the printed address in two browsers and press.
//!
//! This is all of the service, and it is the introduction to live queries: a value that a page shows, and that is the stored one, always.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    reception::serve("counter", 3004, counter::app(), &[]).await
}
