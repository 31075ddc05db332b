//! Events, calls, parts of the connection, channels and live queries: what names types, and what is no type.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use tidewire_schema::{Call, Carries, Channel, Contract, Event, Field, History, LiveQuery, NamedType, Publishers, Type};

use super::Error;
use super::attributes;
use super::names::{Scope, identifier, type_name};
use super::shape::Shapes;
use super::types;

/// What stands in the module besides the types.
#[derive(Default)]
pub(super) struct Roles {
    /// The attribute of each type that is something more by itself, by its name.
    pub(super) on_types: BTreeMap<String, TokenStream>,
    /// Signals, and events that wrap a type of another name.
    pub(super) items: Vec<TokenStream>,
    /// The identifier of each event by its name on the wire.
    events: BTreeMap<String, Ident>,
}

/// What an item is besides a type.
struct Role<'a> {
    /// What makes it one, to tell it from the type that it wraps.
    kind: &'static str,
    /// What its item is called, if that name is free.
    name: &'a str,
    description: Option<&'a str>,
    deprecated: Option<&'a str>,
    attribute: TokenStream,
    payload: Option<&'a Type>,
}

/// Every type that stands neither under a name nor in a field of one, and a key for each.
pub(super) fn alone(contract: &Contract) -> Vec<(String, &Type)> {
    let params = contract.channels.iter().flat_map(|channel| channel.params.iter().map(|param| (param_key(channel, param), &param.ty)));
    let live = contract.live.iter().flat_map(|query| {
        let params = query.params.as_ref().map(|params| (live_params_key(query), params));
        params.into_iter().chain([(live_key(query), &query.result)])
    });
    let replies = contract.calls.iter().filter_map(|call| Some((reply_key(call), call.reply.as_ref()?)));
    params.chain(live).chain(replies).collect()
}

fn param_key(channel: &Channel, param: &Field) -> String {
    format!("the parameter `{}` of `{}`", param.name, channel.pattern)
}

fn live_key(query: &LiveQuery) -> String {
    format!("the live query `{}`", query.name)
}

fn live_params_key(query: &LiveQuery) -> String {
    format!("the parameters of the live query `{}`", query.name)
}

fn reply_key(call: &Call) -> String {
    format!("the reply to `{}`", call.name)
}

/// The type that was given this key.
fn lone(ty: &Type, key: &str, shapes: &Shapes) -> Result<TokenStream, Error> {
    shapes.alone.get(key).and_then(|shaped| types::value(ty, shaped)).ok_or_else(|| Error::shape(key))
}

/// Decides for each event, call and part of the connection which item carries it.
pub(super) fn of(contract: &Contract, shapes: &Shapes, scope: &mut Scope) -> Result<Roles, Error> {
    // A type that a channel names for what it is cannot be an event as well.
    let mut reserved: BTreeSet<&str> = BTreeSet::new();
    for channel in &contract.channels {
        reserved.extend(channel.presence.as_deref());
        if let Carries::Unnamed(Event { payload: Some(Type::Ref { name }), .. }) = &channel.carries {
            reserved.insert(name);
        }
    }
    let mut roles = Roles::default();
    for event in &contract.events {
        let Event { name, description, deprecated, payload, .. } = event;
        let role = Role {
            kind: "Event",
            name,
            description: description.as_deref(),
            deprecated: deprecated.as_deref(),
            attribute: event_attribute(event),
            payload: payload.as_ref(),
        };
        let ident = roles.add(contract, role, &reserved, scope);
        roles.events.insert(name.clone(), ident);
    }
    for call in &contract.calls {
        let Call { name, description, request, .. } = call;
        let attribute = call_attribute(call, shapes)?;
        let role = Role { kind: "Call", name, description: description.as_deref(), deprecated: None, attribute, payload: request.as_ref() };
        roles.add(contract, role, &reserved, scope);
    }
    let connection = &contract.connection;
    for (part, ty) in [("opening", &connection.opening), ("greeting", &connection.greeting), ("state", &connection.state)] {
        if let Some(ty) = ty {
            let key = identifier(part);
            let role = Role {
                kind: "Connection",
                name: part,
                description: None,
                deprecated: None,
                attribute: quote!(#[connection(#key)]),
                payload: Some(ty),
            };
            roles.add(contract, role, &reserved, scope);
        }
    }
    Ok(roles)
}

impl Roles {
    fn add(&mut self, contract: &Contract, role: Role<'_>, reserved: &BTreeSet<&str>, scope: &mut Scope) -> Ident {
        let Role { kind, name, description, deprecated, attribute, payload } = role;
        let named = match payload {
            Some(Type::Ref { name }) => contract.type_named(name),
            _ => None,
        };
        let Some(named) = named else {
            let ident = scope.pascal(name);
            let said = attributes::said(description, deprecated);
            self.items.push(quote!(#said #attribute pub struct #ident;));
            return ident;
        };
        if self.is_itself(named, (name, description, deprecated), reserved) {
            self.on_types.insert(named.name.clone(), attribute);
            return type_name(&named.name);
        }
        let ident = scope.pascal_or(name, kind);
        // What the type says of itself is said of the event already.
        let said = attributes::said(description.filter(|text| named.description.as_deref() != Some(*text)), deprecated);
        let inner = type_name(&named.name);
        self.items.push(quote!(#said #attribute pub struct #ident(pub #inner);));
        ident
    }

    /// Whether the type can be the item: it has that name, says the same, and is nothing else yet.
    fn is_itself(
        &self,
        named: &NamedType,
        (name, description, deprecated): (&str, Option<&str>, Option<&str>),
        reserved: &BTreeSet<&str>,
    ) -> bool {
        Scope::default().pascal(name) == named.name
            && (description, deprecated) == (named.description.as_deref(), named.deprecated.as_deref())
            && !matches!(named.ty, Type::Ref { .. })
            && !reserved.contains(named.name.as_str())
            && !self.on_types.contains_key(&named.name)
    }
}

fn event_attribute(event: &Event) -> TokenStream {
    let name = &event.name;
    let publish = publish(event.publish);
    let history = event.transient.then(|| quote!(, history = off));
    let latest = event.latest.then(|| quote!(, latest));
    quote!(#[event(#name #publish #history #latest)])
}

fn publish(who: Publishers) -> Option<TokenStream> {
    (who != Publishers::SERVER).then(|| {
        let who = sides(who);
        quote!(, publish(#(#who),*))
    })
}

fn sides(who: Publishers) -> Vec<Ident> {
    [(who.server, "server"), (who.client, "client")].into_iter().filter(|(may, _)| *may).map(|(_, side)| identifier(side)).collect()
}

fn call_attribute(call: &Call, shapes: &Shapes) -> Result<TokenStream, Error> {
    let name = &call.name;
    let sides = sides(call.from);
    let from = match sides.as_slice() {
        [one] => quote!(from = #one),
        several => quote!(from(#(#several),*)),
    };
    let reply = call.reply.as_ref().map(|ty| lone(ty, &reply_key(call), shapes)).transpose()?;
    let reply = reply.map(|ty| quote!(, reply = #ty));
    Ok(quote!(#[call(#name, #from #reply)]))
}

/// Prints the channels, and the live queries that belong to them.
pub(super) fn channels(contract: &Contract, roles: &Roles, shapes: &Shapes, scope: &mut Scope) -> Result<Vec<TokenStream>, Error> {
    let mut printed = Vec::new();
    for channel in &contract.channels {
        let ident = scope.pascal(&literals(&channel.pattern));
        let mut queries = Vec::new();
        for query in contract.live.iter().filter(|query| query.channel == channel.pattern) {
            queries.push(live(query, &ident, shapes, scope)?);
        }
        printed.push((channel, ident, queries));
    }
    let mut items = Vec::new();
    for (channel, ident, queries) in printed {
        let event_enum = event_enum(&ident, scope);
        items.push(channel_item(channel, &ident, event_enum.as_ref(), roles, shapes)?);
        items.extend(queries);
    }
    Ok(items)
}

/// What the enum of a channel's events is called, where the macro's own name for it is taken. Named after everything else, so that it takes no name away.
fn event_enum(channel: &Ident, scope: &mut Scope) -> Option<Ident> {
    let usual = format!("{}Event", syn::ext::IdentExt::unraw(channel));
    let free = scope.pascal_as_is(&usual);
    (free != usual).then_some(free)
}

/// The literal parts of a pattern.
fn literals(pattern: &str) -> String {
    let mut parts = pattern.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.filter_map(|part| part.split_once('}')).fold(first, |text, (_, literal)| text + " " + literal)
}

fn channel_item(
    channel: &Channel,
    ident: &Ident,
    event_enum: Option<&Ident>,
    roles: &Roles,
    shapes: &Shapes,
) -> Result<TokenStream, Error> {
    let mut scope = Scope::default();
    let params: Vec<(Ident, &Field)> = channel.params.iter().map(|param| (param_name(&param.name, &mut scope), param)).collect();
    let pattern = params.iter().fold(channel.pattern.clone(), |pattern, (ident, param)| {
        let ident = syn::ext::IdentExt::unraw(ident);
        let spelled = |text: &str, end: &str| text.replace(&format!("{{{}{end}}}", param.name), &format!("{{{ident}{end}}}"));
        spelled(&spelled(&pattern, ""), "?")
    });
    let carries = match &channel.carries {
        Carries::Events(names) => {
            let events = names.iter().filter_map(|name| roles.events.get(name));
            quote!(, events(#(#events),*))
        }
        Carries::Unnamed(event) => {
            let payload = match &event.payload {
                Some(Type::Ref { name }) => {
                    let name = type_name(name);
                    Some(quote!(, payload = #name))
                }
                _ => None,
            };
            let publish = publish(event.publish);
            quote!(#payload #publish)
        }
    };
    let history = channel.history.map(|history| match history {
        History::Off => quote!(, history = off),
        History::Keep { max, ttl } => {
            let (max, ttl) = (Literal::u32_unsuffixed(max), length(ttl));
            quote!(, history(max = #max, ttl = #ttl))
        }
    });
    let latest = channel.latest.then(|| quote!(, latest));
    let presence = channel.presence.as_deref().map(type_name).map(|name| quote!(, presence = #name));
    let said = attributes::said(channel.description.as_deref(), channel.deprecated.as_deref());
    let event_enum = event_enum.map(|name| quote!(, event_enum = #name));
    let head = quote!(#said #[channel(#pattern #carries #history #latest #presence #event_enum)]);
    if params.is_empty() {
        return Ok(quote!(#head pub struct #ident;));
    }
    let fields = params.iter().map(|(ident, param)| Ok(field(ident, param, &lone(&param.ty, &param_key(channel, param), shapes)?)));
    let fields: Vec<TokenStream> = fields.collect::<Result<_, Error>>()?;
    Ok(quote!(#head pub struct #ident { #(#fields),* }))
}

/// The field of a parameter. What it is called is what the pattern calls it, so the field's name has to give it back.
fn param_name(wire: &str, scope: &mut Scope) -> Ident {
    let ident = scope.field(wire);
    let restores = attributes::field_name(&ident, wire).is_none();
    let verbatim = identifier(wire);
    if !restores && attributes::field_name(&verbatim, wire).is_none() { verbatim } else { ident }
}

fn field(ident: &Ident, param: &Field, ty: &TokenStream) -> TokenStream {
    let said = attributes::said(param.description.as_deref(), param.deprecated.as_deref());
    let rename = attributes::field_name(ident, &param.name);
    let constraints = attributes::alone(&param.ty);
    let ty = if param.optional { quote!(::std::option::Option<#ty>) } else { ty.clone() };
    quote!(#said #rename #constraints pub #ident: #ty)
}

fn live(query: &LiveQuery, channel: &Ident, shapes: &Shapes, scope: &mut Scope) -> Result<TokenStream, Error> {
    let LiveQuery { name, description, params, result, .. } = query;
    let ident = scope.pascal(name);
    let said = attributes::said(description.as_deref(), None);
    let constraints = attributes::alone(result);
    let ty = lone(result, &live_key(query), shapes)?;
    let params = params.as_ref().map(|ty| lone(ty, &live_params_key(query), shapes)).transpose()?;
    let params = params.map(|ty| quote!(, params = #ty));
    Ok(quote!(#said #[live(name = #name, channel = #channel #params)] #constraints pub type #ident = #ty;))
}

/// A length of time in the largest unit that it is a whole number of.
fn length(seconds: u64) -> String {
    let units = [(86400, 'd'), (3600, 'h'), (60, 'm')];
    let unit = units.into_iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{seconds}s"), |(unit, letter)| format!("{}{letter}", seconds / unit))
}
