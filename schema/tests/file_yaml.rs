//! YAML has traps. A schema file falls into none of them: what looks like text is text, and what it does not use is refused where it stands.
#![cfg(feature = "parse-file")]

mod file_support;

use std::fmt::Write as _;

use file_support::{around, contract, found, found_in, named};
use tidewire_schema::file;

#[test]
fn keys_stay_text_whatever_they_look_like() {
    let keys = ["on", "off", "yes", "no", "1.0", "null", "true", "~", "0x10", "1e3", "2026-11-21", "<<", "=", "1_000"];
    let properties: String = keys.iter().map(|key| format!("{key}: {{ type: string }}, ")).collect();
    let contract = contract(&around(&format!("T: {{ type: object, required: [on, 1.0, no], properties: {{ {properties} }} }}")));
    let fields = named(&contract, "T")["fields"].clone();
    let names: Vec<&str> = fields.as_array().unwrap().iter().filter_map(|field| field["name"].as_str()).collect();
    assert_eq!(names, keys);
    let required: Vec<bool> = fields.as_array().unwrap().iter().map(|field| field["optional"] != true).collect();
    assert_eq!(required[..5], [true, false, false, true, true]);
}

#[test]
fn values_are_texts_unless_json_spells_them_otherwise() {
    let contract = contract(&around("T: { enum: [on, off, yes, no, y, 0x10, 1_000, 2026-11-21, 12:30:45, .5, 007] }"));
    assert_eq!(named(&contract, "T")["values"].as_array().unwrap().len(), 11);
    // A flag is `true` or `false`, and nothing else.
    for word in ["yes", "on", "True", "'true'", "1"] {
        assert_eq!(found(&format!("{{ type: array, uniqueItems: {word} }}")), [format!("TW0004 {}", word.trim_matches('\''))]);
    }
}

#[test]
fn versions_and_names_are_read_as_they_are_written() {
    assert_eq!(found_in("realtime: 1.0\nname: n\n"), ["TW0004 1.0"]);
    assert_eq!(found_in("realtime: '1'\nname: n\n"), ["TW0004 1"]);
    assert_eq!(found_in("realtime: 1\nname: no\n"), Vec::<String>::new());
    assert_eq!(found_in("realtime: 1\nname: 1.0\n"), ["TW0101 1.0"]);
}

#[test]
fn a_key_stands_once() {
    assert_eq!(found_in("realtime: 1\nname: n\ntypes:\n  T: { type: string }\n  T: { type: integer }\n"), ["TW0111 T"]);
    assert_eq!(found("{ type: object, properties: { a: {}, 'a': {} } }"), ["TW0111 a"]);
}

#[test]
fn aliases_are_refused_before_they_grow() {
    let mut bomb = String::from("realtime: 1\nname: n\na0: &a0 [x, x]\n");
    for level in 1..60 {
        writeln!(bomb, "a{level}: &a{level} [*a{}, *a{}]", level - 1, level - 1).unwrap();
    }
    let found = found_in(&bomb);
    assert!(found.iter().any(|found| found.starts_with("TW0005")), "{found:?}");
    assert_eq!(found_in("realtime: 1\nname: &n n\n").len(), 1);
    assert_eq!(found_in("realtime: 1\nname: !!str n\n").len(), 1);
    assert_eq!(found_in("realtime: 1\nname: n\n<<: {}\n"), ["TW0001 <<"]);
}

#[test]
fn other_files_are_refused_where_they_go_wrong() {
    for (source, code) in [
        ("realtime: 1\n\tname: n\n", "TW0002"),
        ("realtime: 1\nname: n\ntypes:\n\tT: {}\n", "TW0002"),
        ("realtime: 1\nname: n\n---\nrealtime: 1\n", "TW0005"),
        ("realtime: 1\nname: \"n\n", "TW0002"),
        ("{ realtime: 1, name: n", "TW0002"),
        ("", "TW0003"),
        ("# nothing\n", "TW0003"),
        ("- realtime: 1\n", "TW0004"),
        ("text", "TW0004"),
    ] {
        let (_, diagnostics) = file::parse(source);
        let first = diagnostics.iter().next().unwrap_or_else(|| panic!("{source:?} is fine"));
        assert_eq!(first.code.to_string(), code, "{source:?}");
        assert!(first.help.is_some() && first.labels[0].place.end <= source.len(), "{source:?}");
    }
}

#[test]
fn byte_order_marks_line_ends_and_json_are_fine() {
    let plain = "realtime: 1\nname: n\ntypes:\n  T: { type: string, description: ä }\n";
    let hash = contract(plain).hash();
    assert_eq!(contract(&format!("\u{feff}{plain}")), contract(plain));
    assert_eq!(contract(&plain.replace('\n', "\r\n")), contract(plain));
    assert_eq!(
        contract("{\"realtime\": 1, \"name\": \"n\", \"types\": {\"T\": {\"type\": \"string\", \"description\": \"\\u00e4\"}}}").hash(),
        hash
    );
    // JSON writes some characters as two escapes, which YAML does not know.
    let escaped = "{\"realtime\": 1, \"name\": \"n\", \"types\": {\"T\": {\"const\": \"\\ud83d\\ude00\", \"title\": \"\\\\ud83d\"}}}";
    assert_eq!(named(&contract(escaped), "T")["values"][0]["value"], "😀");
    assert_eq!(found_in(&escaped.replace("title", "titel")), ["TW0001 titel"]);
    assert_eq!(found_in(&escaped.replace("\\ude00", ""))[0].split(' ').next(), Some("TW0002"));
    // Places are still right behind a mark and behind other scripts.
    assert_eq!(found_in("\u{feff}realtime: 1\nname: n\ntypes: { T: { description: ä, type: strnig } }\n"), ["TW0004 strnig"]);
}

#[test]
fn large_files_are_refused_unread() {
    let source = format!("realtime: 1\nname: n\n# {}\n", "x".repeat(5_000_000));
    let (_, diagnostics) = file::parse(&source);
    assert_eq!(diagnostics.iter().map(|found| found.code.to_string()).collect::<Vec<_>>(), ["TW0009"]);
    let fits = format!("realtime: 1\nname: n\n# {}\n", "x".repeat(4_000_000));
    assert!(!file::parse(&fits).1.has_errors());
}
