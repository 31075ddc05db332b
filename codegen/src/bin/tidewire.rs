//! The installed command line: what `cargo run -p codegen` does, in any folder.

fn main() -> std::process::ExitCode {
    tidewire_codegen::cli::tidewire()
}
