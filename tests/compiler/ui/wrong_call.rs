//! Answering a call that clients may not make, making one that the service may not, and greeting with what is no greeting.

use tidewire::{Accepted, Caller, ConnectionId, Realtime, RealtimeBuilder};

#[tidewire::realtime_events(name = "demo")]
pub mod live {
    #[call("confirm", from = server, reply = bool)]
    pub struct Confirm {
        pub question: String,
    }

    #[call("board.rename", from = client, reply = Renamed)]
    pub struct BoardRename {
        pub name: String,
    }

    pub struct Renamed {
        pub name: String,
    }

    #[connection(greeting)]
    pub struct Hello {
        pub text: String,
    }

    #[connection(state)]
    pub struct Session {
        pub device: String,
    }
}

fn answer(builder: RealtimeBuilder) -> RealtimeBuilder {
    builder
        .on_call(|request: live::BoardRename, _: Caller| async move { Ok(live::Renamed { name: request.name }) })
        .on_call(|_: live::Confirm, _: Caller| async move { Ok(true) })
}

async fn ask(realtime: Realtime, id: ConnectionId) {
    let _ = realtime.connection(id).call(live::Confirm { question: "fine".into() }).await;
    let _ = realtime.connection(id).call(live::BoardRename { name: "x".into() }).await;
}

fn greet() -> Accepted {
    Accepted::new().greeting(live::Session { device: "phone".into() })
}

fn main() {
    let _ = (answer, ask, greet);
}
