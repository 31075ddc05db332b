//! Findings for programs. The form is documented in `--help`, and keys are only ever added to it.

use serde::Serialize;
use tidewire_schema::diagnostic::{Label, Severity};

use super::{Finding, Place};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    code: String,
    severity: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    labels: Vec<ObjectLabel<'a>>,
    explain: &'a str,
}

/// A place: a file alone, or a part of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectLabel<'a> {
    file: &'a str,
    #[serde(flatten)]
    part: Option<Part>,
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    bytes: [usize; 2],
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

/// A finding as one line of JSON.
pub(super) fn rendered(found: &Finding, explain: &str) -> String {
    let object = Object {
        code: found.code.to_string(),
        severity: if found.severity == Severity::Error { "error" } else { "warning" },
        message: &found.message,
        help: found.help.as_deref(),
        labels: found.labels.iter().map(label).collect(),
        explain,
    };
    // Texts and numbers under fixed keys: nothing in it can fail to serialise.
    serde_json::to_string(&object).unwrap_or_default()
}

fn label(Label { place, text }: &Label<Place>) -> ObjectLabel<'_> {
    let part = place.part.as_ref().zip(place.positions()).map(|((_, range), [(line, column), (end_line, end_column)])| Part {
        bytes: [range.start, range.end],
        line,
        column,
        end_line,
        end_column,
    });
    ObjectLabel { file: &place.file, part, text }
}
