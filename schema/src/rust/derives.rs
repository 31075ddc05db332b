//! Items that carry a derive each, and the `contract!` that joins them.
//!
//! What a derive sees is one item: every name in it may be a type that is defined elsewhere. What `contract!` sees are all of them, as they were written, so
//! that the contract is read by the same code as that of a module.

use std::ops::Range;

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::{Attribute, Item, Path, PathSegment, Token};

use super::attributes::{self, Argument, Value};
use super::items::has;
use super::types::{World, is_taken};
use super::{Module, Spot, contract_name, read};
use crate::Contract;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity, did_you_mean};

/// What is derived for an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derived {
    /// A payload type, a call, or part of a connection.
    Payload,
    /// An event.
    Event,
    /// A channel.
    Channel,
}

impl Derived {
    const ALL: [(&'static str, Self); 3] = [("Payload", Self::Payload), ("Event", Self::Event), ("Channel", Self::Channel)];

    /// What is derived among these attributes, and where.
    fn among(attributes: &[Attribute]) -> Option<Self> {
        let lists = attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("derive"))
            .filter_map(|attribute| attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).ok());
        lists.flatten().find_map(|path| {
            let name = path.segments.last()?.ident.to_string();
            Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, derived)| *derived)
        })
    }
}

/// Parses one item that carries a derive. The contract says what this item adds to one, as far as the item itself tells.
pub fn parse_item(item: &Item, derived: Derived) -> Module {
    let mut diagnostics = Diagnostics::default();
    if let Some((ident, attributes)) = named(item) {
        role(ident, attributes, derived, &mut diagnostics);
    }
    read(None, [item], World::Item, diagnostics)
}

/// Reports a derive that does not fit the attribute beside it, and a name that already means something.
fn role(ident: &syn::Ident, attributes: &[Attribute], derived: Derived, diagnostics: &mut Diagnostics<Spot>) {
    let (event, channel) = (has(attributes, "event"), has(attributes, "channel"));
    let name = ident.unraw().to_string();
    let missing = match derived {
        Derived::Event if !event => Some("write `#[event(\"name\")]` below the derive"),
        Derived::Channel if !channel => Some("write `#[channel(\"pattern\", events(…))]` below the derive"),
        Derived::Payload if event => Some("derive `Event`"),
        Derived::Payload if channel => Some("derive `Channel`"),
        _ => None,
    };
    if let Some(help) = missing {
        let message = format!("what is derived for `{name}` and its attributes do not fit");
        diagnostics.push(Diagnostic::error(Code::WrongAttribute, ident.span(), message).help(help));
    }
    if is_taken(&name) {
        let error = Diagnostic::error(Code::BadName, ident.span(), format!("`{name}` already means something in a payload"));
        diagnostics.push(error.help("choose another name, or put the item into a module with `#[realtime_events]`"));
    }
}

/// The items that a `contract!(name = "…", Chat, chat::MessageSent)` lists.
pub fn listed(arguments: TokenStream) -> Vec<Path> {
    split(arguments, &mut Diagnostics::default()).1
}

fn split(arguments: TokenStream, diagnostics: &mut Diagnostics<Spot>) -> (Vec<Argument>, Vec<Path>) {
    let (mut rest, mut paths) = (Vec::new(), Vec::new());
    for argument in attributes::arguments(arguments, diagnostics) {
        match argument {
            Argument { key: Some(path), value: Value::Nothing, .. } => paths.push(path),
            other => rest.push(other),
        }
    }
    (rest, paths)
}

/// Parses a `contract!(arguments)` with the items that it lists, in the same order.
pub fn parse_list(arguments: TokenStream, items: &[Item]) -> Module {
    let mut diagnostics = Diagnostics::default();
    let (arguments, _) = split(arguments, &mut diagnostics);
    let place = (Span::call_site().into(), "contract!(name = \"acme-live\", …)");
    let name = contract_name(arguments, place, &mut diagnostics);
    read(name, items, World::List, diagnostics)
}

/// Parses the `contract!` among these items of a file, with the items that it lists, wherever they stand in it. Nothing if there is none.
pub fn parse_derived(items: &[Item]) -> Option<Module> {
    let mut found = Found::default();
    found.collect(items, &mut Vec::new());
    let (first, rest) = found.contracts.split_first()?;
    let mut diagnostics = Diagnostics::default();
    for second in rest {
        let error = Diagnostic::error(Code::NotAModule, Spot::of(&second.path), "a second contract begins here").label("second");
        diagnostics.push(error.also(Spot::of(&first.path), "first").help("put each contract into files of its own"));
    }
    let mut list: Vec<Item> = Vec::new();
    for path in split(first.tokens.clone(), &mut diagnostics).1 {
        let Some((_, item, derived)) = found.item(&path) else {
            let name = path.segments.last().map(|last| last.ident.unraw().to_string()).unwrap_or_default();
            let nearest = did_you_mean(&name, found.items.iter().filter_map(|(way, _, _)| way.last()).map(String::as_str));
            let message = format!("`{name}` is not an item of these files that derives `Payload`, `Event` or `Channel`");
            let error = Diagnostic::error(Code::UnknownType, Spot::of(&path), message);
            diagnostics.push(error.help("name the file that defines it as well").maybe_help(nearest));
            continue;
        };
        let alone = parse_item(item, *derived).diagnostics;
        alone.iter().filter(|found| found.severity == Severity::Error).for_each(|found| diagnostics.push(found.clone()));
        list.push((*item).clone());
    }
    // What an item says of itself is not said again by the whole.
    if diagnostics.has_errors() {
        return Some(Module { contract: Contract::default(), diagnostics, surface: Vec::new() });
    }
    Some(parse_list(first.tokens.clone(), &list))
}

/// What a file holds of this.
#[derive(Default)]
struct Found<'a> {
    contracts: Vec<&'a syn::Macro>,
    /// The items with a derive, by the modules that lead to them and their own name.
    items: Vec<(Vec<String>, &'a Item, Derived)>,
}

impl<'a> Found<'a> {
    /// The item that a path names; by its last name alone where a re-export hides the rest.
    fn item(&self, path: &Path) -> Option<&(Vec<String>, &'a Item, Derived)> {
        let named = || self.items.iter().filter(|(way, _, _)| ends_with(way, path.segments.iter().skip(path.segments.len() - 1)));
        self.items
            .iter()
            .find(|(way, _, _)| ends_with(way, path.segments.iter()))
            .or_else(|| named().next().filter(|_| named().count() == 1))
    }

    fn collect(&mut self, items: &'a [Item], way: &mut Vec<String>) {
        for item in items {
            if let Item::Macro(item) = item
                && item.mac.path.segments.last().is_some_and(|last| last.ident == "contract")
            {
                self.contracts.push(&item.mac);
            }
            if let Item::Mod(module) = item
                && let Some((_, inner)) = &module.content
            {
                let name = module.ident.unraw().to_string();
                if name.starts_with(FILE) {
                    self.collect(inner, way);
                } else {
                    way.push(name);
                    self.collect(inner, way);
                    way.pop();
                }
            }
            if let Some((ident, attributes)) = named(item)
                && let Some(derived) = Derived::among(attributes)
            {
                let mut path = way.clone();
                path.push(ident.unraw().to_string());
                self.items.push((path, item, derived));
            }
        }
    }
}

/// Whether an item that stands at `way` may be what a path names: the last names are the same.
fn ends_with<'a>(way: &[String], path: impl Iterator<Item = &'a PathSegment>) -> bool {
    let names = path.map(|segment| segment.ident.unraw().to_string());
    let names: Vec<String> = names.filter(|name| !["crate", "self", "super"].contains(&name.as_str())).collect();
    // A file may be a module itself, whose name is not in it.
    let common = names.len().min(way.len());
    !names.is_empty() && way[way.len() - common..] == names[names.len() - common..]
}

/// What the modules begin with that [`join`] makes of files.
const FILE: &str = "__tidewire_file_";

/// Several files as one text.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The text: each file in a module of its own, so that it may begin as a file may.
    pub text: String,
    /// Where each file begins in the text, and where it ends.
    files: Vec<Range<usize>>,
}

/// Makes one text of several files, for [`parse_derived`] to read the items of all of them. Each of them has to be a whole file of Rust.
pub fn join(sources: &[&str]) -> Joined {
    let mut joined = Joined { text: String::new(), files: Vec::new() };
    for (at, source) in sources.iter().enumerate() {
        joined.text.extend(["mod ", FILE, &at.to_string(), " {\n"]);
        let start = joined.text.len();
        // A byte order mark means something at the beginning alone; spaces keep the places.
        joined.text.push_str(&source.replacen('\u{feff}', "   ", usize::from(source.starts_with('\u{feff}'))));
        joined.files.push(start..joined.text.len());
        joined.text.push_str("\n}\n");
    }
    joined
}

impl Joined {
    /// The file that a place of the text belongs to, and the place in that file.
    pub fn place(&self, byte: usize) -> Option<(usize, usize)> {
        let at = self.files.partition_point(|file| file.end < byte);
        self.files.get(at).filter(|file| file.start <= byte).map(|file| (at, byte - file.start))
    }
}

fn named(item: &Item) -> Option<(&syn::Ident, &[Attribute])> {
    match item {
        Item::Struct(item) => Some((&item.ident, &item.attrs)),
        Item::Enum(item) => Some((&item.ident, &item.attrs)),
        _ => None,
    }
}
