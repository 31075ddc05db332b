//! Publishing an event on a channel that does not carry it, one that only clients may publish, and one that the default channel does not carry.

#[tidewire::realtime_events(name = "demo")]
pub mod live {
    #[event("message.sent")]
    pub struct MessageSent {
        pub text: String,
    }

    #[event("typing", publish(client))]
    pub struct Typing;

    #[event("board.cleared")]
    pub struct BoardCleared;

    #[channel("chat/{room_id}", events(MessageSent, Typing))]
    pub struct Chat {
        pub room_id: String,
    }

    #[channel("board", events(BoardCleared))]
    pub struct Board;
}

async fn publish(realtime: tidewire::Realtime) {
    let chat = realtime.channel(live::Chat { room_id: "a".into() });
    let _ = chat.publish(live::MessageSent { text: "fine".into() }).await;
    let _ = chat.publish(live::BoardCleared).await;
    let _ = chat.publish(live::Typing).await;
}

fn main() {
    let _ = publish;
}
