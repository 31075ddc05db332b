//! The package behind `cargo run -p codegen`. In a workspace of your own, copy it: this is all of it.

fn main() -> std::process::ExitCode {
    tidewire_codegen::cli::main()
}
