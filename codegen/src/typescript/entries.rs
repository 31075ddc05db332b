//! The entries of the package: `index`, `react`, and the files that are data.

use tidewire_schema::Contract;

use super::declaration::{Declaration, Kind, Local, Module};
use super::literal::Literal;
use super::{Emit, Form, contract};

/// Types of the runtime, bound to the contract's channels: name, type parameters, definition, documentation.
const BOUND: [(&str, &str, &str, &str); 6] = [
    ("Client", "", "runtime.Client<Channels>", "A client of this contract, as `createClient` makes it."),
    ("Pattern", "", "keyof Channels", "The patterns of the channels."),
    ("Params", "<P extends keyof Channels>", "Channels[P][\"params\"]", "The parameters of a channel; `undefined` where it has none."),
    ("Events", "<P extends keyof Channels>", "Channels[P][\"events\"]", "The events of a channel: payloads by name, `void` for a signal."),
    (
        "Payload",
        "<P extends keyof Channels, E extends keyof Channels[P][\"events\"]>",
        "Channels[P][\"events\"][E]",
        "What an event of a channel carries.",
    ),
    (
        "ChannelEvent",
        "<P extends keyof Channels>",
        "runtime.ChannelEvent<Channels, P>",
        "The events of a channel as a union that `event` tells apart, as `onAny` and `history` hand them out.",
    ),
];

/// Types of the runtime that are the same for every contract.
const TYPES: [&str; 17] = [
    "ClientOptions",
    "Denied",
    "Dropped",
    "EventValidator",
    "Gap",
    "Handler",
    "HistoryPage",
    "HistoryQuery",
    "Issue",
    "Meta",
    "PublishOptions",
    "Published",
    "Status",
    "StatusReason",
    "StatusSnapshot",
    "Subscribed",
    "Unknown",
];

/// Values of the runtime that are the same for every contract.
const VALUES: [&str; 7] = ["AddressError", "ChannelLimitError", "PayloadError", "RefusedError", "codes", "gapReasons", "validator"];

const REACT: [(&str, &str); 5] = [
    ("RealtimeProvider", "Hands a client to the components below it."),
    ("useChannel", "Subscribes a component to the events of one channel, and publishes on it."),
    ("useClient", "The client of the nearest provider."),
    ("useRealtime", "Subscribes a component to events of several channels, through one handler."),
    ("useStatus", "The state of the connection; the component renders again when it changes."),
];

/// The main entry. A type of the contract that has the name of one of ours wins: ours is still in `./runtime/index.js`.
pub(super) fn index(contract: &Contract) -> Module {
    let free = |name: &str| contract.type_named(name).is_none();
    let list = |names: &[&str]| names.iter().copied().filter(|name| free(name)).collect::<Vec<_>>().join(", ");
    let types = vec![
        "import type { Channels } from \"./contract.js\";".to_owned(),
        "import type * as runtime from \"./runtime/index.js\";".to_owned(),
        format!("export type {{ {} }} from \"./runtime/index.js\";", list(&TYPES)),
    ];
    let values = vec![
        "import { contract } from \"./contract.js\";".to_owned(),
        "import { addressBuilder, clientFactory } from \"./runtime/index.js\";".to_owned(),
        "export * from \"./contract.js\";".to_owned(),
        format!("export {{ {} }} from \"./runtime/index.js\";", list(&VALUES)),
    ];
    let mut declarations = vec![
        constant(
            "createClient",
            "Makes a client of this contract; `url` is where the service mounts `realtime.router()`.\n\nIt connects with the first subscription, or with the first event to publish, and disconnects with the last.",
            "runtime.CreateClient<Channels>",
            "/* @__PURE__ */ clientFactory(contract)",
        ),
        constant(
            "address",
            "The name of a channel: its pattern with the parameters filled in and encoded.",
            "runtime.AddressBuilder<Channels>",
            "/* @__PURE__ */ addressBuilder(contract)",
        ),
    ];
    declarations.extend(bound(contract));
    Module { values, types, declarations, ..Module::default() }
}

/// The only entry of a package of types: the contract's, and what is bound to them without a runtime.
pub(super) fn types(contract: &Contract) -> Module {
    let mut module = contract::types_alone(contract);
    module
        .declarations
        .extend(bound(contract).filter(|declaration| !matches!(&declaration.kind, Kind::Alias(ty) if ty.starts_with("runtime."))));
    module
}

/// The types of [`BOUND`] whose names are free.
fn bound(contract: &Contract) -> impl Iterator<Item = Declaration> {
    let free = BOUND.into_iter().filter(|(name, ..)| contract.type_named(name).is_none());
    free.map(|(name, parameters, ty, documentation)| Declaration {
        documentation: documentation.into(),
        name: format!("{name}{parameters}"),
        kind: Kind::Alias(ty.to_owned()),
    })
}

/// The React entry.
pub(super) fn react() -> Module {
    let types = vec![
        "import type { Channels } from \"./contract.js\";".to_owned(),
        "import type { ReactBindings } from \"./runtime/react.js\";".to_owned(),
    ];
    let values = vec![
        "import { bindReact } from \"./runtime/react.js\";".to_owned(),
        "export { MissingProviderError } from \"./runtime/react.js\";".to_owned(),
    ];
    let mut declarations = Vec::new();
    for (name, documentation) in REACT {
        declarations.push(constant(name, documentation, &format!("ReactBindings<Channels>[\"{name}\"]"), &format!("bindings.{name}")));
    }
    let value = Literal::Expression("bindReact()".to_owned());
    let locals = vec![Local { name: "bindings".to_owned(), ty: "ReactBindings<Channels>".to_owned(), value }];
    Module { values, types, locals, declarations, ..Module::default() }
}

fn constant(name: &str, documentation: &str, ty: &str, value: &str) -> Declaration {
    Declaration {
        documentation: documentation.into(),
        name: name.to_owned(),
        kind: Kind::Constant { ty: ty.to_owned(), value: Literal::Expression(value.to_owned()) },
    }
}

/// The contract as JSON, with its hash.
pub(super) fn contract_json(contract: &Contract) -> String {
    #[derive(serde::Serialize)]
    struct Document<'a> {
        hash: String,
        #[serde(flatten)]
        contract: &'a Contract,
    }
    let document = Document { hash: format!("{:032x}", contract.hash()), contract };
    // A contract is maps with text keys and numbers that JSON knows: nothing in it can fail to serialise.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// What package managers and bundlers read.
pub(super) fn package_json(contract: &Contract, Form { emit, types_only }: Form) -> String {
    if types_only {
        return types_json(contract, emit);
    }
    let (types, default) = (emit.declarations(), emit.code());
    format!(
        r#"{{
  "name": "{}",
  "version": "0.0.0",
  "private": true,
  "type": "module",
  "sideEffects": false,
  "exports": {{
    ".": {{ "types": "./index.{types}", "default": "./index.{default}" }},
    "./react": {{ "types": "./react.{types}", "default": "./react.{default}" }},
    "./contract.json": "./contract.json"
  }},
  "peerDependencies": {{ "react": ">=18" }},
  "peerDependenciesMeta": {{ "react": {{ "optional": true }} }},
  "engines": {{ "node": ">=20" }}
}}
"#,
        contract.name
    )
}

/// The same for a package of types.
fn types_json(contract: &Contract, emit: Emit) -> String {
    format!(
        r#"{{
  "name": "{}",
  "version": "0.0.0",
  "private": true,
  "type": "module",
  "sideEffects": false,
  "exports": {{
    ".": {{ "types": "./index.{}" }}
  }}
}}
"#,
        contract.name,
        emit.declarations()
    )
}
