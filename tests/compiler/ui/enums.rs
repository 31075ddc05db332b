//! Enums whose variants cannot be told apart, or that cannot be open.

#[tidewire::realtime_events(name = "demo")]
pub mod live {
    use tidewire::{Json, Nullable};

    #[serde(untagged)]
    pub enum Either {
        A(String),
        B(Level),
        C(u8),
        D(f64),
        E(Nullable<bool>),
        F(Json),
    }

    #[serde(untagged)]
    pub enum Shapes {
        Unit,
        Named { a: u8 },
        Pair(u8, u8),
    }

    #[rt(open)]
    pub enum Level {
        Low,
        Unknown,
    }

    #[rt(open)]
    #[derive(Copy, Eq)]
    pub enum Copied {
        Low,
        #[deprecated]
        High,
        #[serde(rename = "low")]
        AlsoLow,
    }

    #[serde(untagged)]
    #[rt(open)]
    pub enum Untagged {
        A(u8),
    }

    #[rt(opne)]
    pub enum Typo {
        A,
    }

    #[serde(tag = "type", content = "type")]
    pub enum SameName {
        #[rt(open)]
        A(u8),
        B(u8, u8),
        C(Option<u8>),
    }

    #[channel("levels/{level}")]
    pub struct Levels {
        pub level: Color,
    }

    #[rt(open)]
    pub enum Color {
        Red,
    }
}

fn main() {}
