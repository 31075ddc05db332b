//! The schema file of a catalog. Every name of the database is printed as a JSON string, which YAML reads as it is, whatever it holds.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::shape::{self, Named, Shape};
use super::{Catalog, Column, Kind, Table, naming};

const OPERATIONS: [(&str, &str, &str); 4] = [
    ("insert", "Insert", "A row is new."),
    ("update", "Update", "A row was changed; this is what it is now."),
    ("delete", "Delete", "A row is gone; this is what it was."),
    ("truncate", "Truncate", "All rows are gone at once."),
];

/// What was made of a catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaffold {
    /// A schema file.
    pub schema: String,
    /// The call that sets the plugin up for it, one line each.
    pub setup: Vec<String>,
    /// Columns that no definition can say, as `schema.table.column`.
    pub left_out: Vec<String>,
}

/// Makes a schema file called `name`: for each table a row type, a channel of its name, and the events that the plugin makes of it.
pub fn scaffold(catalog: &Catalog, name: &str) -> Scaffold {
    let mut given = naming::Types::new();
    let bases = naming::tables(&catalog.tables);
    let rows: Vec<String> = bases.iter().map(|base| given.name(base, "row")).collect();
    let mut named = Named::new();
    for column in catalog.tables.iter().flat_map(|table| &table.columns) {
        shape::of(catalog, column, &mut named);
    }
    let type_names: BTreeMap<u32, String> = named.iter().map(|(number, kind)| (*number, given.name(called(kind), ""))).collect();
    let mut printer = Printer { catalog, type_names: &type_names, text: String::new(), left_out: Vec::new() };
    let _ = writeln!(printer.text, "realtime: 1\nname: {name}\ntypes:");
    for (number, kind) in &named {
        printer.named(&type_names[number], kind);
    }
    for (table, row) in catalog.tables.iter().zip(&rows) {
        let label = format!("{}.{}", table.schema, table.name);
        let description = table.comment.clone().unwrap_or_else(|| format!("A row of `{label}`."));
        printer.object(row, &description, &table.columns, Some(&label));
    }
    printer.text.push_str("channels:\n");
    let mut setup = Vec::new();
    for ((table, row), base) in catalog.tables.iter().zip(&rows).zip(&bases) {
        let _ = writeln!(
            printer.text,
            "  {base}:\n    description: {}\n    events:",
            quoted(&format!("What happens to `{}.{}`.", table.schema, table.name))
        );
        for (operation, _, description) in OPERATIONS {
            // A truncation names no row.
            let payload = if operation == "truncate" { String::new() } else { format!(", payload: {{ $ref: \"#/types/{row}\" }}") };
            let _ = writeln!(printer.text, "      {base}.{operation}: {{ description: {description:?}{payload} }}");
        }
        setup.push(format!(".table({})", setting(table, base)));
    }
    Scaffold { schema: printer.text, setup, left_out: printer.left_out }
}

/// How the plugin is told of a table.
fn setting(table: &Table, base: &str) -> String {
    if table.schema == "public" && table.name == base {
        return format!("{:?}", table.name);
    }
    let mut text = format!("Table::new({:?})", table.name);
    if table.schema != "public" {
        let _ = write!(text, ".schema({:?})", table.schema);
    }
    if table.name != base {
        let _ = write!(text, ".channel({base:?})");
        for (operation, variant, _) in OPERATIONS {
            let _ = write!(text, ".event(Operation::{variant}, \"{base}.{operation}\")");
        }
    }
    text
}

fn called(kind: &Kind) -> &str {
    match kind {
        Kind::Enum { name, .. } | Kind::Composite { name, .. } | Kind::Base(name) => name,
        _ => "value",
    }
}

struct Printer<'a> {
    catalog: &'a Catalog,
    type_names: &'a BTreeMap<u32, String>,
    text: String,
    left_out: Vec<String>,
}

impl Printer<'_> {
    fn named(&mut self, name: &str, kind: &Kind) {
        match kind {
            Kind::Enum { labels, .. } => {
                let labels: Vec<String> = labels.iter().map(|label| quoted(label)).collect();
                // A value that is added to the enumeration later must not keep its rows from arriving.
                let _ = writeln!(self.text, "  {name}: {{ type: string, enum: [{}], x-open: true }}", labels.join(", "));
            }
            Kind::Composite { attributes, name: composite } => {
                self.object(name, &format!("A value of the type `{composite}`."), attributes, None);
            }
            _ => {}
        }
    }

    /// An object. `label` names the table, where it is one.
    fn object(&mut self, name: &str, description: &str, columns: &[Column], label: Option<&str>) {
        let fields = naming::fields(columns);
        let kept: Vec<(&Column, &String)> =
            columns.iter().zip(&fields).filter_map(|(column, field)| Some((column, field.as_ref()?))).collect();
        let left = columns.iter().zip(&fields).filter(|(_, field)| field.is_none());
        self.left_out.extend(left.map(|(column, _)| format!("{}.{}", label.unwrap_or(name), column.name)));
        let required: Vec<String> = kept.iter().map(|(_, field)| quoted(field)).collect();
        let _ = writeln!(
            self.text,
            "  {name}:\n    description: {}\n    type: object\n    required: [{}]\n    properties:",
            quoted(description),
            required.join(", ")
        );
        if kept.is_empty() {
            // A table may have no columns at all.
            self.text.truncate(self.text.trim_end_matches("\n    properties:\n").len());
            self.text.push('\n');
        }
        for (column, field) in kept {
            let (shape, nullable) = shape::of(self.catalog, column, &mut Named::new());
            let said = column.comment.as_ref().map_or_else(String::new, |comment| format!("description: {}, ", quoted(comment)));
            let _ = writeln!(self.text, "      {}: {{ {said}{} }}", quoted(field), self.keywords(&shape, nullable).trim());
        }
    }

    /// The keywords of a type, as they stand between braces.
    fn keywords(&self, shape: &Shape, nullable: bool) -> String {
        match shape {
            // Any JSON may be null.
            Shape::Any => String::new(),
            Shape::Plain(keywords) if nullable => {
                let (ty, rest) = keywords.split_once(',').map_or((keywords.as_str(), ""), |(ty, rest)| (ty, rest));
                let rest = if rest.is_empty() { String::new() } else { format!(",{rest}") };
                format!("type: [{ty}, \"null\"]{rest}")
            }
            Shape::Plain(keywords) => format!("type: {keywords}"),
            Shape::List(items) => {
                let ty = if nullable { "[array, \"null\"]" } else { "array" };
                format!("type: {ty}, items: {{ {} }}", self.keywords(items, true))
            }
            Shape::Named(number) => {
                let reference = format!("$ref: \"#/types/{}\"", self.type_names[number]);
                if nullable { format!("oneOf: [{{ {reference} }}, {{ type: \"null\" }}]") } else { reference }
            }
        }
    }
}

/// As JSON, which is YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
