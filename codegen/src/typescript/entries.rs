//! The entries of the package: `index`, one for each framework, `testing`, `validators`, and the files that are data.

use tidewire_schema::Contract;

use super::declaration::{Declaration, Kind, Local, Module};
use super::literal::Literal;
use super::{Emit, Form, contract};

/// Types of the runtime, bound to the contract's channels: name, type parameters, definition, documentation.
const BOUND: [(&str, &str, &str, &str); 9] = [
    ("Client", "", "runtime.Client<{}>", "A client of this contract, as `createClient` makes it."),
    (
        "Member",
        "<P extends runtime.PresencePattern<Channels>>",
        "runtime.Member<runtime.PresenceState<Channels, P>>",
        "A member of a channel, as its presence shows it.",
    ),
    (
        "Presence",
        "<P extends runtime.PresencePattern<Channels>>",
        "runtime.Presence<runtime.PresenceState<Channels, P>>",
        "Who is on a channel.",
    ),
    ("LiveData", "<Q extends keyof LiveQueries>", "LiveQueries[Q][\"data\"]", "What a live query yields."),
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
const TYPES: [&str; 29] = [
    "CallOptions",
    "ClientOptions",
    "Denied",
    "Dropped",
    "EventValidator",
    "Gap",
    "Handler",
    "HistoryPage",
    "HistoryQuery",
    "Issue",
    "Link",
    "LinkEnd",
    "LinkHandlers",
    "Meta",
    "OpenRequest",
    "OutgoingFrame",
    "PublishOptions",
    "Published",
    "Revoked",
    "SharedTabsOptions",
    "Status",
    "StatusReason",
    "StatusSnapshot",
    "Subscribed",
    "SubscribedChannel",
    "TabSharing",
    "TokenSource",
    "Transport",
    "Unknown",
];

/// More of them, where the contract has live queries.
const LIVE_TYPES: [&str; 6] = ["LiveError", "LiveOptions", "LiveQuery", "LiveState", "LiveStatus", "LiveView"];

/// Values of the runtime that are the same for every contract.
const VALUES: [&str; 8] =
    ["AddressError", "ChannelLimitError", "PayloadError", "RefusedError", "codes", "gapReasons", "sharedTabs", "validator"];

/// The entry of a framework: a binding of the runtime, with what it gives.
struct Framework {
    /// The name of the entry, and of the module of the runtime.
    entry: &'static str,
    /// The package that provides the framework, and the versions of it that work.
    peer: (&'static str, &'static str),
    /// What the function and the type of the runtime are called after.
    name: &'static str,
    /// What the function takes.
    argument: Option<&'static str>,
    /// What asks for a live query, where the contract has some.
    live: &'static str,
    values: &'static [(&'static str, &'static str)],
}

const FRAMEWORKS: [Framework; 4] = [
    Framework {
        entry: "react",
        peer: ("react", ">=18"),
        name: "React",
        argument: None,
        live: "useLive",
        values: &[
            ("RealtimeProvider", "Hands a client to the components below it."),
            ("useChannel", "Subscribes a component to the events of one channel, and publishes on it."),
            ("useClient", "The client of the nearest provider."),
            ("useEvent", "Subscribes a component to one event of one channel; the server sends no other."),
            ("useMember", "One member of a channel, whose changes alone are told."),
            ("usePresence", "Who is on a channel, with what they show of themselves; and shows this client there."),
            ("useRealtime", "Subscribes a component to events of several channels, through one handler."),
            ("useStatus", "The state of the connection; the component renders again when it changes."),
        ],
    },
    Framework {
        entry: "solid",
        peer: ("solid-js", ">=1.8"),
        name: "Solid",
        argument: None,
        live: "useLive",
        values: &[
            ("RealtimeProvider", "Hands a client to the components below it."),
            ("useChannel", "Subscribes a component to the events of one channel, and publishes on it."),
            ("useClient", "The client of the nearest provider."),
            ("useEvent", "Subscribes a component to one event of one channel; the server sends no other."),
            ("useMember", "One member of a channel, whose changes alone are told."),
            ("usePresence", "Who is on a channel, with what they show of themselves; and shows this client there."),
            ("useRealtime", "Subscribes a component to events of several channels, through one handler."),
            ("useStatus", "The state of the connection."),
        ],
    },
    Framework {
        entry: "svelte",
        peer: ("svelte", ">=5.7"),
        name: "Svelte",
        argument: Some("createClient"),
        live: "createLive",
        values: &[
            ("createChannel", "Subscribes a component to the events of one channel, and publishes on it."),
            ("createMember", "One member of a channel, whose changes alone are told."),
            ("createPresence", "Who is on a channel, with what they show of themselves; and shows this client there."),
            ("createRealtime", "Subscribes a component to events of several channels, through one handler."),
            ("createStatus", "The state of the connection."),
            ("getRealtimeContext", "The client of the nearest component around this one that provides one."),
            ("onEvent", "Subscribes a component to one event of one channel; the server sends no other."),
            ("provideRealtime", "Hands a client to this component and those below it; one that is made here is closed with the component."),
        ],
    },
    Framework {
        entry: "vue",
        peer: ("vue", ">=3.3"),
        name: "Vue",
        argument: None,
        live: "useLive",
        values: &[
            ("provideRealtime", "Hands a client to the components below this one."),
            ("realtimePlugin", "Hands a client to every component of an application: `app.use(realtimePlugin, client)`."),
            ("useChannel", "Subscribes a component to the events of one channel, and publishes on it."),
            ("useClient", "The client that was provided."),
            ("useEvent", "Subscribes a component to one event of one channel; the server sends no other."),
            ("useMember", "One member of a channel, whose changes alone are told."),
            ("usePresence", "Who is on a channel, with what they show of themselves; and shows this client there."),
            ("useRealtime", "Subscribes a component to events of several channels, through one handler."),
            ("useStatus", "The state of the connection."),
        ],
    },
];

/// The modules of the runtime that name a package which may not be there. In sources, too, they are modules with declarations, which name none:
/// sources are compiled by whoever has them, with or without the framework. React's are sources, as they always were.
pub(super) const FOREIGN: [&str; 6] = ["live/solid", "live/svelte", "live/vue", "solid", "svelte", "vue"];

/// The main entry. A type of the contract that has the name of one of ours wins: ours is still in `./runtime/index.js`.
pub(super) fn index(contract: &Contract) -> Module {
    let free = |name: &str| contract.type_named(name).is_none();
    let list = |names: &[&str]| names.iter().copied().filter(|name| free(name)).collect::<Vec<_>>().join(", ");
    let has_live_data = contract::has_live(contract) && free("LiveData");
    let mut shared = TYPES.to_vec();
    if contract::has_live(contract) {
        shared.extend(LIVE_TYPES);
        shared.sort_unstable();
    }
    let types = vec![
        format!(
            "import type {{ {}{} }} from \"./contract.js\";",
            contract::arguments(contract),
            if has_live_data { ", LiveQueries" } else { "" }
        ),
        "import type * as runtime from \"./runtime/index.js\";".to_owned(),
        format!("export type {{ {} }} from \"./runtime/index.js\";", list(&shared)),
    ];
    let values = vec![
        "import { contract } from \"./contract.js\";".to_owned(),
        format!("import {{ {} }} from \"./runtime/index.js\";", imported(contract, &["addressBuilder", "clientFactory"])),
        "export * from \"./contract.js\";".to_owned(),
        format!("export {{ {} }} from \"./runtime/index.js\";", list(&VALUES)),
    ];
    let mut declarations = vec![
        constant(
            "createClient",
            "Makes a client of this contract; `url` is where the service mounts `realtime.router()`.\n\nIt connects with the first subscription, or with the first event to publish, and disconnects with the last.",
            &format!("runtime.CreateClient<{}>", contract::arguments(contract)),
            &format!("/* @__PURE__ */ clientFactory(contract{})", extras(contract)),
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
    let arguments = contract::arguments(contract);
    let is_there = |name: &str| match name {
        "LiveData" => contract::has_live(contract),
        "Member" | "Presence" => contract::has_presence(contract),
        _ => true,
    };
    let free = BOUND.into_iter().filter(move |(name, ..)| contract.type_named(name).is_none() && is_there(name));
    free.map(move |(name, parameters, ty, documentation)| Declaration {
        documentation: documentation.into(),
        name: format!("{name}{parameters}"),
        kind: Kind::Alias(ty.replace("{}", arguments)),
    })
}

/// What clients do besides subscribing and publishing, as far as the contract needs it, in the order of the names.
fn extensions(contract: &Contract) -> Vec<&'static str> {
    let known = [
        (contract::has_exchange(contract), "exchange"),
        (contract::has_live(contract), "liveQueries"),
        (contract::has_presence(contract), "presences"),
    ];
    known.into_iter().filter_map(|(is_there, name)| is_there.then_some(name)).collect()
}

/// The rest of the arguments of a factory.
fn extras(contract: &Contract) -> String {
    let opening = if contract::has_exchange(contract) { ", openingOf" } else { "" };
    match extensions(contract).as_slice() {
        [] => String::new(),
        names => format!(", {{ extensions: [{}]{opening} }}", names.join(", ")),
    }
}

/// The names that a module imports, those of [`extras`] among them.
fn imported(contract: &Contract, always: &[&str]) -> String {
    let mut names = always.to_vec();
    names.extend(extensions(contract));
    names.extend(contract::has_exchange(contract).then_some("openingOf"));
    names.sort_unstable();
    names.join(", ")
}

/// The entries of the frameworks, by their names.
pub(super) fn frameworks(contract: &Contract) -> impl Iterator<Item = (&'static str, Module)> {
    let arguments = contract::arguments(contract);
    let has_live = contract::has_live(contract);
    FRAMEWORKS.iter().map(move |framework| (framework.entry, module(framework, arguments, has_live)))
}

fn module(&Framework { entry, name, argument, live, values: exports, .. }: &Framework, arguments: &str, has_live: bool) -> Module {
    let mut types = vec![
        format!("import type {{ {arguments} }} from \"./contract.js\";"),
        format!("import type {{ {name}Bindings }} from \"./runtime/{entry}.js\";"),
    ];
    let mut values = Vec::new();
    if let Some(argument) = argument {
        values.push(format!("import {{ {argument} }} from \"./index.js\";"));
    }
    values.push(format!("import {{ bind{name} }} from \"./runtime/{entry}.js\";"));
    values.push(format!("export {{ MissingProviderError }} from \"./runtime/{entry}.js\";"));
    let mut declarations: Vec<Declaration> = exports
        .iter()
        .map(|(export, documentation)| {
            constant(export, documentation, &format!("{name}Bindings<{arguments}>[\"{export}\"]"), &format!("bindings.{export}"))
        })
        .collect();
    if has_live {
        types.push(format!("import type {{ {name}Live }} from \"./runtime/live/{entry}.js\";"));
        values.push(format!("import {{ bind{name}Live }} from \"./runtime/live/{entry}.js\";"));
        let documentation =
            "A value that the service loads, and again after each event of its channel; asked for as long as the component is there.";
        declarations.push(constant(
            live,
            documentation,
            &format!("{name}Live<{arguments}>"),
            &format!("/* @__PURE__ */ bind{name}Live(bindings)"),
        ));
    }
    let value = Literal::Expression(format!("bind{name}({})", argument.unwrap_or_default()));
    let locals = vec![Local { name: "bindings".to_owned(), ty: format!("{name}Bindings<{arguments}>"), value }];
    Module { values, types, locals, declarations, ..Module::default() }
}

/// The entry of who checks payloads and needs no client: forms, and services that are not in Rust.
pub(super) fn validators() -> Module {
    Module {
        types: vec![
            "export type { Issue, IssueCode } from \"./runtime/issues.js\";".to_owned(),
            "export type { EventValidator } from \"./runtime/standard.js\";".to_owned(),
        ],
        values: vec![
            "export { contract } from \"./contract.js\";".to_owned(),
            "export { validator } from \"./runtime/standard.js\";".to_owned(),
        ],
        ..Module::default()
    }
}

/// The entry for an application's own tests.
pub(super) fn testing(contract: &Contract) -> Module {
    let arguments = contract::arguments(contract);
    let types = vec![
        format!("import type {{ {arguments} }} from \"./contract.js\";"),
        "import type { CreateTestServer } from \"./runtime/testing.js\";".to_owned(),
        "export type { ClientEvent, ErrorName, TestChannel, TestClientOptions, TestConnection, TestPublishOptions, TestServer } from \"./runtime/testing.js\";".to_owned(),
    ];
    let mut values = vec![
        "import { contract } from \"./contract.js\";".to_owned(),
        "import { testServerFactory } from \"./runtime/testing.js\";".to_owned(),
    ];
    let create = constant(
        "createTestServer",
        "Makes a server in memory for tests: its clients are those that a page uses, and what it sends, refuses and loses is in the hands of the test.",
        &format!("CreateTestServer<{arguments}>"),
        &format!("/* @__PURE__ */ testServerFactory(contract{})", extras(contract)),
    );
    let extensions = imported(contract, &[]);
    if !extensions.is_empty() {
        values.insert(1, format!("import {{ {extensions} }} from \"./runtime/index.js\";"));
    }
    Module { values, types, declarations: vec![create], ..Module::default() }
}

/// The entry of other services: they publish, read and revoke over HTTP, and sign tokens.
pub(super) fn server() -> Module {
    let types = vec![
        "import type { Channels } from \"./contract.js\";".to_owned(),
        "import type { CreateAuthHandler, CreateServer } from \"./runtime/server.js\";".to_owned(),
        "export type { AuthHandlerOptions, AuthRequest, AuthResponse, Granted, Revocation, Server, ServerChannel, ServerEvent, ServerOptions, ServerPublishOptions, TokenGrant } from \"./runtime/server.js\";".to_owned(),
    ];
    let values = vec![
        "import { contract } from \"./contract.js\";".to_owned(),
        "import { authHandlerFactory, serverFactory } from \"./runtime/server.js\";".to_owned(),
    ];
    let declarations = vec![
        constant(
            "createServer",
            "Reaches the service from another one: `url` is where it mounts `realtime.router()`, `key` is one of its service keys.",
            "CreateServer<Channels>",
            "/* @__PURE__ */ serverFactory(contract)",
        ),
        constant(
            "createAuthHandler",
            "Makes a handler of `POST` requests that answers tokens of the service, from `Request` to `Response`.",
            "CreateAuthHandler<Channels>",
            "/* @__PURE__ */ authHandlerFactory(contract)",
        ),
    ];
    Module { values, types, declarations, ..Module::default() }
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
    let entry = |name: &str| format!("    \"./{name}\": {{ \"types\": \"./{name}.{types}\", \"default\": \"./{name}.{default}\" }},\n");
    let entries: String =
        FRAMEWORKS.iter().map(|framework| entry(framework.entry)).chain(["server", "testing", "validators"].map(entry)).collect();
    let peers = FRAMEWORKS.each_ref().map(|Framework { peer: (package, versions), .. }| format!("\"{package}\": \"{versions}\""));
    let optional = FRAMEWORKS.each_ref().map(|Framework { peer: (package, _), .. }| format!("\"{package}\": {{ \"optional\": true }}"));
    format!(
        r#"{{
  "name": "{}",
  "version": "0.0.0",
  "private": true,
  "type": "module",
  "sideEffects": false,
  "exports": {{
    ".": {{ "types": "./index.{types}", "default": "./index.{default}" }},
{entries}    "./contract.json": "./contract.json"
  }},
  "peerDependencies": {{ {} }},
  "peerDependenciesMeta": {{ {} }},
  "engines": {{ "node": ">=20" }}
}}
"#,
        contract.name,
        peers.join(", "),
        optional.join(", ")
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
