//! A contract of which everything needs a right.
#![expect(unreachable_pub, reason = "a module as anybody writes it")]

#[tidewire::realtime_events(name = "guarded")]
pub mod guarded {
    #[event("said", publish(server, client))]
    pub struct Said {
        #[rt(min_length = 1, max_length = 200)]
        pub text: String,
    }

    pub struct Member {
        #[rt(max_length = 40)]
        pub name: String,
    }

    #[channel("room/{id}", events(Said), history(max = 2000, ttl = "1h"), presence = Member)]
    pub struct Room {
        #[rt(pattern = "^[a-z0-9-]{1,40}$")]
        pub id: String,
    }

    #[call("title", reply = Title)]
    pub struct Rename {
        #[rt(min_length = 1, max_length = 40)]
        pub name: String,
    }

    pub struct Title {
        pub name: String,
        pub by: Option<String>,
    }

    /// Nobody ever answers it in time.
    #[call("wait")]
    pub struct Wait;

    #[call("confirm", from = server, reply = Answer)]
    pub struct Confirm {
        pub question: String,
    }

    pub struct Answer {
        pub yes: bool,
    }
}
