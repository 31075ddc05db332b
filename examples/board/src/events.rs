//! What travels between the service and the page: the one definition of it.
//!
//! Nothing here is published by clients. To change a card is a request; what is on the board is a live query, and what happened to it is an event.

/// What a board is.
#[tidewire::realtime_events(name = "board")]
pub mod board {
    /// How far something is.
    #[derive(Copy, PartialEq, Eq)]
    #[serde(rename_all = "lowercase")]
    pub enum Column {
        /// Somebody thought of it.
        Ideas,
        /// It is agreed on, and comes soon.
        Next,
        /// Somebody is at it. So few at a time that they get done.
        Doing,
        /// It is there.
        Done,
    }

    /// Something to do.
    #[derive(PartialEq, Eq)]
    pub struct Card {
        /// Its number on this board.
        pub id: u32,
        /// What is to be done.
        #[rt(min_length = 1, max_length = 120)]
        pub title: String,
        /// Where it lies.
        pub column: Column,
        /// Who put it on the board: the name of a session, never of a request.
        pub author: String,
    }

    /// What is on a board.
    pub struct Contents {
        /// Counts the changes of this board. Who changed something is told its number, and knows from it whether that is in here.
        pub revision: u32,
        /// Those of one column in their order, from the top.
        #[rt(max_items = 200)]
        pub cards: Vec<Card>,
    }

    /// The cards of a board, always those that are stored: loaded when somebody comes to look, and again after each event of its channel.
    #[live(name = "boardCards", channel = Board)]
    pub type BoardCards = Contents;

    /// Somebody changed a card. The live query says what is on the board now; this says what was done to it, and by whom.
    #[event("card.changed")]
    #[serde(tag = "change", rename_all = "lowercase")]
    pub enum CardChanged {
        /// It is new.
        Added {
            /// Who did it.
            by: String,
            /// What the card says.
            title: String,
            /// Where it lies.
            to: Column,
        },
        /// It lies elsewhere.
        Moved {
            /// Who did it.
            by: String,
            /// What the card says.
            title: String,
            /// Where it lay.
            from: Column,
            /// Where it lies.
            to: Column,
        },
        /// It says something else.
        Renamed {
            /// Who did it.
            by: String,
            /// What it said.
            before: String,
            /// What it says.
            title: String,
        },
        /// It is gone.
        Removed {
            /// Who did it.
            by: String,
            /// What it said.
            title: String,
        },
    }

    /// Everything that is done was taken off the board.
    #[event("board.cleared")]
    pub struct BoardCleared {
        /// Who did it.
        pub by: String,
        /// How many cards that were.
        pub cards: u32,
    }

    /// What somebody at the board shows of themselves.
    pub struct Member {
        /// The card in their hand.
        pub holding: Option<u32>,
    }

    /// A board. It needs no founding, and begins with a few cards.
    #[channel("board/{board_id}", events(CardChanged, BoardCleared), history(max = 50, ttl = "1d"), presence = Member)]
    pub struct Board {
        /// Its name, as in the address of the page.
        #[rt(pattern = "^[a-z0-9-]{1,40}$")]
        pub board_id: String,
    }
}
