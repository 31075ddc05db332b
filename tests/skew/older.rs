//! The contract of the service as it was.

/// A room, before people could move in it.
#[tidewire::realtime_events(name = "skewed")]
pub(crate) mod older {
    /// Somebody said something.
    #[event("said")]
    pub(crate) struct Said {
        /// What.
        #[rt(max_length = 10)]
        pub(crate) text: String,
    }

    /// The room was cleared.
    #[event("cleared")]
    pub(crate) struct Cleared;

    /// A room.
    #[channel("room/{id}", events(Said, Cleared))]
    pub(crate) struct Room {
        /// Which.
        pub(crate) id: String,
    }
}
