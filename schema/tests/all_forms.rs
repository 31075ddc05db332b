//! One contract that uses every form, written as a file and as a module.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use tidewire_schema::{Contract, file, rust};
fn from_file(source: &str) -> Contract {
    let (contract, diagnostics) = file::parse(source);
    let messages: Vec<String> = diagnostics.iter().map(|found| format!("{} {} {:?}", found.code, found.message, found.help)).collect();
    assert!(!diagnostics.has_errors(), "{messages:#?}");
    contract
}
fn from_module(source: &str) -> Contract {
    let module: syn::ItemMod = syn::parse_str(source).unwrap();
    let parsed = rust::parse(rust::arguments_of(&module).unwrap(), &module);
    let messages: Vec<String> =
        parsed.diagnostics.iter().map(|found| format!("{} {} {:?}", found.code, found.message, found.help)).collect();
    assert!(parsed.diagnostics.is_empty(), "{messages:#?}");
    parsed.contract
}
#[test]
fn both_front_ends_have_a_word_for_everything() {
    let file = from_file(
        r##"
realtime: 1
name: n
types:
  Level: { type: string, enum: [low, high] }
  Color: { type: string, enum: [red, green], x-open: true }
  Place:
    type: object
    required: [at, mixed]
    properties:
      at: { type: array, prefixItems: [{ type: number, minimum: -90, maximum: 90 }, { type: number }], items: false, minItems: 2 }
      mixed: { anyOf: [{ type: string }, { type: number, exclusiveMinimum: 0 }, { $ref: "#/types/Place" }, { type: array, items: { type: boolean }, uniqueItems: true }] }
      wide: { type: string, format: int64 }
      level: { $ref: "#/types/Level", default: low }
      weight: { type: integer, minimum: 0, maximum: 9, default: 1, multipleOf: 1 }
      ratio: { type: number, default: 1.0 }
      note: { type: [string, "null"], default: null }
      tags: { type: array, items: { type: string, format: email }, default: [] }
      votes: { type: object, patternProperties: { "^[a-z]+$": { type: integer } }, additionalProperties: false, maxProperties: 3, default: {} }
      old: { type: boolean, deprecated: true }
      any: {}
  Change:
    oneOf:
      - { type: object, required: [op, place], properties: { op: { const: add }, place: { $ref: "#/types/Place" } } }
      - { type: object, required: [op], properties: { op: { const: clear } } }
    x-open: true
events:
  place.changed: { deprecated: true, latest: true, payload: { $ref: "#/types/Change" } }
channels:
  board/{boardId}: { deprecated: true, latest: true, params: { boardId: { type: string, format: uuid } }, payload: { $ref: "#/types/Place" } }
  files/{folder}/{file?}: { params: { folder: { type: string }, file: { type: integer, minimum: 0 } } }
live:
  boardCards: { channel: "board/{boardId}", result: { type: array, items: { $ref: "#/types/Place" } } }
calls:
  board.rename: { from: [client, server], request: { $ref: "#/types/Place" }, reply: { $ref: "#/types/Level" } }
  board.wipe: { from: client }
connection:
  opening: { $ref: "#/types/Place" }
  state: { type: object, required: [n], properties: { n: { type: boolean } } }
"##,
    );
    let module = from_module(
        r#"#[realtime_events(name = "n")] mod n {
    pub enum Level { Low, High }
    #[rt(open)] pub enum Color { Red, Green }
    pub struct Place {
        #[rt(at(0, min = -90, max = 90))] pub at: (f64, f64),
        pub mixed: PlaceMixed,
        pub wide: Option<Int64>,
        #[rt(default = "low")] pub level: Level,
        #[rt(default = 1, max = 9, multiple_of = 1)] pub weight: u32,
        #[rt(default = 1.0)] pub ratio: f64,
        #[serde(default)] pub note: Nullable<String>,
        #[serde(default)] #[rt(items(format = "email"))] pub tags: Vec<String>,
        #[serde(default)] #[rt(keys = "^[a-z]+$", max_entries = 3, values(max = 9007199254740991))] pub votes: BTreeMap<String, i64>,
        #[deprecated] pub old: Option<bool>,
        pub any: Option<Json>,
    }
    #[serde(untagged)] pub enum PlaceMixed { A(String), B(#[rt(exclusive_min = 0)] f64), C(Box<Place>), D(#[rt(unique)] Vec<bool>) }
    #[serde(tag = "op")] #[rt(open)] pub enum Change { Add { place: Place }, Clear }
    #[event("place.changed", latest)] #[deprecated] pub struct PlaceChanged(pub Change);
    #[channel("board/{board_id}", payload = Place, latest)] #[deprecated] pub struct Board { pub board_id: Uuid }
    #[channel("files/{folder}/{file?}")] pub struct Files { pub folder: String, #[rt(max = 9007199254740991)] pub file: Option<u64> }
    #[live(channel = Board)] pub type BoardCards = Vec<Place>;
    #[call("board.rename", from(client, server), reply = Level)] pub struct Rename(pub Place);
    #[call("board.wipe")] pub struct Wipe;
    #[connection(opening)] pub struct Opening(pub Place);
    #[connection(state)] pub struct ConnectionState { pub n: bool }
    }"#,
    );
    assert_eq!(file.events, module.events);
    assert_eq!(file.channels, module.channels);
    assert_eq!(file.live, module.live);
    assert_eq!(file.calls, module.calls);
    assert_eq!(file.connection, module.connection);
    for ty in file.types.iter().filter(|ty| ty.name != "Place") {
        assert_eq!(Some(ty), module.type_named(&ty.name));
    }
    // What stands inline in one and has a name in the other is the same on the wire.
    assert_eq!(file.hash(), module.hash());
    for contract in [file, module] {
        assert_eq!(contract.to_json(), serde_json::to_string(&contract).unwrap());
    }
}

/// The macro writes contracts without serde, and everybody else reads them with it.
#[test]
fn a_contract_is_written_alike_with_and_without_serde() {
    let keywords = r##"{ "name": "k", "events": [], "channels": [{ "pattern": "a", "history": "off", "presence": "T", "carries": { "events": [] } }], "types": [
        { "name": "T", "type": { "kind": "json", "schema": { "$ref": "#/types/T", "type": ["integer", "null"], "enum": [1, 1.0, -2.5e-7, 1e300, "\u0001\"\\\n\u007f\u2028😀", null, { "b": [], "a": {} }],
            "minLength": 0, "maxLength": 4294967295, "pattern": "^a\\d", "format": "ipv6", "minimum": -0.0, "maximum": 1e21, "exclusiveMinimum": 1, "exclusiveMaximum": 0.1, "multipleOf": 3,
            "prefixItems": [true, false, {}], "items": false, "minItems": 1, "maxItems": 2, "uniqueItems": true, "properties": { "b": true, "a": { "items": {} } }, "required": ["a", "\t"],
            "patternProperties": { "^x": {} }, "additionalProperties": {}, "minProperties": 3, "maxProperties": 4, "allOf": [{}], "anyOf": [true], "oneOf": [false] } } }] }"##;
    for source in [include_str!("../../codegen/tests/fixtures/everything.json"), keywords] {
        let contract: Contract = serde_json::from_str(source).unwrap();
        let own = contract.to_json();
        assert_eq!(own, serde_json::to_string(&contract).unwrap());
        assert_eq!(serde_json::from_str::<Contract>(&own).unwrap(), contract);
    }
}
