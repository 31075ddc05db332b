//! Faults on real processes, and a judge who proves from journals that nothing was lost, doubled or hidden.
//!
//! `cargo test -p tests --test faults` plays the fast tier; `tests/faults/run --slow` the slow one. `-- --help` says what else there is.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program")]

mod client;
mod http;
mod journal;
mod ledger;
mod node;
mod oracle;
mod playing;
mod process;
mod proxy;
mod publisher;
mod scenarios;
mod stage;

use std::process::ExitCode;

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|first| first == "node").is_some() {
        return runtime.block_on(node::main(arguments));
    }
    match playing::Options::parse(arguments) {
        Ok(options) => runtime.block_on(playing::main(options)),
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}
