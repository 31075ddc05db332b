//! The procedural macros of Tidewire. Use them through the `tidewire` crate, which documents them.

mod expand;

use proc_macro::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::{Item, ItemMod, braced};
use tidewire_schema::rust::{self, Derived};

/// Compiles a module of event definitions; documented at `tidewire::realtime_events`.
#[proc_macro_attribute]
pub fn realtime_events(arguments: TokenStream, item: TokenStream) -> TokenStream {
    // The compiler has read the item already; the parser here would run out of stack first.
    if let Some(found) = rust::too_deep(&item.clone().into()).or_else(|| rust::too_deep(&arguments.clone().into())) {
        return expand::error(&found).into();
    }
    match syn::parse::<Item>(item.clone()) {
        Ok(Item::Mod(module)) => module_tokens(arguments, module),
        Ok(_) => with_error(
            "[TW0006] `#[realtime_events]` stands on a module\nhelp: write `#[realtime_events(name = \"…\")] pub mod live { … }`, or derive `Payload`, `Event` or `Channel` for an item alone",
            item,
        ),
        Err(error) => error.into_compile_error().into(),
    }
}

/// Makes an item a payload type; documented at `tidewire::Payload`.
#[proc_macro_derive(Payload, attributes(call, connection, rt, serde))]
pub fn payload(item: TokenStream) -> TokenStream {
    derive(item, Derived::Payload)
}

/// Makes an item an event; documented at `tidewire::Payload`.
#[proc_macro_derive(Event, attributes(event, rt, serde))]
pub fn event(item: TokenStream) -> TokenStream {
    derive(item, Derived::Event)
}

/// Makes a struct a channel; documented at `tidewire::Payload`.
#[proc_macro_derive(Channel, attributes(channel, rt, serde))]
pub fn channel(item: TokenStream) -> TokenStream {
    derive(item, Derived::Channel)
}

/// Joins items that carry derives into one contract; documented at `tidewire::contract`.
#[proc_macro]
pub fn contract(arguments: TokenStream) -> TokenStream {
    let arguments = arguments.into();
    expand::collect(&arguments, &rust::listed(arguments.clone())).into()
}

/// The end of `contract!`, where every item is known.
#[doc(hidden)]
#[proc_macro]
pub fn contract_items(input: TokenStream) -> TokenStream {
    match syn::parse::<Collected>(input) {
        Ok(Collected { arguments, items }) => {
            let paths = rust::listed(arguments.clone());
            let whole: Vec<Item> = items.iter().flatten().cloned().collect();
            let parsed = rust::parse_list(arguments, &whole);
            expand::joined(&paths, &items, &parsed).into()
        }
        Err(error) => error.into_compile_error().into(),
    }
}

/// What the items' macros have collected.
struct Collected {
    arguments: proc_macro2::TokenStream,
    /// Nothing where an item has errors of its own.
    items: Vec<Option<Item>>,
}

impl Parse for Collected {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (arguments, list);
        braced!(arguments in input);
        braced!(list in input);
        let mut items = Vec::new();
        while !list.is_empty() {
            let item;
            braced!(item in list);
            items.push(if item.is_empty() { None } else { Some(item.parse()?) });
        }
        Ok(Self { arguments: arguments.parse()?, items })
    }
}

fn derive(item: TokenStream, derived: Derived) -> TokenStream {
    match syn::parse::<Item>(item) {
        Ok(item) => expand::item(&item, &rust::parse_item(&item, derived)).into(),
        Err(error) => error.into_compile_error().into(),
    }
}

fn module_tokens(arguments: TokenStream, module: ItemMod) -> TokenStream {
    let parsed = rust::parse(arguments.into(), &module);
    expand::module(module, &parsed).into()
}

/// The item as it was, behind an error: whoever uses it should not see a second one.
fn with_error(message: &str, item: TokenStream) -> TokenStream {
    let mut tokens: TokenStream = syn::Error::new(proc_macro2::Span::call_site(), message).into_compile_error().into();
    tokens.extend(item);
    tokens
}
