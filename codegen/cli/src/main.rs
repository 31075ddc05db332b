//! The package behind `cargo run -p codegen`. In a workspace of your own, a package with this `main` and the dependency `tidewire-codegen`, with its feature `cli`, is all of it.

fn main() -> std::process::ExitCode {
    tidewire_codegen::cli::main()
}
