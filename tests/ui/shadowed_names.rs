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

fn main() {}
