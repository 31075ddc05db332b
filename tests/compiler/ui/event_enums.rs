//! The enum of a channel's events is an item like any other, and needs a name of its own.

#[tidewire::realtime_events(name = "enums")]
pub mod live {
    use std::fmt::Debug as BoardEvent;

    #[event("chat.event")]
    pub struct ChatEvent;

    #[channel("chat/{room_id}", events(ChatEvent))]
    pub struct Chat {
        pub room_id: String,
    }

    #[channel("board", events(ChatEvent))]
    pub struct Board;

    #[channel("named", events(ChatEvent), event_enum = Named)]
    pub struct Named;

    #[channel("spelled", events(ChatEvent), event_enum = "Spelled")]
    pub struct Spelled;

    #[channel("free", events(ChatEvent), event_enum = FreeEvents)]
    pub struct Free;
}

#[tidewire::realtime_events(name = "unheard")]
pub mod unheard {
    #[event("alert")]
    pub struct Alert;
}

async fn listens(realtime: tidewire::Realtime) {
    let _ = realtime.channel(tidewire::DefaultChannel).subscribe().await;
}

fn main() {}
