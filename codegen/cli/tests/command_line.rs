//! The command line as a user meets it: exit codes, messages, and what happens to files.

mod support;

use support::{Folder, GOOD, run_in};

const GEN: [&str; 5] = ["gen", "--schema", "events.yaml", "--out", "client"];
const CHECK: [&str; 5] = ["check", "--schema", "events.yaml", "--out", "client"];

#[test]
fn generating_twice_changes_nothing() {
    let folder = Folder::new();
    folder.write("events.yaml", GOOD);
    let first = folder.run(&GEN);
    assert_eq!(first.code, 0, "{}", first.err);
    let before = std::fs::metadata(folder.path("client/index.js")).unwrap().modified().unwrap();
    let second = folder.run(&GEN);
    assert!(second.out.contains(": 0 written"), "{}", second.out);
    assert_eq!(std::fs::metadata(folder.path("client/index.js")).unwrap().modified().unwrap(), before);
    assert_eq!(folder.run(&CHECK).code, 0);
}

#[test]
fn nothing_depends_on_the_folder() {
    let (one, two) = (Folder::new(), Folder::new());
    for folder in [&one, &two] {
        folder.write("events.yaml", GOOD);
    }
    assert_eq!(one.run(&GEN).code, 0);
    let elsewhere = tempfile::tempdir().unwrap();
    let (schema, out) = (two.path("events.yaml"), two.path("client"));
    assert_eq!(run_in(elsewhere.path(), &["gen", "--schema", schema.to_str().unwrap(), "--out", out.to_str().unwrap()]).code, 0);
    for entry in std::fs::read_dir(one.path("client")).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            let name = format!("client/{}", entry.file_name().to_string_lossy());
            assert_eq!(one.read(&name), two.read(&name), "{name}");
        }
    }
}

#[test]
fn errors_are_all_reported_and_no_output_is_touched() {
    let folder = Folder::new();
    folder.write("events.yaml", GOOD);
    assert_eq!(folder.run(&GEN).code, 0);
    let before = folder.read("client/contract.js");
    folder.write(
        "events.yaml",
        "realtime: 1\nname: demo\ntypes:\n  Card: { type: object, requird: [id] }\nevents:\n  a: { payload: { $ref: \"#/types/Crad\" } }\nchannels:\n  c/{id}:\n    params: { id: { type: string, pattern: \"[a\" } }\n    events: { a: {} }\n  d: { events: [a] }\n",
    );
    let run = folder.run(&GEN);
    assert_eq!(run.code, 1);
    for expected in [
        "error[TW0001]: unknown key `requird`",
        "events.yaml:4:25",
        "did you mean `required`?",
        "error[TW0201]: there is no type `Crad`",
        "events.yaml:6:26",
        "did you mean `#/types/Card`?",
        "error[TW0304]",
        "events.yaml:9:45",
        "error[TW0110]: there are two events called `a`",
        "events.yaml:10:15",
        "first here",
        "4 errors; nothing was written",
    ] {
        assert!(run.err.contains(expected), "{expected} is not in\n{}", run.err);
    }
    assert_eq!(folder.read("client/contract.js"), before);
    let readme = include_str!("../../../README.md");
    let (_, shown) = readme.split_once("```text\nerror").unwrap();
    let shown = format!("error{}", shown.split_once("```").unwrap().0);
    assert!(run.err.contains(shown.trim_end()), "the README shows another message");
}

#[test]
fn warnings_stop_nothing() {
    let folder = Folder::new();
    folder.write("events.yaml", "realtime: 1\nname: n\nchannels:\n  c: { payload: {} }\n  d: { payload: { type: object } }\n");
    let run = folder.run(&GEN);
    assert_eq!(run.code, 0);
    assert!(run.err.contains("warning[TW0410]") && run.err.contains("events.yaml:4:17"), "{}", run.err);
    assert!(run.err.contains("warning[TW0411]") && run.err.contains("events.yaml:5:17"), "{}", run.err);
}

#[test]
fn rust_errors_have_places_too() {
    let folder = Folder::new();
    folder.write("events.rs", "#[realtime_events(name = \"n\")]\nmod n {\n    #[event(\"a\", publsh(server))]\n    pub struct A { pub big: u64, pub who: Persn }\n    pub struct Person {}\n}\n");
    let run = folder.run(&["gen", "--rust", "events.rs", "--out", "client"]);
    assert_eq!(run.code, 1);
    for expected in [
        "error[TW0001]: unknown key `publsh`",
        "events.rs:3:18",
        "did you mean `publish`?",
        "error[TW0305]",
        "events.rs:4:29",
        "error[TW0201]",
        "events.rs:4:43",
        "did you mean `Person`?",
    ] {
        assert!(run.err.contains(expected), "{expected} is not in\n{}", run.err);
    }
    assert!(!folder.path("client").exists());
}

#[test]
fn check_tells_missing_stale_edited_and_extra_apart() {
    let folder = Folder::new();
    folder.write("events.yaml", GOOD);
    let run = folder.run(&CHECK);
    assert_eq!(run.code, 3);
    assert!(run.err.contains("error[TW0601]: client is not what") && run.err.contains("missing: client/contract.d.ts"), "{}", run.err);
    assert!(!folder.path("client").exists(), "check writes nothing");
    assert_eq!(folder.run(&GEN).code, 0);

    folder.write("events.yaml", GOOD.replace("said", "told"));
    let run = folder.run(&CHECK);
    assert_eq!(run.code, 3);
    assert!(
        run.err.contains("stale: client/contract.d.ts, client/contract.js")
            && run.err.contains("run `cargo run -p codegen -- gen --schema events.yaml --out client`"),
        "{}",
        run.err
    );

    folder.write("events.yaml", GOOD);
    folder.write("client/index.js", "edited");
    let run = folder.run(&CHECK);
    assert_eq!(run.code, 3);
    assert!(run.err.contains("edited by hand: client/index.js") && run.err.contains("`--force`"), "{}", run.err);
}

#[test]
fn hand_edits_and_foreign_files_are_only_overwritten_by_force() {
    let folder = Folder::new();
    folder.write("events.yaml", GOOD);
    std::fs::create_dir(folder.path("client")).unwrap();
    folder.write("client/package.json", "{}");
    folder.write("client/mine.txt", "mine");
    let run = folder.run(&GEN);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("error[TW0602]") && run.err.contains("not written by this tool: client/package.json"), "{}", run.err);
    assert!(!folder.path("client/index.js").exists());

    let forced: Vec<&str> = GEN.iter().copied().chain(["--force"]).collect();
    assert_eq!(folder.run(&forced).code, 0);
    folder.write("client/contract.js", "edited");
    let run = folder.run(&GEN);
    assert_eq!((run.code, folder.read("client/contract.js").as_str()), (1, "edited"));
    assert!(run.err.contains("edited by hand: client/contract.js"), "{}", run.err);
    assert_eq!(folder.run(&forced).code, 0);
    assert_eq!(folder.read("client/mine.txt"), "mine");
}

#[test]
fn files_that_are_generated_no_longer_go_away() {
    let folder = Folder::new();
    folder.write("events.yaml", GOOD);
    assert_eq!(folder.run(&GEN).code, 0);
    let manifest = folder.read("client/.tidewire.json");
    let fingerprint = manifest.split("\"package.json\": ").nth(1).unwrap().lines().next().unwrap().to_owned();
    std::fs::copy(folder.path("client/package.json"), folder.path("client/old.json")).unwrap();
    folder.write(
        "client/.tidewire.json",
        manifest
            .replace("{\n    ", &format!("{{\n    \"old.json\": {fingerprint}{}\n    ", if fingerprint.ends_with(',') { "" } else { "," })),
    );
    let check = folder.run(&CHECK);
    assert!(check.code == 3 && check.err.contains("generated no longer: client/old.json"), "{}", check.err);
    assert!(folder.run(&GEN).out.contains("1 removed"));
    assert!(!folder.path("client/old.json").exists());
}

#[test]
fn a_bare_command_generates_every_target_of_the_nearest_file() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("inner")).unwrap();
    folder.write("events.yaml", GOOD);
    folder.write(
        "tidewire.toml",
        "[[target]]\nschema = \"events.yaml\"\nout = \"one\"\n\n[[target]]\nschema = \"events.yaml\"\nout = \"two\"\n",
    );
    let run = run_in(&folder.path("inner"), &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(folder.path("one/index.js").exists() && folder.path("two/index.d.ts").exists());
    assert_eq!(folder.run(&["check"]).code, 0);
}

#[test]
fn mistakes_on_the_command_line_and_in_the_configuration_are_one_message() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["gen", "--schema", "x.yaml"]).code, 2);
    assert_eq!(folder.run(&["gen", "--schema", "x.yaml", "--rust", "y.rs", "--out", "o"]).code, 2);
    assert_eq!(folder.run(&["gen", "--out", "o"]).code, 2);
    assert_eq!(folder.run(&["gne"]).code, 2);
    assert_eq!(folder.run(&["gen", "--format", "yaml"]).code, 2);
    let run = folder.run(&["gen", "--schema", "x.yaml", "--out", "o"]);
    assert!(run.code == 1 && run.err.contains("error[TW0603]: cannot read x.yaml"), "{}", run.err);
    let run = folder.run(&[]);
    assert!(run.code == 1 && run.err.contains("error[TW0604]: there is no `tidewire.toml`"), "{}", run.err);
    folder.write("tidewire.toml", "[[target]]\nschma = \"x\"\nout = \"o\"\n");
    let run = folder.run(&[]);
    assert!(run.code == 1 && run.err.contains("error[TW0605]") && run.err.contains("tidewire.toml:2:1"), "{}", run.err);
    for (text, message) in [("", "names no target"), ("[[target]]\nout = \"o\"\n", "names neither"), ("target = 1", "tidewire.toml:1:10")] {
        folder.write("tidewire.toml", text);
        let run = folder.run(&[]);
        assert!(run.code == 1 && run.err.contains(message) && run.err.contains("error[TW060"), "{}", run.err);
    }
}

#[test]
fn a_schema_file_becomes_a_rust_module_that_nobody_edits() {
    const MODULE: [&str; 5] = ["gen", "--schema", "events.yaml", "--rust-out", "src/events.rs"];
    let folder = Folder::new();
    folder.write("events.yaml", GOOD);
    let first = folder.run(&MODULE);
    assert_eq!((first.code, first.out.trim()), (0, "src/events.rs: 1 written, 0 unchanged"), "{}", first.err);
    assert!(folder.read("src/events.rs").contains("#[event(\"said\")]"));
    let check = [&["check"], &MODULE[1..]].concat();
    assert_eq!(folder.run(&check).code, 0);

    folder.write("events.yaml", GOOD.replace("said", "told"));
    assert_eq!(folder.run(&check).code, 3, "stale");
    assert_eq!(folder.run(&MODULE).code, 0, "what is merely stale is written anew");

    let edited = folder.read("src/events.rs").replace("pub text", "pub words");
    folder.write("src/events.rs", &edited);
    let refused = folder.run(&MODULE);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("TW0602") && refused.err.contains("edited by hand"), "{}", refused.err);
    assert_eq!(folder.read("src/events.rs"), edited);
    assert_eq!(folder.run(&[&MODULE[..], &["--force"]].concat()).code, 0);

    let wrong = folder.run(&["gen", "--rust", "src/events.rs", "--rust-out", "x.rs"]);
    assert_eq!(wrong.code, 2, "{}", wrong.err);
}

#[test]
fn one_target_gives_the_client_and_the_module() {
    let folder = Folder::new();
    folder.write("events.yaml", GOOD);
    folder.write("tidewire.toml", "[[target]]\nschema = \"events.yaml\"\nout = \"client\"\nrust-out = \"events.rs\"\n");
    assert_eq!(folder.run(&[]).code, 0);
    assert!(folder.path("client/index.js").exists() && folder.path("events.rs").exists());
    assert_eq!(folder.run(&["check"]).code, 0);
    for wrong in ["schema = \"events.yaml\"", "rust = \"events.rs\"\nrust-out = \"other.rs\""] {
        folder.write("tidewire.toml", format!("[[target]]\n{wrong}\n"));
        let run = folder.run(&[]);
        assert!(run.code == 1 && run.err.contains("TW0605"), "{}", run.err);
    }
}

#[test]
fn items_of_several_files_are_read_together() {
    let folder = Folder::new();
    folder.write("people.rs", "#[derive(Clone, tidewire::Payload)]\npub struct UserId(pub String);\n");
    let chat = "mod people;\n#[derive(tidewire::Event)]\n#[event(\"said\")]\npub struct Said { pub by: people::UserId }\ntidewire::contract!(name = \"chat\", Said, people::UserId);\n";
    folder.write("chat.rs", chat);
    let run = folder.run(&["gen", "--rust", "people.rs", "chat.rs", "--out", "client"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(folder.read("client/contract.d.ts").contains("export type UserId = string"));

    folder.write("people.rs", "\n#[derive(tidewire::Payload)]\npub struct UserId(pub std::time::Instant);\n");
    let run = folder.run(&["gen", "--rust", "people.rs", "chat.rs", "--out", "client"]);
    assert!(run.code == 1 && run.err.contains("people.rs:3:"), "{}", run.err);
}

#[test]
fn packages_are_sources_or_types_alone_where_that_is_asked_for() {
    let folder = Folder::new();
    folder.write("events.yaml", GOOD);
    let [sources, types] = [&["--emit", "ts"][..], &["--types-only"]].map(|form| [&GEN[..], form].concat());
    assert_eq!(folder.run(&sources).code, 0);
    assert!(folder.path("client/index.ts").exists() && folder.path("client/runtime/client.ts").exists());
    assert!(!folder.path("client/index.js").exists());

    let check = folder.run(&[&CHECK[..], &["--emit", "ts"]].concat());
    assert_eq!(check.code, 0, "{}", check.err);
    let check = folder.run(&[&CHECK[..], &["--types-only"]].concat());
    assert_eq!(check.code, 3);
    assert!(check.err.contains("run `cargo run -p codegen -- gen --schema events.yaml --out client --types-only`"), "{}", check.err);

    assert_eq!(folder.run(&types).code, 0, "another form takes the place of the one before");
    assert_eq!(std::fs::read_dir(folder.path("client")).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count(), 3);
    assert!(folder.path("client/index.d.ts").exists());
    assert_eq!(folder.run(&["gen", "--schema", "events.yaml", "--rust-out", "x.rs", "--emit", "ts"]).code, 2);
    assert_eq!(folder.run(&[&GEN[..], &["--emit", "tsx"]].concat()).code, 2);
}

#[test]
fn a_target_says_what_its_package_is_made_of() {
    let folder = Folder::new();
    folder.write("events.yaml", GOOD);
    let target = "[[target]]\nschema = \"events.yaml\"\n";
    folder.write("tidewire.toml", format!("{target}out = \"one\"\nemit = \"ts\"\n{target}out = \"two\"\ntypes-only = true\n"));
    let run = folder.run(&[]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(folder.path("one/index.ts").exists() && folder.path("two/index.d.ts").exists() && !folder.path("two/index.js").exists());
    assert_eq!(folder.run(&["check"]).code, 0);
    for wrong in ["out = \"one\"\nemit = \"tsx\"", "rust-out = \"events.rs\"\nemit = \"ts\"", "rust-out = \"events.rs\"\ntypes-only = true"]
    {
        folder.write("tidewire.toml", format!("{target}{wrong}\n"));
        let run = folder.run(&[]);
        assert!(run.code == 1 && run.err.contains("TW0605"), "{wrong}: {}", run.err);
    }
}
