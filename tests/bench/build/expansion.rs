//! How long the macro takes for a module, without the compiler around it: from tokens to tokens, in this process, as often as asked.
//!
//! `cargo run -p tests --example expansion -- FILE 20` prints the median in milliseconds, of the whole and of its parts. The compiler hands tokens over one
//! by one, which costs it more than it costs here; what it does with the result is not in the figure.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program")]

/// The expansion itself, which no crate can export because it belongs to a procedural macro.
#[path = "../../../macros/src"]
#[allow(dead_code, unused_imports, unreachable_pub, clippy::needless_pass_by_value, reason = "a part of another crate")]
mod macros {
    pub(crate) mod expand;
}

use std::process::ExitCode;
use std::time::Instant;

use proc_macro2::TokenStream;
use syn::ItemMod;
use tidewire_schema::rust;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(times)) = (arguments.next(), arguments.next().and_then(|times| times.parse().ok())) else {
        eprintln!("usage: expansion FILE TIMES");
        return ExitCode::from(2);
    };
    let tokens = std::fs::read_to_string(&file).ok().and_then(|text| text.parse::<TokenStream>().ok());
    let mut figures: Vec<[f64; 3]> = Vec::new();
    for _ in 0..times {
        let Some(figure) = tokens.clone().and_then(expansion) else {
            eprintln!("{file} holds more, or less, than one module without mistakes");
            return ExitCode::FAILURE;
        };
        figures.push(figure);
    }
    let median = |at: usize| {
        let mut of: Vec<f64> = figures.iter().map(|figure| figure[at]).collect();
        of.sort_by(f64::total_cmp);
        of[of.len() / 2]
    };
    let [syntax, contract, expansion] = [0, 1, 2].map(median);
    println!("{:.2} {syntax:.2} {contract:.2} {expansion:.2}", syntax + contract + expansion);
    ExitCode::SUCCESS
}

/// Milliseconds for the syntax tree, the contract, and the expansion.
fn expansion(tokens: TokenStream) -> Option<[f64; 3]> {
    let milliseconds = |began: Instant| began.elapsed().as_secs_f64() * 1e3;
    let began = Instant::now();
    let module: ItemMod = syn::parse2(tokens).ok()?;
    let syntax = milliseconds(began);
    let began = Instant::now();
    let parsed = rust::parse(rust::arguments_of(&module)?, &module);
    let contract = milliseconds(began);
    if parsed.diagnostics.has_errors() {
        return None;
    }
    let began = Instant::now();
    let expanded = macros::expand::module(module, &parsed);
    let expansion = milliseconds(began);
    (!expanded.is_empty()).then_some([syntax, contract, expansion])
}
