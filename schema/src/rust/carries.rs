//! What a channel carries.

use proc_macro2::Span;
use syn::Path;

use super::Spot;
use super::channels::{Reader, Said};
use super::surface::CarriesSurface;
use super::types::World;
use crate::assemble::DraftCarries;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::{Event, Publishers, Type, UNNAMED};

impl Reader<'_> {
    pub(super) fn carries(&mut self, said: &Said, span: Span) -> Option<(DraftCarries<Spot>, CarriesSurface)> {
        let named = said.all_shared || said.events.is_some();
        if named && said.payload.is_some() {
            self.diagnostics.push(
                Diagnostic::error(Code::WrongAttribute, span, "a channel carries a list of events, or one payload without a name")
                    .help("keep one of `events` and `payload`"),
            );
            return None;
        }
        if named && said.publish.is_some() {
            self.diagnostics.push(
                Diagnostic::error(Code::WrongAttribute, span, "who may publish is said on each event")
                    .help("move `publish(…)` to the events"),
            );
        }
        if said.all_shared {
            return Some((DraftCarries::AllShared, CarriesSurface::AllShared));
        }
        let publish = said.publish.unwrap_or(Publishers::SERVER);
        if let Some(list) = &said.events {
            let (mut wires, mut paths) = (Vec::new(), Vec::new());
            for argument in list {
                let Some(path) = argument.path() else {
                    self.diagnostics.push(
                        Diagnostic::error(Code::WrongAttribute, argument.span, "the list names events of this module by their Rust names")
                            .help("write `events(MessageSent, Typing)`"),
                    );
                    continue;
                };
                let name = self.known.name_at(path).unwrap_or_default();
                if self.known.world == World::Item {
                    paths.push(path.clone());
                } else if let Some(wire) = self.events.get(&name) {
                    wires.push((wire.clone(), Spot::of(path)));
                    paths.push(path.clone());
                } else if !self.refused.contains(&name) {
                    let shown = argument.key();
                    let nearest = did_you_mean(&shown, self.events.keys().map(String::as_str));
                    let (whole, missing) = match self.known.world {
                        World::List => ("contract", "list it in `contract!(…)`"),
                        _ => ("module", "define it in this module"),
                    };
                    let help = if self.known.types.contains_key(&name) {
                        format!("give `{name}` an `#[event(\"…\")]`")
                    } else {
                        missing.to_owned()
                    };
                    self.diagnostics.push(
                        Diagnostic::error(Code::UnknownEvent, Spot::of(path), format!("`{shown}` is not an event of this {whole}"))
                            .help(help)
                            .maybe_help(nearest),
                    );
                }
            }
            return Some((DraftCarries::Events(wires), CarriesSurface::Events(paths)));
        }
        let payload = match &said.payload {
            None => None,
            Some(path) => Some((Type::Ref { name: self.type_at(path)? }, path.clone())),
        };
        let surface = match &payload {
            None => CarriesSurface::Signal,
            Some((_, path)) => CarriesSurface::Payload { path: path.clone(), server: publish.server },
        };
        let event = Event {
            name: UNNAMED.to_owned(),
            description: None,
            deprecated: None,
            publish,
            transient: false,
            latest: false,
            payload: payload.map(|(ty, _)| ty),
        };
        Some((DraftCarries::Unnamed(event), surface))
    }

    /// The name of the type that `path` names; an event is none, because it has a name on the wire already.
    pub(super) fn type_at(&mut self, path: &Path) -> Option<String> {
        let name = self.known.name_at(path).unwrap_or_default();
        if self.known.world == World::Item && !name.is_empty() {
            return Some(name);
        }
        if self.refused.contains(&name) {
            return None;
        }
        if self.events.contains_key(&name) {
            let error = Diagnostic::error(Code::WrongAttribute, Spot::of(path), format!("`{name}` is an event with a name of its own"));
            self.diagnostics.push(error.help(format!("write `events({name})`, or take its `#[event(…)]` away")));
            return None;
        }
        if self.known.types.contains_key(&name) {
            return Some(name);
        }
        let nearest = did_you_mean(&name, self.known.types.keys().map(String::as_str));
        self.diagnostics.push(
            Diagnostic::error(Code::UnknownType, Spot::of(path), format!("`{name}` is not a type of this module"))
                .help("define it in this module")
                .maybe_help(nearest),
        );
        None
    }
}
