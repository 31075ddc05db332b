//! The corpus of `fixtures/checks.json`: for each type, values with the issues that they give, and what becomes of those that pass. The client's
//! validator runs the same corpus.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidewire_schema::check::{Checker, IssueCode, MAX_ISSUES, PathPart};
use tidewire_schema::{Contract, JsonSchema, NamedType, Type};

fn named(name: &str, ty: Type) -> NamedType {
    NamedType { name: name.to_owned(), description: None, deprecated: None, ty }
}

fn contract(types: Vec<NamedType>) -> Contract {
    Contract { name: "corpus".into(), types, ..Contract::default() }
}

fn json_of(schema: Value) -> Type {
    Type::Json { schema: serde_json::from_value(schema).unwrap() }
}

/// Which of several problems comes first is not part of the verdict: the two languages do not keep the fields of JSON in the same order.
fn sorted(issues: &Value) -> Vec<String> {
    let mut texts: Vec<_> = issues.as_array().unwrap().iter().map(Value::to_string).collect();
    texts.sort_unstable();
    texts
}

#[test]
fn every_value_gets_its_verdict() {
    let corpus: Value = serde_json::from_str(include_str!("fixtures/checks.json")).unwrap();
    let types: Vec<NamedType> =
        corpus["types"].as_object().unwrap().iter().map(|(name, ty)| named(name, serde_json::from_value(ty.clone()).unwrap())).collect();
    let checker = Checker::new(&contract(types));
    let (mut cases, mut wrong) = (0, String::new());
    for group in corpus["groups"].as_array().unwrap() {
        let ty: Type = serde_json::from_value(group["type"].clone()).unwrap();
        for case in group["cases"].as_array().unwrap() {
            let value = &case["value"];
            let found = match checker.value(&ty, value.clone()) {
                Ok(normalised) => {
                    let expected = case.get("becomes").unwrap_or(value);
                    if normalised != *expected {
                        let _ = writeln!(wrong, "{value} as {}\n  becomes {normalised}, not {expected}", group["type"]);
                    }
                    assert_eq!(checker.value(&ty, normalised.clone()), Ok(normalised), "the normal form of {value} as {}", group["type"]);
                    json!([])
                }
                Err(issues) => issues.iter().map(|issue| json!([issue.path, issue.code])).collect(),
            };
            // Where a value is too deep, the place is where the validator stopped, and not part of the verdict.
            let agrees = if case["issues"].is_string() {
                found.as_array().unwrap().iter().all(|issue| issue[1] == case["issues"]) && found != json!([])
            } else {
                sorted(&found) == sorted(&case["issues"])
            };
            if !agrees {
                let _ = writeln!(wrong, "{value} as {}\n  gives {found}, not {}", group["type"], case["issues"]);
            }
            cases += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(cases > 1000, "the corpus was not read: {cases} cases");
}

/// Every code that can come out of a value does.
#[test]
fn the_corpus_covers_every_code() {
    let corpus = include_str!("fixtures/checks.json");
    for code in [
        IssueCode::Type,
        IssueCode::Required,
        IssueCode::UnknownField,
        IssueCode::TooShort,
        IssueCode::TooLong,
        IssueCode::Pattern,
        IssueCode::TooSmall,
        IssueCode::TooBig,
        IssueCode::NotMultiple,
        IssueCode::Enum,
        IssueCode::Tag,
        IssueCode::Choice,
        IssueCode::TooFew,
        IssueCode::TooMany,
        IssueCode::NotUnique,
        IssueCode::Key,
        IssueCode::Format,
        IssueCode::Never,
        IssueCode::TooDeep,
    ] {
        let code = serde_json::to_string(&code).unwrap();
        assert!(corpus.contains(&code), "{code}");
    }
}

#[test]
fn issues_are_bounded_in_number_and_in_what_they_repeat() {
    let checker = Checker::new(&Contract::default());
    let issues = checker.value(&Type::list_of(Type::Boolean), Value::from(vec!["x".repeat(10_000); 1000])).unwrap_err();
    assert_eq!(issues.len(), MAX_ISSUES);
    assert!(issues.iter().all(|issue| issue.message.chars().count() < 200));
    let key = "k".repeat(10_000);
    let issues = checker.value(&Type::map_of(Type::Boolean), json!({ &key: 1 })).unwrap_err();
    assert_eq!(issues[0].path, [PathPart::Field(format!("{}…", &key[..80]))]);
}

/// Each of these takes minutes or exhausts the stack where it is not thought of.
#[test]
fn hostile_values_take_bounded_time() {
    let start = Instant::now();

    let unique = Type::List { items: Box::new(Type::Any), min_items: None, max_items: None, unique: true };
    let long: Value = (0..30_000).map(|at| json!({ "a": [at], "b": "x" })).collect();
    let checker = Checker::new(&Contract::default());
    assert!(checker.value(&unique, long).is_ok());

    let keys: Value = (0..10_000).map(|at| (format!("k{at}"), json!(1))).collect::<serde_json::Map<_, _>>().into();
    let closed = json!({ "kind": "object", "closed": true, "fields": [] });
    assert_eq!(checker.value(&serde_json::from_value(closed).unwrap(), keys.clone()).unwrap_err().len(), MAX_ISSUES);
    let patterns = json_of(json!({ "patternProperties": { "^k": true, "9$": { "type": ["integer"] } }, "additionalProperties": false }));
    assert!(Checker::new(&contract(vec![named("P", patterns.clone())])).value(&patterns, keys).is_ok());

    let deep = (0..1000).fold(json!(1), |value, _| json!([value]));
    for ty in [Type::Any, unique, json_of(json!({ "uniqueItems": true, "items": { "uniqueItems": true } }))] {
        assert!(checker.value(&ty, deep.clone()).unwrap_err().iter().all(|issue| issue.code == IssueCode::TooDeep));
    }

    // Both branches look at the same part, so that the number of ways doubles at each level.
    let branch = |name: &str| json!({ "properties": { "a": { "$ref": "#/types/Expression" }, "kind": { "enum": [name] } } });
    let twice = json_of(json!({ "oneOf": [branch("p"), branch("q")] }));
    let both = json_of(json!({ "allOf": [branch("p"), branch("p")] }));
    for ty in [twice, both] {
        let checker = Checker::new(&contract(vec![named("Expression", ty)]));
        let ty = Type::Ref { name: "Expression".into() };
        for leaf in ["p", "r"] {
            let value = (0..31).fold(json!({ "kind": leaf }), |value, _| json!({ "a": value, "kind": "p" }));
            assert_eq!(checker.value(&ty, value).is_ok(), leaf == "p");
        }
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn names_that_lead_back_to_themselves_end() {
    let schema = |text: &str| Type::Json { schema: serde_json::from_str::<JsonSchema>(text).unwrap() };
    let types = vec![
        named("Alias", Type::Ref { name: "Alias".into() }),
        named("Always", schema(r##"{"allOf": [{"$ref": "#/types/Always"}]}"##)),
        named("Mixed", Type::Choice { of: vec![Type::Nullable { of: Box::new(Type::Ref { name: "Mixed".into() }) }] }),
        named("Option", Type::Nullable { of: Box::new(Type::Ref { name: "Option".into() }) }),
        named("Ping", schema(r##"{"$ref": "#/types/Pong"}"##)),
        named("Pong", schema(r##"{"$ref": "#/types/Ping"}"##)),
    ];
    let checker = Checker::new(&contract(types.clone()));
    for NamedType { name, .. } in types {
        for value in [json!(1), json!([]), json!({})] {
            assert!(checker.value(&Type::Ref { name: name.clone() }, value).is_err(), "{name}");
        }
    }
}

#[test]
fn parameters_are_checked_as_text() {
    let checker = Checker::new(&Contract::default());
    let ty = |json: Value| -> Type { serde_json::from_value(json).unwrap() };
    for (ty, good, bad) in [
        (ty(json!({"kind": "string", "format": "date"})), "2026-11-21", "today"),
        (ty(json!({"kind": "string", "format": "ipv6"})), "::1", "1"),
        (ty(json!({"kind": "string", "pattern": "^[a-z]$", "minLength": 1})), "a", "1"),
        (ty(json!({"kind": "enum", "values": [{"value": "a"}]})), "a", "b"),
        (ty(json!({"kind": "integer", "min": 0, "max": 100, "multipleOf": 5})), "15", "16"),
        (ty(json!({"kind": "integer", "min": -5, "max": 100})), "-5", "+5"),
        (ty(json!({"kind": "boolean"})), "true", "True"),
        (ty(json!({"kind": "uuid"})), "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"),
        (ty(json!({"kind": "int64", "signed": false})), "18446744073709551615", "-1"),
    ] {
        assert_eq!(checker.param(&ty, good), Ok(()), "{good} as {ty:?}");
        assert!(checker.param(&ty, bad).is_err(), "{bad} as {ty:?}");
    }
    assert_eq!(checker.param(&ty(json!({"kind": "enum", "values": [], "open": true})), "anything"), Ok(()));
}

#[test]
fn what_passes_once_passes_again() {
    let point = json!({"kind": "object", "fields": [{"name": "x", "type": {"kind": "integer", "min": 0, "max": 9}, "default": 1}]});
    let ty: Type = serde_json::from_value(json!({"kind": "list", "items": point, "unique": true})).unwrap();
    let checker = Checker::new(&Contract::default());
    for value in [json!([{"x": 1, "y": 1}, {"x": 1, "y": 2}]), json!([{}, {"x": 1}]), json!([{"x": 2.0, "y": 1}, {"x": 3}])] {
        let normal = checker.value(&ty, value).unwrap();
        assert_eq!(checker.value(&ty, normal.clone()), Ok(normal));
    }
}
