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
