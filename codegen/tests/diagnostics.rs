//! Every code of the table: the examples of its long form give it, or nothing, and this is what they look like on the command line.
//!
//! The snapshots are the renderings, one file a code. `INSTA_UPDATE=always cargo test -p tidewire-codegen --features cli --test diagnostics` writes them anew.

use std::fmt::Write as _;
use std::path::Path;

use tidewire_codegen::{cli, source};
use tidewire_schema::diagnostic::{Code, Example, FrontEnd};

/// Codes that no front end gives, each with the file whose messages show it.
const ELSEWHERE: [(Code, &str); 9] = [
    (Code::ShadowedName, "tests/compiler/ui/shadowed_names.stderr"),
    (Code::Stale, "codegen/cli/tests/command_line.rs"),
    (Code::InTheWay, "codegen/cli/tests/command_line.rs"),
    (Code::Files, "codegen/cli/tests/command_line.rs"),
    (Code::NoTarget, "codegen/cli/tests/command_line.rs"),
    (Code::Config, "codegen/cli/tests/command_line.rs"),
    (Code::Database, "codegen/cli/tests/import.rs"),
    (Code::LeftOut, "plugins/postgres/tests/sync/import.rs"),
    // Nothing is known that raises it; a panic in a library would.
    (Code::Bug, "codegen/src/cli/mod.rs"),
];

struct Read {
    codes: Vec<Code>,
    rendered: String,
}

fn read(example: &Example) -> Read {
    let (path, (_, diagnostics)) = match example.front_end {
        FrontEnd::File => ("events.yaml", source::schema(&example.source)),
        FrontEnd::Module => ("events.rs", source::rust(&example.source)),
    };
    let codes = diagnostics.iter().map(|found| found.code).collect();
    Read { codes, rendered: cli::render(path, &example.source, &diagnostics) }
}

#[test]
fn wrong_examples_give_their_code_alone_and_right_ones_give_none() {
    let mut problems = String::new();
    for &code in Code::ALL {
        for example in code.examples() {
            let Read { codes, rendered } = read(&example);
            let good = if example.wrong { !codes.is_empty() && codes.iter().all(|given| *given == code) } else { codes.is_empty() };
            if !good {
                let kind = if example.wrong { "wrong" } else { "right" };
                let _ = write!(problems, "{code}, {kind} example, {codes:?}:\n{}\n{rendered}\n", example.source);
            }
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

#[test]
fn each_code_looks_like_this() {
    for &code in Code::ALL {
        let wrong: Vec<Example> = code.examples().into_iter().filter(|example| example.wrong).collect();
        if let Some((_, file)) = ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == code) {
            assert!(wrong.is_empty(), "{code} has an example that a front end reads");
            let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)).unwrap_or_default();
            let shown = text.contains(&code.to_string()) || (code == Code::Bug && text.contains("Code::Bug"));
            assert!(shown, "{file} does not show {code}");
        } else {
            assert!(!wrong.is_empty(), "{code} has no example that a front end reads, and no place in ELSEWHERE");
            let rendered: Vec<String> = wrong.iter().map(|example| read(example).rendered).collect();
            insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "diagnostics", omit_expression => true }, {
                insta::assert_snapshot!(code.to_string(), rendered.join("\n"));
            });
        }
    }
}
