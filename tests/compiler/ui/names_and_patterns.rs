//! Names and patterns that cannot be, and pairs that cannot be told apart.

#[tidewire::realtime_events(name = "Demo App")]
pub mod live {
    #[event("message sent")]
    pub struct A;

    #[event("twice")]
    pub struct B;

    #[event("twice")]
    pub struct C;

    pub struct D {
        pub a_b: u8,
        #[serde(rename = "aB")]
        pub other: u8,
        #[rt(pattern = "(?=a)")]
        pub text: String,
        #[rt(min = 300)]
        pub small: u8,
        #[rt(min_length = 5, max_length = 2)]
        pub none: String,
    }

    #[channel("chat/{room_id}", events(B))]
    pub struct Chat {
        pub room_id: String,
    }

    #[channel("chat/{other}", events(B))]
    pub struct Other {
        pub other: String,
    }

    #[channel("bad//pattern", events(B))]
    pub struct Bad;

    #[channel("$system")]
    pub struct System;

    #[channel("typed/{when}")]
    pub struct Typed {
        pub when: f64,
    }
}

fn main() {}
