//! Live queries, calls and the connection: what cannot be, each with a way out.

#[tidewire::realtime_events(name = "demo")]
pub mod live {
    pub struct Card {
        pub title: String,
    }

    #[channel("board", payload = Card)]
    pub struct Board;

    #[live(name = "board cards", channel = Board)]
    pub type BoardCards = Vec<Card>;

    #[live(channel = Bord, nme = "x")]
    pub type Others = Vec<Crd>;

    #[live]
    pub type Alone = Option<Card>;

    pub type Alias = Vec<Card>;

    #[call("rename board", from = nobody, reply = "Card")]
    pub struct Rename {
        pub name: String,
    }

    #[call(from = (client, server, all))]
    pub struct Nameless;

    #[call("twice")]
    #[event("twice")]
    pub struct Twice;

    #[call("twice", reply = Bord)]
    #[deprecated]
    pub struct Again;

    #[connection(opening)]
    pub struct Opening;

    #[connection]
    pub struct Which {
        pub a: u8,
    }

    #[connection(state, greting)]
    pub struct State {
        pub a: u8,
    }

    #[connection(state)]
    pub struct AnotherState {
        pub a: u8,
    }
}

fn main() {}
