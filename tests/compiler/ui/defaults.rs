//! Defaults that are no values of their types, and types whose default nobody knows.

#[tidewire::realtime_events(name = "demo")]
pub mod live {
    use tidewire::{DateTime, Nullable, Utc, Uuid};

    pub enum Level {
        Low,
        High,
    }

    pub struct Short(#[rt(min_length = 1, default = "a")] pub String);

    pub struct Defaults {
        #[serde(default)]
        pub level: Level,
        #[serde(default)]
        pub id: Uuid,
        #[rt(default = "now")]
        pub at: DateTime<Utc>,
        #[rt(default = "medium")]
        pub other_level: Level,
        #[rt(default = "")]
        pub short: Short,
        #[rt(default = 300)]
        pub small: u8,
        #[rt(default = 0.5)]
        pub whole: u8,
        #[serde(default)]
        #[rt(min_items = 1)]
        pub some: Vec<u8>,
        #[rt(default_json = "[1]")]
        pub list: Vec<u8>,
        #[rt(default_json = "nul")]
        pub broken: Nullable<u8>,
        #[rt(default = Level)]
        pub path: Level,
        #[rt(default = 1)]
        pub maybe: Option<u8>,
        #[rt(default = "a@b", format = "email")]
        pub mail: String,
        #[rt(default = 5, multiple_of = 2)]
        pub even: u8,
        #[rt(default_json = "1", json = "false")]
        pub checked: tidewire::Json,
        #[rt(default = 1, default_json = "2")]
        pub twice: u8,
    }

    #[channel("a/{b}")]
    pub struct Channel {
        #[rt(default = 1)]
        pub b: u8,
    }
}

fn main() {}
