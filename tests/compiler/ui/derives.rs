//! Derives that do not fit their item, and lists that lack something.

use tidewire::{Channel, Event, Payload};

mod items {
    use super::{Channel, Event, Payload};

    #[derive(Payload)]
    pub struct Name(#[rt(min_lenght = 1)] pub String);

    #[derive(Event)]
    pub struct NoName {
        pub a: u8,
    }

    #[derive(Payload)]
    #[rt(open)]
    pub enum Color {
        Red,
    }

    #[derive(Payload)]
    pub struct Uuid {
        pub a: u8,
    }

    #[derive(Channel)]
    #[channel("a//b")]
    pub struct Bad;
}

mod shadowed {
    use super::Event;

    type String = u8;

    #[derive(Event)]
    #[event("shadowed")]
    pub struct Shadowed {
        pub text: String,
    }
}

mod fine {
    use super::{Channel, Event, Payload};

    #[derive(Payload)]
    pub struct Card {
        pub title: String,
    }

    #[derive(Event)]
    #[event("card.added")]
    pub struct CardAdded {
        pub card: Card,
    }

    #[derive(Event)]
    #[event("card.added")]
    pub struct CardAddedAgain;

    #[derive(Channel)]
    #[channel("board", events(CardAdded))]
    pub struct Board;
}

mod lists_too_little {
    use super::fine::{Board, CardAdded, CardAddedAgain};

    tidewire::contract!(name = "demo", CardAdded, CardAddedAgain, Board);
}

mod without_the_event {
    use super::fine;

    tidewire::contract!(name = "demo", fine::Board);
}

mod without_a_name {
    tidewire::contract!(nme = "demo", super::fine::Card);
}

mod with_a_broken_item {
    tidewire::contract!(name = "demo", super::items::Name, super::fine::Board);
}

mod with_nothing {
    tidewire::contract!();
}

fn main() {}
