//! A grant as a token carries it.

use serde::{Deserialize, Serialize};

use super::{Addresses, Grant, address::Written as Channels, grant::Rights};

/// The rights of a grant; in whose name it is says the token beside it. What it does not mention, it does not give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Written {
    #[serde(default)]
    subscribe: Right,
    #[serde(default)]
    publish: Right,
    // Most tokens do not say: who may publish may be present.
    #[serde(default, skip_serializing_if = "Right::is_none")]
    present: Right,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Right {
    All(Everything),
    To(Vec<Channels>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Everything {
    Everything,
}

impl Default for Right {
    fn default() -> Self {
        Self::To(Vec::new())
    }
}

impl Right {
    fn is_none(&self) -> bool {
        *self == Self::default()
    }

    fn write(rights: &Rights) -> Result<Self, String> {
        match rights {
            Rights::Everything => Ok(Self::All(Everything::Everything)),
            Rights::To(channels) => channels.iter().map(Addresses::write).collect::<Result<_, _>>().map(Self::To),
        }
    }

    fn read(self) -> Rights {
        match self {
            Self::All(Everything::Everything) => Rights::Everything,
            Self::To(channels) => Rights::To(channels.into_iter().map(Addresses::read).collect()),
        }
    }
}

impl Grant {
    /// Its rights as a token carries them, or why it cannot.
    pub(super) fn write(&self) -> Result<Written, String> {
        let [subscribe, publish, present] = [&self.subscribe, &self.publish, &self.present].map(Right::write);
        Ok(Written { subscribe: subscribe?, publish: publish?, present: present? })
    }
}

impl Written {
    /// The grant of whoever the token names.
    pub(super) fn read(self, user: Option<String>) -> Grant {
        let mut grant = user.map_or_else(Grant::anonymous, Grant::user);
        (grant.subscribe, grant.publish, grant.present) = (self.subscribe.read(), self.publish.read(), self.present.read());
        grant
    }
}
