//! Types without an attribute where an event, a channel or a call of the contract is wanted.

use tidewire::{AnyChannel as _, ConnectionId, Grant, Realtime};

#[tidewire::realtime_events(name = "demo")]
pub mod live {
    #[event("message.sent")]
    pub struct MessageSent {
        pub text: String,
    }

    #[channel("chat/{room_id}", events(MessageSent))]
    pub struct Chat {
        pub room_id: String,
    }
}

pub struct Message {
    pub text: String,
}

pub struct Room {
    pub room_id: String,
}

async fn publish(realtime: Realtime) {
    let chat = realtime.channel(live::Chat { room_id: "a".into() });
    let _ = chat.publish(Message { text: "hi".into() }).await;
}

fn address(realtime: Realtime) {
    let _ = realtime.channel(Room { room_id: "a".into() });
    let _ = realtime.channel("chat/a");
}

fn grant() -> Grant {
    Grant::anonymous().subscribe(live::Chat::any()).publish(Room { room_id: "a".into() })
}

async fn ask(realtime: Realtime, id: ConnectionId) {
    let _ = realtime.connection(id).call(Message { text: "hi".into() }).await;
}

fn main() {
    let _ = (publish, address, grant, ask);
}
