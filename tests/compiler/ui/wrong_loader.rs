//! Loaders that take or answer something else than their live query has, that do not say what they take, and a query that takes its event from another contract.

use tidewire::{LiveContext, LiveOptions, RealtimeBuilder};

#[tidewire::realtime_events(name = "demo")]
pub mod live {
    #[event("card.changed")]
    pub struct CardChanged {
        pub id: String,
    }

    #[channel("board/{board_id}", events(CardChanged))]
    pub struct Board {
        pub board_id: String,
    }

    #[channel("chat", events(CardChanged))]
    pub struct Chat;

    #[live(channel = Board)]
    pub type CardCount = u32;

    pub struct Filter {
        pub done: bool,
    }

    #[live(channel = Board, params = Filter)]
    pub type Filtered = u32;
}

pub struct NoEvent;

fn right(builder: RealtimeBuilder) -> RealtimeBuilder {
    builder
        .live(live::CardCount, |_: live::Board, _: LiveContext| async { 1 })
        .live(live::Filtered, |_: live::Board, _: live::Filter| async { Ok::<_, std::io::Error>(1) })
}

fn channel_of_another_query(builder: RealtimeBuilder) -> RealtimeBuilder {
    builder.live(live::CardCount, |_: live::Chat| async { 1 })
}

fn parameters_of_another_type(builder: RealtimeBuilder) -> RealtimeBuilder {
    builder.live(live::Filtered, |_: live::Board, _: String| async { 1 })
}

fn parameters_that_there_are_not(builder: RealtimeBuilder) -> RealtimeBuilder {
    builder.live(live::CardCount, |_: live::Board, _: live::Filter| async { 1 })
}

fn no_arguments(builder: RealtimeBuilder) -> RealtimeBuilder {
    builder.live(live::CardCount, || async { 1 })
}

fn another_result(builder: RealtimeBuilder) -> RealtimeBuilder {
    builder.live(live::CardCount, |_: live::Board| async { "one" })
}

fn an_error_that_is_none(builder: RealtimeBuilder) -> RealtimeBuilder {
    builder.live(live::CardCount, |_: live::Board| async { Err::<u32, _>(()) })
}

fn no_future(builder: RealtimeBuilder) -> RealtimeBuilder {
    builder.live(live::CardCount, |_: live::Board| 1)
}

fn on_what_is_no_event() -> LiveOptions {
    LiveOptions::new().on_event::<NoEvent>()
}

fn main() {
    let _ = (right, channel_of_another_query, parameters_of_another_type, parameters_that_there_are_not, no_arguments);
    let _ = (another_result, an_error_that_is_none, no_future, on_what_is_no_event);
}
