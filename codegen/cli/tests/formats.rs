//! Problems as programs read them: JSON lines, and annotations of a pull request.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod support;

use serde_json::{Value, json};
use support::{Folder, GOOD};

const BAD: &str =
    "realtime: 1\nname: demo\nevents:\n  ä: {}\n  b: { payload: { $ref: \"#/types/Crad\" } }\nchannels:\n  d: { events: { b: {} } }\n";
const GEN: [&str; 5] = ["gen", "--schema", "events.yaml", "--out", "client"];

fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn with<'a>(command: &[&'a str], format: &'a str) -> Vec<&'a str> {
    command.iter().copied().chain(["--format", format]).collect()
}

#[test]
fn json_is_one_object_a_line_with_every_place() {
    let folder = Folder::new();
    folder.write("events.yaml", BAD);
    let run = folder.run(&with(&GEN, "json"));
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    let found = objects(&run.out);
    assert_eq!(found.iter().map(|found| found["code"].as_str().unwrap()).collect::<Vec<_>>(), ["TW0101", "TW0201", "TW0110"]);
    assert_eq!(
        found[1],
        json!({
            "code": "TW0201",
            "severity": "error",
            "message": "there is no type `Crad`",
            "help": "define it under `types`",
            "labels": [{ "file": "events.yaml", "bytes": [65, 77], "line": 5, "column": 26, "endLine": 5, "endColumn": 38, "text": "nothing is defined here" }],
            "explain": "cargo run -p codegen -- explain TW0201",
        })
    );
    // A character is a column, however many bytes it has.
    assert_eq!(
        found[0]["labels"][0],
        json!({ "file": "events.yaml", "bytes": [33, 35], "line": 4, "column": 3, "endLine": 4, "endColumn": 4, "text": "" })
    );
    let places: Vec<_> =
        found[2]["labels"].as_array().unwrap().iter().map(|label| (label["line"].clone(), label["text"].clone())).collect();
    assert_eq!(places, [(json!(7), json!("again here")), (json!(5), json!("first here"))]);
}

#[test]
fn in_json_results_leave_standard_output_alone() {
    let folder = Folder::new();
    folder.write("events.yaml", GOOD);
    let run = folder.run(&with(&GEN, "json"));
    assert!(run.code == 0 && run.out.is_empty() && run.err.contains("written"), "{}{}", run.out, run.err);
    folder.write("events.yaml", GOOD.replace("said", "told"));
    let run = folder.run(&with(&["check", "--schema", "events.yaml", "--out", "client"], "json"));
    assert_eq!(run.code, 3);
    let found = objects(&run.out);
    assert_eq!((found.len(), &found[0]["code"]), (1, &json!("TW0601")));
    assert!(found[0]["labels"].as_array().unwrap().contains(&json!({ "file": "client/contract.js", "text": "stale" })), "{}", run.out);
    let run = folder.run(&["--format", "json"]);
    assert_eq!((run.code, &objects(&run.out)[0]["code"]), (1, &json!("TW0604")));
}

#[test]
fn github_gets_one_annotation_for_each() {
    let folder = Folder::new();
    folder.write("events.yaml", BAD);
    let run = folder.run(&with(&GEN, "github"));
    assert_eq!((run.code, run.out.lines().count()), (1, 3));
    let expected = "::error title=TW0201,file=events.yaml,line=5,col=26,endLine=5,endColumn=38::there is no type `Crad`%0Aevents.yaml:5:26: nothing is defined here%0Ahelp: ";
    assert!(run.out.lines().nth(1).unwrap().starts_with(expected), "{}", run.out);
}

#[test]
fn help_documents_the_formats_and_the_exit_codes() {
    let run = Folder::new().run(&["gen", "--help"]);
    for expected in ["endColumn", "github", "standard output", "[default: text]"] {
        assert!(run.out.contains(expected), "{expected} is not in\n{}", run.out);
    }
    assert!(Folder::new().run(&["--help"]).out.contains("70  a bug in the generator"));
}
