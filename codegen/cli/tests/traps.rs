//! What YAML, and what people do to files, has in store: each with its code and place, in bounded time.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod support;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use support::Folder;

const HEAD: &str = "realtime: 1\nname: demo\n";

/// A trap, the text, the exit code, and what is said: codes with lines and columns.
type Trap = (&'static str, Vec<u8>, i32, &'static [&'static str]);

fn traps() -> Vec<Trap> {
    let text = |text: &str| format!("{HEAD}{text}").into_bytes();
    let mut nested = String::from("types:\n  A0: &a0 { type: string }\n");
    for at in 1..30 {
        writeln!(nested, "  A{at}: &a{at} [{}]", vec![format!("*a{}", at - 1); 9].join(", ")).unwrap();
    }
    vec![
        // In YAML 1.1 these words are booleans; here a name is a text, however it is spelled.
        (
            "words that are booleans elsewhere",
            text("types: { T: { enum: [on, off, yes, no, y, n, True, NULL] } }\nchannels: { on: { events: { no: {}, yes: {} } } }\n"),
            0,
            &[],
        ),
        (
            "keys that are numbers elsewhere",
            text(
                "types: { T: { type: object, properties: { 1.0: { type: string }, 0x1F: { type: string }, 1e3: { type: string }, 12:30: { type: string }, null: { type: string } } } }\n",
            ),
            0,
            &[],
        ),
        ("values that are dates elsewhere", text("types: { T: { enum: [2001-01-01, 1_000, .inf, 0o14] } }\n"), 0, &[]),
        (
            "a key that stands twice",
            text("types:\n  T: { type: string }\n  T: { type: boolean }\n"),
            1,
            &["TW0111 5:3", "again here", "first here"],
        ),
        (
            "a key that stands twice, far inside",
            text("channels: { c: { events: { a: { payload: { type: string, type: boolean } } } } }\n"),
            1,
            &["TW0111 3:58"],
        ),
        ("a bomb of aliases", text(&nested), 1, &["TW0005 4:7"]),
        ("merge keys", text("types:\n  A: &a { type: string }\n  B: { <<: *a }\n"), 1, &["TW0005 4:6", "TW0005 5:12"]),
        ("a tab before a key", text("channels:\n\tc: {}\n"), 1, &["TW0002 4:2", "spaces"]),
        ("a tab in the middle of a line", text("channels:\tand: {}\n"), 1, &["TW0002 3:"]),
        ("a byte order mark", [b"\xef\xbb\xbf".as_slice(), HEAD.as_bytes(), b"channels: { c: {} }\n"].concat(), 0, &[]),
        ("a mistake behind a byte order mark", b"\xef\xbb\xbfrealtme: 1\nname: demo\n".to_vec(), 1, &["TW0001 1:1", "TW0003 1:"]),
        ("two documents", text("channels: {}\n---\nname: other\n"), 1, &["TW0005 4:1"]),
        ("a directive", b"%YAML 1.1\n---\nrealtime: 1\nname: demo\n".to_vec(), 0, &[]),
        ("five megabytes", text(&"# a comment that goes on and on\n".repeat(160_000)), 1, &["TW0009"]),
        ("five megabytes of brackets", vec![b'['; 5_000_000], 1, &["TW0009"]),
        (
            "four megabytes in one line",
            text(&format!("types: {{ T: {{ type: string, description: \"{}\" }} }}\n", "x".repeat(4_000_000))),
            0,
            &[],
        ),
        (
            "a mistake in four megabytes in one line",
            text(&format!("types: {{ T: {{ description: \"{}\", tpye: string }} }}\n", "x".repeat(4_000_000))),
            1,
            &["TW0001 3:"],
        ),
        ("ten thousand mistakes", text(&format!("types:\n{}", "  t: { type: strin }\n".repeat(10_000))), 1, &["TW0111 5:3", "first here"]),
        ("sixty-five levels", text(&format!("types: {}{}", "{ a: ".repeat(65), "}".repeat(65))), 1, &["TW0009 3:"]),
        ("a hundred thousand levels", text(&format!("types: {}", "[".repeat(100_000))), 1, &["TW0009 3:"]),
        ("nothing", Vec::new(), 1, &["TW0003"]),
        ("only a comment", b"# later\n".to_vec(), 1, &["TW0003"]),
        ("bytes that are no text", b"realtime: 1\nname: \xff\xfe\n".to_vec(), 1, &["TW0002 2:7", "byte 18 is not UTF-8"]),
        ("UTF-16", "realtime: 1\n".encode_utf16().flat_map(u16::to_le_bytes).collect(), 1, &["TW0002"]),
        ("a zero byte", text("types: { T: { type: \"a\0b\" } }\n"), 1, &["TW0"]),
        ("a list at the top", b"- realtime: 1\n".to_vec(), 1, &["TW0004 1:1"]),
        ("a text at the top", b"realtime 1\n".to_vec(), 1, &["TW0004 1:1"]),
        ("line ends of Windows", format!("{HEAD}types:\n  T: {{ tpye: string }}\n").replace('\n', "\r\n").into_bytes(), 1, &["TW0001 4:8"]),
        ("a key that is a list", text("types: { [a]: { type: string } }\n"), 1, &["TW0004 3:10"]),
        ("a file that refers to itself", text("types: { T: { $ref: \"#/types/T\" } }\n"), 1, &["TW0203 3:10"]),
        ("a file that refers elsewhere", text("types: { T: { $ref: \"file:///etc/passwd\" } }\n"), 1, &["TW0204 3:"]),
    ]
}

#[test]
fn every_trap_is_answered_with_its_code_and_place() {
    let folder = Folder::new();
    let mut problems = String::new();
    for (name, text, code, expected) in traps() {
        folder.write("events.yaml", &text);
        let began = Instant::now();
        let run = folder.run(&["gen", "--schema", "events.yaml", "--out", "client", "--format", "json"]);
        let took = began.elapsed();
        let said: String = run.out.lines().take(50).map(shortly).collect();
        if run.code != code || took > Duration::from_secs(10) || !expected.iter().all(|expected| said.contains(expected)) {
            writeln!(problems, "{name}: exit code {}, {took:?}; {expected:?} is not in\n{said}{}", run.code, run.err).unwrap();
        }
        // For people, too: no rendering is larger than what it is about by much, and none takes long.
        let began = Instant::now();
        let run = folder.run(&["check", "--schema", "events.yaml", "--out", "elsewhere"]);
        if began.elapsed() > Duration::from_secs(20) || run.code == 70 {
            writeln!(problems, "{name}: rendering took {:?} and ended with {}", began.elapsed(), run.code).unwrap();
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

/// `TW0001 3:5 message | help | labels`
fn shortly(line: &str) -> String {
    let found: serde_json::Value = serde_json::from_str(line).unwrap();
    let place = &found["labels"][0];
    let texts: Vec<&str> = found["labels"].as_array().unwrap().iter().filter_map(|label| label["text"].as_str()).collect();
    format!(
        "{} {}:{} {} | {} | {}\n",
        found["code"].as_str().unwrap(),
        place["line"],
        place["column"],
        found["message"],
        found["help"],
        texts.join(" | ")
    )
}
