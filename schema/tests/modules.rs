//! What a Rust module means: each form against the contract that it stands for.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use serde_json::{Value, json};
use tidewire_schema::{Contract, rust};

fn parse(body: &str) -> rust::Module {
    let module: syn::ItemMod = syn::parse_str(&format!("#[realtime_events(name = \"n\")] mod n {{ {body} }}")).unwrap();
    rust::parse(rust::arguments_of(&module).unwrap(), &module)
}

#[track_caller]
fn contract(body: &str) -> Contract {
    let parsed = parse(body);
    let messages: Vec<String> =
        parsed.diagnostics.iter().map(|found| format!("{} {} {:?}", found.code, found.message, found.help)).collect();
    assert!(parsed.diagnostics.is_empty(), "{messages:#?}");
    let read: Contract = serde_json::from_value(serde_json::to_value(&parsed.contract).unwrap()).unwrap();
    assert_eq!(read, parsed.contract, "the contract survives its own JSON");
    parsed.contract
}

fn named(contract: &Contract, name: &str) -> Value {
    serde_json::to_value(&contract.type_named(name).unwrap_or_else(|| panic!("there is no `{name}`")).ty).unwrap()
}

/// The type of the one field of a struct.
#[track_caller]
fn field(attribute: &str, ty: &str) -> Value {
    let contract = contract(&format!("pub struct S {{ {attribute} pub f: {ty} }} pub struct Card {{ pub a: bool }}"));
    named(&contract, "S")["fields"][0]["type"].clone()
}

/// The codes of what is wrong.
fn codes(body: &str) -> Vec<String> {
    parse(body).diagnostics.iter().map(|found| found.code.to_string()).collect()
}

#[test]
fn every_type_of_the_model_has_a_spelling() {
    for (attribute, ty, expected) in [
        ("#[rt(format = \"ipv6\", pattern = \"^a\")]", "String", json!({ "kind": "string", "pattern": "^a", "format": "ipv6" })),
        ("", "tidewire::Int64", json!({ "kind": "int64", "signed": true })),
        ("", "Uint64", json!({ "kind": "int64", "signed": false })),
        ("#[rt(int64 = \"string\")]", "u64", json!({ "kind": "int64", "signed": false })),
        ("#[rt(min = -5)]", "i64", json!({ "kind": "integer", "min": -5, "max": 9_007_199_254_740_991_i64 })),
        ("#[rt(max = 9007199254740991)]", "u64", json!({ "kind": "integer", "min": 0, "max": 9_007_199_254_740_991_i64 })),
        ("#[rt(multiple_of = 0.25)]", "i8", json!({ "kind": "integer", "min": -128, "max": 127, "multipleOf": 0.25 })),
        (
            "#[rt(exclusive_min = -1.5, exclusive_max = 1e3)]",
            "f32",
            json!({ "kind": "number", "exclusiveMin": -1.5, "exclusiveMax": 1000.0 }),
        ),
        ("", "(u8,)", json!({ "kind": "tuple", "items": [{ "kind": "integer", "min": 0, "max": 255 }] })),
        (
            "#[rt(items(items(unique, max_items = 2, items(max = 3))))]",
            "Vec<Vec<Vec<u8>>>",
            json!({ "kind": "list", "items": { "kind": "list", "items":
                { "kind": "list", "unique": true, "maxItems": 2, "items": { "kind": "integer", "min": 0, "max": 3 } } } }),
        ),
        (
            "#[rt(values(min_length = 1), keys = \"^x\")]",
            "Nullable<BTreeMap<String, Nullable<String>>>",
            json!({ "kind": "nullable", "of": { "kind": "map", "keys": "^x", "values": { "kind": "nullable", "of": { "kind": "string", "minLength": 1 } } } }),
        ),
        (
            "#[rt(at(1, at(0, max = 1)), at(0, max_length = 2))]",
            "(String, (f64, Card))",
            json!({ "kind": "tuple", "items": [{ "kind": "string", "maxLength": 2 },
                { "kind": "tuple", "items": [{ "kind": "number", "max": 1.0 }, { "kind": "ref", "name": "Card" }] }] }),
        ),
        (
            "#[rt(items(json = r##\"{ \"anyOf\": [{ \"type\": \"null\" }, { \"$ref\": \"#/types/Card\" }], \"const\": 1 }\"##))]",
            "Vec<serde_json::Value>",
            json!({ "kind": "list", "items": { "kind": "json", "schema":
                { "anyOf": [{ "type": ["null"] }, { "$ref": "#/types/Card" }], "enum": [1] } } }),
        ),
        ("#[rt(json = \"false\")]", "Json", json!({ "kind": "json", "schema": false })),
    ] {
        assert_eq!(field(attribute, ty), expected, "{attribute} {ty}");
    }
}

#[test]
fn names_of_the_module_win_over_names_of_the_list() {
    let contract = contract(
        "pub struct Option { pub r#type: bool } pub struct Json(pub bool); pub enum Promise { Vec, r#String }\n\
         pub struct S { pub a: Option, pub b: Json, pub r#match: Promise, pub naïve_größe: ::core::option::Option<bool>, pub __proto__: bool,\n\
         #[serde(rename = \"\")] pub empty: bool, #[serde(rename = \"a b/ü\")] pub other: bool }",
    );
    let fields: Vec<(String, String)> = named(&contract, "S")["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| (field["name"].as_str().unwrap().to_owned(), field["type"]["kind"].as_str().unwrap().to_owned()))
        .collect();
    let expected = [
        ("a", "ref"),
        ("b", "ref"),
        ("match", "ref"),
        ("naïveGröße", "boolean"),
        ("proto", "boolean"),
        ("", "boolean"),
        ("a b/ü", "boolean"),
    ];
    assert_eq!(fields, expected.map(|(name, kind)| (name.to_owned(), kind.to_owned())));
    assert_eq!(named(&contract, "Option")["fields"][0]["name"], json!("type"));
    assert_eq!(named(&contract, "Promise")["values"], json!([{ "value": "vec" }, { "value": "string" }]));
}

#[test]
fn fields_come_from_structs_that_stand_anywhere_in_the_module() {
    let contract = contract(
        "pub struct Outer { #[serde(flatten)] pub middle: Middle, pub own: bool } pub struct Middle { #[serde(flatten)] pub inner: Alias, pub m: bool }\n\
         pub struct Alias(pub Inner); pub struct Inner { #[serde(rename = \"X\")] pub x: Option<u8>, #[serde(default)] pub d: String }\n\
         #[serde(tag = \"t\")] pub enum U { A(Alias), B(Closed), C { #[serde(flatten)] inner: Inner } } #[serde(deny_unknown_fields)] pub struct Closed { pub c: bool }",
    );
    let fields = |object: &Value| {
        object["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(fields(&named(&contract, "Outer")), ["X", "d", "m", "own"]);
    let union = named(&contract, "U");
    assert_eq!((0..3).map(|at| fields(&union["variants"][at])).collect::<Vec<_>>(), [vec!["X", "d"], vec!["c"], vec!["X", "d"]]);
    assert_eq!((&union["variants"][0]["closed"], &union["variants"][1]["closed"]), (&Value::Null, &json!(true)));
    assert_eq!(union["variants"][2]["fields"][1]["default"], json!(""));
}

#[test]
fn what_flattens_itself_has_no_end() {
    assert_eq!(codes("pub struct A { #[serde(flatten)] pub b: B } pub struct B { #[serde(flatten)] pub a: A }"), ["TW0203", "TW0203"]);
    assert_eq!(codes("pub struct A { #[serde(flatten)] pub a: Box<Self> }"), ["TW0203"]);
    assert_eq!(codes("pub struct A(pub A); pub struct B { #[serde(flatten)] pub a: A }").first().map(String::as_str), Some("TW0307"));
    assert!(codes("#[serde(untagged)] pub enum E { A(Box<E>), B(bool) }").contains(&"TW0203".to_owned()));
    // Twice as many ways with every type: nobody walks them all.
    let doubled: String = (0..100)
        .map(|at| format!("pub struct S{at} {{ #[serde(flatten)] pub a: S{next}, #[serde(flatten)] pub b: S{next} }} #[serde(untagged)] pub enum E{at} {{ A(E{next}), B(E{next}) }}", next = at + 1))
        .collect();
    assert!(codes(&format!("{doubled} pub struct S100 {{ pub x: bool }} pub struct E100(pub bool);")).len() > 100);
}

#[test]
fn both_sides_of_a_clash_are_named() {
    let parsed = parse(
        "pub struct A { #[serde(flatten)] pub b: B, pub x: bool } pub struct B { pub x: bool }\n\
         #[serde(untagged)] pub enum E { L(Vec<u8>), T((u8, u8)), N(N) } pub struct N(pub String);",
    );
    let labels: Vec<(String, usize)> = parsed.diagnostics.iter().map(|found| (found.code.to_string(), found.labels.len())).collect();
    assert_eq!(labels, [("TW0115".to_owned(), 2), ("TW0316".to_owned(), 2)]);
}

#[test]
fn an_event_may_be_an_enum_of_any_form() {
    let contract = contract(
        "#[event(\"plain\")] pub enum Plain { A } #[event(\"tagged\")] #[serde(tag = \"t\")] pub enum Tagged { A { x: u8 } }\n\
         #[event(\"choice\")] #[serde(untagged)] pub enum Choice { A(u8), B(String) } #[event(\"open\")] #[rt(open)] pub enum Open { A }",
    );
    let kinds: Vec<Value> = ["Plain", "Tagged", "Choice", "Open"].iter().map(|name| named(&contract, name)["kind"].clone()).collect();
    assert_eq!(kinds, ["enum", "union", "choice", "enum"]);
    assert_eq!(contract.channels[0].pattern, "default");
}

#[test]
fn deprecation_is_read_in_every_spelling() {
    let contract = contract(
        "#[deprecated] pub struct A { #[deprecated = \"why\"] pub a: u8, #[deprecated(since = \"1.0.0\", note = \"note\")] pub b: u8, pub c: u8 }\n\
         #[event(\"e\")] #[deprecated = \"gone\"] pub struct E(pub A); #[channel(\"c/{p}\", events(E))] #[deprecated] pub struct C { #[deprecated] pub p: u8 }",
    );
    let fields = named(&contract, "A");
    assert_eq!((0..3).map(|at| fields["fields"][at]["deprecated"].clone()).collect::<Vec<_>>(), [json!("why"), json!("note"), Value::Null]);
    assert_eq!(contract.types[0].deprecated.as_deref(), Some(""));
    assert_eq!(contract.events[0].deprecated.as_deref(), Some("gone"));
    assert_eq!((contract.channels[0].deprecated.as_deref(), contract.channels[0].params[0].deprecated.as_deref()), (Some(""), Some("")));
}

#[test]
fn latest_is_said_with_a_word_alone() {
    let contract = contract("#[event(\"a\", latest)] pub struct A; #[channel(\"c\", latest, events(A))] pub struct C;");
    assert!(contract.events[0].latest && contract.channels[0].latest);
    assert_eq!(codes("#[event(\"a\", latest = true)] pub struct A; #[channel(\"c\", latest(1))] pub struct C;"), ["TW0008", "TW0008"]);
    let misspelt = parse("#[event(\"a\", lates)] pub struct A;");
    assert_eq!(misspelt.diagnostics.iter().next().and_then(|found| found.help.as_deref()), Some("did you mean `latest`?"));
}

/// xorshift64: the same exchanges in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

#[test]
fn exchanged_words_are_read_or_refused() {
    let source = include_str!("../../tests/rust/forms.rs");
    let start = source.find("pub mod forms {").unwrap();
    let module = &source[start..start + source[start..].find("\n}\n").unwrap() + 2];
    let mut words: Vec<(usize, usize)> = Vec::new();
    for (at, c) in module.char_indices() {
        match words.last_mut() {
            Some((_, end)) if *end == at && c.is_alphanumeric() => *end = at + c.len_utf8(),
            _ if c.is_alphanumeric() => words.push((at, at + c.len_utf8())),
            _ => {}
        }
    }
    let mut random = Random(0x0dd);
    let mut parsed = 0;
    for _ in 0..400 {
        let (to, from) = (words[random.below(words.len())], words[random.below(words.len())]);
        let text = format!("{}{}{}", &module[..to.0], &module[from.0..from.1], &module[to.1..]);
        let Ok(module) = syn::parse_str::<syn::ItemMod>(&text) else { continue };
        parsed += 1;
        rust::parse(quote::quote!(name = "n"), &module);
        let items = module.content.map(|(_, items)| items).unwrap_or_default();
        let item = &items[random.below(items.len())];
        for derived in [rust::Derived::Payload, rust::Derived::Event, rust::Derived::Channel] {
            rust::parse_item(item, derived);
        }
        rust::parse_list(quote::quote!(name = "n"), &items);
    }
    assert!(parsed > 80, "only {parsed} modules survived");
}

#[test]
fn large_modules_end_in_bounded_time() {
    let events: String = (0..5000)
        .map(|at| {
            format!("#[event(\"e{at}\")] pub struct E{at} {{ pub a: Option<Box<E{}>>, #[rt(default = 1)] pub b: u8 }}", (at + 1) % 5000)
        })
        .collect();
    let list: Vec<String> = (0..5000).map(|at| format!("E{at}")).collect();
    assert_eq!(contract_only(&format!("{events} #[channel(\"c\", events({}))] pub struct C;", list.join(","))).events.len(), 5000);
    let unknown: String = (0..5000).map(|at| format!("pub struct T{at} {{ pub a: U{at} }}")).collect();
    assert_eq!(codes(&unknown).len(), 5000);
    let newtypes: String = (0..5000).map(|at| format!("pub struct N{at}(pub N{});", at + 1)).collect();
    let read = parse(&format!("{newtypes} pub struct N5000(pub bool); #[serde(untagged)] pub enum E {{ A(N0), B(u8) }}"));
    assert!(!read.diagnostics.has_errors());
}

fn contract_only(body: &str) -> Contract {
    let parsed = parse(body);
    assert!(!parsed.diagnostics.has_errors());
    parsed.contract
}
