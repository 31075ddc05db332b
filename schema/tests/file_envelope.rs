//! What stands around the schemas: live queries, calls, connections, deprecation; and the order of things does not matter.
#![cfg(feature = "parse-file")]

mod file_support;

use file_support::{contract, found_in, named};
use serde_json::{Value, json};
use tidewire_schema::{Carries, Publishers};

const HEAD: &str = "realtime: 1\nname: n\n";

fn found(body: &str) -> Vec<String> {
    found_in(&format!("{HEAD}{body}"))
}

fn contract_of(body: &str) -> tidewire_schema::Contract {
    contract(&format!("{HEAD}{body}"))
}

fn json_of(contract: &impl serde::Serialize) -> Value {
    serde_json::to_value(contract).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn live_queries_have_a_channel_and_a_result() {
    let contract = contract(&format!(
        "{HEAD}live:\n  boardCards: {{ channel: \"board/{{boardId}}\", description: All., result: {{ type: array, items: {{ $ref: \"#/types/Card\" }} }} }}\n\
         \x20 boardName: {{ channel: \"board/{{boardId}}\", result: {{ type: object, properties: {{ name: {{ type: string }} }} }} }}\n\
         types: {{ Card: {{ type: object, properties: {{ id: {{ type: string }} }} }} }}\n\
         channels: {{ \"board/{{boardId}}\": {{ params: {{ boardId: {{ type: string }} }} }} }}\n"
    ));
    let cards = json!({ "name": "boardCards", "description": "All.", "channel": "board/{boardId}", "result": { "kind": "list", "items": { "kind": "ref", "name": "Card" } } });
    let name = json!({ "name": "boardName", "channel": "board/{boardId}", "result": { "kind": "ref", "name": "BoardNameResult" } });
    assert_eq!(json_of(&contract.live), json!([cards, name]));

    assert_eq!(found("live: { a: {} }"), ["TW0003 a", "TW0003 a"]);
    assert_eq!(found("live: { a: { channel: none, result: {} } }"), ["TW0205 none"]);
    let params = |params: &str| {
        found(&format!("live: {{ a: {{ channel: c, params: {params}, result: {{ type: string }} }} }}\nchannels: {{ c: {{}} }}"))
    };
    assert_eq!(params("{ type: object, properties: { n: { type: boolean } } }"), [""; 0]);
    assert_eq!(params("{ type: string }"), ["TW0004 { type: string }"]);
    assert_eq!(found("live: { a: { channel: c, resutl: {} } }\nchannels: { c: {} }"), ["TW0003 a", "TW0001 resutl"]);
}

#[test]
fn calls_say_who_may_ask() {
    let contract = contract(&format!(
        "{HEAD}calls:\n  board.rename: {{ from: client, request: {{ type: object, properties: {{ name: {{ type: string }} }} }}, reply: {{ enum: [ok, taken] }} }}\n\
         \x20 ping: {{ from: [client, server], description: Are you there? }}\n  poke: {{ from: server, request: {{ type: string }} }}\n"
    ));
    let both = json!({ "server": true, "client": true });
    assert_eq!(
        json_of(&contract.calls),
        json!([
            { "name": "board.rename", "from": { "server": false, "client": true },
              "request": { "kind": "ref", "name": "BoardRenameRequest" }, "reply": { "kind": "ref", "name": "BoardRenameReply" } },
            { "name": "ping", "description": "Are you there?", "from": both },
            { "name": "poke", "from": { "server": true, "client": false }, "request": { "kind": "string" } },
        ])
    );
    assert_eq!(named(&contract, "BoardRenameReply")["kind"], "enum");

    // Clients ask unless it is said otherwise.
    let asked = contract_of("calls: { a: {} }").calls[0].from;
    assert_eq!((asked.client, asked.server), (true, false));
    assert_eq!(found("calls: { a: { from: [] } }"), ["TW0004 []"]);
    assert_eq!(found("calls: { a: { from: cleint } }"), ["TW0004 cleint"]);
    assert_eq!(found("calls: { a: { from: client, request: { type: strnig } } }"), ["TW0004 strnig"]);
    assert_eq!(found("calls: { 1a: { from: client } }"), ["TW0101 1a"]);
}

#[test]
fn connections_open_greet_and_are_remembered() {
    let contract = contract(&format!(
        "{HEAD}connection:\n  opening: {{ type: object, properties: {{ device: {{ type: string }} }} }}\n  greeting: {{ type: string }}\n  state: {{ oneOf: [{{ type: object, required: [k], properties: {{ k: {{ const: a }} }} }}] }}\n"
    ));
    assert_eq!(
        json_of(&contract.connection),
        json!({ "opening": { "kind": "ref", "name": "ConnectionOpening" }, "greeting": { "kind": "string" }, "state": { "kind": "ref", "name": "ConnectionState" } })
    );
    assert_eq!(found("connection: { openning: {} }"), ["TW0001 openning"]);
}

#[test]
fn everything_may_be_deprecated() {
    let contract = contract(&format!(
        "{HEAD}types: {{ T: {{ type: string, deprecated: old }} }}\nevents: {{ a: {{ deprecated: true }} }}\nchannels: {{ c: {{ deprecated: use d, events: [a] }}, d: {{ deprecated: false }} }}\n"
    ));
    assert_eq!(contract.types[0].deprecated.as_deref(), Some("old"));
    assert_eq!(contract.events[0].deprecated.as_deref(), Some(""));
    let reasons: Vec<Option<&str>> = contract.channels.iter().map(|channel| channel.deprecated.as_deref()).collect();
    assert_eq!(reasons, [Some("use d"), None, None]);
}

#[test]
fn payloads_say_what_they_are() {
    for anything in ["{}", "true", "{ description: d }"] {
        assert_eq!(found(&format!("events: {{ a: {{ payload: {anything} }} }}")), [format!("warning TW0410 {anything}")]);
    }
    for null in ["{ type: 'null' }", "{ type: [\"null\"] }", "{ const: null }", "{ enum: [null] }"] {
        assert_eq!(found(&format!("events: {{ a: {{ payload: {null} }} }}")), [format!("TW0313 {null}")]);
    }
    let contract = contract(&format!(
        "{HEAD}events:\n  a.b: {{ payload: {{ minLength: 1, description: D }} }}\n  c: {{ description: E, payload: {{ type: [object, 'null'], properties: {{ x: {{}} }} }} }}\n"
    ));
    assert_eq!(named(&contract, "AB")["kind"], "json");
    assert_eq!(contract.events[0].description.as_deref(), Some("D"));
    assert_eq!(named(&contract, "C"), json!({ "kind": "nullable", "of": { "kind": "ref", "name": "CValue" } }));
    assert_eq!(contract.type_named("C").unwrap().description.as_deref(), Some("E"));
}

#[test]
fn later_vocabulary_is_refused_as_such() {
    assert_eq!(found("event: {}"), ["TW0001 event"]);
}

#[test]
fn latest_is_a_boolean() {
    let contract =
        contract(&format!("{HEAD}events: {{ a: {{ latest: true }}, b: {{ latest: false }} }}\nchannels: {{ c: {{ latest: true }} }}"));
    assert_eq!(contract.events.iter().map(|event| event.latest).collect::<Vec<_>>(), [true, false]);
    assert_eq!(contract.channels.iter().map(|channel| channel.latest).collect::<Vec<_>>(), [true, false]);
    assert_eq!(found("events: { a: { latest: newest } }"), ["TW0004 newest"]);
    assert_eq!(found("channels: { c: { latest: 'true' } }"), ["TW0004 true"]);
}

#[test]
fn parameters_are_schemas_too() {
    let contract = contract(&format!(
        "{HEAD}channels: {{ 'c/{{id}}': {{ params: {{ id: {{ type: string, format: ipv4, deprecated: true }} }}, payload: {{ $ref: '#' }} }} }}"
    ).replace(", payload: { $ref: '#' }", ""));
    let Carries::Unnamed(event) = &contract.channels[0].carries else { panic!("{contract:?}") };
    assert_eq!((event.publish, &event.payload), (Publishers::SERVER, &None));
    assert_eq!(json_of(&contract.channels[0].params[0].ty), json!({ "kind": "string", "format": "ipv4" }));
    assert_eq!(found("channels: { 'c/{id}': { params: { id: { minLength: 1 } } } }"), ["TW0311 id", "warning TW0412 { minLength: 1 }"]);
    assert_eq!(found("channels: { 'c/{id}': { params: { id: { type: string, default: a } } } }"), ["TW0314 a"]);
}
