//! What travels between the service and the page: the one definition of it.
//!
//! The events of a departure are those that `tidewire-postgres` makes of a table that is called `departures`, and nobody publishes them by hand. They say what
//! happened; what there is now is a live query.

/// What a harbour tells.
#[tidewire::realtime_events(name = "harbour")]
pub mod harbour {
    /// How it stands with a departure.
    #[derive(Copy, PartialEq, Eq)]
    #[serde(rename_all = "lowercase")]
    pub enum State {
        /// It leaves when it should.
        #[serde(rename = "on time")]
        OnTime,
        /// People go aboard.
        Boarding,
        /// It leaves later.
        Delayed,
        /// It has left.
        Departed,
        /// It does not leave today.
        Cancelled,
    }

    /// A row of the table `departures`: its columns are these fields.
    #[derive(PartialEq, Eq)]
    pub struct Departure {
        /// Its number.
        pub id: i32,
        /// When it leaves, by the harbour's clock: `09:40:00`.
        pub departs: String,
        /// Where to.
        #[rt(min_length = 1, max_length = 40)]
        pub destination: String,
        /// Which ship.
        #[rt(min_length = 1, max_length = 40)]
        pub vessel: String,
        /// Where it lies.
        #[rt(min_length = 1, max_length = 8)]
        pub berth: String,
        /// How it stands.
        pub state: State,
    }

    /// A row was inserted.
    #[event("departures.insert")]
    pub struct Announced(pub Departure);

    /// A row was updated; this is what it is now.
    #[event("departures.update")]
    pub struct Changed(pub Departure);

    /// A row was deleted; this is what it was.
    #[event("departures.delete")]
    pub struct Withdrawn(pub Departure);

    /// All rows were removed at once.
    #[event("departures.truncate")]
    pub struct Emptied;

    /// Everything that happens to the table.
    #[channel("departures", events(Announced, Changed, Withdrawn, Emptied), history(max = 200, ttl = "1d"))]
    pub struct Departures;

    /// What is in the table.
    pub struct Board {
        /// How many rows there are.
        pub total: u32,
        /// Those that leave first, in their order.
        #[rt(max_items = 24)]
        pub next: Vec<Departure>,
    }

    /// The departures, always those that are stored: read when somebody comes to look, and again after each event of the table.
    #[live(name = "timetable", channel = Departures)]
    pub type Timetable = Board;

    /// The database went away, or came back. Worth nothing later.
    #[event("database.changed", history = off)]
    pub struct DatabaseChanged;

    /// Where that is told.
    #[channel("database", events(DatabaseChanged))]
    pub struct Database;

    /// How it stands with the database.
    pub struct Health {
        /// Whether it answered when it was asked last.
        pub reachable: bool,
        /// When it answered last, in milliseconds since 1970.
        #[rt(min = 0, max = 9007199254740991)]
        pub seen: i64,
    }

    /// Whether what the page shows can be what is stored.
    #[live(name = "health", channel = Database)]
    pub type DatabaseHealth = Health;
}
