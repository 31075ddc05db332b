//! What the node publishes: the same event on channels with different histories.

/// The contract of the fault tests.
#[tidewire::realtime_events(name = "faults")]
pub(crate) mod live {
    /// Something that can be told apart from everything else.
    #[event("noted", publish(server, client))]
    pub(crate) struct Noted {
        /// Unique.
        #[rt(min_length = 1, max_length = 80)]
        pub(crate) token: String,
        /// Anything.
        #[rt(max_length = 100000)]
        pub(crate) body: String,
    }

    /// Something of which only the newest counts.
    #[event("moved", publish(server, client), latest)]
    pub(crate) struct Moved {
        /// Unique.
        #[rt(min_length = 1, max_length = 80)]
        pub(crate) token: String,
        /// Anything.
        #[rt(max_length = 100000)]
        pub(crate) body: String,
    }

    /// Something happened.
    #[event("signalled", publish(server, client))]
    pub(crate) struct Signalled;

    /// Something for those who are there.
    #[event("blinked", publish(server, client), history = off)]
    pub(crate) struct Blinked {
        /// Unique.
        #[rt(min_length = 1, max_length = 80)]
        pub(crate) token: String,
    }

    /// A busy channel.
    #[channel("room/{id}", events(Noted, Moved, Signalled, Blinked), history(max = 1000, ttl = "1h"))]
    pub(crate) struct Room {
        /// Which.
        pub(crate) id: String,
    }

    /// A channel that keeps little.
    #[channel("small/{id}", events(Noted), history(max = 20, ttl = "1h"))]
    pub(crate) struct Small {
        /// Which.
        pub(crate) id: String,
    }

    /// A channel that keeps things for a moment.
    #[channel("brief/{id}", events(Noted), history(max = 1000, ttl = "2s"))]
    pub(crate) struct Brief {
        /// Which.
        pub(crate) id: String,
    }

    /// A channel that keeps more than a resume replays.
    #[channel("deep/{id}", events(Noted), history(max = 5000, ttl = "1h"))]
    pub(crate) struct Deep {
        /// Which.
        pub(crate) id: String,
    }

    /// A channel on which nearly nothing happens.
    #[channel("quiet/{id}", events(Noted), history(max = 1000, ttl = "1h"))]
    pub(crate) struct Quiet {
        /// Which.
        pub(crate) id: String,
    }
}
