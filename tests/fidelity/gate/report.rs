//! The summary of a run, and the table of keywords that the documentation shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use super::outcome::{Outcome, Reading};
use super::suite::Draft;
use crate::common::typescript::fidelity;

/// How many groups, and how they fared.
pub(crate) fn summary(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for draft in Draft::ALL {
        let of_draft = || outcomes.iter().filter(move |outcome| outcome.group.draft == draft);
        let instances: usize = of_draft().map(|outcome| outcome.group.tests.len()).sum();
        let promised = of_draft().filter(|outcome| outcome.usage.promised()).count();
        let accepted = of_draft().filter(|outcome| matches!(outcome.reading, Reading::Accepted { .. })).count();
        let exact = of_draft().filter(|outcome| outcome.exact()).count();
        let refused = of_draft().filter(|outcome| matches!(outcome.reading, Reading::Refused { .. })).count();
        let _ = writeln!(
            text,
            "{draft}: {} groups, {instances} instances; {accepted} accepted, {exact} of them exact; {refused} refused; {promised} promised",
            of_draft().count(),
        );
    }
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for outcome in outcomes {
        if let Reading::Refused { codes: found, .. } = &outcome.reading {
            for code in found {
                *codes.entry(code).or_default() += 1;
            }
        }
    }
    let codes: Vec<String> = codes.iter().map(|(code, count)| format!("{code} × {count}")).collect();
    let _ = writeln!(text, "refusals: {}", codes.join(", "));
    text
}

/// The table of keywords: for each the groups of the suite that use it, by what became of them.
pub(crate) fn table(outcomes: &[Outcome]) -> String {
    let mut text =
        String::from("| keyword | exact, with a typed shape | exact, as checked JSON | refused |\n| --- | ---: | ---: | --- |\n");
    let keywords: BTreeSet<&String> = outcomes.iter().flat_map(|outcome| &outcome.usage.keywords).collect();
    for keyword in keywords {
        let using = || outcomes.iter().filter(|outcome| outcome.usage.keywords.contains(keyword));
        let exact = |wanted: bool| {
            let of_kind = |outcome: &&Outcome| matches!(outcome.reading, Reading::Accepted { typed, .. } if typed == wanted);
            using().filter(|outcome| outcome.exact()).filter(of_kind).count()
        };
        let (mut codes, mut refused) = (BTreeSet::new(), 0);
        for outcome in using() {
            if let Reading::Refused { codes: found, keywords } = &outcome.reading
                && keywords.contains(keyword)
            {
                codes.extend(found.iter().map(String::as_str));
                refused += 1;
            }
        }
        // A keyword that occurs in no group but as a typing error of the suite's own making says nothing.
        if exact(true) + exact(false) + refused > 0 {
            let refused =
                if refused == 0 { String::new() } else { format!("{refused} ({})", codes.into_iter().collect::<Vec<_>>().join(", ")) };
            let _ = writeln!(text, "| `{keyword}` | {} | {} | {refused} |", exact(true), exact(false));
        }
    }
    text
}

/// Holds the committed table against this run's; `UPDATE=1` writes it.
pub(crate) fn compare_table(table: &str) -> Result<(), String> {
    let path = fidelity().join("KEYWORDS.md");
    let text = format!("{HEAD}{table}");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, text).unwrap();
        return Ok(());
    }
    let committed = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    (committed == text).then_some(()).ok_or_else(|| "KEYWORDS.md is not what this run gives: run it with UPDATE=1".to_owned())
}

const HEAD: &str = "# The keywords of JSON Schema

Printed by the fidelity gate from its run over the JSON-Schema-Test-Suite, draft 7 and 2020-12; do not edit.

A group of the suite is a schema with instances, valid and invalid. *Exact* means that Rust and TypeScript gave the right verdict on each
instance. The last column counts the groups that were refused because of the keyword, with the codes of the errors.

";
