//! What `#[realtime_events]` makes of a module: types that serialise as the contract says, and everything a service needs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]
#![expect(missing_docs, reason = "the types of this test are documented by its assertions")]

use serde_json::{Value, json};
use tidewire::{Carries, Channel, DefaultChannel, Event, Nullable, Realtime, ServerEvent, Signal, Uuid};
use tidewire_schema::check::Checker;

#[tidewire::realtime_events(name = "shapes")]
pub mod shapes {
    //! Every shape that a payload can have.
    use std::collections::{BTreeMap, HashMap};

    use tidewire::{DateTime, Json, Nullable, Utc, Uuid};

    /// A name.
    #[derive(Eq, Hash)]
    pub struct Name(#[rt(min_length = 1, max_length = 8)] pub String);

    pub struct Amount(#[rt(int64 = "string")] pub i64);

    #[derive(Copy, Eq)]
    pub enum Level {
        Low,
        VeryHigh,
        #[serde(rename = "off!")]
        Off,
    }

    pub struct Tree {
        pub label: String,
        pub children: Vec<Self>,
        pub next: Option<Box<Self>>,
    }

    #[serde(tag = "op", rename_all = "snake_case")]
    pub enum Change {
        AddCard { card_id: Uuid, at: Option<u16> },
        Clear,
    }

    #[event("everything.changed")]
    pub struct Everything {
        pub name: Name,
        pub amount: Amount,
        #[rt(max = 9007199254740991)]
        pub big: u64,
        pub level: Level,
        pub tree: Tree,
        pub change: Change,
        pub when: DateTime<Utc>,
        pub due_at: Option<Nullable<DateTime<Utc>>>,
        pub note: Nullable<String>,
        pub tags: BTreeMap<String, Vec<f64>>,
        pub counts: HashMap<String, i8>,
        pub extra: Json,
        #[serde(rename = "TYPE")]
        pub r#type: bool,
    }

    #[event("alert")]
    pub struct Alert;

    #[serde(deny_unknown_fields)]
    pub struct Tick {
        #[rt(min = 0)]
        pub cents: i32,
    }

    impl Tick {
        pub fn euros(&self) -> f64 {
            f64::from(self.cents) / 100.0
        }
    }

    #[channel("all/{id}/{level}", events(Everything))]
    pub struct All {
        pub id: Uuid,
        pub level: Level,
    }

    #[channel("ticker/{symbol}", payload = Tick)]
    pub struct Ticker {
        pub symbol: Name,
    }

    #[channel("refresh")]
    pub struct Refresh;

    #[channel("operators", events = all)]
    pub struct Operators;
}

use shapes::{Alert, All, Amount, Change, Everything, Level, Name, Operators, Refresh, Tick, Ticker, Tree};

fn everything() -> Everything {
    Everything {
        name: Name("ann".into()),
        amount: Amount(i64::MAX),
        big: 9_007_199_254_740_991,
        level: Level::VeryHigh,
        tree: Tree { label: "root".into(), children: vec![Tree { label: "leaf".into(), children: Vec::new(), next: None }], next: None },
        change: Change::AddCard { card_id: Uuid::nil(), at: None },
        when: "2026-01-31T12:00:00Z".parse().unwrap(),
        due_at: Some(Nullable::Null),
        note: Nullable::Value("n".into()),
        tags: [("a".to_owned(), vec![0.5])].into(),
        counts: [("b".to_owned(), -1)].into(),
        extra: json!({ "free": [1] }),
        r#type: true,
    }
}

fn wire() -> Value {
    json!({
        "name": "ann", "amount": "9223372036854775807", "big": 9_007_199_254_740_991_u64, "level": "veryHigh",
        "tree": { "label": "root", "children": [{ "label": "leaf", "children": [] }] },
        "change": { "op": "add_card", "cardId": "00000000-0000-0000-0000-000000000000" },
        "when": "2026-01-31T12:00:00Z", "dueAt": null, "note": "n", "tags": { "a": [0.5] }, "counts": { "b": -1 }, "extra": { "free": [1] }, "TYPE": true,
    })
}

#[test]
fn types_travel_as_the_contract_says() {
    assert_eq!(serde_json::to_value(everything()).unwrap(), wire());
    assert_eq!(serde_json::from_value::<Everything>(wire()).unwrap(), everything());
    let event = shapes::contract().event_named("everything.changed").unwrap();
    assert_eq!(Checker::new(shapes::contract()).payload(event, Some(wire())), Ok(Some(wire())));
}

#[test]
fn absent_and_null_stay_apart() {
    let mut value = wire();
    value.as_object_mut().unwrap().remove("dueAt");
    assert_eq!(serde_json::from_value::<Everything>(value.clone()).unwrap().due_at, None);
    assert!(serde_json::to_value(Everything { due_at: None, ..everything() }).unwrap().get("dueAt").is_none());
    value["tree"]["next"] = Value::Null;
    assert!(serde_json::from_value::<Everything>(value).is_err(), "an absent field is not written as null");
}

#[test]
fn a_closed_type_refuses_what_it_does_not_know() {
    assert!(serde_json::from_value::<Tick>(json!({ "cents": 1, "more": 1 })).is_err());
    assert!((Tick { cents: 150 }.euros() - 1.5).abs() < f64::EPSILON);
}

#[test]
fn the_traits_say_what_is_carried_where() {
    fn carries<C: Channel + Carries<E>, E: ServerEvent>() -> (&'static str, &'static str, bool) {
        (C::PATTERN, E::NAME, E::SIGNAL)
    }
    assert_eq!(carries::<All, Everything>(), ("all/{id}/{level}", "everything.changed", false));
    assert_eq!(carries::<Ticker, Tick>(), ("ticker/{symbol}", "message", false));
    assert_eq!(carries::<Refresh, Signal>(), ("refresh", "message", true));
    assert_eq!(carries::<DefaultChannel, Alert>(), ("default", "alert", true));
    assert_eq!(carries::<Operators, Alert>(), ("operators", "alert", true));
    let params = All { id: Uuid::nil(), level: Level::Off }.params();
    assert_eq!(params, [("id", Uuid::nil().to_string()), ("level", "off!".to_owned())]);
}

#[test]
fn the_contract_and_its_hash_come_with_the_module() {
    assert_eq!(shapes::contract().hash(), shapes::CONTRACT_HASH);
    assert_eq!(serde_json::from_str::<tidewire::Contract>(shapes::CONTRACT).unwrap(), *shapes::contract());
    assert_eq!(Alert::NAME, "alert");
    let parsed = tidewire_codegen::source::rust(include_str!("events_module.rs"));
    assert_eq!(parsed.0, *shapes::contract(), "the generator reads the file as the macro read it");
}

#[tokio::test]
async fn what_violates_the_contract_is_refused_before_anything_is_stored() {
    let realtime = Realtime::builder(shapes::contract()).public().build().await.unwrap();
    let ticker = || realtime.channel(Ticker { symbol: Name("ACME".into()) });
    assert!(ticker().publish(Tick { cents: -1 }).await.is_err());
    assert!(realtime.channel(Ticker { symbol: Name("much too long".into()) }).publish(Tick { cents: 1 }).await.is_err());
    let all = || realtime.channel(All { id: Uuid::nil(), level: Level::Low });
    let nan = Everything { tags: [("a".to_owned(), vec![f64::NAN])].into(), ..everything() };
    assert!(all().publish(nan).await.is_err());
    assert!(all().history(tidewire::History::latest(5)).await.unwrap().events.is_empty());
    assert_eq!(all().publish(everything()).await.unwrap().number, Some(1));
    realtime.publish(Alert).await.unwrap();
    realtime.channel(Refresh).signal().await.unwrap();
    assert_eq!(ticker().publish(Tick { cents: 1 }).await.unwrap().number, Some(1));
}
