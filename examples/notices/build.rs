//! Turns the schema file into `notices.rs`, which `src/main.rs` includes.

fn main() -> std::process::ExitCode {
    tidewire_codegen::build::module("events.yaml")
}
