//! The parser judges types by their names; the compiler catches it where a name means something else.

pub type String = u32;

#[tidewire::realtime_events(name = "demo")]
pub mod live {
    use super::String;

    #[event("a")]
    pub struct A {
        pub text: String,
    }
}

#[tidewire::realtime_events(name = "aliased")]
pub mod aliased {
    use std::primitive::u32 as Uuid;

    #[event("a")]
    pub struct A {
        pub id: Uuid,
    }
}

#[tidewire::realtime_events(name = "inside")]
pub mod inside {
    use std::primitive::i64 as Int64;
    use std::primitive::i8 as u8;
    use std::primitive::u32 as u16;

    #[event("a")]
    pub struct A {
        pub pair: (Int64, bool),
        pub small: u16,
        // The same name is the same mistake: it is reported once.
        pub other: u16,
    }

    #[serde(untagged)]
    pub enum Either {
        Small(u8),
        Flag(bool),
    }
}

fn main() {}
