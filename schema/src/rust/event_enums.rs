//! The enums that the macro makes of each channel's events: what they are called.

use proc_macro2::Ident;
use quote::format_ident;
use syn::ext::IdentExt as _;
use syn::{Item, UseTree};

use super::Spot;
use super::surface::Surface;
use super::types::{Known, World};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// What the enum of a channel's events is called, unless the channel says otherwise.
pub(super) fn usual(channel: &Ident) -> Ident {
    format_ident!("{}Event", channel.unraw(), span = channel.span())
}

/// Reports enums of events that would be called like something else. Only a module knows what stands beside a channel.
pub(super) fn check(items: &[&Item], known: &Known, surface: &mut [Surface], diagnostics: &mut Diagnostics<Spot>) {
    if known.world != World::Module {
        return;
    }
    let mut taken: Vec<(String, Spot)> = items.iter().flat_map(|item| names_of(item)).collect();
    for (item, surface) in items.iter().zip(surface) {
        let (Item::Struct(item), Surface::Channel(channel)) = (item, surface) else { continue };
        let Some(ident) = &channel.event_enum else { continue };
        let (name, span) = (ident.unraw().to_string(), ident.span());
        if let Some((_, other)) = taken.iter().find(|(taken, _)| *taken == name) {
            let message = format!("the enum of the events of `{}` would be called `{name}`", item.ident.unraw());
            let error = Diagnostic::error(Code::DuplicateType, span, message).also(*other, "this is called so");
            diagnostics.push(error.help("give the enum another name: `#[channel(\"…\", event_enum = Name)]`"));
            channel.event_enum = None;
        }
        taken.push((name, span.into()));
    }
}

/// The names of types that an item brings into its module.
fn names_of(item: &Item) -> Vec<(String, Spot)> {
    let named = |ident: &Ident| (ident.unraw().to_string(), ident.span().into());
    match item {
        Item::Struct(item) => vec![named(&item.ident)],
        Item::Enum(item) => vec![named(&item.ident)],
        Item::Type(item) => vec![named(&item.ident)],
        Item::Use(item) => imported(&item.tree).into_iter().map(named).collect(),
        _ => Vec::new(),
    }
}

fn imported(tree: &UseTree) -> Vec<&Ident> {
    match tree {
        UseTree::Path(path) => imported(&path.tree),
        UseTree::Name(name) => vec![&name.ident],
        UseTree::Rename(rename) => vec![&rename.rename],
        UseTree::Glob(_) => Vec::new(),
        UseTree::Group(group) => group.items.iter().flat_map(imported).collect(),
    }
}
