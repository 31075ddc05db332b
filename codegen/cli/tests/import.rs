//! `import` as a user meets it: exit codes, messages, and what happens to files. What it writes of a real database is told in `plugins/postgres/tests/sync/import.rs`.

mod support;

use support::Folder;

const NOWHERE: &str = "postgres://ann:s3cret@127.0.0.1:1/shop";

#[test]
fn a_database_that_is_not_there_is_one_message_without_the_password() {
    let folder = Folder::new();
    let run = folder.run(&["import", "postgres", "--url", NOWHERE, "--table", "posts", "--out", "events.rs"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("error[TW0606]: the database cannot be reached: error connecting to server: "), "{}", run.err);
    assert!(!run.err.contains("s3cret") && !folder.path("events.rs").exists());
    let run = folder.run(&["import", "postgres", "--url", "no address", "--table", "posts", "--format", "json"]);
    assert_eq!(run.code, 1);
    assert!(run.out.starts_with(r#"{"code":"TW0606""#), "{}", run.out);
    let run = folder.run(&["explain", "TW0606"]);
    assert!(run.out.contains("`DATABASE_URL` stands in for `--url`"), "{}", run.out);
}

#[test]
fn a_file_that_is_there_is_left_alone() {
    let folder = Folder::new();
    folder.write("events.rs", "mine");
    let run = folder.run(&["import", "postgres", "--url", NOWHERE, "--table", "posts", "--out", "events.rs"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("error[TW0602]: events.rs is there already"), "{}", run.err);
    assert_eq!(folder.read("events.rs"), "mine");
}

#[test]
fn a_wrong_command_line_is_a_wrong_command_line() {
    let folder = Folder::new();
    for arguments in
        [&["import", "postgres"][..], &["import"], &["import", "mysql"], &["import", "postgres", "--table", "a", "--emit", "go"]]
    {
        assert_eq!(folder.run(arguments).code, 2, "{arguments:?}");
    }
}
