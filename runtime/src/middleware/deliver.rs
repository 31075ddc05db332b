//! Fitting events to one client.

use std::{
    collections::HashMap,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use serde_json::Value;

use super::{
    asked::Place,
    stack::{List, Who},
};
use crate::{
    channel::EventFrame,
    contract::Registry,
    cursor::Cursor,
    identity::ConnectionId,
    observe::{self, Complaint, HookFailure},
    transport::{Frame, FrameParts},
};

/// An event, on its way to one client: what [`Middleware::deliver`](super::Middleware::deliver) decides about.
#[derive(Clone, Copy)]
pub struct Outgoing<'a> {
    who: &'a Who,
    place: &'a Place,
    frame: &'a EventFrame,
    origin: Option<ConnectionId>,
    id: Option<Cursor>,
    data: Option<&'a Value>,
}

/// What one client gets of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Deliver {
    /// The event as it is.
    Pass,
    /// Nothing. The client resumes behind it, as behind an event that its filter leaves out.
    Drop,
    /// The event with other data. Its id and number stay.
    Change(Value),
    /// Several events of this name with these data. The last has the id and the number; the others have none, as an event that is not stored, and come once
    /// more if the connection breaks between them and the last. Without any it is the same as [`Drop`](Self::Drop).
    Split(Vec<Value>),
}

impl Outgoing<'_> {
    /// The connection. `None` for a page of history, which is asked for without one.
    pub fn connection(&self) -> Option<ConnectionId> {
        self.who.connection
    }

    /// The user of the grant; `None` for nobody.
    pub fn user_id(&self) -> Option<&str> {
        self.who.user.as_deref()
    }

    /// The channel's name, such as `chat/42`.
    pub fn channel(&self) -> &str {
        &self.place.name
    }

    /// The channel's pattern in the contract, such as `chat/{roomId}`.
    pub fn pattern(&self) -> &'static str {
        self.place.pattern
    }

    /// The value of a parameter, by its name on the wire. `None` if the channel has no such parameter, or an optional one is absent.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.place.param(name)
    }

    /// The event's name.
    pub fn event(&self) -> &str {
        &self.frame.event
    }

    /// Who sent it; `None` for the service itself, and for a client without a user.
    pub fn sender(&self) -> Option<&str> {
        self.frame.sender.as_deref()
    }

    /// The client that published it; `None` for the service itself.
    pub fn origin(&self) -> Option<ConnectionId> {
        self.origin
    }

    /// The position after it, which holds its number, too; `None` for an event that is not stored.
    pub fn id(&self) -> Option<Cursor> {
        self.id
    }

    /// The payload, as the hooks before this one left it; `None` for a signal.
    pub fn data(&self) -> Option<&Value> {
        self.data
    }
}

/// Payloads do not belong into logs, so this leaves them out.
impl fmt::Debug for Outgoing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("connection", &self.connection())
            .field("channel", &self.channel())
            .field("event", &self.event())
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Fits the events of those channels to one client that hooks want to see.
#[derive(Clone)]
pub(crate) struct Tailor(Arc<Shop>);

struct Shop {
    lists: Arc<HashMap<&'static str, List>>,
    registry: Arc<Registry>,
    who: Who,
}

/// Fits the events of one channel to one client.
pub(crate) struct Fitting {
    shop: Tailor,
    list: List,
    place: Place,
}

/// What is left of an event.
#[derive(Debug)]
pub(crate) enum Fitted {
    /// All of it.
    Same,
    /// Nothing.
    Nothing,
    /// These instead; at least one, of which the last stands at the event's position.
    Others(Vec<Frame>),
}

impl Tailor {
    pub(super) fn new(lists: Arc<HashMap<&'static str, List>>, registry: Arc<Registry>, who: Who) -> Self {
        Self(Arc::new(Shop { lists, registry, who }))
    }

    /// What fits the events of `channel`; nothing if no hook wants to see them.
    pub(crate) fn fitting(&self, channel: &str) -> Option<Box<Fitting>> {
        let known = self.0.registry.resolve(channel).ok()?;
        let list = self.0.lists.get(known.channel.pattern.as_str())?;
        Some(Box::new(Fitting { shop: self.clone(), list: list.clone(), place: Place::new(known, channel) }))
    }
}

impl Fitting {
    /// Has all hooks look at an event, one after the other. What goes wrong leaves nothing of it: a hook may be there to keep a secret.
    pub(crate) fn fit(&self, frame: &Frame, id: Option<Cursor>) -> Fitted {
        let Ok(mut read) = EventFrame::read(frame) else {
            tracing::error!("a stored frame cannot be read");
            return Fitted::Nothing;
        };
        let (mut pieces, mut changed) = (vec![read.data.take()], false);
        for hooks in self.list.iter() {
            let mut left = Vec::with_capacity(pieces.len());
            for data in pieces {
                let Shop { who, .. } = &*self.shop.0;
                let event = Outgoing { who, place: &self.place, frame: &read, origin: read.origin(), id, data: data.as_ref() };
                let decided = match catch_unwind(AssertUnwindSafe(|| hooks.deliver(&event))) {
                    Ok(decided) => decided,
                    Err(panic) => {
                        self.complain(hooks.plugin(), hooks.name(), HookFailure::Panic);
                        // What it carries belongs to the service, and dropping it may panic again.
                        let _ = catch_unwind(AssertUnwindSafe(move || drop(panic)));
                        return Fitted::Nothing;
                    }
                };
                changed |= decided != Deliver::Pass;
                match decided {
                    Deliver::Pass => left.push(data),
                    Deliver::Drop => {}
                    Deliver::Change(data) => left.push(Some(data)),
                    Deliver::Split(data) => left.extend(data.into_iter().map(Some)),
                }
            }
            pieces = left;
        }
        if changed { self.encode(&read, pieces, id) } else { Fitted::Same }
    }

    fn encode(&self, read: &EventFrame, pieces: Vec<Option<Value>>, id: Option<Cursor>) -> Fitted {
        let Some(last) = pieces.len().checked_sub(1) else { return Fitted::Nothing };
        let registry = &self.shop.0.registry;
        let declared = registry.resolve(&self.place.name).ok().and_then(|known| known.event(&read.event));
        let mut frames = Vec::with_capacity(pieces.len());
        for (at, data) in pieces.into_iter().enumerate() {
            // What was stored under an older contract may be an event that nobody can check any more.
            let checked = declared.map_or(Ok(data.clone()), |declared| registry.checker().payload(declared, data));
            let Ok(data) = checked else {
                self.complain(None, &read.event, HookFailure::Invalid);
                return Fitted::Nothing;
            };
            let data = data.map(|data| data.to_string());
            frames.push(Frame::encode(FrameParts {
                channel: &self.place.name,
                event: &read.event,
                cursor: id.filter(|_| at == last),
                time: read.time,
                sender: read.sender.as_deref(),
                origin: read.origin(),
                data: data.as_deref(),
            }));
        }
        Fitted::Others(frames)
    }

    fn complain(&self, plugin: Option<&'static str>, culprit: &str, failure: HookFailure) {
        // It may be so for each of many clients.
        static COMPLAINT: Complaint = Complaint::new();
        observe::hook_failed("deliver", failure);
        if let Some(times) = COMPLAINT.due() {
            let (reason, pattern) = (failure.name(), self.place.pattern);
            tracing::error!(plugin, culprit, pattern, reason, times, "a deliver hook failed, and clients did not get an event");
        }
    }
}

impl fmt::Debug for Tailor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tailor").field("who", &self.0.who).finish_non_exhaustive()
    }
}

impl fmt::Debug for Fitting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fitting").field("channel", &self.place.name).finish_non_exhaustive()
    }
}
