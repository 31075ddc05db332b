//! Structs with `#[channel(…)]`.

use std::collections::HashMap;

use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Attribute, Fields, Item, ItemStruct, Lit, Path};

use super::attributes::{self, Argument, Value};
use super::items::has;
use super::markers::publishers;
use super::surface::{ChannelSurface, ParamSurface, Surface};
use super::types::{self, Known};
use super::{CARRIERS, MAX_CHAIN, Spot};
use super::{defaults, event_enums};
use crate::assemble::{Draft, DraftChannel, DraftType};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::{Field, History, Publishers, Type, names};

const KEYS: [&str; 7] = ["events", "payload", "publish", "history", "presence", "latest", "event_enum"];

/// Reads the channels of a module; after everything else, because they name events.
pub(super) fn read(items: &[&Item], known: &Known, surface: &mut [Surface], draft: &mut Draft<Spot>, diagnostics: &mut Diagnostics<Spot>) {
    let events: HashMap<String, String> = items
        .iter()
        .zip(surface.iter())
        .filter_map(|(item, surface)| match (item, surface) {
            (Item::Struct(item), Surface::Type(ty)) => Some((item.ident.unraw().to_string(), ty.event.as_ref()?.name.clone())),
            (Item::Enum(item), Surface::Type(ty)) => Some((item.ident.unraw().to_string(), ty.event.as_ref()?.name.clone())),
            _ => None,
        })
        .collect();
    // Only what became a type can be a payload; what was refused has been reported.
    let refused: Vec<String> = items
        .iter()
        .zip(surface.iter())
        .filter_map(|(item, surface)| match (item, surface) {
            (Item::Struct(item), Surface::Other) if !has(&item.attrs, "channel") => Some(item.ident.unraw().to_string()),
            (Item::Enum(item), Surface::Other) => Some(item.ident.unraw().to_string()),
            _ => None,
        })
        .collect();
    let mut reader = Reader { known, types: &draft.types, events: &events, refused: &refused, diagnostics };
    let mut channels = Vec::new();
    for (item, slot) in items.iter().zip(surface.iter_mut()) {
        if let Item::Struct(item) = item
            && let Some(attribute) = item.attrs.iter().find(|attribute| attribute.path().is_ident("channel"))
            && let Some((channel, channel_surface)) = reader.channel(item, attribute)
        {
            channels.push(channel);
            *slot = Surface::Channel(channel_surface);
        }
    }
    draft.channels = channels;
    event_enums::check(items, known, surface, diagnostics);
}

pub(super) struct Reader<'a> {
    pub(super) known: &'a Known,
    pub(super) types: &'a [DraftType<Spot>],
    /// Names on the wire by the names in Rust.
    pub(super) events: &'a HashMap<String, String>,
    pub(super) refused: &'a [String],
    pub(super) diagnostics: &'a mut Diagnostics<Spot>,
}

/// What the attribute says, before it is put together.
#[derive(Default)]
pub(super) struct Said {
    pub(super) pattern: Option<(String, Spot)>,
    pub(super) events: Option<Vec<Argument>>,
    pub(super) all_shared: bool,
    pub(super) payload: Option<Path>,
    pub(super) publish: Option<Publishers>,
    pub(super) history: Option<History>,
    pub(super) latest: bool,
    pub(super) presence: Option<Path>,
    pub(super) event_enum: Option<Ident>,
}

impl Reader<'_> {
    fn channel(&mut self, item: &ItemStruct, attribute: &Attribute) -> Option<(DraftChannel<Spot>, ChannelSurface)> {
        if let Some(other) = CARRIERS.iter().find(|carrier| has(&item.attrs, carrier)) {
            let message = format!("an item is a channel or has `#[{other}]`, not both");
            self.diagnostics.push(Diagnostic::error(Code::WrongAttribute, item.ident.span(), message).help("write two structs"));
        }
        let said = self.said(attribute);
        let (params, param_surface) = self.params(item);
        let (text, place) = said.pattern.clone().or_else(|| {
            self.diagnostics.push(
                Diagnostic::error(Code::MissingKey, attribute.path().span(), "the pattern comes first")
                    .help("write `#[channel(\"chat/{room_id}\", …)]`"),
            );
            None
        })?;
        let pattern = wire_pattern(&text, &param_surface);
        self.same_options(&pattern, &params);
        let (carries, carries_surface) = self.carries(&said, item.ident.span())?;
        let presence = said.presence.as_ref().and_then(|path| self.type_at(path));
        let channel = DraftChannel {
            pattern: pattern.clone(),
            place,
            description: attributes::documentation(&item.attrs),
            deprecated: attributes::deprecated(&item.attrs),
            params,
            history: said.history,
            latest: said.latest,
            presence,
            carries,
        };
        let event_enum = said.event_enum.unwrap_or_else(|| event_enums::usual(&item.ident));
        let surface = ChannelSurface {
            pattern,
            params: param_surface,
            carries: carries_surface,
            event_enum: Some(event_enum),
            presence: said.presence,
        };
        Some((channel, surface))
    }

    fn said(&mut self, attribute: &Attribute) -> Said {
        let mut said = Said::default();
        for argument in attributes::arguments_of(attribute, self.diagnostics) {
            match (argument.key().as_str(), &argument.value) {
                ("", Value::Literal(Lit::Str(text))) if said.pattern.is_none() => said.pattern = Some((text.value(), text.span().into())),
                ("events", Value::Path(path)) if path.is_ident("all") => said.all_shared = true,
                ("events", _) => said.events = Some(argument.list(self.diagnostics)),
                ("payload", Value::Path(path)) => said.payload = Some(path.clone()),
                ("presence", Value::Path(path)) => said.presence = Some(path.clone()),
                ("event_enum", Value::Path(path)) if path.get_ident().is_some() => said.event_enum = path.get_ident().cloned(),
                ("event_enum", _) => {
                    self.diagnostics.push(
                        Diagnostic::error(
                            Code::WrongAttribute,
                            argument.span,
                            "`event_enum` says what the enum of the channel's events is called",
                        )
                        .help("write `event_enum = Name`"),
                    );
                }
                ("payload" | "presence", _) => {
                    let message = format!("`{}` names a type of this module", argument.key());
                    self.diagnostics.push(
                        Diagnostic::error(Code::WrongAttribute, argument.span, message).help(format!("write `{} = Type`", argument.key())),
                    );
                }
                ("publish", _) => said.publish = Some(publishers(argument, self.diagnostics)),
                ("history", Value::Path(path)) if path.is_ident("off") => said.history = Some(History::Off),
                ("history", _) => said.history = Some(self.history(argument)),
                ("latest", _) => said.latest = argument.alone(self.diagnostics),
                _ => argument.unknown(&KEYS, self.diagnostics),
            }
        }
        said
    }

    fn history(&mut self, argument: Argument) -> History {
        let (mut max, mut ttl) = History::DEFAULT;
        for argument in argument.list(self.diagnostics) {
            match argument.key().as_str() {
                "max" => {
                    if let Some(number) = argument.number(self.diagnostics) {
                        match number.parse() {
                            Ok(number) if number > 0 => max = number,
                            _ => self.diagnostics.push(
                                Diagnostic::error(Code::BadHistory, argument.span, "`max` is a number of events, at least 1")
                                    .help("to keep nothing, write `history = off`"),
                            ),
                        }
                    }
                }
                "ttl" => {
                    if let Some(text) = argument.text(self.diagnostics) {
                        match History::parse_ttl(&text.value()) {
                            Some(seconds) => ttl = seconds,
                            None => self.diagnostics.push(
                                Diagnostic::error(Code::BadHistory, text.span(), format!("`{}` is not a length of time", text.value()))
                                    .help(History::TTL_HELP),
                            ),
                        }
                    }
                }
                _ => argument.unknown(&["max", "ttl"], self.diagnostics),
            }
        }
        History::Keep { max, ttl }
    }

    fn params(&mut self, item: &ItemStruct) -> (Vec<(Field, Spot)>, Vec<ParamSurface>) {
        let (mut params, mut surface) = (Vec::new(), Vec::new());
        let fields = match &item.fields {
            Fields::Named(fields) => &fields.named,
            Fields::Unit => return (params, surface),
            Fields::Unnamed(fields) => {
                self.diagnostics.push(
                    Diagnostic::error(Code::TupleStruct, Spot::of(fields), "the parameters of a channel have names")
                        .help(format!("write `pub struct {} {{ … }}`", item.ident)),
                );
                return (params, surface);
            }
        };
        for field in fields {
            let Some(ident) = &field.ident else { continue };
            let wire = self.param_name(field).unwrap_or_else(|| names::Case::Camel.of_field(&ident.unraw().to_string()));
            let Some(mut read) = types::field(&item.ident, (&field.ty, &field.attrs), self.known, self.diagnostics) else {
                surface.push(ParamSurface { wire: wire.clone(), field: ident.clone(), optional: false, belief: None });
                params.push((
                    Field { name: wire, description: None, deprecated: None, optional: false, default: None, ty: Type::TEXT },
                    ident.span().into(),
                ));
                continue;
            };
            defaults::refuse(&mut read, "a parameter is always there", "take the default away", self.diagnostics);
            if let Some(name) = self.open_enum(&read.ty) {
                let error =
                    Diagnostic::error(Code::ParameterType, Spot::of(&field.ty), format!("`{name}` is open: its values are not known"));
                self.diagnostics.push(error.help("use a `String`, or an enum without `open`"));
            }
            surface.push(ParamSurface { wire: wire.clone(), field: ident.clone(), optional: read.optional, belief: Some(read.belief) });
            params.push((
                Field {
                    name: wire,
                    description: attributes::documentation(&field.attrs),
                    deprecated: attributes::deprecated(&field.attrs),
                    optional: read.optional,
                    default: None,
                    ty: read.ty,
                },
                ident.span().into(),
            ));
        }
        (params, surface)
    }

    /// The name that `#[serde(rename = "…")]` gives a parameter. Nothing else of serde means anything on an address.
    fn param_name(&mut self, field: &syn::Field) -> Option<String> {
        let mut name = None;
        for argument in attributes::collect(&field.attrs, "serde", self.diagnostics) {
            if argument.key() == "rename" {
                name = argument.text(self.diagnostics).map(|text| text.value());
                continue;
            }
            let message = format!("a channel is an address, not JSON: `{}` means nothing here", argument.key());
            let error = Diagnostic::error(Code::SerdeAttribute, argument.span, message);
            self.diagnostics
                .push(error.help("the parameter is called like the field, in camelCase, or as `#[serde(rename = \"…\")]` says"));
        }
        name
    }

    /// A parameter is an `Option` exactly where its segment may be left out.
    fn same_options(&mut self, pattern: &str, params: &[(Field, Spot)]) {
        for (param, place) in params {
            let name = &param.name;
            let may_be_left_out = pattern.ends_with(&format!("/{{{name}?}}"));
            if param.optional && !may_be_left_out {
                self.diagnostics.push(
                    Diagnostic::error(Code::ParameterType, *place, format!("`{name}` may be absent, and its segment may not"))
                        .help(format!("write `{{{name}?}}` as the last segment, or take the `Option` away")),
                );
            } else if !param.optional && may_be_left_out {
                self.diagnostics.push(
                    Diagnostic::error(
                        Code::ParameterType,
                        *place,
                        format!("the segment of `{name}` may be left out, and the parameter may not"),
                    )
                    .help("write `Option<…>`, or take the `?` away"),
                );
            }
        }
    }

    /// The name of the open enum that a type stands for.
    fn open_enum<'t>(&'t self, mut ty: &'t Type) -> Option<&'t str> {
        for _ in 0..MAX_CHAIN {
            let Type::Ref { name } = ty else { break };
            let found = self.types.iter().find(|draft| draft.named.name == *name)?;
            if matches!(found.named.ty, Type::Enum { open: true, .. }) {
                return Some(name);
            }
            ty = &found.named.ty;
        }
        None
    }
}

/// The pattern with the parameters' names on the wire: `chat/{room_id}` becomes `chat/{roomId}`.
fn wire_pattern(text: &str, params: &[ParamSurface]) -> String {
    params.iter().fold(text.to_owned(), |pattern, param| {
        let field = param.field.unraw();
        pattern
            .replace(&format!("{{{field}}}"), &format!("{{{}}}", param.wire))
            .replace(&format!("{{{field}?}}"), &format!("{{{}?}}", param.wire))
    })
}
