//! Who may come in.

use tidewire_schema::wire::WireCode;

use crate::transport::Refusal;

/// How a service decides who may connect. Closed until it says otherwise, so that forgetting it cannot publish anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nobody chose.
    #[default]
    Closed,
    /// Everybody may read everything.
    Public,
}

impl Access {
    /// Lets a request in, or says why not.
    pub(crate) fn admit(self) -> Result<(), Refusal> {
        match self {
            Self::Public => Ok(()),
            Self::Closed => Err(Refusal::new(WireCode::Denied, "this service has not decided who may connect, so nobody may")
                .hint("call `.public()` on `Realtime::builder(…)` if everybody may read every channel")),
        }
    }
}
