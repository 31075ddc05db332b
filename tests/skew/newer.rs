//! The contract of the service as it is: an event more, an event less, a field more, a longer text, a channel more.

/// A room in which people move.
#[tidewire::realtime_events(name = "skewed")]
pub(crate) mod newer {
    /// Somebody said something.
    #[event("said")]
    pub(crate) struct Said {
        /// What.
        #[rt(max_length = 20)]
        pub(crate) text: String,
        /// How.
        pub(crate) mood: Option<String>,
    }

    /// Somebody went elsewhere.
    #[event("moved")]
    pub(crate) struct Moved {
        /// How far.
        pub(crate) steps: u32,
    }

    /// A room.
    #[channel("room/{id}", events(Said, Moved))]
    pub(crate) struct Room {
        /// Which.
        pub(crate) id: String,
    }

    /// A hall, which was not there before.
    #[channel("hall/{id}", events(Said))]
    pub(crate) struct Hall {
        /// Which.
        pub(crate) id: String,
    }
}
