//! Constraints that do not fit, cannot be met, or cannot be understood, at any depth.

#[tidewire::realtime_events(name = "demo")]
pub mod live {
    use tidewire::{Int64, Json, Nullable};

    pub struct Fit {
        #[rt(exclusive_min = 1)]
        pub whole: i32,
        #[rt(multiple_of = 0)]
        pub zero: f64,
        #[rt(exclusive_min = 2, max = 2)]
        pub none: f64,
        #[rt(max = 1e999)]
        pub huge: f64,
        #[rt(min_length = 1)]
        pub items: Vec<String>,
        #[rt(items(max_length = 1, min = 0), unique = true)]
        pub inner: Vec<String>,
        #[rt(values(items(multiple_of = 2)))]
        pub values: std::collections::BTreeMap<String, Vec<bool>>,
        #[rt(keys = "(?<name>a)")]
        pub keys: std::collections::BTreeMap<String, bool>,
        #[rt(at(2, min = 1), at(min = 1))]
        pub pair: (u8, String),
        #[rt(format = "e-mail")]
        pub mail: String,
        #[rt(min = 1)]
        pub text64: Int64,
        #[rt(min_items = 1)]
        pub nullable: Nullable<u8>,
        #[rt(int64 = "string")]
        pub wide_inside: Vec<i64>,
        pub wide_pair: (u64, u8),
        #[rt(at(0, max = 9))]
        pub fine: (u64, u8),
        pub nothing: (),
        pub many: (u8, u8, u8, u8, u8, u8, u8, u8, u8),
        pub maybe: (Option<u8>, u8),
        #[rt(open)]
        pub open: u8,
    }

    #[rt(min = 1)]
    pub struct OnTheStruct(pub u8);

    pub struct Schemas {
        #[rt(json = "{")]
        pub broken: Json,
        #[rt(json = r#"{ "minLenght": 1, "properties": { "a": { "items": { "type": ["text"] } } } }"#)]
        pub keywords: Json,
        #[rt(json = r##"{ "anyOf": [{ "$ref": "#/types/Ft" }, { "$ref": "other.json" }], "allOf": {} }"##)]
        pub references: Json,
        #[rt(json = r#"{ "pattern": "(?=a)", "multipleOf": 0, "minimum": "1", "not": {} }"#)]
        pub values: Json,
        #[rt(json = "true")]
        pub misplaced: String,
    }
}

fn main() {}
