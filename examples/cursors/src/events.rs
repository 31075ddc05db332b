//! What travels between the service and the pages: the one definition of it.
//!
//! All of it is published by pages. Who did it is the sender of an event: the server's word.

/// Everything that happens on a board.
#[tidewire::realtime_events(name = "cursors")]
pub mod cursors {
    /// A place on the board, which is 1600 wide and 1000 high on every screen.
    pub struct Place(#[rt(at(0, min = 0, max = 1600), at(1, min = 0, max = 1000))] pub (f64, f64));

    /// A colour: a hue in degrees.
    pub struct Hue(#[rt(min = 0, max = 359)] pub u32);

    /// Somebody's pointer is here now. Where it was before is worth nothing, so who falls behind gets the newest of each sender alone.
    #[event("cursor.moved", publish(client), history = off, latest)]
    pub struct CursorMoved {
        /// Where it points.
        pub at: Place,
    }

    /// A piece of a line. Pieces of one line share the place where they meet.
    #[event("ink.drawn", publish(client))]
    pub struct InkDrawn {
        /// In the order of drawing.
        #[rt(min_items = 1, max_items = 64)]
        pub places: Vec<Place>,
        /// In this colour.
        pub hue: Hue,
    }

    /// Somebody wiped the board.
    #[event("board.wiped", publish(client))]
    pub struct BoardWiped;

    /// What somebody on the board shows of themselves. Their name is not among it: it is who they are, and the server says that.
    pub struct Member {
        /// The colour of their pointer and of their ink.
        pub hue: Hue,
        /// Whether they draw at this moment.
        pub drawing: bool,
    }

    /// A board. It remembers the newest thousand pieces of ink.
    #[channel("board/{board}", events(CursorMoved, InkDrawn, BoardWiped), history(max = 1000, ttl = "1d"), presence = Member)]
    pub struct Board {
        /// Its name, as in the address of the page.
        #[rt(pattern = "^[a-z0-9-]{1,40}$")]
        pub board: String,
    }
}
