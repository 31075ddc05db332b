//! The corpus of `fixtures/checks.json`: for each type, values with the issues that they give. The client's validator runs the same corpus.

use serde_json::{Value, json};
use tidewire_schema::check::Checker;
use tidewire_schema::{Contract, NamedType, Type};

#[test]
fn every_value_gets_its_verdict() {
    let corpus: Value = serde_json::from_str(include_str!("fixtures/checks.json")).unwrap();
    let types: Vec<NamedType> = corpus["types"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, ty)| NamedType {
            name: name.clone(),
            description: None,
            deprecated: None,
            ty: serde_json::from_value(ty.clone()).unwrap(),
        })
        .collect();
    let mut cases = 0;
    for group in corpus["groups"].as_array().unwrap() {
        let ty: Type = serde_json::from_value(group["type"].clone()).unwrap();
        // The type stands in the contract, so that its patterns are compiled.
        let mut types = types.clone();
        types.push(NamedType { name: "Under".into(), description: None, deprecated: None, ty: ty.clone() });
        let checker = Checker::new(&Contract { name: "corpus".into(), types, ..Contract::default() });
        for case in group["cases"].as_array().unwrap() {
            let value = &case["value"];
            let found = match checker.value(&ty, value.clone()) {
                Ok(normalised) => {
                    assert_eq!(normalised, *case.get("becomes").unwrap_or(value), "{value} as {ty:?}");
                    json!([])
                }
                Err(issues) => issues.iter().map(|issue| json!([issue.path, issue.code])).collect(),
            };
            // Where a value is too deep, the place is where the validator stopped, and not part of the verdict.
            let agrees = if case["issues"].is_string() {
                found.as_array().unwrap().iter().all(|issue| issue[1] == case["issues"]) && found != json!([])
            } else {
                found == case["issues"]
            };
            assert!(agrees, "{value} as {ty:?}: found {found}, expected {}", case["issues"]);
            cases += 1;
        }
    }
    assert!(cases > 150, "the corpus was not read: {cases} cases");
}
