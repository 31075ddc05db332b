//! The long form of each code: what it means, a wrong example, the right one, and why the rule exists. `explain` prints it, and tests hold the examples to it.
//!
//! The texts are Markdown, one file a chapter, one heading a code. The first words behind a code fence say what the example is:
//!
//! - `yaml`, `rust` or `toml`: a schema file, an events module, a `tidewire.toml`; `text` is none of them;
//! - `wrong`: this gives the code, and no other; `right`: this gives none;
//! - `whole`: the example is a whole file; any other stands below `realtime` and `name`, or in the body of an events module;
//! - `unchecked`: no parser reports this one.

use std::fmt::Write as _;

use super::Code;

const CHAPTERS: [&str; 6] = [
    include_str!("form.md"),
    include_str!("names.md"),
    include_str!("references.md"),
    include_str!("types.md"),
    include_str!("unsupported.md"),
    include_str!("command_line.md"),
];

/// Which front end reads an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrontEnd {
    /// The schema file.
    File,
    /// The Rust module.
    Module,
}

/// An example of an explanation that a front end reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Who reads it.
    pub front_end: FrontEnd,
    /// Whether it gives the code, or none.
    pub wrong: bool,
    /// The whole source, with what the explanation leaves out.
    pub source: String,
}

impl Code {
    /// The long form, in Markdown, without its heading.
    pub fn explanation(self) -> &'static str {
        let heading = format!("# {self}\n");
        let found = CHAPTERS.iter().find_map(|chapter| chapter.split_once(heading.as_str()));
        let (_, behind) = found.unwrap_or_default();
        behind.split("\n# TW").next().unwrap_or_default().trim()
    }

    /// The long form as a terminal shows it: examples are set in, and say what they are.
    pub fn explained(self) -> String {
        let mut text = format!("{self}: {}\n\n", self.title());
        let mut inside = false;
        for line in self.explanation().lines() {
            match line.strip_prefix("```") {
                Some("") => inside = false,
                Some(info) => {
                    inside = true;
                    let _ = writeln!(text, "{}\n", caption(info));
                }
                None if inside && !line.is_empty() => {
                    let _ = writeln!(text, "    {line}");
                }
                None => {
                    let _ = writeln!(text, "{line}");
                }
            }
        }
        text
    }

    /// The examples of the long form that a front end can be held to.
    pub fn examples(self) -> Vec<Example> {
        let mut examples = Vec::new();
        let mut rest = self.explanation();
        while let Some((_, behind)) = rest.split_once("```") {
            let (info, behind) = behind.split_once('\n').unwrap_or((behind, ""));
            let (text, behind) = behind.split_once("\n```").unwrap_or((behind, ""));
            rest = behind;
            let says = |word: &str| info.split(' ').any(|said| said == word);
            let front_end = match info.split(' ').next() {
                Some("yaml") => FrontEnd::File,
                Some("rust") => FrontEnd::Module,
                _ => continue,
            };
            if !says("unchecked") {
                let source = if says("whole") { format!("{text}\n") } else { in_context(front_end, text) };
                examples.push(Example { front_end, wrong: says("wrong"), source });
            }
        }
        examples
    }
}

fn caption(info: &str) -> String {
    let place = match info.split(' ').next() {
        Some("yaml") => ", in a schema file",
        Some("rust") => ", in Rust",
        Some("toml") => ", in `tidewire.toml`",
        _ => "",
    };
    let verdict = if info.contains("right") { "Right" } else { "Wrong" };
    format!("{verdict}{place}:")
}

/// A part of a definition becomes a definition.
fn in_context(front_end: FrontEnd, text: &str) -> String {
    match front_end {
        FrontEnd::File => format!("realtime: 1\nname: demo\n{text}\n"),
        FrontEnd::Module => {
            let body: String = text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect();
            format!("#[tidewire::realtime_events(name = \"demo\")]\npub mod demo {{\n{body}}}\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_once_and_nothing_else_is() {
        let headings = |text: &str| text.lines().filter_map(|line| line.strip_prefix("# ")).map(str::to_owned).collect::<Vec<_>>();
        let explained: Vec<String> = CHAPTERS.iter().flat_map(|chapter| headings(chapter)).collect();
        let codes: Vec<String> = Code::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(explained, codes, "each code has one heading, in the order of the numbers");
    }

    #[test]
    fn every_explanation_has_a_wrong_example_a_right_one_and_words() {
        for code in Code::ALL {
            let text = code.explanation();
            for info in text.lines().filter_map(|line| line.strip_prefix("```")).filter(|info| !info.is_empty()) {
                let known = ["yaml", "rust", "toml", "text", "wrong", "right", "whole", "unchecked"];
                assert!(info.split(' ').all(|word| known.contains(&word)), "{code}: ```{info}");
            }
            if *code != Code::Bug {
                assert!(text.contains(" wrong") && text.contains(" right"), "{code}");
            }
            assert!(text.split("```").step_by(2).map(str::len).sum::<usize>() > 150, "{code} says too little");
        }
    }

    #[test]
    fn a_terminal_sees_no_fences() {
        let text = Code::UnknownType.explained();
        assert!(text.starts_with("TW0201: A type that is not defined.\n\n") && !text.contains("```"), "{text}");
        assert!(text.contains("Wrong, in a schema file:\n\n    "), "{text}");
    }
}
