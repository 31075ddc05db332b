//! The procedural macros of Tidewire. Use them through the `tidewire` crate, which documents them.

mod expand;

use proc_macro::TokenStream;
use syn::{Item, ItemMod};
use tidewire_schema::rust;

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
            "[TW0006] `#[realtime_events]` stands on a module\nhelp: write `#[realtime_events(name = \"…\")] pub mod live { … }`",
            item,
        ),
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
