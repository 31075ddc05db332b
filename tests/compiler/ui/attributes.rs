//! serde's attributes are honoured or refused, never ignored.

#[tidewire::realtime_events(name = "demo")]
pub mod live {
    #[serde(rename = "Other", into = "String")]
    #[derive(Clone)]
    pub struct Renamed {
        #[serde(alias = "b")]
        pub a: u8,
    }

    #[serde(rename_all = "camelcase", default)]
    pub struct Fields {
        #[serde(default = "path")]
        pub a: u8,
        #[serde(flatten)]
        pub b: std::collections::BTreeMap<String, u8>,
        #[serde(serialize_with = "path")]
        pub c: u8,
        #[cfg(test)]
        pub d: u8,
        #[serde(skip_serializing_if = "String::is_empty")]
        pub e: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub f: Vec<u8>,
        #[serde(skip, rename = "g")]
        pub g: u8,
        #[serde(skip_deserializing)]
        pub h: u8,
        #[serde(defualt)]
        pub i: u8,
    }

    #[serde(deny_unknown_fields)]
    pub struct Closed {
        #[serde(flatten)]
        pub inner: Inner,
    }

    pub struct Open {
        #[serde(flatten)]
        pub inner: Inner,
        #[serde(flatten)]
        pub maybe: Option<Inner>,
        pub text: String,
        #[serde(flatten)]
        pub closed: Closed,
        #[serde(flatten)]
        pub kind: Kind,
    }

    pub struct Inner {
        pub text: String,
    }

    pub enum Kind {
        A,
        #[serde(other)]
        Rest,
    }

    #[serde(tag = "type", untagged)]
    pub enum Both {
        A,
    }

    #[serde(content = "c")]
    pub enum ContentAlone {
        A(u8),
    }

    #[serde(tag = "text")]
    pub enum Tagged {
        A(Inner),
        B(String),
        C(Kind),
        D { text: u8 },
    }

    #[channel("a", payload = Inner, events = all)]
    pub struct BothCarried;

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
