//! serde's attributes are honoured or refused, never ignored.

#[tidewire::realtime_events(name = "demo")]
pub mod live {
    #[serde(untagged)]
    pub enum Either {
        A { a: u8 },
        B { b: u8 },
    }

    #[serde(rename_all = "camelcase")]
    pub struct Fields {
        #[serde(default)]
        pub a: u8,
        #[serde(flatten)]
        pub b: Inner,
        #[serde(serialize_with = "path")]
        pub c: u8,
        #[cfg(test)]
        pub d: u8,
    }

    pub struct Inner {}

    #[channel("a", payload = Inner, events = all)]
    pub struct Both;

    #[channel]
    pub struct Nameless;

    #[event]
    pub struct AlsoNameless;
}

#[tidewire::realtime_events(name = "demo")]
pub struct NotAModule;

#[tidewire::realtime_events]
pub mod unnamed {}

fn main() {}
