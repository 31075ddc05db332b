//! The Rust module of a contract, and that it says what the contract says. `UPDATE=1 cargo test -p tidewire-codegen` writes those in `modules` anew.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::path::Path;

use tidewire_codegen::{client_package, rust, source};
use tidewire_schema::Contract;

fn contract_of((contract, diagnostics): source::Parsed) -> Contract {
    assert!(!diagnostics.has_errors(), "{diagnostics:#?}");
    contract
}

/// Prints a module and reads it back: the same contract, and the same bytes of TypeScript.
fn module_of(contract: &Contract) -> String {
    let module = rust::module(contract, &rust::module_name(contract)).unwrap();
    let read = contract_of(source::rust(&module));
    assert_eq!(read.hash(), contract.hash());
    let (one, other) = (client_package(contract), client_package(&read));
    for (path, text) in one.files() {
        let differs = text.lines().zip(other.file(path).unwrap().lines()).find(|(one, other)| one != other);
        assert!(differs.is_none() && text.len() == other.file(path).unwrap().len(), "{path}: {differs:?} in\n{module}");
    }
    module
}

/// Holds a module against the one in `modules`, of which `tests` proves that rustc has nothing to say about it.
fn assert_committed(contract: &Contract) {
    let module = module_of(contract);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules").join(format!("{}.rs", rust::module_name(contract)));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &module).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    let differs = committed.lines().zip(module.lines()).find(|(committed, line)| committed != line);
    assert!(committed == module, "{} is not what is generated, which is {differs:?} in\n{module}", path.display());
}

#[test]
fn a_schema_file_becomes_this_module() {
    let contract = contract_of(source::schema(include_str!("../../schema/tests/fixtures/acme-live.yaml")));
    assert_committed(&contract);
}

#[test]
fn awkward_names_become_this_module() {
    assert_committed(&contract_of(source::schema(include_str!("../../tests/package/awkward.yaml"))));
}

#[test]
fn everything_a_contract_can_say_becomes_this_module() {
    let contract: Contract = serde_json::from_str(include_str!("fixtures/everything.json")).unwrap();
    assert_committed(&contract);
}

#[test]
fn a_union_that_is_closed_in_part_has_a_struct_for_that_part() {
    let yaml = "realtime: 1\nname: n\nchannels:\n  c:\n    payload:\n      oneOf:\n        - { type: object, required: [t], properties: { t: { const: open } } }\n        - { type: object, required: [t, a], additionalProperties: false, properties: { t: { const: closed }, a: { type: string } } }\n";
    let contract = contract_of(source::schema(yaml));
    let module = rust::module(&contract, "n").unwrap();
    assert_eq!(contract_of(source::rust(&module)).hash(), contract.hash());
    assert!(module.contains("Closed(CMessageClosed)"), "{module}");
}

#[test]
fn the_enum_of_a_channels_events_gets_a_name_that_is_free() {
    let yaml = "realtime: 1\nname: n\ntypes:\n  ChatEvent: { type: object, required: [a], properties: { a: { type: string } } }\nchannels:\n  chat: { events: { sent: { payload: { $ref: '#/types/ChatEvent' } } } }\n  board: { events: { cleared: {} } }\n";
    let module = module_of(&contract_of(source::schema(yaml)));
    assert!(module.contains("event_enum = ChatEvent2"), "{module}");
    assert_eq!(module.matches("event_enum").count(), 1, "{module}");
}

/// Names that mean something to Rust, to serde or to the macro.
const RUSTS_OWN: &str = r##"
realtime: 1
name: own
types:
  Json: { type: object, properties: { a: {}, b: { $ref: "#/types/Result" } } }
  Result: { type: object, required: [v], properties: { v: { type: array, items: { $ref: "#/types/Vec" } } } }
  Vec: { type: string, format: date-time }
  Box: { type: object, properties: { box: { $ref: "#/types/Box" }, uuid: { type: string, format: uuid }, u: { $ref: "#/types/Uuid" } } }
  Uuid: { type: string }
  DateTime: { type: integer }
  Nullable: { type: [string, "null"] }
  Some: { enum: [None, Some] }
  Clone: { type: object, required: [x], properties: { x: { $ref: "#/types/Some" } } }
  Serialize: { enum: [Ok, Err] }
  BTreeMap: { type: object, additionalProperties: { $ref: "#/types/Nullable" } }
events:
  option: { payload: { $ref: "#/types/Box" } }
  channel: {}
  default: {}
channels:
  "room/{roomID}/{type}": { params: { roomID: { type: string }, type: { enum: [a] } } }
  default: { events: [option, channel, default] }
"##;

#[test]
fn types_may_be_called_like_rusts_own() {
    let module = module_of(&contract_of(source::schema(RUSTS_OWN)));
    assert!(module.contains("pub v: ::std::vec::Vec<Vec>"), "{module}");
}

#[test]
fn the_names_that_a_module_has_already_are_changed_in_rust_alone() {
    let yaml = "realtime: 1\nname: n\ntypes:\n  Self: { type: string }\n  CONTRACT: { type: boolean }\nevents:\n  a: { payload: { type: object, properties: { a: { $ref: '#/types/Self' }, b: { $ref: '#/types/CONTRACT' } } } }\n";
    let contract = contract_of(source::schema(yaml));
    let module = rust::module(&contract, "n").unwrap();
    assert!(module.contains("pub struct Self_(") && module.contains("pub struct CONTRACT_("), "{module}");
}

#[test]
fn a_live_query_keeps_its_parameters() {
    let yaml = "realtime: 1\nname: n\nchannels: { board: { events: { cleared: {} } } }\nlive:\n  cards: { channel: board, params: { type: object, required: [done], properties: { done: { type: boolean } } }, result: { type: array, items: { type: string } } }\n";
    let module = module_of(&contract_of(source::schema(yaml)));
    assert!(module.contains(r#"#[live(name = "cards", channel = Board, params = CardsParams)]"#), "{module}");
}
