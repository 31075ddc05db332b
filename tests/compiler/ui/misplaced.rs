//! Attributes of ours where they mean nothing, and keys that stand twice.

#[tidewire::realtime_events(name = "demo", name = "again")]
pub mod live {
    #[live(channel = Chat)]
    pub struct NoQuery {
        #[event("inner")]
        #[rt(min_length = 1, min_length = 2)]
        pub text: String,
        #[rt(at(0, max = 1), at(1, max = 1), at(0, min = 0))]
        pub pair: (u8, u8),
        #[rt(default = 1, default = 2)]
        pub number: u8,
    }

    #[channel("levels")]
    pub enum Level {
        #[call("low")]
        Low,
    }

    #[event("a", publish(server), publish(client))]
    #[event("b")]
    pub struct Twice;

    #[channel("chat/{id}", events(Twice))]
    #[serde(rename_all = "snake_case")]
    #[rt(min = 1)]
    pub struct Chat {
        #[cfg(test)]
        #[connection(opening)]
        pub id: String,
    }
}

fn main() {}
