//! Findings for people.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use tidewire_schema::diagnostic::{Label, Severity};

use super::{Finding, Source};

/// How many files a list names before it only counts.
const LISTED: usize = 8;

/// Labels that are further apart, in lines, are drawn apart.
const NEAR: usize = 30;

/// Lines with more bytes than this are named and not drawn: nobody reads them, and drawing reads them many times.
const DRAWN: usize = 1 << 16;

/// A finding with the lines it speaks of.
pub(super) fn rendered(found: &Finding, colours: bool) -> String {
    let level = if found.severity == Severity::Error { Level::ERROR } else { Level::WARNING };
    let code = found.code.to_string();
    let listed = listed(found);
    let mut elements: Vec<Element<'_>> = Vec::new();
    elements.extend(clusters(found).iter().filter_map(|cluster| snippet(cluster)));
    for label in found.labels.iter().filter(|label| label.place.part.is_none() && label.text.is_empty()) {
        elements.push(Origin::path(label.place.file.as_str()).into());
    }
    elements.extend(listed.iter().map(|line| Level::NOTE.message(line.as_str()).into()));
    elements.extend(found.help.iter().map(|help| Level::HELP.message(help.as_str()).into()));
    let group = Group::with_title(level.primary_title(found.message.as_str()).id(code.as_str())).elements(elements);
    let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// A label as it is drawn.
struct Drawn<'a> {
    file: &'a str,
    source: &'a Source,
    range: Range<usize>,
    text: &'a str,
    kind: AnnotationKind,
}

/// Labels that stand near each other, as one picture. Only their lines are handed to the renderer, which reads all that it is given.
fn clusters(found: &Finding) -> Vec<Vec<Drawn<'_>>> {
    let mut clusters: Vec<Vec<Drawn<'_>>> = Vec::new();
    for (at, Label { place, text }) in found.labels.iter().enumerate() {
        let Some((source, range)) = &place.part else { continue };
        let kind = if at == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let drawn = Drawn { file: &place.file, source, range: visible(source, range), text, kind };
        let line = source.line_of(range.start);
        let near = |other: &Drawn<'_>| other.file == drawn.file && source.line_of(other.range.start).abs_diff(line) <= NEAR;
        match clusters.iter_mut().find(|cluster| cluster.iter().any(near)) {
            Some(cluster) => cluster.push(drawn),
            None => clusters.push(vec![drawn]),
        }
    }
    clusters
}

fn snippet<'a>(cluster: &[Drawn<'a>]) -> Option<Element<'a>> {
    let lines = cluster.iter().map(|drawn| drawn.source.line_of(drawn.range.start));
    let (first, last) = lines.fold((usize::MAX, 0), |(first, last), line| (first.min(line), last.max(line)));
    let Drawn { file, source, .. } = cluster.first()?;
    let bytes = source.bytes_of(first, last);
    if bytes.len() > DRAWN {
        let (line, column) = source.position(cluster.first()?.range.start);
        return Some(Origin::path(*file).line(line).char_column(column).into());
    }
    let annotations = cluster.iter().map(|drawn| {
        let annotation = drawn.kind.span(drawn.range.start - bytes.start..drawn.range.end - bytes.start);
        if drawn.text.is_empty() { annotation } else { annotation.label(drawn.text) }
    });
    let snippet = Snippet::source(&source.text[bytes.clone()]).line_start(first + 1).path(*file);
    Some(snippet.annotations(annotations.collect::<Vec<_>>()).into())
}

/// Files without a part, by what is said of them: one line for each.
fn listed(found: &Finding) -> Vec<String> {
    let mut lines: Vec<(&str, Vec<&str>)> = Vec::new();
    for label in found.labels.iter().filter(|label| label.place.part.is_none() && !label.text.is_empty()) {
        match lines.iter_mut().find(|(text, _)| *text == label.text) {
            Some((_, files)) => files.push(&label.place.file),
            None => lines.push((&label.text, vec![&label.place.file])),
        }
    }
    lines.into_iter().map(|(text, files)| format!("{text}: {}", shortened(&files))).collect()
}

/// A list that fits a screen.
fn shortened(files: &[&str]) -> String {
    match files.get(..LISTED) {
        Some(first) if files.len() > LISTED + 1 => format!("{} and {} more", first.join(", "), files.len() - LISTED),
        _ => files.join(", "),
    }
}

/// A range that can be underlined: within the source, on one line, at least one character where there is one.
fn visible(source: &Source, range: &Range<usize>) -> Range<usize> {
    let start = source.floor(range.start);
    let line = source.bytes_of(source.line_of(start), source.line_of(start));
    let line_end = line.start + source.text[line].trim_end_matches(['\r', '\n']).len();
    let end = source.floor(range.end).clamp(start, line_end.max(start));
    if end > start {
        return start..end;
    }
    let next = source.text[start..].chars().next().filter(|c| !matches!(c, '\r' | '\n')).map_or(start, |c| start + c.len_utf8());
    start..next
}
