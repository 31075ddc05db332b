//! What `#[realtime_events]` would write for a small contract.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use tidewire::{
    __private::{Encoded, ParamValue},
    Carries, Channel, Contract, DecodeError, DefaultChannel, Event, EventEnum, ServerEvent, Signal, Subscribable, Uuid,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageSent {
    pub author: String,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stray {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Typing;

pub struct Chat {
    pub room_id: String,
}

pub struct Brief {
    pub id: u32,
}

pub struct Refresh {
    pub id: Uuid,
}

macro_rules! event {
    ($($type:ty = $name:literal, $signal:literal;)*) => {$(
        impl Event for $type {
            const NAME: &'static str = $name;
            const SIGNAL: bool = $signal;
        }
        impl ServerEvent for $type {}
    )*};
}

event! {
    MessageSent = "message.sent", false;
    Alert = "notification.alert", false;
    Stray = "stray", false;
    Typing = "typing", true;
}

macro_rules! channel {
    ($($type:ty = $pattern:literal, $param:literal => $field:ident, [$($event:ty),*];)*) => {$(
        impl Channel for $type {
            const PATTERN: &'static str = $pattern;
            fn params(&self) -> Vec<(&'static str, String)> {
                vec![($param, self.$field.to_param())]
            }
        }
        $(impl Carries<$event> for $type {})*
    )*};
}

channel! {
    Chat = "chat/{roomId}", "roomId" => room_id, [MessageSent, Typing];
    Brief = "brief/{id}", "id" => id, [MessageSent];
    Refresh = "refresh/{id}", "id" => id, [Signal];
}

/// What can happen in a chat.
#[derive(Clone, Debug, PartialEq)]
pub enum ChatEvent {
    MessageSent(MessageSent),
    Typing(Typing),
}

impl EventEnum for ChatEvent {
    fn read<E: Encoded>(event: E) -> Result<Self, DecodeError> {
        if event.is::<MessageSent>() {
            return event.read().map(Self::MessageSent);
        }
        if event.is::<Typing>() {
            return event.read().map(Self::Typing);
        }
        Err(event.unknown())
    }
}

impl Subscribable for Chat {
    type Event = ChatEvent;
}

impl Carries<Alert> for DefaultChannel {}

// Wrong on purpose: the contract knows nothing of it.
impl Carries<Stray> for DefaultChannel {}

pub fn chat(room: &str) -> Chat {
    Chat { room_id: room.to_owned() }
}

pub fn message(text: impl Into<String>) -> MessageSent {
    MessageSent { author: "ann".to_owned(), text: text.into() }
}

pub fn contract() -> &'static Contract {
    static CONTRACT: LazyLock<Contract> = LazyLock::new(|| tidewire::__private::contract(JSON));
    &CONTRACT
}

const JSON: &str = r#"{
  "name": "acme-live",
  "types": [],
  "events": [
    { "name": "message.sent", "publish": { "server": true, "client": true }, "payload": { "kind": "object", "fields": [
      { "name": "author", "type": { "kind": "string", "minLength": 1, "maxLength": 64 } },
      { "name": "text", "type": { "kind": "string", "minLength": 1 } } ] } },
    { "name": "notification.alert", "publish": { "server": true, "client": false }, "payload": { "kind": "object", "fields": [
      { "name": "text", "type": { "kind": "string" } } ] } },
    { "name": "typing", "publish": { "server": true, "client": true }, "transient": true }
  ],
  "channels": [
    { "pattern": "brief/{id}", "params": [{ "name": "id", "type": { "kind": "integer", "min": 0, "max": 4294967295 } }],
      "history": { "keep": { "max": 5, "ttl": 3600 } }, "carries": { "events": ["message.sent"] } },
    { "pattern": "chat/{roomId}", "params": [{ "name": "roomId", "type": { "kind": "string", "pattern": "^[a-z0-9-]{1,40}$" } }],
      "history": { "keep": { "max": 2000, "ttl": 3600 } }, "carries": { "events": ["message.sent", "typing"] } },
    { "pattern": "default", "carries": { "events": ["notification.alert"] } },
    { "pattern": "refresh/{id}", "params": [{ "name": "id", "type": { "kind": "uuid" } }],
      "carries": { "unnamed": { "name": "message", "publish": { "server": true, "client": false } } } }
  ]
}"#;
