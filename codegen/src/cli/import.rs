//! `import`: definitions to begin with, from what is there already.

use std::fmt::Write as _;

use tidewire_schema::diagnostic::{Code, Severity};

use super::arguments::{Definitions, PostgresArguments};
use super::report::{Finding, Reporter, say};
use super::{Failed, INPUT_ERRORS, cannot, output, shown};
use crate::postgres::{Catalog, Scaffold, scaffold};
use crate::{rust, source};

/// Reads tables and writes what they become. Nothing is written unless all of it is right.
pub(super) fn postgres(reporter: Reporter, arguments: &PostgresArguments) -> Result<(), Failed> {
    let fail = |found: Finding| {
        reporter.report(&found);
        Failed(INPUT_ERRORS)
    };
    if let Some(out) = arguments.out.as_ref().filter(|out| !arguments.force && out.exists()) {
        let message = format!("{} is there already", shown(out));
        return Err(fail(
            Finding::without_place(Code::InTheWay, message)
                .help("`--force` overwrites it, with whatever was edited in it; another `--out` leaves it alone"),
        ));
    }
    let catalog = read(arguments).map_err(fail)?;
    let made = scaffold(&catalog, &arguments.name);
    for column in &made.left_out {
        let found = Finding::without_place(Code::LeftOut, format!("the column `{column}` is left out: no field can be called so"));
        reporter.report(&found.help("rename it, or do without it").warning());
    }
    let text = text(&made, arguments).map_err(fail)?;
    match &arguments.out {
        Some(out) => {
            output::write(out, &text).map_err(|error| fail(cannot("write", out, &error)))?;
            let plural = if catalog.tables.len() == 1 { "" } else { "s" };
            reporter.done(&format!("{}: {} table{plural}", shown(out), catalog.tables.len()));
        }
        None => say(text.trim_end()),
    }
    Ok(())
}

/// The definitions, in the language that was asked for, below how the plugin is set up for them.
fn text(made: &Scaffold, arguments: &PostgresArguments) -> Result<String, Finding> {
    let (contract, diagnostics) = source::schema(&made.schema);
    if let Some(problem) = diagnostics.iter().find(|found| found.severity == Severity::Error) {
        let found = Finding::without_place(problem.code, problem.message.clone());
        return Err(found.maybe_help(problem.help.clone()));
    }
    let (comment, definitions) = match arguments.emit {
        Definitions::Schema => ("#", made.schema.clone()),
        Definitions::Rust => {
            let draft = rust::draft(&contract, &rust::module_name(&contract));
            (
                "//",
                draft.map_err(|error| {
                    Finding::without_place(Code::NoWireForm, error.to_string()).help("`--emit schema` writes a schema file")
                })?,
            )
        }
    };
    let mut header = format!(
        "{comment} What the tables were when `import postgres` read them; from now on this is yours to edit. The plugin `tidewire-postgres` that fits it:\n{comment}\n"
    );
    for line in
        std::iter::once("PostgresSync::builder(url)").chain(made.setup.iter().map(String::as_str)).chain(std::iter::once(".build()?"))
    {
        let indent = if line.starts_with('.') { "    " } else { "" };
        let _ = writeln!(header, "{comment}     {indent}{line}");
    }
    Ok(format!("{header}\n{definitions}"))
}

#[cfg(feature = "postgres")]
fn read(arguments: &PostgresArguments) -> Result<Catalog, Finding> {
    let url = arguments.url.clone().or_else(|| std::env::var("DATABASE_URL").ok()).filter(|url| !url.is_empty());
    let Some(url) = url else {
        let found = Finding::without_place(Code::Database, "nothing says where the database is");
        return Err(found.help("`--url postgres://user:password@host/database`, or the environment variable `DATABASE_URL`"));
    };
    crate::postgres::read(&url, &arguments.schema, &arguments.tables)
        .map_err(|error| Finding::without_place(Code::Database, error.to_string()).help(error.help()))
}

#[cfg(not(feature = "postgres"))]
fn read(_: &PostgresArguments) -> Result<Catalog, Finding> {
    let found = Finding::without_place(Code::Database, "this program was built without `import postgres`");
    Err(found.help("build it with the feature `postgres` of `tidewire-codegen`"))
}
