//! What makes an item more than a payload type: `#[event]`, `#[call]`, `#[connection]`; and live queries.

use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Attribute, Item, ItemType, Lit};

use super::attributes::{self, Argument, Value};
use super::items::has;
use super::surface::{CallSurface, ConnectionSurface, EventSurface, LiveSurface, Surface};
use super::types::{self, Known};
use super::{CARRIERS, Spot, constraints, payload_of};
use crate::assemble::{Draft, DraftEvent, DraftLive};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean};
use crate::{Call, Event, LiveQuery, Publishers, Type, names};

/// What an item is besides a type.
pub(super) enum Role {
    Event(EventSurface),
    Call(Box<CallSurface>),
    Connection(ConnectionSurface),
}

/// Reads what makes items more than payload types.
pub(super) struct Reader<'a> {
    pub(super) known: &'a Known,
    pub(super) draft: &'a mut Draft<Spot>,
    pub(super) diagnostics: &'a mut Diagnostics<Spot>,
}

/// Documentation and deprecation of an item.
type Said = (Option<String>, Option<String>);

impl Reader<'_> {
    /// What the attributes of an item make it.
    pub(super) fn role(&mut self, ident: &Ident, attributes: &[Attribute], said: Said, unit: bool) -> Option<Role> {
        let mut carriers = attributes.iter().filter(|attribute| CARRIERS.iter().any(|carrier| attribute.path().is_ident(carrier)));
        let attribute = carriers.next()?;
        // The same one twice is reported as that.
        if let Some(second) = carriers.find(|second| second.path().get_ident() != attribute.path().get_ident()) {
            let error = Diagnostic::error(
                Code::WrongAttribute,
                second.path().span(),
                "an item is one of an event, a call and part of a connection",
            );
            self.diagnostics.push(error.help("write a struct for each"));
        }
        let payload = (!unit).then(|| payload_of(&ident.unraw().to_string(), self.known));
        if attribute.path().is_ident("event") {
            Some(Role::Event(self.event(ident, attribute, said, payload)))
        } else if attribute.path().is_ident("call") {
            Some(Role::Call(Box::new(self.call(ident, attribute, said, payload))))
        } else {
            Some(Role::Connection(self.connection(ident, attribute, payload)))
        }
    }

    fn event(&mut self, ident: &Ident, attribute: &Attribute, (description, deprecated): Said, payload: Option<Type>) -> EventSurface {
        let mut name: Option<(String, Spot)> = None;
        let mut publish = Publishers::SERVER;
        let (mut transient, mut latest) = (false, false);
        for argument in attributes::arguments_of(attribute, self.diagnostics) {
            match (argument.key().as_str(), &argument.value) {
                ("", Value::Literal(Lit::Str(text))) if name.is_none() => name = Some((text.value(), text.span().into())),
                ("publish", _) => publish = publishers(argument, self.diagnostics),
                ("history", Value::Path(path)) if path.is_ident("off") => transient = true,
                ("history", _) => {
                    let error = Diagnostic::error(Code::BadHistory, argument.span, "the history of an event can only be `off`");
                    self.diagnostics.push(error.help("how much is kept is said on the channel: `history(max = 500, ttl = \"7d\")`"));
                }
                ("latest", _) => latest = argument.alone(self.diagnostics),
                _ => argument.unknown(&["publish", "history", "latest"], self.diagnostics),
            }
        }
        let (name, place) = self.wire_name(name, ident, attribute);
        let event = Event { name: name.clone(), description, deprecated, publish, transient, latest, payload };
        self.draft.events.push(DraftEvent { event, place, shared: None });
        EventSurface { name, server: publish.server }
    }

    fn call(&mut self, ident: &Ident, attribute: &Attribute, (description, deprecated): Said, request: Option<Type>) -> CallSurface {
        let mut name: Option<(String, Spot)> = None;
        let mut from = Publishers { server: false, client: true };
        let mut reply = None;
        for argument in attributes::arguments_of(attribute, self.diagnostics) {
            match (argument.key().as_str(), &argument.value) {
                ("", Value::Literal(Lit::Str(text))) if name.is_none() => name = Some((text.value(), text.span().into())),
                ("from", _) => from = callers(argument, self.diagnostics),
                ("reply", _) => {
                    reply = argument.ty(self.diagnostics).and_then(|ty| {
                        let (wire, kind) = self.plain(ident, &ty, &[])?;
                        Some((wire, (types::without_self(&ty, ident), kind)))
                    });
                }
                _ => argument.unknown(&["from", "reply"], self.diagnostics),
            }
        }
        if deprecated.is_some() {
            self.not_deprecated(ident, "a call");
        }
        let (name, place) = self.wire_name(name, ident, attribute);
        let (reply, belief) = reply.unzip();
        self.draft.calls.push((Call { name: name.clone(), description, from, request, reply }, place));
        CallSurface { name, from, reply: belief }
    }

    fn connection(&mut self, ident: &Ident, attribute: &Attribute, payload: Option<Type>) -> ConnectionSurface {
        const PARTS: [&str; 3] = ["opening", "greeting", "state"];
        let mut surface = ConnectionSurface::default();
        let Some(ty) = payload else {
            let error = Diagnostic::error(Code::WrongItem, ident.span(), "this part of a connection carries nothing");
            self.diagnostics.push(error.help("give the struct fields, or leave the part out"));
            return surface;
        };
        let arguments = attributes::arguments_of(attribute, self.diagnostics);
        if arguments.is_empty() {
            let error = Diagnostic::error(Code::MissingKey, attribute.path().span(), "which part of the connection is this?");
            self.diagnostics.push(error.help("write `#[connection(opening)]`, `(greeting)` or `(state)`"));
        }
        for argument in arguments {
            let connection = &mut self.draft.connection;
            let (slot, part) = match (argument.key().as_str(), &argument.value) {
                ("opening", Value::Nothing) => (&mut connection.opening, &mut surface.opening),
                ("greeting", Value::Nothing) => (&mut connection.greeting, &mut surface.greeting),
                ("state", Value::Nothing) => (&mut connection.state, &mut surface.state),
                _ => {
                    argument.unknown(&PARTS, self.diagnostics);
                    continue;
                }
            };
            *part = true;
            if slot.replace(ty.clone()).is_some() {
                let message = format!("the connection has two types for its {}", argument.key());
                self.diagnostics.push(Diagnostic::error(Code::DuplicateKey, argument.span, message).help("keep one of them"));
            }
        }
        surface
    }

    /// Reads the live queries of a module; after the channels, because they name them.
    pub(super) fn live(&mut self, items: &[&Item], surface: &mut [Surface]) {
        let channels: Vec<(String, String)> = items
            .iter()
            .zip(surface.iter())
            .filter_map(|(item, surface)| match (item, surface) {
                (Item::Struct(item), Surface::Channel(channel)) => Some((item.ident.unraw().to_string(), channel.pattern.clone())),
                _ => None,
            })
            .collect();
        // A channel that was refused has been reported.
        let refused = |name: &str| {
            items.iter().any(|item| matches!(item, Item::Struct(item) if item.ident.unraw() == name && has(&item.attrs, "channel")))
        };
        for (item, slot) in items.iter().zip(surface.iter_mut()) {
            if let Item::Type(item) = item
                && let Some(attribute) = item.attrs.iter().find(|attribute| attribute.path().is_ident("live"))
                && let Some(read) = self.live_query(item, attribute, &channels, &refused)
            {
                *slot = read;
            }
        }
    }

    fn live_query(
        &mut self,
        item: &ItemType,
        attribute: &Attribute,
        channels: &[(String, String)],
        refused: &impl Fn(&str) -> bool,
    ) -> Option<Surface> {
        let mut name: (String, Spot) = (names::camel(&item.ident.unraw().to_string()), item.ident.span().into());
        let (mut channel, mut params) = (None, None);
        for argument in attributes::arguments_of(attribute, self.diagnostics) {
            match argument.key().as_str() {
                "name" => name = argument.text(self.diagnostics).map_or(name, |text| (text.value(), text.span().into())),
                "channel" => channel = Some(argument),
                "params" => {
                    params = argument.ty(self.diagnostics).and_then(|ty| {
                        let (wire, kind) = self.plain(&item.ident, &ty, &[])?;
                        Some((wire, argument.span, (types::without_self(&ty, &item.ident), kind)))
                    });
                }
                _ => argument.unknown(&["name", "channel", "params"], self.diagnostics),
            }
        }
        if has(&item.attrs, "deprecated") {
            self.not_deprecated(&item.ident, "a live query");
        }
        let result = self.plain(&item.ident, &item.ty, &item.attrs);
        let Some(argument) = channel else {
            let error = Diagnostic::error(Code::MissingKey, attribute.path().span(), "a live query belongs to a channel");
            self.diagnostics
                .push(error.help("write `#[live(channel = Board)]`: it takes that channel's parameters, and runs again after its events"));
            return None;
        };
        let called_by = argument.path().and_then(syn::Path::get_ident);
        let called = called_by.map(|ident| ident.unraw().to_string()).unwrap_or_default();
        let Some((_, pattern)) = channels.iter().find(|(name, _)| *name == called) else {
            if !refused(&called) {
                let nearest = did_you_mean(&called, channels.iter().map(|(name, _)| name.as_str()));
                let place = argument.path().map_or(argument.span, Spot::of);
                let error = Diagnostic::error(Code::UnknownChannel, place, format!("`{called}` is not a channel of this module"));
                self.diagnostics.push(error.help("write `channel = Board`, with the name of a `#[channel(…)]` struct").maybe_help(nearest));
            }
            return None;
        };
        let (ty, kind) = result?;
        let description = attributes::documentation(&item.attrs);
        let channel = called_by?.clone();
        let (wire, belief) = params.map(|(wire, span, belief)| ((wire, span), belief)).unzip();
        let (params, params_place) = wire.unzip();
        let surface = LiveSurface { name: name.0.clone(), channel, params: belief, result: ((*item.ty).clone(), kind) };
        let query = LiveQuery { name: name.0, description, channel: pattern.clone(), params, result: ty };
        self.draft.live.push(DraftLive { query, place: name.1, channel: argument.span, params: params_place });
        Some(Surface::Live(Box::new(surface)))
    }

    /// A type that stands by itself, neither absent nor with a default.
    fn plain(&mut self, item: &Ident, ty: &syn::Type, attributes: &[Attribute]) -> Option<(Type, super::Kind)> {
        let arguments = attributes::collect(attributes, "rt", self.diagnostics);
        let ty = types::without_self(ty, item);
        let (mut wire, kind) = types::inside(&ty, self.known, self.diagnostics)?;
        let int64 = constraints::apply(Spot::of(&ty), (&mut wire, &kind), arguments, self.known, self.diagnostics)?;
        if int64 {
            let error = Diagnostic::error(Code::Wide, Spot::of(&ty), "a 64-bit integer that stands alone travels as text by its own type");
            self.diagnostics.push(error.help("write `Int64` or `Uint64`"));
            return None;
        }
        Some((wire, kind))
    }

    fn wire_name(&mut self, name: Option<(String, Spot)>, ident: &Ident, attribute: &Attribute) -> (String, Spot) {
        name.unwrap_or_else(|| {
            let error = Diagnostic::error(Code::MissingKey, attribute.path().span(), "the name on the wire comes first");
            let carrier = super::shown(attribute.path());
            let example = names::dotted(&ident.unraw().to_string());
            self.diagnostics.push(error.help(format!("write `#[{carrier}(\"{example}\")]`")));
            (example, ident.span().into())
        })
    }

    fn not_deprecated(&mut self, ident: &Ident, what: &str) {
        let error = Diagnostic::error(Code::NotYet, ident.span(), format!("{what} cannot be deprecated yet"));
        self.diagnostics.push(error.help("say it in the documentation"));
    }
}

/// `publish(server, client)`
pub(super) fn publishers(argument: Argument, diagnostics: &mut Diagnostics<Spot>) -> Publishers {
    let span = argument.span;
    let said = sides(argument.list(diagnostics), diagnostics);
    said.unwrap_or_else(|| {
        diagnostics.push(
            Diagnostic::error(Code::WrongAttribute, span, "nobody may publish this")
                .help("write `publish(server)`, `publish(client)` or both"),
        );
        Publishers::SERVER
    })
}

/// `from = client`, `from = (client, server)` or `from(client, server)`
fn callers(argument: Argument, diagnostics: &mut Diagnostics<Spot>) -> Publishers {
    let span = argument.span;
    let alone = |path: syn::Path| Argument { key: Some(path), value: Value::Nothing, span };
    let list = match argument.value {
        Value::Path(path) => vec![alone(path)],
        Value::Type(ty) => match *ty {
            syn::Type::Tuple(tuple) => {
                let paths = tuple.elems.into_iter().filter_map(|ty| match ty {
                    syn::Type::Path(path) => Some(alone(path.path)),
                    _ => None,
                });
                paths.collect()
            }
            _ => Vec::new(),
        },
        Value::List(list) => list,
        _ => Vec::new(),
    };
    sides(list, diagnostics).unwrap_or_else(|| {
        diagnostics.push(
            Diagnostic::error(Code::WrongAttribute, span, "nobody may call this")
                .help("write `from = client`, `from = server` or `from = (client, server)`"),
        );
        Publishers::SERVER
    })
}

fn sides(list: Vec<Argument>, diagnostics: &mut Diagnostics<Spot>) -> Option<Publishers> {
    let mut said = Publishers { server: false, client: false };
    for who in list {
        match who.key().as_str() {
            "server" => said.server = true,
            "client" => said.client = true,
            _ => who.unknown(&["server", "client"], diagnostics),
        }
    }
    (said.server || said.client).then_some(said)
}
