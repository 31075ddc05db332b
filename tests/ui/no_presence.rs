//! Asking who is present on a channel that has no presence.

#[tidewire::realtime_events(name = "demo")]
pub mod live {
    pub struct Member {
        pub name: String,
    }

    #[event("message.sent")]
    pub struct MessageSent {
        pub text: String,
    }

    #[channel("chat/{room_id}", events(MessageSent), presence = Member)]
    pub struct Chat {
        pub room_id: String,
    }

    #[channel("news", events(MessageSent))]
    pub struct News;
}

async fn rosters(realtime: tidewire::Realtime) {
    let _ = realtime.channel(live::Chat { room_id: "a".into() }).presence().await;
    let _ = realtime.channel(live::News).presence().await;
}

fn main() {
    let _ = rosters;
}
