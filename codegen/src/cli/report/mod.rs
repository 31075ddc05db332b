//! Everything the command line says: what is wrong in the format that was asked for, and what was done.
#![expect(clippy::print_stderr, reason = "this is the one module of the generator that speaks")]

mod github;
mod json;
mod text;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::ValueEnum;
use tidewire_schema::diagnostic::{Code, Diagnostic, Diagnostics, Severity};

use super::arguments::Program;
use super::output::{Change, Plan};
use super::shown;

/// How problems are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people: to standard error, with the lines they speak of.
    #[default]
    Text,
    /// For programs: one JSON object a line, to standard output.
    Json,
    /// Annotations of a pull request on GitHub, to standard output.
    Github,
}

/// Something to report: in a source, about files, or about neither.
pub(super) type Finding = Diagnostic<Place>;

/// A file, or a part of it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The path as messages show it.
    pub(super) file: String,
    /// The text of the file, and which of its bytes are meant.
    pub(super) part: Option<(Rc<Source>, Range<usize>)>,
}

/// A text that knows its lines, because ten thousand findings in one file ask for them.
#[derive(Debug)]
pub(super) struct Source {
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl Source {
    pub(super) fn new(text: impl Into<String>) -> Rc<Self> {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Rc::new(Self { text, lines })
    }

    /// The last boundary between characters that is not behind `byte`.
    fn floor(&self, byte: usize) -> usize {
        (0..=byte.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or_default()
    }

    /// Which line a byte stands in, counted from 0.
    fn line_of(&self, byte: usize) -> usize {
        self.lines.partition_point(|start| *start <= byte).saturating_sub(1)
    }

    /// Line and column, both counted from 1, columns in characters.
    fn position(&self, byte: usize) -> (usize, usize) {
        let byte = self.floor(byte);
        let line = self.line_of(byte);
        // A byte order mark is no character that an editor shows.
        let before = self.text[self.lines[line]..byte].trim_start_matches('\u{feff}');
        (line + 1, before.chars().count() + 1)
    }

    /// The bytes of these lines, with the end of the last one.
    fn bytes_of(&self, first: usize, last: usize) -> Range<usize> {
        self.lines[first]..self.lines.get(last + 1).copied().unwrap_or(self.text.len())
    }
}

impl Place {
    /// A file as a whole.
    pub(super) fn file(path: &Path) -> Self {
        Self { file: shown(path), part: None }
    }

    /// Lines and columns of the part, both counted from 1, columns in characters: where it begins and where it ends.
    fn positions(&self) -> Option<[(usize, usize); 2]> {
        let (source, range) = self.part.as_ref()?;
        Some([source.position(range.start), source.position(range.end)])
    }
}

/// The diagnostics of a source as text, each with the lines it speaks of. `path` is what the messages call the source.
pub fn render(path: &str, source: &str, diagnostics: &Diagnostics<Range<usize>>) -> String {
    let source = Source::new(source);
    let findings = diagnostics.clone().map(|range| Place { file: path.to_owned(), part: Some((Rc::clone(&source), range)) });
    findings.iter().map(|found| format!("{}\n\n", text::rendered(found, false))).collect()
}

/// The command that prints the long form of a code.
fn explain(program: Program, code: Code) -> String {
    format!("{} explain {code}", program.with_arguments())
}

/// Speaks in one format.
#[derive(Clone, Copy)]
pub(super) struct Reporter {
    pub(super) format: Format,
    /// What is run to hear more.
    pub(super) program: Program,
}

impl Reporter {
    /// Prints one finding.
    pub(super) fn report(self, found: &Finding) {
        match self.format {
            Format::Text => eprintln!("{}\n", text::rendered(found, std::io::stderr().is_terminal())),
            Format::Json => say(&json::rendered(found, &explain(self.program, found.code))),
            Format::Github => say(&github::rendered(found, &explain(self.program, found.code))),
        }
    }

    /// Prints what a front end found in its sources, and how many errors there were. A place is the index of a source, and bytes of it.
    pub(super) fn diagnostics(self, paths: &[PathBuf], sources: &[&str], diagnostics: Diagnostics<(usize, Range<usize>)>) {
        let sources: Vec<_> = sources.iter().map(|text| Source::new(*text)).collect();
        let place = |(at, range): (usize, Range<usize>)| Place {
            file: shown(&paths[at]),
            part: sources.get(at).map(|source| (Rc::clone(source), range)),
        };
        let findings = diagnostics.map(place);
        let file = paths.iter().map(|path| shown(path)).collect::<Vec<_>>().join(", ");
        for found in &findings {
            self.report(found);
        }
        let errors: Vec<Code> = findings.iter().filter(|found| found.severity == Severity::Error).map(|found| found.code).collect();
        if let (Format::Text, Some(first)) = (self.format, errors.first()) {
            let plural = if errors.len() == 1 { "" } else { "s" };
            let kinds: HashSet<&Code> = errors.iter().collect();
            let about = if kinds.len() == 1 { "" } else { ", and likewise about the others" };
            eprintln!("{file}: {} error{plural}; nothing was written\n`{}` says more{about}", errors.len(), explain(self.program, *first));
        }
    }

    /// Prints what was done. Standard output is for it, unless that belongs to a program that reads findings.
    pub(super) fn done(self, text: &str) {
        if self.format == Format::Text {
            say(text);
        } else {
            eprintln!("{text}");
        }
    }

    /// Prints the files that are in the way of a run. Whether there are any.
    pub(super) fn foreign(self, plan: &Plan<'_>) -> bool {
        let kinds =
            [(Change::Edited, "edited by hand"), (Change::EditedOrphan, "edited by hand"), (Change::Foreign, "not written by this tool")];
        let message = format!("generating into {} would overwrite files that are not as it left them", shown(&plan.label));
        let found = list(Finding::without_place(Code::InTheWay, message), plan, &kinds);
        if !found.labels.is_empty() {
            self.report(&found.help("generated files are not for editing; `--force` overwrites them, another place leaves them alone"));
            return true;
        }
        false
    }

    /// Prints what a run wrote.
    pub(super) fn written(self, plan: &Plan<'_>) {
        let total = plan.files.values().filter(|(_, text)| text.is_some()).count();
        let unchanged = plan.with(Change::Same).count();
        let removed = plan.with(Change::Orphan).chain(plan.with(Change::EditedOrphan)).count();
        let mut text = format!("{}: {} written, {unchanged} unchanged", shown(&plan.label), total - unchanged);
        if removed > 0 {
            let _ = write!(text, ", {removed} removed");
        }
        self.done(&text);
    }

    /// Prints how a folder or file differs from what the definitions give. Whether it does.
    pub(super) fn stale(self, plan: &Plan<'_>, command: &str) -> bool {
        let out = &plan.label;
        if plan.is_current() {
            self.done(&format!("{}: up to date", shown(out)));
            return false;
        }
        let kinds = [
            (Change::Missing, "missing"),
            (Change::Stale, "stale"),
            (Change::Edited, "edited by hand"),
            (Change::Foreign, "not written by this tool"),
            (Change::Orphan, "generated no longer"),
            (Change::EditedOrphan, "generated no longer, and edited by hand"),
        ];
        let found = Finding::without_place(Code::Stale, format!("{} is not what the definitions give", shown(out)));
        let mut help = format!("run `{command}`");
        if plan.with(Change::Edited).chain(plan.with(Change::Foreign)).next().is_some() {
            help.push_str("; it overwrites what it did not write only with `--force`");
        }
        self.report(&list(found, plan, &kinds).help(help));
        true
    }
}

/// Labels each file that changed in one of these ways.
fn list(mut found: Finding, plan: &Plan<'_>, kinds: &[(Change, &str)]) -> Finding {
    for (change, what) in kinds {
        for path in plan.with(*change) {
            found = found.also(Place::file(&plan.folder.join(path)), *what);
        }
    }
    found
}

/// Prints a line. A reader that has heard enough, such as `head`, is no reason to fail.
pub(super) fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters_and_a_byte_order_mark_is_none() {
        let position = |text: &str, byte| Source::new(text).position(byte);
        assert_eq!(position("\u{feff}äb\nc", "\u{feff}ä".len()), (1, 2));
        assert_eq!(position("äb\nc", 4), (2, 1));
        assert_eq!(position("ä", 1), (1, 1), "the middle of a character is its beginning");
        assert_eq!(position("a", 99), (1, 2));
    }
}
