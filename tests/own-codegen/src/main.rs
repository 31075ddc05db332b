//! Stands for the `codegen` package of a user: it generates from the compiled contract.

fn main() -> std::process::ExitCode {
    tidewire_codegen::cli::with(own_codegen::live::CONTRACT)
}
