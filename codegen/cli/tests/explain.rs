//! `explain`: the long form of a code.

mod support;

use support::Folder;

#[test]
fn a_code_is_explained_with_examples_and_a_reason() {
    let run = Folder::new().run(&["explain", "TW0201"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    for expected in [
        "TW0201: A type that is not defined.",
        "Wrong, in a schema file:\n\n    types:",
        "Right, in Rust:\n\n    #[event",
        "A contract is complete in itself",
    ] {
        assert!(run.out.contains(expected), "{expected} is not in\n{}", run.out);
    }
    for spelling in ["tw0201", "201", "error[TW0201]:"] {
        assert_eq!(Folder::new().run(&["explain", spelling]).out, run.out);
    }
}

#[test]
fn without_a_code_all_are_listed() {
    let run = Folder::new().run(&["explain"]);
    assert_eq!(run.code, 0);
    for line in ["References\n  TW0201  A type that is not defined.\n", "  TW0601  Generated files", "`explain CODE`"] {
        assert!(run.out.contains(line), "{}", run.out);
    }
}

#[test]
fn an_unknown_code_is_a_mistake_on_the_command_line() {
    let run = Folder::new().run(&["explain", "TW0211"]);
    assert!(run.code == 2 && run.err.contains("there is no such code; the nearest is TW0201"), "{}", run.err);
    let run = Folder::new().run(&["explain", "everything"]);
    assert!(run.code == 2 && run.err.contains("a code is `TW` and four digits"), "{}", run.err);
}
