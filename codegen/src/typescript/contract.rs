//! `contract.js`: the contract as data, and its types.

use std::fmt::Write as _;

use tidewire_schema::{Channel, Contract, Event, History, NamedType, Type};

use super::declaration::{Declaration, Kind, Module};
use super::documentation::{comment, paragraphs};
use super::literal::{Literal, property, quoted};
use super::types::{alternatives, constraints, expression, fields, members, specification};

/// The module that holds everything the contract says.
pub(super) fn module(contract: &Contract) -> Module {
    let mut declarations: Vec<Declaration> = contract.types.iter().flat_map(named_type).collect();
    declarations.push(Declaration {
        documentation: "Every channel by its pattern: its parameters, the events it carries, and which of them clients may publish."
            .to_owned(),
        name: "Channels".to_owned(),
        kind: Kind::Interface(contract.channels.iter().map(|channel| channel_members(contract, channel)).collect()),
    });
    declarations.push(Declaration {
        documentation: format!("The contract `{}` as data.", contract.name),
        name: "contract".to_owned(),
        kind: Kind::Constant { ty: "runtime.Contract<Channels>".to_owned(), value: data(contract) },
    });
    Module { types: vec!["import type * as runtime from \"./runtime/contract.js\";".to_owned()], declarations, ..Module::default() }
}

fn named_type(named: &NamedType) -> Vec<Declaration> {
    let NamedType { name, description, ty, .. } = named;
    let documentation = paragraphs(description.as_deref(), constraints(ty));
    let declaration = |kind| Declaration { documentation: documentation.clone(), name: name.clone(), kind };
    match ty {
        Type::Object(object) => vec![declaration(Kind::Interface(members(&object.fields, 2)))],
        Type::Union { tag, variants, .. } => vec![declaration(Kind::Alias(alternatives(tag, variants)))],
        Type::Enum { values, .. } => {
            let members: Vec<String> =
                values.iter().map(|value| format!("readonly {}: {}", property(&value.value), quoted(&value.value))).collect();
            let value = Literal::Object(values.iter().map(|value| (value.value.clone(), Literal::Text(value.value.clone()))).collect());
            let constant = Kind::Constant { ty: format!("{{ {} }}", members.join("; ")), value };
            vec![
                declaration(Kind::Alias(expression(ty))),
                Declaration { documentation: format!("The values of `{name}`."), name: name.clone(), kind: constant },
            ]
        }
        _ => vec![declaration(Kind::Alias(expression(ty)))],
    }
}

fn channel_members(contract: &Contract, channel: &Channel) -> String {
    let mut out = comment(channel.description.as_deref().unwrap_or_default(), 2);
    let _ = writeln!(out, "  {}: {{", property(&channel.pattern));
    if channel.params.is_empty() {
        out.push_str("    readonly params: undefined;\n");
    } else {
        let _ = writeln!(out, "    readonly params: {{\n{}    }};", members(&channel.params, 6));
    }
    out.push_str("    readonly events: {\n");
    for event in contract.events_of(channel) {
        let carried = event.payload.as_ref().map_or_else(|| "void".to_owned(), expression);
        let documentation = comment(event.description.as_deref().unwrap_or_default(), 6);
        let _ = writeln!(out, "{documentation}      readonly {}: {carried};", property(&event.name));
    }
    out.push_str("    };\n");
    let publishes: Vec<String> =
        contract.events_of(channel).filter(|event| event.publish.client).map(|event| quoted(&event.name)).collect();
    let publishes = if publishes.is_empty() { "never".to_owned() } else { publishes.join(" | ") };
    let _ = writeln!(out, "    readonly publishes: {publishes};\n  }};");
    out
}

fn data(contract: &Contract) -> Literal {
    let types = contract.types.iter().map(|named| (named.name.clone(), specification(&named.ty))).collect();
    let channels = contract.channels.iter().map(|channel| (channel.pattern.clone(), channel_data(contract, channel))).collect();
    Literal::object([
        Some(("name", Literal::Text(contract.name.clone()))),
        Some(("hash", Literal::Text(format!("{:032x}", contract.hash())))),
        Some(("types", Literal::Object(types))),
        Some(("channels", Literal::Object(channels))),
    ])
}

fn channel_data(contract: &Contract, channel: &Channel) -> Literal {
    let events = contract.events_of(channel).map(|event| (event.name.clone(), event_data(event, channel))).collect();
    Literal::object([Some(("params", fields(&channel.params))), Some(("events", Literal::Object(events)))])
}

fn event_data(event: &Event, channel: &Channel) -> Literal {
    let publish = [(event.publish.server, "server"), (event.publish.client, "client")];
    let publish = publish.into_iter().filter(|(may, _)| *may).map(|(_, who)| Literal::Text(who.to_owned())).collect();
    let transient = event.transient || channel.history == Some(History::Off);
    Literal::object([
        Some(("publish", Literal::List(publish))),
        transient.then_some(("transient", Literal::Boolean(true))),
        event.payload.as_ref().map(|payload| ("payload", specification(payload))),
    ])
}
