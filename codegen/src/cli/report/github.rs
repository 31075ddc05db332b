//! Findings as annotations of a pull request: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use std::fmt::Write as _;

use tidewire_schema::diagnostic::Severity;

use super::{Finding, Place};

/// A finding as one workflow command.
pub(super) fn rendered(found: &Finding, explain: &str) -> String {
    let command = if found.severity == Severity::Error { "error" } else { "warning" };
    let mut properties = format!("title={}", found.code);
    if let Some(first) = found.labels.first() {
        let _ = write!(properties, ",file={}", property(&first.place.file));
        if let Some([(line, column), (end_line, end_column)]) = first.place.positions() {
            let _ = write!(properties, ",line={line},col={column},endLine={end_line},endColumn={end_column}");
        }
    }
    let mut text = found.message.clone();
    for label in found.labels.iter().filter(|label| !label.text.is_empty()) {
        let _ = write!(text, "\n{}: {}", shown(&label.place), label.text);
    }
    if let Some(help) = &found.help {
        let _ = write!(text, "\nhelp: {help}");
    }
    let _ = write!(text, "\n`{explain}` says more");
    format!("::{command} {properties}::{}", escaped(&text))
}

fn shown(place: &Place) -> String {
    match place.positions() {
        Some([(line, column), _]) => format!("{}:{line}:{column}", place.file),
        None => place.file.clone(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_path_ends_a_property() {
        assert_eq!(property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
    }
}
