//! Everything the command line says: errors to standard error, results to standard output.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the one module of the generator that speaks")]

use std::io::IsTerminal as _;
use std::ops::Range;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Renderer, Snippet};
use tidewire_schema::diagnostic::{Diagnostic, Diagnostics, Severity};

use super::output::{Change, Plan};
use super::shown;

/// Prints an error that has no place in a source.
pub(super) fn error(message: &str, help: Option<&str>) {
    let help: Vec<Element<'_>> = help.into_iter().map(|help| Level::HELP.message(help).into()).collect();
    print(Group::with_title(Level::ERROR.primary_title(message)).elements(help));
}

/// Prints diagnostics with the lines they speak of, and how many there were.
pub(super) fn diagnostics(path: &Path, source: &str, diagnostics: &Diagnostics<Range<usize>>) {
    let path = shown(path);
    for found in diagnostics {
        print(group(&path, source, found));
    }
    let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
    if errors > 0 {
        let plural = if errors == 1 { "" } else { "s" };
        eprintln!("{path}: {errors} error{plural}; nothing was written");
    }
}

fn group<'a>(path: &'a str, source: &'a str, found: &'a Diagnostic<Range<usize>>) -> Group<'a> {
    let level = if found.severity == Severity::Error { Level::ERROR } else { Level::WARNING };
    let annotations = found.labels.iter().enumerate().map(|(at, label)| {
        let kind = if at == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation = kind.span(visible(source, &label.place));
        if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
    });
    let snippet = Snippet::source(source).path(path).annotations(annotations);
    let help = found.help.iter().map(|help| Element::from(Level::HELP.message(help.as_str())));
    level.primary_title(found.message.as_str()).id(found.code.to_string()).element(snippet).elements(help)
}

/// A range that can be underlined: within the source, on one line, at least one character where there is one.
fn visible(source: &str, range: &Range<usize>) -> Range<usize> {
    let floor = |at: usize| (0..=at.min(source.len())).rev().find(|at| source.is_char_boundary(*at)).unwrap_or_default();
    let start = floor(range.start);
    let line_end = source[start..].find('\n').map_or(source.len(), |at| start + at);
    let end = floor(range.end).clamp(start, line_end.max(start));
    if end > start {
        return start..end;
    }
    let next = source[start..].chars().next().filter(|c| *c != '\n').map_or(start, |c| start + c.len_utf8());
    start..next
}

/// Prints what is wrong with a `tidewire.toml`.
pub(super) fn toml(path: &Path, source: &str, error: &toml::de::Error) {
    let path = shown(path);
    let range = visible(source, &error.span().unwrap_or_default());
    let snippet = Snippet::source(source).path(path.as_str()).annotation(AnnotationKind::Primary.span(range));
    print(Level::ERROR.primary_title(error.message()).id("TW0002").element(snippet));
}

fn print(group: Group<'_>) {
    let renderer = if std::io::stderr().is_terminal() { Renderer::styled() } else { Renderer::plain() };
    eprintln!("{}\n", renderer.render(&[group]));
}

/// Prints the files that are in the way of a run. Whether there are any.
pub(super) fn foreign(out: &Path, plan: &Plan<'_>) -> bool {
    let edited: Vec<&str> = plan.with(Change::Edited).chain(plan.with(Change::EditedOrphan)).collect();
    let foreign: Vec<&str> = plan.with(Change::Foreign).collect();
    for (files, what) in [(&edited, "edited by hand"), (&foreign, "not written by this tool")] {
        if !files.is_empty() {
            let message = format!("{}: {what}: {}", shown(out), files.join(", "));
            error(&message, Some("generated files are not for editing; `--force` overwrites them, another `--out` leaves them alone"));
        }
    }
    !edited.is_empty() || !foreign.is_empty()
}

/// Prints what a run wrote.
pub(super) fn written(out: &Path, plan: &Plan<'_>) {
    let total = plan.files.values().filter(|(_, text)| text.is_some()).count();
    let unchanged = plan.with(Change::Same).count();
    let removed = plan.with(Change::Orphan).chain(plan.with(Change::EditedOrphan)).count();
    let removed = if removed > 0 { format!(", {removed} removed") } else { String::new() };
    println!("{}: {} written, {unchanged} unchanged{removed}", shown(out), total - unchanged);
}

/// Prints how a folder differs from what the definitions give. Whether it does.
pub(super) fn stale(out: &Path, plan: &Plan<'_>, command: &str) -> bool {
    if plan.is_current() {
        println!("{}: up to date", shown(out));
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
    println!("{}: not what the definitions give", shown(out));
    for (change, what) in kinds {
        for path in plan.with(change) {
            println!("  {what}: {path}");
        }
    }
    println!("run `{command}`");
    true
}
