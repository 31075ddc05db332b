//! The same definitions, written as a schema file and as a Rust module, are one contract.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use tidewire_schema::{Carries, Contract, History, Publishers, Type, file, rust};

fn from_file(source: &str) -> Contract {
    let (contract, diagnostics) = file::parse(source);
    let messages: Vec<String> = diagnostics.iter().map(|found| format!("{} {}", found.code, found.message)).collect();
    assert!(!diagnostics.has_errors(), "{messages:#?}");
    contract
}

fn from_module(source: &str) -> Contract {
    let module: syn::ItemMod = syn::parse_str(source).unwrap();
    let arguments = rust::arguments_of(&module).unwrap();
    let parsed = rust::parse(arguments, &module);
    let messages: Vec<String> =
        parsed.diagnostics.iter().map(|found| format!("{} {} {:?}", found.code, found.message, found.help)).collect();
    assert!(parsed.diagnostics.is_empty(), "{messages:#?}");
    parsed.contract
}

#[test]
fn the_example_of_the_design_is_the_same_contract_both_ways() {
    let (file, module) = (from_file(include_str!("fixtures/acme-live.yaml")), from_module(include_str!("fixtures/acme_live.rs")));
    pretty_assert(&file, &module);
    assert_eq!(file.hash(), module.hash());
}

fn pretty_assert(left: &Contract, right: &Contract) {
    for (left, right) in left.types.iter().zip(&right.types) {
        assert_eq!(left, right);
    }
    for (left, right) in left.events.iter().zip(&right.events) {
        assert_eq!(left, right);
    }
    for (left, right) in left.channels.iter().zip(&right.channels) {
        assert_eq!(left, right);
    }
    assert_eq!(left, right);
}

#[test]
fn unnamed_payloads_and_signals_need_no_event_name() {
    let file = from_file(
        "realtime: 1\nname: ticks\ntypes: { Tick: { type: object, required: [cents], properties: { cents: { type: integer, format: int32 } } } }\n\
         channels:\n  'ticker/{symbol}': { params: { symbol: { type: string } }, payload: { $ref: '#/types/Tick' } }\n  refresh: { publish: [server, client] }\n",
    );
    let module = from_module(
        "#[realtime_events(name = \"ticks\")] mod ticks { pub struct Tick { pub cents: i32 }\n\
         #[channel(\"ticker/{symbol}\", payload = Tick)] pub struct Ticker { pub symbol: String }\n\
         #[channel(\"refresh\", publish(server, client))] pub struct Refresh; }",
    );
    pretty_assert(&file, &module);
    assert_eq!(file.hash(), module.hash());
    let Carries::Unnamed(event) = &file.channel_with("refresh").unwrap().carries else { panic!("named") };
    assert_eq!((event.name.as_str(), event.payload.is_none(), event.publish), ("message", true, Publishers { server: true, client: true }));
}

#[test]
fn shared_events_are_carried_by_the_default_channel() {
    let file = from_file("realtime: 1\nname: n\nevents: { alert: {}, other: {} }\nchannels: { 'ops': { events: all } }\n");
    let module = from_module(
        "#[realtime_events(name = \"n\")] mod n { #[event(\"alert\")] pub struct Alert; #[event(\"other\")] pub struct Other;\n\
         #[channel(\"ops\", events = all)] pub struct Ops; }",
    );
    assert_eq!(file.hash(), module.hash());
    let patterns: Vec<&str> = file.channels.iter().map(|channel| channel.pattern.as_str()).collect();
    assert_eq!(patterns, ["default", "ops"]);
    assert!(file.channels.iter().all(|channel| channel.carries == Carries::Events(vec!["alert".into(), "other".into()])));
}

#[test]
fn the_hash_sees_the_wire_and_nothing_else() {
    let base =
        "realtime: 1\nname: n\nchannels: { a: { events: { x: { payload: { type: object, properties: { f: { type: string } } } } } } }";
    let same = [
        "name: n\nrealtime: 1\nchannels: { a: { history: { max: 5, ttl: 1s }, events: { x: { description: d, payload: { $ref: '#/types/Other' } } } } }\n\
         types: { Other: { type: object, properties: { f: { $ref: '#/types/S' } } }, S: { type: string }, Unused: { type: boolean } }",
    ];
    let other = [
        base.replace("name: n", "name: m"),
        base.replace("x:", "y:"),
        base.replace("f:", "g:"),
        base.replace("string", "boolean"),
        base.replace("{ type: object,", "{ type: object, required: [f],"),
        base.replace("{ type: object,", "{ type: object, additionalProperties: false,"),
        base.replace("x: {", "x: { history: off,"),
        base.replace("x: {", "x: { publish: [client],"),
        base.replace("x: {", "x: { latest: true,"),
        base.replace("a: {", "a: { latest: true,"),
        base.replace("a: {", "b: {"),
    ];
    let hash = from_file(base).hash();
    for source in same {
        assert_eq!(from_file(source).hash(), hash, "{source}");
    }
    for source in other {
        assert_ne!(from_file(&source).hash(), hash, "{source}");
    }
}

#[test]
fn the_parameters_of_a_live_query_are_part_of_the_hash() {
    let contract = |params: &str| {
        from_file(&format!(
            "realtime: 1\nname: n\nchannels: {{ c: {{}} }}\nlive: {{ all: {{ channel: c, {params}result: {{ type: string }} }} }}\n"
        ))
    };
    let none = contract("").hash();
    let some = contract("params: { type: object, required: [n], properties: { n: { type: boolean } } }, ").hash();
    let other = contract("params: { type: object, required: [n], properties: { n: { type: string } } }, ").hash();
    assert!(none != some && some != other && other != none);
}

#[test]
fn a_contract_without_latest_has_the_hash_that_it_always_had() {
    let file = from_file(include_str!("fixtures/acme-live.yaml"));
    assert_eq!(format!("{:032x}", file.hash()), "c315edcb4354fb08c7eb6c70918c1db7");
    let said_no = include_str!("fixtures/acme-live.yaml").replace("typing: { publish", "typing: { latest: false, publish");
    assert_eq!(from_file(&said_no), file);
}

#[test]
fn an_event_is_kept_as_the_newest_where_it_or_its_channel_says_so() {
    let file = from_file(
        "realtime: 1\nname: n\nevents: { moved: { latest: true, publish: [client], history: off }, said: {} }\n\
         channels: { a: { events: [moved, said] }, b: { latest: true, events: [moved, said] }, c: { latest: true, payload: { $ref: '#/types/Cents' } }, d: {}, default: { events: [said] } }\n\
         types: { Cents: { type: integer, format: int32 } }\n",
    );
    let module = from_module(
        "#[realtime_events(name = \"n\")] mod n { #[event(\"moved\", publish(client), history = off, latest)] pub struct Moved; #[event(\"said\")] pub struct Said;\n\
         #[channel(\"a\", events(Moved, Said))] pub struct A; #[channel(\"b\", events(Moved, Said), latest)] pub struct B;\n\
         #[channel(\"c\", payload = Cents, latest)] pub struct C; pub struct Cents(pub i32);\n\
         #[channel(\"d\")] pub struct D; #[channel(\"default\", events(Said))] pub struct Shared; }",
    );
    pretty_assert(&file, &module);
    let latest = |pattern: &str| -> Vec<bool> {
        let channel = file.channel_with(pattern).unwrap();
        file.events_of(channel).map(|event| channel.keeps_latest(event)).collect()
    };
    assert_eq!(["a", "b", "c", "d"].map(latest), [vec![true, false], vec![true, true], vec![true], vec![false]]);
}

#[test]
fn types_that_contain_themselves_have_a_hash_without_names() {
    let module = |node: &str, field: &str| {
        from_module(&format!(
            "#[realtime_events(name = \"n\")] mod n {{ pub struct {node} {{ pub {field}: Vec<{node}>, pub next: Option<Box<{node}>> }}\n#[event(\"e\")] pub struct Event {{ pub root: {node} }}\n#[channel(\"c\", events(Event))] pub struct C; }}"
        ))
        .hash()
    };
    assert_eq!(module("Node", "children"), module("Tree", "children"));
    assert_ne!(module("Node", "children"), module("Node", "leaves"));
}

#[test]
fn integers_of_the_file_are_those_of_rust() {
    for (schema, rust) in [
        ("{ type: integer }", "i64"),
        ("{ type: integer, format: int32 }", "i32"),
        ("{ type: integer, minimum: 0, maximum: 4294967295 }", "u32"),
        ("{ type: integer, exclusiveMinimum: -1, exclusiveMaximum: 65535.5 }", "u16"),
        ("{ type: integer, format: uint32 }", "u32"),
        ("{ type: integer, minimum: 0, maximum: 255 }", "u8"),
        ("{ type: integer, minimum: -9007199254740991, maximum: 9007199254740991 }", "i64"),
    ] {
        let file = from_file(&format!("realtime: 1\nname: n\ntypes: {{ T: {schema} }}\n"));
        let attribute = if rust == "i64" { "#[rt(max = 9007199254740991)]" } else { "" };
        let module = from_module(&format!("#[realtime_events(name = \"n\")] mod n {{ pub struct T({attribute} pub {rust}); }}"));
        assert_eq!(file.types[0].ty, module.types[0].ty, "{schema}");
    }
}

#[test]
fn history_is_read_in_both() {
    let file = from_file("realtime: 1\nname: n\nchannels: { a: { history: { max: 5, ttl: 90s } }, b: { history: off } }");
    let module = from_module(
        "#[realtime_events(name = \"n\")] mod n { #[channel(\"a\", history(max = 5, ttl = \"90s\"))] pub struct A; #[channel(\"b\", history = off)] pub struct B; }",
    );
    assert_eq!(file, module);
    assert_eq!(file.channels[0].history, Some(History::Keep { max: 5, ttl: 90 }));
    assert!(matches!(file.types.first().map(|named| &named.ty), None | Some(Type::Any)));
}

#[test]
fn an_optional_last_segment_makes_its_parameter_optional() {
    let source = "realtime: 1\nname: files\nchannels:\n  files/{folder}/{file?}:\n    params: { folder: { type: string }, file: { type: string } }\n    payload: { type: string }\n";
    let (contract, diagnostics) = tidewire_schema::file::parse(source);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let optional: Vec<bool> = contract.channels[0].params.iter().map(|param| param.optional).collect();
    assert_eq!(optional, [false, true]);

    let both = source.replace("channels:\n", "channels:\n  files/{other}: { params: { other: { type: string } } }\n");
    let (_, diagnostics) = tidewire_schema::file::parse(&both);
    assert_eq!(diagnostics.iter().map(|found| found.code.to_string()).collect::<Vec<_>>(), ["TW0112"]);
}

/// Each kind of type in the words of JSON Schema, and in those of Rust.
#[test]
fn every_shape_of_the_file_has_a_spelling_in_rust() {
    let types = "Card: { type: object, required: [id], properties: { id: { type: string } } }, Kind: { enum: [a, b], x-open: true }";
    let items = "pub struct Card { pub id: String } #[rt(open)] pub enum Kind { A, B }";
    for (schema, attributes, rust) in [
        (
            "{ type: string, minLength: 1, format: email, pattern: '^a' }",
            "#[rt(min_length = 1, format = \"email\", pattern = \"^a\")]",
            "String",
        ),
        ("{ type: string, format: int64, default: '-5' }", "#[rt(default = -5)]", "Int64"),
        ("{ type: integer, multipleOf: 5, exclusiveMaximum: 100 }", "#[rt(max = 99, multiple_of = 5)]", "i64"),
        (
            "{ type: number, exclusiveMinimum: 0, maximum: 1.5, multipleOf: 0.01 }",
            "#[rt(exclusive_min = 0, max = 1.5, multiple_of = 0.01)]",
            "f64",
        ),
        (
            "{ type: array, items: { type: string, maxLength: 3 }, minItems: 1, uniqueItems: true }",
            "#[rt(min_items = 1, unique, items(max_length = 3))]",
            "Vec<String>",
        ),
        ("{ type: array, prefixItems: [{ type: string }, { $ref: '#/types/Card' }], items: false, minItems: 2 }", "", "(String, Card)"),
        (
            "{ type: object, patternProperties: { '^x': { type: boolean } }, additionalProperties: false, maxProperties: 3 }",
            "#[rt(keys = \"^x\", max_entries = 3)]",
            "BTreeMap<String, bool>",
        ),
        ("{ type: [string, 'null'], format: date-time, default: null }", "#[serde(default)]", "Nullable<DateTime<Utc>>"),
        (
            "{ anyOf: [{ $ref: '#/types/Kind' }, { type: 'null' }], default: c, deprecated: why }",
            "#[rt(default = \"c\")] #[deprecated = \"why\"]",
            "Nullable<Kind>",
        ),
        (
            "{ properties: { a: { $ref: '#/types/Card' } }, required: [a] }",
            "#[rt(json = r##\"{ \"properties\": { \"a\": { \"$ref\": \"#/types/Card\" } }, \"required\": [\"a\"] }\"##)]",
            "Json",
        ),
        ("{}", "", "Json"),
    ] {
        let required = if schema.contains("default:") { "" } else { "required: [f], " };
        let file = from_file(&format!(
            "realtime: 1\nname: n\ntypes: {{ {types}, T: {{ type: object, {required}properties: {{ f: {schema} }} }} }}\n"
        ));
        let module =
            from_module(&format!("#[realtime_events(name = \"n\")] mod n {{ {items} pub struct T {{ {attributes} pub f: {rust} }} }}"));
        pretty_assert(&file, &module);
        assert_eq!(file.hash(), module.hash(), "{schema}");
    }
}

#[test]
fn unions_choices_and_merged_objects_have_a_spelling_in_rust() {
    let file = from_file(
        "realtime: 1\nname: n\ntypes:\n  Base: { type: object, required: [id], properties: { id: { type: string } } }\n\
         \x20 Merged: { type: object, properties: { own: { type: boolean, default: true } }, allOf: [{ $ref: '#/types/Base' }] }\n\
         \x20 Op: { x-open: true, oneOf: [{ type: object, required: [op, id], properties: { op: { const: add }, id: { type: string } } }, { $ref: '#/types/Clear' }] }\n\
         \x20 Clear: { type: object, required: [op], properties: { op: { const: clear } } }\n\
         \x20 Either: { anyOf: [{ type: string }, { $ref: '#/types/Base' }, { type: array, items: { type: boolean } }] }\n",
    );
    let module = from_module(
        "#[realtime_events(name = \"n\")] mod n { pub struct Base { pub id: String }\n\
         pub struct Merged { #[rt(default = true)] pub own: bool, #[serde(flatten)] pub base: Base }\n\
         #[rt(open)] #[serde(tag = \"op\")] pub enum Op { Add(Base), Clear }\n\
         pub struct Clear { pub op: ClearOp } pub enum ClearOp { Clear }\n\
         #[serde(untagged)] pub enum Either { Text(String), Base(Base), Flags(Vec<bool>) } }",
    );
    pretty_assert(&file, &module);
}

#[test]
fn live_queries_calls_and_connections_are_the_same_contract_both_ways() {
    let file = from_file(
        "realtime: 1\nname: n\ntypes: { Card: { type: object, required: [id], properties: { id: { type: string } } }, Renamed: { const: ok } }\n\
         channels: { 'board/{boardId}': { params: { boardId: { type: string } } } }\n\
         live: { boardCards: { channel: 'board/{boardId}', params: { type: object, required: [done], properties: { done: { type: boolean } } }, \
         result: { type: array, items: { $ref: '#/types/Card' } } } }\n\
         calls: { board.rename: { request: { type: object, required: [to], properties: { to: { type: string } } }, reply: { $ref: '#/types/Renamed' } } }\n\
         connection: { opening: { type: object, required: [device], properties: { device: { type: string } } } }\n",
    );
    let module = from_module(
        "#[realtime_events(name = \"n\")] mod n { pub struct Card { pub id: String } pub enum Renamed { Ok }\n\
         #[channel(\"board/{board_id}\")] pub struct Board { pub board_id: String }\n\
         #[live(channel = Board, params = BoardCardsParams)] pub type BoardCards = Vec<Card>;\n\
         pub struct BoardCardsParams { pub done: bool }\n\
         #[call(\"board.rename\", reply = Renamed)] pub struct BoardRenameRequest { pub to: String }\n\
         #[connection(opening)] pub struct ConnectionOpening { pub device: String } }",
    );
    pretty_assert(&file, &module);
    assert_eq!(file.hash(), module.hash());
}
