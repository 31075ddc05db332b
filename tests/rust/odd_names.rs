//! Names that mean something elsewhere: a module's own items win, and what travels is called as it was written.
#![expect(clippy::struct_excessive_bools, clippy::pub_underscore_fields, reason = "the names are the test case")]
#![expect(missing_docs, reason = "the types of this test are documented by its assertions")]

use serde_json::json;
use tidewire::{Event, Realtime};

#[tidewire::realtime_events(name = "odd-names")]
pub mod odd {
    pub struct D(pub bool);
    pub struct S(pub D);

    pub struct Option {
        pub r#type: ::core::option::Option<D>,
        pub r#match: Result,
        pub __proto__: bool,
        pub constructor: bool,
        pub naïve_größe: bool,
        #[serde(rename = "")]
        pub empty: bool,
        #[serde(rename = "a \"quoted\" \\ näme")]
        pub quoted: bool,
    }

    pub enum Result {
        Ok,
        Err,
        Some,
        None,
        #[serde(rename = "__proto__")]
        Proto,
        r#Self_,
    }

    #[serde(untagged)]
    pub enum Json {
        Value(D),
        Text(::std::string::String),
        Object(Box<Promise>),
        S(Vec<S>),
    }

    #[rt(open)]
    pub enum Promise_ {
        Then,
    }

    #[serde(tag = "constructor")]
    pub enum Promise {
        #[serde(rename = "toString")]
        ToString {
            option: ::core::option::Option<Option>,
        },
        Event(Event),
    }

    #[event("event")]
    pub struct Event {
        #[serde(rename = "kind of")]
        pub json: Box<Json>,
    }

    #[event("channel")]
    pub struct Channel;

    #[channel("value/{self_}", events(Event, Channel))]
    pub struct Value {
        pub self_: Result,
    }
}

use odd::{D, Json, Promise, Result as Answer, S};

#[tokio::test]
async fn odd_names_travel_as_they_are_written() {
    let option = odd::Option {
        r#type: Some(D(true)),
        r#match: Answer::Proto,
        __proto__: true,
        constructor: false,
        naïve_größe: true,
        empty: false,
        quoted: true,
    };
    let wire = json!({ "type": true, "match": "__proto__", "proto": true, "constructor": false, "naïveGröße": true, "": false, "a \"quoted\" \\ näme": true });
    assert_eq!(serde_json::to_value(&option).unwrap(), wire);
    let event = odd::Event { json: Box::new(Json::Object(Box::new(Promise::ToString { option: Some(option) }))) };
    let wire = json!({ "kind of": { "constructor": "toString", "option": wire } });
    assert_eq!(serde_json::to_value(&event).unwrap(), wire);
    assert_eq!(serde_json::from_value::<odd::Event>(wire).unwrap(), event);
    let list = odd::Event { json: Box::new(Json::S(vec![S(D(false))])) };
    assert_eq!(serde_json::to_value(&list).unwrap(), json!({ "kind of": [false] }));
    let nested = json!({ "kind of": { "constructor": "event", "kind of": "text" } });
    let read: odd::Event = serde_json::from_value(nested.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), nested);
    assert_eq!((odd::Event::NAME, odd::Channel::SIGNAL), ("event", true));

    let realtime = Realtime::builder(odd::contract()).public().build().await.unwrap();
    assert_eq!(realtime.channel(odd::Value { self_: Answer::Ok }).name().unwrap(), "value/ok");
    realtime.channel(odd::Value { self_: Answer::Self_ }).publish(odd::Channel).await.unwrap();
}
