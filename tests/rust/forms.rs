//! Every form that an events module has beyond the common ones, there and back: what the contract says, what travels, what comes out of it again.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]
#![expect(missing_docs, reason = "the types of this test are documented by its assertions")]

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tidewire::{Carries, Channel, Event, Int64, Nullable, PublishError, Realtime, ServerEvent, Uint64};
use tidewire_schema::{Publishers, Type};

#[tidewire::realtime_events(name = "forms")]
pub mod forms {
    use std::collections::BTreeMap;

    use tidewire::{Int64, Json, Nullable, Uint64, Uuid};

    pub struct Score(#[rt(exclusive_min = 0, max = 10, multiple_of = 0.5)] pub f64);

    #[derive(Eq, Hash)]
    pub enum Level {
        Low,
        High,
    }

    #[rt(open)]
    pub enum Color {
        Red,
        #[serde(rename = "dark-blue")]
        DarkBlue,
    }

    #[event("lists.changed")]
    pub struct Lists {
        pub point: (f64, f64),
        #[rt(at(0, min = 1), at(1, max_length = 3), at(2, items(max = 9)))]
        pub mixed: (u8, String, Vec<u8>, Nullable<bool>),
        #[rt(unique, min_items = 1, items(min_length = 2, format = "email"))]
        pub mails: Vec<String>,
        #[rt(keys = "^[a-z]+$", max_entries = 2, values(items(min = 0, max = 9007199254740991)))]
        pub counts: BTreeMap<String, Vec<i64>>,
        pub ids: Vec<Uint64>,
        pub total: Nullable<Int64>,
    }

    pub struct Defaults {
        #[rt(default = "none", min_length = 1)]
        pub text: String,
        #[rt(default = 5, max = 9)]
        pub number: u8,
        #[rt(default = -0.5)]
        pub ratio: f64,
        #[rt(default = true)]
        pub flag: bool,
        #[rt(default = "low")]
        pub level: Level,
        #[rt(default = 7, int64 = "string")]
        pub wide: i64,
        #[rt(default_json = "null")]
        pub note: Nullable<String>,
        #[rt(default_json = r#"{ "a": [1.0] }"#)]
        pub extra: Json,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub tags: Vec<String>,
        #[serde(default)]
        pub map: BTreeMap<String, u8>,
        #[serde(default)]
        pub count: Int64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub maybe: Option<Nullable<u8>>,
        #[serde(skip)]
        pub local: std::time::Duration,
    }

    pub struct Stamp {
        pub by: Uuid,
        #[serde(flatten)]
        pub place: Place,
    }

    pub struct Place {
        pub room: String,
        pub seat: Option<Nullable<u8>>,
    }

    pub struct Card {
        #[serde(flatten)]
        pub stamp: Stamp,
        pub title: String,
    }

    #[serde(untagged)]
    pub enum Either {
        Text(String),
        Number(f64),
        Card(Card),
        List(#[rt(max_items = 2)] Vec<u8>),
        Flag(Nullable<bool>),
    }

    /// An event that is a choice.
    #[event("either.came")]
    pub struct EitherCame(pub Either);

    #[event("color.picked")]
    #[rt(open)]
    pub enum ColorPicked {
        None,
        #[serde(rename = "any")]
        Some,
    }

    #[event("card.changed")]
    #[serde(tag = "op")]
    #[rt(open)]
    pub enum CardChanged {
        Add(Card),
        #[deprecated = "use `add`"]
        Move {
            #[deprecated(note = "counts from 1")]
            index: u8,
        },
        Clear,
    }

    #[event("job.done")]
    #[serde(tag = "t", content = "c", deny_unknown_fields)]
    pub enum Job {
        Idle,
        Text(#[rt(max_length = 3)] String),
        Result { code: u8, at: Option<u8> },
    }

    #[serde(tag = "t", content = "c", rename_all = "SCREAMING_SNAKE_CASE")]
    #[rt(open)]
    pub enum Task {
        PickUp(Place),
        Wait,
        Carry { to: Place, weight: Nullable<f64> },
    }

    #[event("json.came")]
    pub struct JsonCame {
        #[rt(
            json = r##"{ "type": "object", "properties": { "card": { "$ref": "#/types/Card" } }, "patternProperties": { "^x-": true } }"##
        )]
        pub data: Json,
        #[rt(items(json = r#"{ "const": 1 }"#))]
        pub list: Vec<Json>,
        pub color: Color,
        pub level: Level,
    }

    #[event("sensor.read")]
    pub struct SensorRead {
        pub value: Nullable<f64>,
        pub grid: Vec<BTreeMap<String, (f64, f32)>>,
        pub score: Option<Score>,
    }

    /// Gone soon.
    #[event("old")]
    #[deprecated]
    pub struct Old {
        pub defaults: Defaults,
    }

    #[channel("forms/{size}", events(Lists, EitherCame, ColorPicked, CardChanged, Job, JsonCame, SensorRead, Old))]
    #[deprecated(since = "2.0.0", note = "moved")]
    pub struct Forms {
        #[rt(min = 1)]
        pub size: u8,
    }

    /// The cards of a board.
    #[live(name = "boardCards", channel = Board)]
    #[rt(max_items = 100)]
    pub type BoardCards = Vec<Card>;

    #[channel("sensors", events(SensorRead))]
    pub struct Sensors;

    #[channel("board/{id}", payload = Defaults)]
    pub struct Board {
        pub id: Uuid,
    }

    /// Gives a board another name.
    #[call("board.rename", from = (client, server), reply = (String, Uuid))]
    pub struct RenameBoard {
        pub name: String,
    }

    #[call("board.wipe")]
    pub struct WipeBoard;

    #[call("board.which", from = server, reply = Card)]
    pub struct WhichBoard(pub Place);

    #[connection(opening)]
    pub struct Opening {
        pub version: u32,
    }

    #[connection(greeting, state)]
    pub struct Greeting {
        pub r#type: Level,
        pub naïve: bool,
    }
}

use forms::{
    Card, CardChanged, Color, ColorPicked, Defaults, Either, EitherCame, Job, JsonCame, Level, Lists, Place, SensorRead, Stamp, Task,
};

fn named(name: &str) -> Value {
    serde_json::to_value(&forms::contract().type_named(name).unwrap().ty).unwrap()
}

#[track_caller]
fn travels<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, wire: Value) {
    assert_eq!(serde_json::to_value(value).unwrap(), wire);
    assert_eq!(serde_json::from_value::<T>(wire).unwrap(), *value);
}

fn card() -> Card {
    Card { stamp: Stamp { by: tidewire::Uuid::nil(), place: Place { room: "r".into(), seat: Some(Nullable::Null) } }, title: "t".into() }
}

fn card_wire() -> Value {
    json!({ "by": "00000000-0000-0000-0000-000000000000", "room": "r", "seat": null, "title": "t" })
}

#[test]
fn constraints_reach_into_lists_maps_and_tuples() {
    assert_eq!(
        named("Lists"),
        json!({ "kind": "object", "fields": [
            { "name": "point", "type": { "kind": "tuple", "items": [{ "kind": "number" }, { "kind": "number" }] } },
            { "name": "mixed", "type": { "kind": "tuple", "items": [
                { "kind": "integer", "min": 1, "max": 255 }, { "kind": "string", "maxLength": 3 },
                { "kind": "list", "items": { "kind": "integer", "min": 0, "max": 9 } }, { "kind": "nullable", "of": { "kind": "boolean" } },
            ] } },
            { "name": "mails", "type": { "kind": "list", "items": { "kind": "string", "minLength": 2, "format": "email" }, "minItems": 1, "unique": true } },
            { "name": "counts", "type": { "kind": "map", "keys": "^[a-z]+$", "maxEntries": 2,
                "values": { "kind": "list", "items": { "kind": "integer", "min": 0, "max": 9_007_199_254_740_991_i64 } } } },
            { "name": "ids", "type": { "kind": "list", "items": { "kind": "int64", "signed": false } } },
            { "name": "total", "type": { "kind": "nullable", "of": { "kind": "int64", "signed": true } } },
        ] })
    );
    assert_eq!(named("Score"), json!({ "kind": "number", "exclusiveMin": 0.0, "max": 10.0, "multipleOf": 0.5 }));
    let lists = Lists {
        point: (0.5, 1.0),
        mixed: (1, "abc".into(), vec![9], Nullable::Null),
        mails: vec!["a@b".into()],
        counts: [("a".to_owned(), vec![1])].into(),
        ids: vec![Uint64::MAX],
        total: Nullable::Value(Int64(-5)),
    };
    travels(
        &lists,
        json!({ "point": [0.5, 1.0], "mixed": [1, "abc", [9], null], "mails": ["a@b"], "counts": { "a": [1] }, "ids": ["18446744073709551615"], "total": "-5" }),
    );
}

#[test]
fn defaults_fill_what_is_absent_and_nothing_else() {
    let defaults: Vec<Option<Value>> = match &forms::contract().type_named("Defaults").unwrap().ty {
        Type::Object(object) => object.fields.iter().map(|field| field.default.as_ref().map(Value::from)).collect(),
        other => panic!("{other:?}"),
    };
    let expected = [
        json!("none"),
        json!(5),
        json!(-0.5),
        json!(true),
        json!("low"),
        json!("7"),
        json!(null),
        json!({ "a": [1] }),
        json!([]),
        json!({}),
        json!("0"),
    ];
    assert_eq!(defaults, expected.into_iter().map(Some).chain([None]).collect::<Vec<_>>());
    let filled: Defaults = serde_json::from_value(json!({})).unwrap();
    let wire = json!({ "text": "none", "number": 5, "ratio": -0.5, "flag": true, "level": "low", "wide": "7", "note": null,
        "extra": { "a": [1] }, "map": {}, "count": "0" });
    assert_eq!(serde_json::to_value(&filled).unwrap(), wire, "an empty list is left out, an absent option stays absent");
    assert_eq!((filled.tags.len(), filled.maybe, filled.local.as_secs()), (0, None, 0));
    for (field, value) in [("text", json!(null)), ("number", json!("5")), ("tags", json!(null)), ("wide", json!(7))] {
        assert!(serde_json::from_value::<Defaults>(json!({ field: value })).is_err(), "{field}: a wrong value is not absent");
    }
    let null: Defaults = serde_json::from_value(json!({ "maybe": null, "note": "n" })).unwrap();
    assert_eq!((null.maybe, null.note), (Some(Nullable::Null), Nullable::Value("n".to_owned())));
}

#[test]
fn a_flattened_struct_is_its_fields() {
    let fields = |name: &str| match &forms::contract().type_named(name).unwrap().ty {
        Type::Object(object) => object.fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(fields("Stamp"), ["by", "room", "seat"]);
    assert_eq!(fields("Card"), ["by", "room", "seat", "title"]);
    travels(&card(), card_wire());
    let absent: Card = serde_json::from_value(json!({ "by": "00000000-0000-0000-0000-000000000000", "room": "r", "title": "t" })).unwrap();
    assert_eq!(absent.stamp.place.seat, None);
    assert!(serde_json::from_value::<Card>(json!({ "room": "r", "title": "t" })).is_err());
}

#[test]
fn a_choice_is_decided_by_the_json_type() {
    assert_eq!(
        named("Either")["of"].as_array().unwrap().iter().map(|ty| ty["kind"].as_str().unwrap()).collect::<Vec<_>>(),
        ["string", "number", "ref", "list", "nullable"]
    );
    for (value, wire) in [
        (Either::Text("t".into()), json!("t")),
        (Either::Number(1.5), json!(1.5)),
        (Either::Card(card()), card_wire()),
        (Either::List(vec![1, 2]), json!([1, 2])),
        (Either::Flag(Nullable::Null), json!(null)),
        (Either::Flag(Nullable::Value(true)), json!(true)),
    ] {
        travels(&EitherCame(value), wire);
    }
    // serde alone would take this list for the fields of a card.
    assert!(serde_json::from_value::<Either>(json!(["00000000-0000-0000-0000-000000000000", "r", null, "t"])).is_err());
}

#[test]
fn open_enums_keep_what_they_do_not_know() {
    assert_eq!(named("Color"), json!({ "kind": "enum", "values": [{ "value": "red" }, { "value": "dark-blue" }], "open": true }));
    travels(&Color::Red, json!("red"));
    travels(&Color::DarkBlue, json!("dark-blue"));
    travels(&Color::Unknown("mauve".into()), json!("mauve"));
    travels(&ColorPicked::Some, json!("any"));
    travels(&ColorPicked::Unknown("some".into()), json!("some"));
    assert!(serde_json::from_value::<Color>(json!(1)).is_err());
    assert_eq!(ColorPicked::NAME, "color.picked");
}

#[test]
fn open_unions_keep_the_whole_object() {
    let union = named("CardChanged");
    assert_eq!((&union["open"], &union["variants"][0]["fields"][3]["name"]), (&json!(true), &json!("title")));
    assert_eq!(
        (&union["variants"][1]["deprecated"], &union["variants"][1]["fields"][0]["deprecated"]),
        (&json!("use `add`"), &json!("counts from 1"))
    );
    let mut add = card_wire();
    add["op"] = json!("add");
    travels(&CardChanged::Add(card()), add);
    travels(&CardChanged::Clear, json!({ "op": "clear" }));
    let later = json!({ "op": "archive", "why": [1, null], "toString": {} });
    travels(&CardChanged::Unknown(later.clone()), later);
    for wrong in [json!({ "op": "move", "index": "one" }), json!({ "op": "add" }), json!({}), json!({ "op": 1 }), json!("clear")] {
        assert!(serde_json::from_value::<CardChanged>(wrong.clone()).is_err(), "{wrong} has a known tag, or none");
    }
}

#[test]
fn the_content_of_a_variant_stands_in_a_field() {
    assert_eq!(
        named("Job"),
        json!({ "kind": "union", "tag": "t", "variants": [
            { "value": "idle", "fields": [], "closed": true },
            { "value": "text", "fields": [{ "name": "c", "type": { "kind": "string", "maxLength": 3 } }], "closed": true },
            { "value": "result", "fields": [{ "name": "c", "type": { "kind": "ref", "name": "JobResult" } }], "closed": true },
        ] })
    );
    assert_eq!(named("JobResult")["fields"][1]["optional"], json!(true));
    assert_eq!(named("JobResult")["closed"], json!(true));
    travels(&Job::Idle, json!({ "t": "idle" }));
    travels(&Job::Text("abc".into()), json!({ "t": "text", "c": "abc" }));
    travels(&Job::Result { code: 1, at: None }, json!({ "t": "result", "c": { "code": 1 } }));
    assert!(serde_json::from_value::<Job>(json!({ "t": "text" })).is_err());
    assert!(serde_json::from_value::<Job>(json!({ "t": "result", "c": { "code": 1, "more": 1 } })).is_err());
}

#[test]
fn an_open_union_with_a_content_keeps_both() {
    let place = || Place { room: "r".into(), seat: None };
    travels(&Task::PickUp(place()), json!({ "t": "PICK_UP", "c": { "room": "r" } }));
    travels(&Task::Wait, json!({ "t": "WAIT" }));
    travels(&Task::Carry { to: place(), weight: Nullable::Null }, json!({ "t": "CARRY", "c": { "to": { "room": "r" }, "weight": null } }));
    let later = json!({ "t": "drop", "c": [1], "more": {} });
    travels(&Task::Unknown(later.clone()), later);
    assert!(serde_json::from_value::<Task>(json!({ "t": "PICK_UP", "c": 1 })).is_err());
    assert!(serde_json::from_value::<Task>(json!({ "c": {} })).is_err());
}

#[test]
fn decimal_text_has_one_form() {
    for wrong in ["+5", "007", "-0", "", "5.0", "9223372036854775808"] {
        assert!(serde_json::from_value::<Int64>(json!(wrong)).is_err(), "{wrong}");
    }
    assert!(serde_json::from_value::<Uint64>(json!(5)).is_err(), "a number is not text");
    assert!(Int64(3) > 2 && Int64(3) == 3 && i64::from(Int64::MIN) == i64::MIN && "-7".parse() == Ok(Int64(-7)));
}

#[test]
fn json_obeys_the_schema_behind_it() {
    let json = named("JsonCame");
    assert_eq!(
        json["fields"][0]["type"],
        json!({ "kind": "json", "schema": { "type": ["object"], "properties": { "card": { "$ref": "#/types/Card" } }, "patternProperties": { "^x-": true } } })
    );
    assert_eq!(json["fields"][1]["type"]["items"]["schema"], json!({ "enum": [1] }));
    travels(
        &JsonCame { data: json!({ "x-a": 1 }), list: vec![json!(1)], color: Color::Red, level: Level::High },
        json!({ "data": { "x-a": 1 }, "list": [1], "color": "red", "level": "high" }),
    );
}

#[test]
fn live_queries_calls_and_the_connection_are_in_the_contract() {
    let contract = forms::contract();
    let [query] = contract.live.as_slice() else { panic!("{:?}", contract.live) };
    assert_eq!(
        (query.name.as_str(), query.channel.as_str(), query.description.as_deref()),
        ("boardCards", "board/{id}", Some("The cards of a board."))
    );
    assert!(matches!(&query.result, Type::List { max_items: Some(100), .. }));
    let calls: Vec<(&str, Publishers, Option<&str>)> =
        contract.calls.iter().map(|call| (call.name.as_str(), call.from, call.request.as_ref().map(Type::noun))).collect();
    let client = Publishers { server: false, client: true };
    assert_eq!(
        calls,
        [
            ("board.rename", Publishers { server: true, client: true }, Some("a named type")),
            ("board.which", Publishers { server: true, client: false }, Some("a named type")),
            ("board.wipe", client, None),
        ]
    );
    assert_eq!(contract.calls[0].reply, Some(Type::Tuple { items: vec![Type::TEXT, Type::Uuid] }));
    assert_eq!(contract.calls[1].request, Some(Type::Ref { name: "Place".into() }), "a newtype stands for what it wraps");
    assert_eq!(contract.calls[2].reply, None);
    assert_eq!(contract.connection.opening, Some(Type::Ref { name: "Opening".into() }));
    assert_eq!(contract.connection.greeting, contract.connection.state);
    let cards: forms::BoardCards = vec![card()];
    assert_eq!(cards.len(), 1);
    travels(&forms::RenameBoard { name: "n".into() }, json!({ "name": "n" }));
}

#[test]
#[expect(deprecated, reason = "the test uses what it declares deprecated")]
fn deprecations_are_told_in_both_languages() {
    fn carries<C: Channel + Carries<E>, E: ServerEvent>() {}
    let contract = forms::contract();
    assert_eq!(contract.event_named("old").unwrap().deprecated.as_deref(), Some(""));
    assert_eq!(contract.channel_with("forms/{size}").unwrap().deprecated.as_deref(), Some("moved"));
    let union = &contract.type_named("Old").unwrap();
    assert_eq!((union.deprecated.as_deref(), union.description.as_deref()), (Some(""), Some("Gone soon.")));
    carries::<forms::Forms, forms::Old>();
}

#[tokio::test]
async fn numbers_that_json_does_not_have_are_refused_by_name() {
    let realtime = Realtime::builder(forms::contract()).public().build().await.unwrap();
    let board = realtime.channel(forms::Board { id: tidewire::Uuid::nil() });
    let mut value: Defaults = serde_json::from_value(json!({})).unwrap();
    value.ratio = f64::NAN;
    let refusal = |error: PublishError| match error {
        PublishError::Invalid { issues, .. } => issues.into_iter().map(|issue| issue.to_string()).collect::<Vec<_>>(),
        other => panic!("{other}"),
    };
    assert_eq!(refusal(board.publish(value).await.unwrap_err()), ["/ratio: expected a finite number, got NaN"]);
    // serde_json writes null for it, which this field would take.
    let sensors = realtime.channel(forms::Sensors);
    let read = SensorRead { value: Nullable::Value(f64::INFINITY), grid: Vec::new(), score: None };
    assert_eq!(refusal(sensors.publish(read).await.unwrap_err()), ["/value: expected a finite number, got inf"]);
    let read = SensorRead { value: Nullable::Null, grid: vec![[("a".to_owned(), (0.5, f32::NAN))].into()], score: None };
    assert_eq!(refusal(sensors.publish(read).await.unwrap_err()), ["/grid/0/a/1: expected a finite number, got NaN"]);
}

#[test]
fn calls_and_parts_of_the_connection_have_their_traits() {
    fn asked<C: tidewire::Call<Reply = R>, R>() -> (&'static str, bool) {
        (C::NAME, C::SIGNAL)
    }
    fn from_client<C: tidewire::ClientCall>() {}
    fn from_server<C: tidewire::ServerCall>() {}
    fn parts<O: tidewire::Opening, G: tidewire::Greeting + tidewire::ConnectionState>() {}
    assert_eq!(asked::<forms::RenameBoard, (String, tidewire::Uuid)>(), ("board.rename", false));
    assert_eq!(asked::<forms::WipeBoard, ()>(), ("board.wipe", true));
    assert_eq!(asked::<forms::WhichBoard, Card>(), ("board.which", false));
    from_client::<forms::RenameBoard>();
    from_server::<forms::RenameBoard>();
    from_client::<forms::WipeBoard>();
    from_server::<forms::WhichBoard>();
    parts::<forms::Opening, forms::Greeting>();
}
