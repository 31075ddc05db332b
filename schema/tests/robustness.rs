//! Nothing that anybody writes makes a front end panic or take long: damaged definitions, deep ones, large ones.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::fmt::Write as _;

use tidewire_schema::{file, rust};

const FILE: &str = include_str!("fixtures/acme-live.yaml");
const MODULE: &str = include_str!("fixtures/acme_live.rs");

/// xorshift64: enough to damage texts the same way in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end.max(1) as u64).unwrap()
    }
}

/// Deletes, repeats, swaps or replaces a few pieces of a text.
fn damaged(text: &str, random: &mut Random) -> String {
    const PIECES: [&str; 24] = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "'",
        "#",
        "&a",
        "*a",
        "!!str",
        "\n",
        "\t",
        "- ",
        "---\n",
        "\u{0}",
        "é",
        "😀",
        "$ref",
        "null",
        "oneOf",
        "../",
        "18446744073709551616",
    ];
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(4) {
        let at = random.below(chars.len());
        let length = random.below(12).min(chars.len() - at);
        match random.below(4) {
            0 => drop(chars.drain(at..at + length)),
            1 => {
                let copy = chars[at..at + length].to_vec();
                let to = random.below(chars.len());
                chars.splice(to..to, copy);
            }
            2 => drop(chars.splice(at..at + length, PIECES[random.below(PIECES.len())].chars())),
            _ => chars.truncate(chars.len() - random.below(chars.len()) / 4),
        }
    }
    chars.into_iter().collect()
}

#[test]
fn damaged_files_are_read_or_refused_with_places_inside_them() {
    let mut random = Random(0x5eed);
    for _ in 0..1500 {
        let text = damaged(FILE, &mut random);
        let (_, diagnostics) = file::parse(&text);
        for label in diagnostics.iter().flat_map(|found| &found.labels) {
            assert!(label.place.start <= label.place.end && label.place.end <= text.len(), "{:?} lies outside of\n{text}", label.place);
        }
    }
}

/// One of everything that a schema may say.
const VOCABULARY: &str = r##"realtime: 1
name: vocabulary
types:
  Base: { type: object, required: [id], properties: { id: { type: string, format: uuid, deprecated: true } } }
  Merged: { $ref: "#/types/Base", properties: { own: { type: [string, integer, "null"], minLength: 1, multipleOf: 2, default: null } }, allOf: [true, { required: [own] }] }
  Union: { x-open: true, oneOf: [{ $ref: "#/types/Add" }, { type: object, required: [op], properties: { op: { const: clear } } }] }
  Add: { type: object, required: [op], properties: { op: { const: add }, at: { $ref: "#/$defs/a~1b%25" } }, $defs: { "a/b%": { type: integer, exclusiveMinimum: 0.5 } } }
  Pair: { $schema: "http://json-schema.org/draft-07/schema#", type: array, items: [{ type: string }, { $ref: "#/definitions/d" }], additionalItems: false, minItems: 2, definitions: { d: { enum: [x, y] } } }
  Map: { type: object, patternProperties: { "^[a-z]+$": { type: array, prefixItems: [{}], items: false, minItems: 1 } }, additionalProperties: false, maxProperties: 9 }
  Checked: { anyOf: [{ minimum: 1e3 }, { not: 1 }, { $ref: "#" }], properties: { a: { $ref: "#/properties/b" }, b: { items: { const: [1.0, null] } } } }
live: { all: { channel: "c/{id}", params: { type: object, required: [of], properties: { of: { $ref: "#/types/Add" } } }, result: { type: array, items: { $ref: "#/types/Union" }, uniqueItems: true } } }
calls: { c.d: { from: [client, server], request: { type: string, format: int64 }, reply: { type: object, additionalProperties: { type: number, maximum: -0.5 } } } }
connection: { opening: { type: object, properties: { a: { type: string, default: x } } }, state: true }
channels: { "c/{id}": { deprecated: use d, params: { id: { type: integer, minimum: 0 } }, payload: { type: object, properties: { next: { $ref: "#" } } } } }
"##;

#[test]
fn damaged_schemas_are_read_or_refused_with_places_inside_them() {
    let mut random = Random(0xbeef);
    let mut read = 0;
    for _ in 0..600 {
        let text = damaged(VOCABULARY, &mut random);
        let (contract, diagnostics) = file::parse(&text);
        for label in diagnostics.iter().flat_map(|found| &found.labels) {
            assert!(label.place.start <= label.place.end && label.place.end <= text.len(), "{:?} lies outside of\n{text}", label.place);
            assert!(text.is_char_boundary(label.place.start) && text.is_char_boundary(label.place.end));
        }
        if !diagnostics.has_errors() {
            contract.hash();
            read += 1;
        }
    }
    // The original has one error, so that what damage removes it shows.
    assert!(read < 120, "{read} of 600 were fine");
}

#[test]
fn damaged_modules_are_read_or_refused() {
    let mut random = Random(0xfeed);
    let mut parsed = 0;
    for _ in 0..600 {
        let text = damaged(MODULE, &mut random);
        if let Ok(module) = syn::parse_str::<syn::ItemMod>(&text) {
            parsed += 1;
            rust::parse(rust::arguments_of(&module).unwrap_or_default(), &module);
        }
    }
    assert!(parsed > 20, "only {parsed} modules survived the damage");
}

#[test]
fn deep_and_wide_definitions_end_in_bounded_time() {
    let nested =
        format!("realtime: 1\nname: n\ntypes: {{ T: {}{{ type: string }}{} }}", "{ type: array, items: ".repeat(40), " }".repeat(40));
    assert!(!file::parse(&nested).1.has_errors());
    for deep in [100, 100_000] {
        let nested = format!("realtime: 1\nname: n\ntypes: {{ T: {}", "{ type: array, items: ".repeat(deep));
        assert!(file::parse(&nested).1.has_errors());
    }
    let mut wide = String::from("realtime: 1\nname: n\nchannels:\n  all:\n    events:\n");
    let mut chain = String::from("realtime: 1\nname: n\ntypes:\n");
    for at in 0..10_000 {
        writeln!(wide, "      event{at}: {{ payload: {{ type: object, properties: {{ text: {{ type: string }} }} }} }}").unwrap();
        writeln!(chain, "  T{at}: {{ type: object, properties: {{ next: {{ $ref: \"#/types/T{}\" }} }} }}", (at + 1) % 10_000).unwrap();
    }
    let (contract, diagnostics) = file::parse(&wide);
    assert!(!diagnostics.has_errors() && contract.events.len() == 10_000);
    assert_ne!(contract.hash(), 0);
    chain.push_str("channels: { c: { payload: { $ref: \"#/types/T0\" } } }\n");
    let (contract, diagnostics) = file::parse(&chain);
    assert!(!diagnostics.has_errors() && contract.types.len() == 10_000);
    assert_ne!(contract.hash(), 0);
    assert!(file::parse(&"a".repeat(5_000_000)).1.has_errors());
}

/// Types `T0` to `T1999`, each with a reference to the one after the next.
fn chain(entry: impl Fn(usize) -> String) -> String {
    let types: String = (0..2000).map(|at| format!("  T{at}: {}\n", entry(at))).collect();
    format!("realtime: 1\nname: n\ntypes:\n{types}")
}

#[test]
fn what_references_multiply_stays_as_small_as_the_file() {
    let next = |at: usize, step: usize| format!("{{ $ref: '#/types/T{}' }}", (at + step).min(1999));
    let wide: String = (0..2000).map(|at| format!("f{at}: {{ type: object, properties: {{ x: {{}} }} }}, ")).collect();
    let defs: String = (0..2000).map(|at| format!("'{}': {{}}, ", ".".repeat(at % 40) + &at.to_string())).collect();
    let uses: String = (0..2000).map(|at| format!("p{at}: {{ $ref: '#/$defs/{}' }}, ", ".".repeat(at % 40) + &at.to_string())).collect();
    let long = "x".repeat(50_000);
    for source in [
        chain(|at| format!("{{ anyOf: [{}, {}, {{ type: 'null' }}] }}", next(at, 1), next(at, 2))),
        chain(|at| format!("{{ oneOf: [{}] }}", next(at, 1))),
        chain(|at| format!("{{ type: object, properties: {{ f{at}: {{ type: string }} }}, allOf: [{}] }}", next(at, 1))),
        chain(|at| format!("{{ allOf: [{}, {}] }}", next(at, 1), next(at, 2))),
        chain(|at| {
            format!("{{ type: object, properties: {{ p: {{ type: object, properties: {{ q: {{}} }}, allOf: [{}] }} }} }}", next(at, 1))
        }),
        chain(|_| "{ type: object, properties: { g: {} }, allOf: [{ $ref: '#/types/Base' }] }".to_owned())
            + &format!("  Base: {{ type: object, properties: {{ {wide} }} }}\n"),
        chain(|_| "{ oneOf: [{ $ref: '#/types/Base' }] }".to_owned())
            + &format!("  Base: {{ type: object, required: [k], properties: {{ k: {{ const: a }}, {wide} }} }}\n"),
        chain(|at| format!("{{ $ref: '#/types/U{at}' }}")),
        chain(|_| "{ allOf: [{ $ref: '#' }], anyOf: [{ $ref: '#' }], $ref: '#' }".to_owned()),
        format!("realtime: 1\nname: n\ntypes: {{ T: {{ $defs: {{ {defs} }}, type: object, properties: {{ {uses} }} }} }}"),
        format!(
            "realtime: 1\nname: n\ntypes: {{ T: {{ $defs: {{ {defs} }}, type: object, properties: {{ {} }} }} }}",
            uses.replace("#/$defs/", "#/$defs/e")
        ),
        format!(
            "realtime: 1\nname: n\ntypes: {{ T: {{ type: object, properties: {{ {long}: {{ type: object, properties: {{ {wide} }} }} }} }} }}"
        ),
        format!("realtime: 1\nname: n\ntypes: {{ T: {{ $ref: '#{}' }} }}", "/items".repeat(100_000)),
        format!("realtime: 1\nname: n\ntypes: {{ T: {}{{ type: string }}{} }}", "{ anyOf: [".repeat(30), "] }".repeat(30)),
    ] {
        let begun = std::time::Instant::now();
        let (contract, diagnostics) = file::parse(&source);
        let printed = serde_json::to_string(&contract).unwrap().len();
        assert!(diagnostics.iter().count() <= 3010, "{} messages about {}", diagnostics.iter().count(), &source[..200]);
        assert!(printed < 20 * source.len() + 20_000_000, "{printed} bytes of {}", &source[..200]);
        // Far more than it takes, far less than anything that multiplies would.
        assert!(begun.elapsed().as_secs() < 20, "{:?} for {}", begun.elapsed(), &source[..200]);
    }
}
