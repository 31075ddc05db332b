//! The tables of `schema/src/wire.rs` as they stand in PROTOCOL.md and in the client. `UPDATE=1 cargo test -p tests --test wire_tables` prints them anew.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::fmt::Write as _;
use std::path::Path;

use tidewire_schema::wire::{GapReason, Retry, WireCode};

fn compare(path: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap();
    assert!(
        found == expected,
        "{} is not what schema/src/wire.rs gives: run `UPDATE=1 cargo test -p tests --test wire_tables`",
        path.display()
    );
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> (&'a str, &'a str) {
    let (before, rest) = text.split_once(start).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    (before, after)
}

#[test]
fn the_protocol_lists_every_code() {
    let (start, end) = ("<!-- codes: printed by `cargo test -p tests` from schema/src/wire.rs -->\n", "<!-- /codes -->");
    let text = include_str!("../../PROTOCOL.md");
    let (before, after) = between(text, start, end);
    let mut table = String::from("| code | name | HTTP | the client | meaning |\n| --- | --- | --- | --- | --- |\n");
    for code in WireCode::ALL {
        let next = match code.retry() {
            Retry::Never => "gives up",
            Retry::Now => "reconnects at once",
            _ => "backs off",
        };
        writeln!(table, "| {} | `{}` | {} | {next} | {} |", code.number(), code.name(), code.status(), code.summary()).unwrap();
    }
    compare("PROTOCOL.md", &format!("{before}{start}{table}{end}{after}"));
}

#[test]
fn the_protocol_lists_every_reason_of_a_gap() {
    let text = include_str!("../../PROTOCOL.md");
    for reason in GapReason::ALL {
        assert!(text.contains(&format!("| `{}` | ", reason.name())), "{} is not in PROTOCOL.md", reason.name());
    }
}

#[test]
fn the_client_knows_every_code_and_reason() {
    let mut text = String::from(
        "// Printed from schema/src/wire.rs by `UPDATE=1 cargo test -p tests --test wire_tables`; do not edit.\n\n\
         /** The numbers of the errors on the wire, by name. Their range decides what a client does: 4000–4099 gives up, 4100–4199 backs off, 4200–4299 reconnects at once. */\n\
         export const codes = {\n",
    );
    for code in WireCode::ALL {
        writeln!(text, "  /** {} */\n  {}: {},", code.summary(), code.name(), code.number()).unwrap();
    }
    text.push_str("} as const;\n\n/** Why events may be missing, as a `gap` says it. */\nexport const gapReasons = {\n");
    for reason in GapReason::ALL {
        writeln!(text, "  /** {} */\n  {name}: \"{name}\",", reason.summary(), name = reason.name()).unwrap();
    }
    text.push_str("} as const;\n");
    compare("codegen/client/src/codes.ts", &text);
}
