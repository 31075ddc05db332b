//! `explain`: the long form of a code, or the list of all codes.

use std::fmt::Write as _;

use tidewire_schema::diagnostic::Code;

use super::report::say;

const CHAPTERS: [&str; 7] = ["Form", "Names", "References", "Types", "What is not supported", "", "The command line and its files"];

/// Prints what a code means, or every code with its title.
pub(super) fn run(code: Option<Code>) {
    match code {
        Some(code) => say(code.explained().trim_end()),
        None => say(&list()),
    }
}

fn list() -> String {
    let mut text = String::new();
    let mut chapter = None;
    for code in Code::ALL {
        let of = usize::from(code.number() / 100);
        if chapter.replace(of) != Some(of) {
            let space = if text.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{space}{}", CHAPTERS.get(of).copied().unwrap_or_default());
        }
        let _ = writeln!(text, "  {code}  {}", code.title());
    }
    text + "\n`explain CODE` says what a code means, with an example and the reason for the rule."
}
