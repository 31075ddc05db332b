//! Items with a derive each, in several modules, are the contract that a module of the same items is.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]
#![expect(unreachable_pub, reason = "the types are what a service has in its own files")]
#![expect(missing_docs, reason = "the types of this test are documented by its assertions")]

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tidewire::{Carries, Channel as _, DefaultChannel, Event, Nullable, Realtime, ServerEvent, Uuid};
use tidewire_schema::rust;

pub mod people {
    use tidewire::Payload;

    /// A name.
    #[derive(Clone, Debug, PartialEq, Payload)]
    pub struct Name(#[rt(min_length = 1, max_length = 8)] pub String);

    #[derive(Clone, Debug, PartialEq, Payload)]
    pub enum Level {
        Low,
        #[serde(rename = "HIGH")]
        High,
    }

    #[derive(Debug, PartialEq, Payload)]
    #[rt(open)]
    pub enum Color {
        Red,
        Unknown(String),
    }

    #[derive(Debug, PartialEq, Payload)]
    pub struct Person {
        pub name: Name,
        #[serde(flatten)]
        pub home: super::places::Place,
        pub friends: Vec<Self>,
        #[rt(default = "low")]
        pub level: Level,
        #[serde(skip)]
        pub cache: u128,
    }
}

pub mod places {
    use tidewire::{Channel, Event, Json, Nullable, Payload, Uuid};

    use crate::people::{Color, Level, Name, Person};

    #[derive(Debug, PartialEq, Payload)]
    pub struct Place {
        pub city: String,
        pub floor: Option<Nullable<i16>>,
        #[rt(int64 = "string", default = 7)]
        pub id: i64,
    }

    #[derive(Debug, PartialEq, Payload)]
    #[serde(untagged)]
    pub enum Found {
        Nothing(bool),
        One(Person),
        Many(#[rt(max_items = 3)] Vec<Color>),
        Name(Name),
    }

    #[derive(Debug, PartialEq, Event)]
    #[event("search.done")]
    pub struct SearchDone(pub Found);

    #[derive(Debug, PartialEq, Event)]
    #[event("place.changed", publish(server, client))]
    #[serde(tag = "op", deny_unknown_fields)]
    #[rt(open)]
    pub enum PlaceChanged {
        Open(Place),
        #[deprecated]
        Paint {
            color: Color,
        },
        Unknown(Json),
    }

    #[derive(Debug, PartialEq, Event)]
    #[event("closed")]
    #[deprecated = "nobody closes"]
    pub struct Closed;

    #[derive(Debug, Channel)]
    #[channel("places/{id}/{level}", events(SearchDone, PlaceChanged), history(max = 5, ttl = "1d"), presence = Person)]
    pub struct Places {
        pub id: Uuid,
        pub level: Level,
    }

    #[derive(Debug, Channel)]
    #[channel("people/{name}", payload = crate::people::Person)]
    pub struct People {
        pub name: Name,
    }

    #[derive(Debug, Channel)]
    #[channel("all", events = all)]
    pub struct All;

    #[derive(Debug, PartialEq, Payload)]
    #[call("place.close", reply = (Place, bool))]
    pub struct ClosePlace;
}

mod whole {
    use super::{people, places};

    tidewire::contract!(
        name = "derived",
        people::Name,
        people::Level,
        people::Color,
        people::Person,
        places::Place,
        places::Found,
        places::SearchDone,
        places::PlaceChanged,
        places::Closed,
        places::Places,
        places::People,
        places::All,
        places::ClosePlace,
    );
}

use people::{Color, Level, Name, Person};
use places::{Found, Place, PlaceChanged, SearchDone};

#[tidewire::realtime_events(name = "derived")]
pub mod module {
    use tidewire::{Nullable, Uuid};

    /// A name.
    pub struct Name(#[rt(min_length = 1, max_length = 8)] pub String);

    pub enum Level {
        Low,
        #[serde(rename = "HIGH")]
        High,
    }

    #[rt(open)]
    pub enum Color {
        Red,
    }

    pub struct Person {
        pub name: Name,
        #[serde(flatten)]
        pub home: Place,
        pub friends: Vec<Self>,
        #[rt(default = "low")]
        pub level: Level,
        #[serde(skip)]
        pub cache: u128,
    }

    pub struct Place {
        pub city: String,
        pub floor: Option<Nullable<i16>>,
        #[rt(int64 = "string", default = 7)]
        pub id: i64,
    }

    #[serde(untagged)]
    pub enum Found {
        Nothing(bool),
        One(Person),
        Many(#[rt(max_items = 3)] Vec<Color>),
        Name(Name),
    }

    #[event("search.done")]
    pub struct SearchDone(pub Found);

    #[event("place.changed", publish(server, client))]
    #[serde(tag = "op", deny_unknown_fields)]
    #[rt(open)]
    pub enum PlaceChanged {
        Open(Place),
        #[deprecated]
        Paint {
            color: Color,
        },
    }

    #[event("closed")]
    #[deprecated = "nobody closes"]
    pub struct Closed;

    #[channel("places/{id}/{level}", events(SearchDone, PlaceChanged), history(max = 5, ttl = "1d"), presence = Person)]
    pub struct Places {
        pub id: Uuid,
        pub level: Level,
    }

    #[channel("people/{name}", payload = Person)]
    pub struct People {
        pub name: Name,
    }

    #[channel("all", events = all)]
    pub struct All;

    #[call("place.close", reply = (Place, bool))]
    pub struct ClosePlace;
}

#[test]
fn both_ways_are_one_contract() {
    assert_eq!(whole::contract(), module::contract());
    assert_eq!(whole::CONTRACT_HASH, module::CONTRACT_HASH);
}

#[test]
fn the_generator_reads_the_same_from_the_file() {
    let file = syn::parse_file(include_str!("derives.rs")).unwrap();
    let parsed = rust::parse_derived(&file.items).unwrap();
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    assert_eq!(parsed.contract, *whole::contract());
}

#[test]
fn several_files_are_read_as_one() {
    let chat = "//! A file.\n#![allow(dead_code)]\n#[derive(Event)]\n#[event(\"sent\")]\npub struct Sent { pub by: people::Name }\n";
    let people = "mod inner { #[derive(Payload)] pub struct Name(pub String); }\npub use inner::Name;\n";
    let main = "mod chat; mod people;\ntidewire::contract!(name = \"n\", chat::Sent, people::Name);\n";
    let joined = rust::join(&[chat, people, main]);
    let parsed = rust::parse_derived(&syn::parse_file(&joined.text).unwrap().items).unwrap();
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    assert_eq!(parsed.contract.types.iter().map(|named| named.name.as_str()).collect::<Vec<_>>(), ["Name", "Sent"]);

    let wrong = rust::join(&[chat, people, &main.replace("Name", "Nme")]);
    let parsed = rust::parse_derived(&syn::parse_file(&wrong.text).unwrap().items).unwrap();
    let found = parsed.diagnostics.iter().next().unwrap();
    let place = found.labels[0].place.last.byte_range();
    assert_eq!((found.code.to_string().as_str(), found.help.as_deref()), ("TW0201", Some("did you mean `Name`?")));
    assert_eq!(wrong.place(place.start), Some((2, main.find("Name").unwrap())));
}

#[track_caller]
fn travels<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, wire: Value) {
    assert_eq!(serde_json::to_value(value).unwrap(), wire);
    assert_eq!(serde_json::from_value::<T>(wire).unwrap(), *value);
}

fn person() -> Person {
    let home = Place { city: "Ulm".into(), floor: Some(Nullable::Null), id: i64::MIN };
    Person { name: Name("ann".into()), home, friends: Vec::new(), level: Level::High, cache: 0 }
}

fn person_wire() -> Value {
    json!({ "name": "ann", "city": "Ulm", "floor": null, "id": "-9223372036854775808", "friends": [], "level": "HIGH" })
}

#[test]
fn items_travel_as_the_contract_says() {
    travels(&person(), person_wire());
    let sparse: Person = serde_json::from_value(json!({ "name": "b", "city": "c", "friends": [person_wire()] })).unwrap();
    assert_eq!((sparse.level, sparse.home.id, sparse.home.floor, sparse.friends.len()), (Level::Low, 7, None, 1));
    travels(&SearchDone(Found::Nothing(false)), json!(false));
    travels(&SearchDone(Found::One(person())), person_wire());
    travels(&SearchDone(Found::Many(vec![Color::Red, Color::Unknown("mauve".into())])), json!(["red", "mauve"]));
    travels(&SearchDone(Found::Name(Name("bob".into()))), json!("bob"));
    travels(&PlaceChanged::Open(Place { city: "Ulm".into(), floor: None, id: 1 }), json!({ "op": "open", "city": "Ulm", "id": "1" }));
    travels(&PlaceChanged::Unknown(json!({ "op": "move", "to": [1] })), json!({ "op": "move", "to": [1] }));
    assert!(serde_json::from_value::<PlaceChanged>(json!({ "op": "open" })).is_err());
    travels(&places::ClosePlace, json!(null));
}

#[test]
#[expect(deprecated, reason = "the test uses what it declares deprecated")]
fn the_traits_are_there() {
    fn carries<C: tidewire::Channel + Carries<E>, E: ServerEvent>() -> (&'static str, &'static str, bool) {
        (C::PATTERN, E::NAME, E::SIGNAL)
    }
    assert_eq!(carries::<places::Places, SearchDone>(), ("places/{id}/{level}", "search.done", false));
    assert_eq!(carries::<places::People, Person>(), ("people/{name}", "message", false));
    assert_eq!(carries::<places::All, places::Closed>(), ("all", "closed", true));
    assert_eq!(carries::<DefaultChannel, places::Closed>(), ("default", "closed", true));
    assert_eq!(<places::Closed as Event>::NAME, "closed");
    let params = places::Places { id: Uuid::nil(), level: Level::High }.params();
    assert_eq!(params, [("id", Uuid::nil().to_string()), ("level", "HIGH".to_owned())]);
}

#[tokio::test]
#[expect(deprecated, reason = "the test uses what it declares deprecated")]
async fn a_service_subscribes_to_them() {
    let realtime = Realtime::builder(whole::contract()).build().await.unwrap();
    let places = realtime.channel(places::Places { id: Uuid::nil(), level: Level::Low });
    let mut events = places.subscribe().await.unwrap();
    places.publish(SearchDone(Found::Nothing(true))).await.unwrap();
    let event = events.next().await.unwrap().unwrap().event;
    assert_eq!(format!("{event:?}"), "SearchDone", "nothing is known of the payload's traits");
    assert!(matches!(event, places::PlacesEvent::SearchDone(SearchDone(Found::Nothing(true)))));

    let people = realtime.channel(places::People { name: Name("ann".into()) });
    let mut events = people.subscribe().await.unwrap();
    people.publish(person()).await.unwrap();
    let places::PeopleEvent::Person(received) = events.next().await.unwrap().unwrap().event;
    assert_eq!(received, person());

    // Which events are shared is known to the whole alone.
    let mut events = realtime.channel(places::All).subscribe().await.unwrap();
    realtime.channel(places::All).publish(places::Closed).await.unwrap();
    let whole::AllEvent::Closed(places::Closed) = events.next().await.unwrap().unwrap().event;
}

#[tokio::test]
async fn a_service_publishes_them() {
    let realtime = Realtime::builder(whole::contract()).public().build().await.unwrap();
    let places = realtime.channel(places::Places { id: Uuid::nil(), level: Level::Low });
    let open = PlaceChanged::Open(Place { city: "Ulm".into(), floor: None, id: 1 });
    assert_eq!(places.publish(open).await.unwrap().number, Some(1));
    let people = realtime.channel(places::People { name: Name("much too long".into()) });
    assert!(people.publish(person()).await.is_err());
}

#[test]
fn a_call_by_itself_has_its_traits() {
    fn answered<C: tidewire::ClientCall<Reply = (places::Place, bool)>>() -> (&'static str, bool) {
        (C::NAME, C::SIGNAL)
    }
    assert_eq!(answered::<places::ClosePlace>(), ("place.close", true));
}
