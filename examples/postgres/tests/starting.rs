//! What somebody is told whose `DATABASE_URL` leads nowhere. Who has no database at all is told by the unit tests, because a machine that runs these may have one.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

use std::{
    net::TcpListener,
    process::{Command, Output},
};

fn run(address: &str) -> (Output, String) {
    let ended = Command::new(env!("CARGO_BIN_EXE_postgres-example")).env("DATABASE_URL", address).output().unwrap();
    let said = String::from_utf8(ended.stderr.clone()).unwrap();
    (ended, said)
}

#[test]
fn a_wrong_address_is_one_message_with_where_why_and_what_to_do_and_no_password() {
    // Taken, and let go: nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let named = |user: &str, rest: &str| format!("postgres://{user}:s3cret@127.0.0.1:{port}/{rest}");
    let cases = [
        (named("ann", "harbour"), format!("`harbour` at 127.0.0.1:{port} as `ann`, cannot be used: "), "onnection refused"),
        (named("ann", "harbour?sslmode=require"), format!("`harbour` at 127.0.0.1:{port} as `ann`, cannot be used: "), "encryption"),
        (
            format!("host=/nowhere-s3 port={port} user=ann password=s3cret"),
            "`ann` at /nowhere-s3 as `ann`, cannot be used: ".into(),
            "o such file",
        ),
        ("postgres://ann:s3cret@127.0.0.1:port/harbour".into(), "names cannot be used: ".into(), "invalid value for option `port`"),
        ("postgres://ann:s3cret@127.0.0.1/harbour?pool=5".into(), "names cannot be used: ".into(), "unknown option `pool`"),
        // Part of a password in which a space is not escaped.
        ("host=127.0.0.1 password=my s3cret=1".into(), "names cannot be used: ".into(), "invalid connection string"),
        ("no address".into(), "names cannot be used: ".into(), "invalid connection string"),
    ];
    for (address, place, reason) in cases {
        let (ended, said) = run(&address);
        assert_eq!(ended.status.code(), Some(1), "{address}: {said}");
        assert!(said.starts_with("postgres-example: the database that DATABASE_URL names"), "{address}: {said}");
        for part in [&*place, reason, "correct DATABASE_URL", "unset it"] {
            assert!(said.contains(part), "{address} without `{part}`: {said}");
        }
        assert!(!said.contains("s3cret") && ended.stdout.is_empty(), "{address}: {said}");
        assert_eq!(said.matches("postgres-example:").count(), 1, "{address}: {said}");
    }
}
