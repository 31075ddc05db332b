//! `contract.js`: the contract as data, and its types. `enums.js`: what an application may want of it without all the rest.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tidewire_schema::{Call, Channel, Contract, Event, Field, History, LiveQuery, NamedType, Type};

use super::checks::{Checks, references};
use super::constraints::constraints;
use super::declaration::{Declaration, Kind, Module};
use super::documentation::Documentation;
use super::literal::{Literal, property, quoted};
use super::types::{alternatives, constant, expression, members};

/// The module that holds everything the contract says.
pub(super) fn module(contract: &Contract) -> Module {
    let mut checks = Checks::new(contract);
    let data = data(contract, &mut checks);
    let (mut values, locals) = checks.finish();
    let mut declarations = types(contract, |named| !is_enum(named));
    declarations.push(Declaration {
        documentation: format!("The contract `{}` as data.", contract.name).as_str().into(),
        name: "contract".to_owned(),
        kind: Kind::Constant { ty: format!("runtime.Contract<{}>", arguments(contract)), value: data },
    });
    let mut imports = vec!["import type * as runtime from \"./runtime/contract.js\";".to_owned()];
    let named = named_in(contract);
    let enums: Vec<&str> =
        contract.types.iter().filter(|ty| is_enum(ty)).map(|ty| ty.name.as_str()).filter(|name| named.contains(name)).collect();
    if !enums.is_empty() {
        imports.push(format!("import type {{ {} }} from \"./enums.js\";", enums.join(", ")));
    }
    if contract.types.iter().any(is_enum) {
        values.push("export * from \"./enums.js\";".to_owned());
    }
    let of_locals = [("checks", "checks.Check", "check"), ("defaults", "defaults.Fill", "defaults")];
    let of_locals = of_locals.into_iter().filter(|(_, ty, _)| locals.iter().any(|local| local.ty == *ty));
    let annotations = of_locals.map(|(name, _, file)| format!("import type * as {name} from \"./runtime/checks/{file}.js\";")).collect();
    Module { values, types: imports, annotations, locals, declarations }
}

/// The types alone, which need nothing but the name of what a later contract may bring.
pub(super) fn types_alone(contract: &Contract) -> Module {
    let mut declarations = types(contract, |_| true);
    declarations.retain(|declaration| !matches!(declaration.kind, Kind::Constant { .. }));
    let imports = if is_open(contract) { vec!["import type * as runtime from \"./unknown.js\";".to_owned()] } else { Vec::new() };
    Module { types: imports, declarations, ..Module::default() }
}

/// Whether a type says that a later contract may bring more variants.
pub(super) fn is_open(contract: &Contract) -> bool {
    fn has_open(ty: &Type) -> bool {
        matches!(ty, Type::Union { open: true, .. }) || ty.parts().into_iter().any(has_open)
    }
    printed(contract).any(has_open)
}

/// Whether something passes besides events that the client takes part in.
pub(super) fn has_exchange(contract: &Contract) -> bool {
    !contract.calls.is_empty() || contract.connection.opening.is_some() || contract.connection.greeting.is_some()
}

/// Whether some channel has members.
pub(super) fn has_presence(contract: &Contract) -> bool {
    contract.channels.iter().any(|channel| channel.presence.is_some())
}

/// Whether there are values that pages keep current.
pub(super) fn has_live(contract: &Contract) -> bool {
    !contract.live.is_empty()
}

/// What types of the runtime are bound to.
pub(super) fn arguments(contract: &Contract) -> &'static str {
    if has_exchange(contract) || has_live(contract) { "Channels, ConnectionTypes" } else { "Channels" }
}

/// The named types, the map of channels, and what passes besides events.
fn types(contract: &Contract, which: impl Fn(&NamedType) -> bool) -> Vec<Declaration> {
    let mut declarations: Vec<Declaration> = contract.types.iter().filter(|named| which(named)).flat_map(named_type).collect();
    declarations.push(Declaration {
        documentation: "Every channel by its pattern: its parameters, the events it carries, and which of them clients may publish.".into(),
        name: "Channels".to_owned(),
        kind: Kind::Interface(contract.channels.iter().map(|channel| channel_members(contract, channel)).collect()),
    });
    if has_live(contract) {
        declarations.push(Declaration {
            documentation:
                "Every live query by its name: the channel whose parameters it takes, what it takes besides, and what it yields.".into(),
            name: "LiveQueries".to_owned(),
            kind: Kind::Interface(contract.live.iter().map(live_members).collect()),
        });
    }
    if has_exchange(contract) || has_live(contract) {
        declarations.push(Declaration {
            documentation: "What passes between one client and the service besides events: calls of clients, calls that they answer, and what a connection begins with.".into(),
            name: "ConnectionTypes".to_owned(),
            kind: Kind::Interface(connection_members(contract)),
        });
    }
    declarations
}

/// Every type that [`types`] prints, enums apart.
fn printed(contract: &Contract) -> impl Iterator<Item = &Type> {
    let named = contract.types.iter().filter(|named| !is_enum(named)).map(|named| &named.ty);
    let params = contract.channels.iter().flat_map(|channel| &channel.params).map(|param| &param.ty);
    let payloads = contract.channels.iter().flat_map(|channel| contract.events_of(channel)).filter_map(|event| event.payload.as_ref());
    let calls = contract.calls.iter().flat_map(|call| [call.request.as_ref(), call.reply.as_ref()]).flatten();
    let connection = [contract.connection.opening.as_ref(), contract.connection.greeting.as_ref()].into_iter().flatten();
    let live = contract.live.iter().flat_map(|query| query.params.iter().chain([&query.result]));
    named.chain(params).chain(payloads).chain(calls).chain(connection).chain(live)
}

/// The names that stand in what is printed.
fn named_in(contract: &Contract) -> BTreeSet<&str> {
    printed(contract).flat_map(references).collect()
}

/// The enums in a module of their own: the checks of a contract run when its module is loaded, and whoever bundles a constant alone does not want them.
pub(super) fn enums(contract: &Contract) -> Option<Module> {
    let declarations: Vec<Declaration> = contract.types.iter().filter(|named| is_enum(named)).flat_map(named_type).collect();
    (!declarations.is_empty()).then(|| Module { declarations, ..Module::default() })
}

const fn is_enum(named: &NamedType) -> bool {
    matches!(named.ty, Type::Enum { .. })
}

fn named_type(named: &NamedType) -> Vec<Declaration> {
    let NamedType { name, description, deprecated, ty } = named;
    let deprecated = deprecated.as_deref();
    let documentation = Documentation::new(description.as_deref()).and(constraints(ty)).deprecated(deprecated);
    let declaration = |kind| Declaration { documentation: documentation.clone(), name: name.clone(), kind };
    match ty {
        Type::Object(object) => vec![declaration(Kind::Interface(members(&object.fields, 2)))],
        Type::Union { tag, variants, open } => vec![declaration(Kind::Alias(alternatives(tag, variants, *open)))],
        Type::Enum { values, .. } => {
            let value = Literal::Object(values.iter().map(|value| (value.value.clone(), Literal::Text(value.value.clone()))).collect());
            let documentation = Documentation::from(format!("The values of `{name}`.").as_str()).deprecated(deprecated);
            let kind = Kind::Constant { ty: constant(values), value };
            vec![declaration(Kind::Alias(expression(ty))), Declaration { documentation, name: name.clone(), kind }]
        }
        _ => vec![declaration(Kind::Alias(expression(ty)))],
    }
}

fn channel_members(contract: &Contract, channel: &Channel) -> String {
    let documentation = Documentation::new(channel.description.as_deref()).deprecated(channel.deprecated.as_deref());
    let mut out = documentation.comment(2);
    let _ = writeln!(out, "  {}: {{", property(&channel.pattern));
    if channel.params.is_empty() {
        out.push_str("    readonly params: undefined;\n");
    } else {
        let _ = writeln!(out, "    readonly params: {{\n{}    }};", members(&channel.params, 6));
    }
    out.push_str("    readonly events: {\n");
    for event in contract.events_of(channel) {
        let carried = event.payload.as_ref().map_or_else(|| "void".to_owned(), expression);
        let documentation = Documentation::new(event.description.as_deref()).deprecated(event.deprecated.as_deref());
        let _ = writeln!(out, "{}      readonly {}: {carried};", documentation.comment(6), property(&event.name));
    }
    out.push_str("    };\n");
    let names = |which: fn(&Event) -> bool| {
        let names: Vec<String> = contract.events_of(channel).filter(|event| which(event)).map(|event| quoted(&event.name)).collect();
        if names.is_empty() { "never".to_owned() } else { names.join(" | ") }
    };
    let _ = writeln!(out, "    readonly publishes: {};", names(|event| event.publish.client));
    let _ = writeln!(out, "    readonly serves: {};", names(|event| event.publish.server));
    if let Some(state) = &channel.presence {
        let _ = writeln!(out, "    readonly presence: {state};");
    }
    out.push_str("  };\n");
    out
}

fn connection_members(contract: &Contract) -> String {
    let carried = |ty: Option<&Type>, nothing: &str| ty.map_or_else(|| nothing.to_owned(), expression);
    let calls = |which: fn(&Call) -> bool| -> String {
        contract.calls.iter().filter(|call| which(call)).fold(String::new(), |mut out, call| {
            let documentation = Documentation::new(call.description.as_deref()).comment(4);
            let (request, reply) = (carried(call.request.as_ref(), "void"), carried(call.reply.as_ref(), "void"));
            let _ = writeln!(
                out,
                "{documentation}    readonly {}: {{ readonly request: {request}; readonly reply: {reply} }};",
                property(&call.name)
            );
            out
        })
    };
    let (opening, greeting) =
        (carried(contract.connection.opening.as_ref(), "undefined"), carried(contract.connection.greeting.as_ref(), "undefined"));
    let live = if has_live(contract) { "  readonly live: LiveQueries;\n" } else { "" };
    format!(
        "  readonly calls: {{\n{}  }};\n  readonly answers: {{\n{}  }};\n  readonly opening: {opening};\n  readonly greeting: {greeting};\n{live}",
        calls(|call| call.from.client),
        calls(|call| call.from.server),
    )
}

fn live_members(query: &LiveQuery) -> String {
    let documentation = Documentation::new(query.description.as_deref()).comment(2);
    let params = query.params.as_ref().map_or_else(|| "undefined".to_owned(), expression);
    format!(
        "{documentation}  readonly {}: {{ readonly channel: {}; readonly params: {params}; readonly data: {} }};\n",
        property(&query.name),
        quoted(&query.channel),
        expression(&query.result),
    )
}

fn data(contract: &Contract, checks: &mut Checks<'_>) -> Literal {
    let channels = contract.channels.iter().map(|channel| (channel.pattern.clone(), channel_data(contract, channel, checks))).collect();
    let calls: Vec<(String, Literal)> = contract.calls.iter().map(|call| (call.name.clone(), call_data(call, checks))).collect();
    let live: Vec<(String, Literal)> = contract.live.iter().map(|query| (query.name.clone(), live_data(query, checks))).collect();
    let connection: Vec<(String, Literal)> = [("opening", &contract.connection.opening), ("greeting", &contract.connection.greeting)]
        .into_iter()
        .filter_map(|(name, ty)| ty.as_ref().map(|ty| (name.to_owned(), value_data(Some(ty), checks))))
        .collect();
    Literal::object([
        Some(("name", Literal::Text(contract.name.clone()))),
        Some(("hash", Literal::Text(format!("{:032x}", contract.hash())))),
        Some(("channels", Literal::Object(channels))),
        (!calls.is_empty()).then_some(("calls", Literal::Object(calls))),
        (!live.is_empty()).then_some(("live", Literal::Object(live))),
        (!connection.is_empty()).then_some(("connection", Literal::Object(connection))),
    ])
}

fn call_data(call: &Call, checks: &mut Checks<'_>) -> Literal {
    let from = [(call.from.server, "server"), (call.from.client, "client")];
    let from = from.into_iter().filter(|(may, _)| *may).map(|(_, who)| Literal::Text(who.to_owned())).collect();
    Literal::object([
        Some(("from", Literal::List(from))),
        Some(("request", value_data(call.request.as_ref(), checks))),
        Some(("reply", value_data(call.reply.as_ref(), checks))),
    ])
}

fn live_data(query: &LiveQuery, checks: &mut Checks<'_>) -> Literal {
    Literal::object([
        Some(("channel", Literal::Text(query.channel.clone()))),
        query.params.as_ref().map(|params| ("params", value_data(Some(params), checks))),
        Some(("result", value_data(Some(&query.result), checks))),
    ])
}

/// The check of a value, and what fills in its defaults.
fn value_data(ty: Option<&Type>, checks: &mut Checks<'_>) -> Literal {
    Literal::object([ty.map(|ty| ("payload", checks.check(ty))), ty.and_then(|ty| checks.fill(ty)).map(|fill| ("fill", fill))])
}

fn channel_data(contract: &Contract, channel: &Channel, checks: &mut Checks<'_>) -> Literal {
    let params = channel.params.iter().map(|param| parameter_data(contract, param, checks)).collect();
    let events = contract.events_of(channel).map(|event| (event.name.clone(), event_data(event, channel, checks))).collect();
    let presence = channel.presence.as_ref().map(|name| ("presence", value_data(Some(&Type::Ref { name: name.clone() }), checks)));
    Literal::object([Some(("params", Literal::List(params))), Some(("events", Literal::Object(events))), presence])
}

fn parameter_data(contract: &Contract, param: &Field, checks: &mut Checks<'_>) -> Literal {
    let is_uuid = matches!(contract.resolve(&param.ty), Some(Type::Uuid));
    Literal::object([
        Some(("name", Literal::Text(param.name.clone()))),
        param.optional.then_some(("optional", Literal::Boolean(true))),
        is_uuid.then_some(("lower", Literal::Boolean(true))),
        Some(("check", checks.check(&param.ty))),
    ])
}

fn event_data(event: &Event, channel: &Channel, checks: &mut Checks<'_>) -> Literal {
    let publish = [(event.publish.server, "server"), (event.publish.client, "client")];
    let publish = publish.into_iter().filter(|(may, _)| *may).map(|(_, who)| Literal::Text(who.to_owned())).collect();
    let transient = event.transient || channel.history == Some(History::Off);
    Literal::object([
        Some(("publish", Literal::List(publish))),
        transient.then_some(("transient", Literal::Boolean(true))),
        channel.keeps_latest(event).then_some(("latest", Literal::Boolean(true))),
        event.payload.as_ref().map(|payload| ("payload", checks.check(payload))),
        event.payload.as_ref().and_then(|payload| checks.fill(payload)).map(|fill| ("fill", fill)),
    ])
}
