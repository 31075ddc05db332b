//! Definitions as text become a contract: a schema file, a Rust file with an events module, or Rust files whose items `contract!` joins.

use std::ops::Range;

use proc_macro2::Span;
use syn::{Item, ItemMod};
use tidewire_schema::Contract;
use tidewire_schema::diagnostic::{Code, Diagnostic, Diagnostics};
use tidewire_schema::{file, rust};

/// What was read of a source: the contract, whole only if the diagnostics hold no error, and the diagnostics with their places in bytes of the source.
pub type Parsed = (Contract, Diagnostics<Range<usize>>);

/// Reads a schema file, YAML or JSON.
pub fn schema(source: &str) -> Parsed {
    let (contract, diagnostics) = file::parse(source);
    (contract, diagnostics.map(|span| span.start..span.end))
}

/// The stack on which a Rust file is read. A parser goes down one call a level, and a file, unlike the module that the compiler hands to the macro, may hold
/// any other code: a chain of a thousand `else if`. Only what is used of it takes memory.
const STACK: usize = 256 << 20;

/// Reads a Rust file: the one module that carries `#[realtime_events]`, wherever it stands, or else the items that its `contract!` joins. Nothing is compiled.
pub fn rust(source: &str) -> Parsed {
    on_a_large_stack(|| rust_here(source, true))
}

/// Reads Rust files whose items one `contract!` joins. Each place comes with the index of its file.
pub fn rust_files(sources: &[&str]) -> (Contract, Diagnostics<(usize, Range<usize>)>) {
    if let [only] = sources {
        let (contract, diagnostics) = rust(only);
        return (contract, diagnostics.map(|range| (0, range)));
    }
    for (at, source) in sources.iter().enumerate() {
        if let Err(found) = on_a_large_stack(|| {
            tokens(source).map(drop).map_err(|found| found.map(|spot| spot.first.byte_range().start..spot.last.byte_range().end))
        }) {
            let mut diagnostics = Diagnostics::default();
            diagnostics.push(found.map(|range| (at, range)));
            return (Contract::default(), diagnostics);
        }
    }
    let joined = rust::join(sources);
    let (contract, diagnostics) = on_a_large_stack(|| rust_here(&joined.text, false));
    let place = |range: Range<usize>| {
        let (file, start) = joined.place(range.start).unwrap_or_default();
        (file, start..start + range.len())
    };
    (contract, diagnostics.map(place))
}

fn on_a_large_stack<T: Send>(read: impl Fn() -> T + Sync) -> T {
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, &read);
        match reader.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(parsed)) => parsed,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // Without a thread of its own most files can be read all the same.
            Err(_) => read(),
        }
    })
}

fn rust_here(source: &str, modules_count: bool) -> Parsed {
    let mut diagnostics = Diagnostics::default();
    let parsed = match tokens(source) {
        Ok(file) => {
            let mut modules = Vec::new();
            if modules_count {
                find_modules(&file.items, &mut modules);
            }
            let derived = if modules.is_empty() { rust::parse_derived(&file.items) } else { None };
            derived.or_else(|| single(&modules, &mut diagnostics))
        }
        Err(found) => {
            diagnostics.push(found);
            None
        }
    };
    let (contract, mut diagnostics) = match parsed {
        Some(module) => (module.contract, module.diagnostics),
        None => (Contract::default(), diagnostics),
    };
    diagnostics.sort_by_place(|spot| spot.first.byte_range().start);
    // syn skips a byte order mark and counts from behind it.
    let skipped = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    (contract, diagnostics.map(|spot| (spot.first.byte_range().start + skipped)..(spot.last.byte_range().end + skipped)))
}

fn tokens(source: &str) -> Result<syn::File, Diagnostic<rust::Spot>> {
    if source.len() > file::MAX_BYTES {
        let message = format!("the file has {} bytes; one with definitions has at most {}", source.len(), file::MAX_BYTES);
        return Err(Diagnostic::error(Code::TooLarge, Span::call_site(), message).help("put the events module into a file of its own"));
    }
    // What is no Rust at all is reported by the parser, which says where.
    if let Some(found) = source.parse().ok().and_then(|tokens| rust::too_deep(&tokens)) {
        return Err(found);
    }
    syn::parse_file(source).map_err(|error| {
        Diagnostic::error(Code::Syntax, error.span(), format!("this is not valid Rust: {error}"))
            .help("the file has to compile before a client can be generated from it")
    })
}

fn find_modules<'a>(items: &'a [Item], found: &mut Vec<&'a ItemMod>) {
    for item in items {
        if let Item::Mod(module) = item {
            if rust::arguments_of(module).is_some() {
                found.push(module);
            } else if let Some((_, items)) = &module.content {
                find_modules(items, found);
            }
        }
    }
}

fn single(modules: &[&ItemMod], diagnostics: &mut Diagnostics<rust::Spot>) -> Option<rust::Module> {
    match modules {
        [module] => rust::arguments_of(module).map(|arguments| rust::parse(arguments, module)),
        [] => {
            let error = Diagnostic::error(
                Code::NotAModule,
                Span::call_site(),
                "no module here carries `#[realtime_events]`, and no `contract!` joins items",
            );
            diagnostics.push(error.help(
                "write `#[tidewire::realtime_events(name = \"…\")]` above the module, or name the file with the `contract!` as well",
            ));
            None
        }
        [first, second, ..] => {
            let error = Diagnostic::error(Code::NotAModule, second.ident.span(), "a second events module begins here").label("second");
            diagnostics.push(error.also(first.ident.span(), "first").help("put each contract into a file of its own"));
            None
        }
    }
}
