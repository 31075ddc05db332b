//! A contract with calls and all parts of a connection, as a service would write it.

#[tidewire::realtime_events(name = "services")]
pub mod live {
    #[event("message.sent", publish(server, client))]
    pub struct MessageSent {
        #[rt(min_length = 1)]
        pub text: String,
    }

    #[channel("chat/{room_id}", events(MessageSent))]
    pub struct Chat {
        #[rt(pattern = "^[a-z0-9-]{1,40}$")]
        pub room_id: String,
    }

    #[call("board.rename", reply = Renamed)]
    pub struct BoardRename {
        #[rt(min_length = 1, max_length = 80)]
        pub name: String,
    }

    pub struct Renamed {
        #[rt(max_length = 80)]
        pub name: String,
    }

    /// Waits until it is told to go on.
    #[call("board.wait")]
    pub struct Wait;

    #[call("board.fail", reply = Renamed)]
    pub struct Fail {
        pub how: String,
    }

    #[call("nobody.answers")]
    pub struct Unheard;

    #[call("confirm", from = server, reply = Answer)]
    pub struct Confirm {
        #[rt(min_length = 1)]
        pub question: String,
    }

    pub struct Answer {
        pub yes: bool,
        #[rt(max_length = 10)]
        pub why: Option<String>,
    }

    #[call("page.reload", from = (server, client))]
    pub struct Reload;

    #[connection(opening)]
    pub struct Hello {
        pub device: Option<String>,
        #[rt(max = 9)]
        pub version: Option<u32>,
    }

    #[connection(greeting)]
    pub struct Greeting {
        #[rt(max_length = 40)]
        pub text: String,
    }

    #[connection(state)]
    pub struct Session {
        pub device: String,
        #[rt(max = 100)]
        pub calls: u32,
    }
}

pub fn chat(room: &str) -> live::Chat {
    live::Chat { room_id: room.to_owned() }
}

pub fn message(text: &str) -> live::MessageSent {
    live::MessageSent { text: text.to_owned() }
}
