//! All mistakes of a module are reported in one run, each with a suggestion, and the items are still there for the rest of the program.

#[tidewire::realtime_events(nam = "demo")]
pub mod live {
    #[event("message.sent", publsh(server))]
    pub struct MessageSent {
        #[rt(min_lenght = 1)]
        pub text: String,
        #[rt(min_length = 1)]
        pub count: u32,
        pub who: Mmber,
    }

    pub struct Member {
        pub name: String,
    }

    #[event("typing", publish(sever), history = on)]
    pub struct Typing;

    #[channel("chat/{room_id}", events(MesageSent, Typing), history(max = 500, tl = "7d"))]
    pub struct Chat {
        pub room: String,
    }
}

fn main() {
    let _ = live::Member { name: "still there".into() };
    let _ = live::Typing;
}
