//! Types that have no form in JSON that both languages share, each with a way out.

#[tidewire::realtime_events(name = "demo")]
pub mod live {
    #[event("a")]
    pub struct A {
        pub big: u64,
        pub huge: u128,
        pub size: usize,
        pub pair: (u8, u8),
        pub borrowed: &'static str,
        pub nested: Vec<Option<String>>,
        pub keys: std::collections::BTreeMap<u32, String>,
        pub foreign: std::time::Duration,
        pub many: Vec<u64>,
    }

    pub struct Pair(pub String, pub String);

    pub struct Generic<T> {
        pub value: T,
    }

    pub enum Untagged {
        A { x: u8 },
        B,
    }

    #[serde(tag = "type")]
    pub enum Tuple {
        A(String),
    }

    pub struct Endless {
        pub next: Box<Endless>,
    }

    pub struct Nothing;

    fn helper() {}
}

fn main() {}
