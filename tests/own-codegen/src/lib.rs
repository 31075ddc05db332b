//! Stands for the crate of a user that holds the events.

/// The events.
#[tidewire::realtime_events(name = "own")]
pub mod live {
    /// Somebody said something.
    #[event("said", publish(server, client))]
    pub struct Said {
        /// What was said.
        #[rt(min_length = 1, max_length = 200)]
        pub text: String,
        /// How loud it was.
        #[rt(default = "plain")]
        pub voice: Voice,
    }

    /// How something is said.
    pub enum Voice {
        /// So that a neighbour hears it.
        Whisper,
        /// So that the room hears it.
        Plain,
    }

    /// Somebody moved.
    #[event("moved", publish(client), history = off, latest)]
    pub struct Moved;

    /// How many there are.
    #[channel("count", payload = Count, latest)]
    pub struct Counted;

    /// A number of people.
    pub struct Count(pub u32);

    /// A room.
    #[channel("room/{room_id}", events(Said, Moved), history(max = 50, ttl = "1d"))]
    pub struct Room {
        /// Which one.
        pub room_id: String,
    }
}
