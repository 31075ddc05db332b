//! What travels between the service and the page: the one definition of it.
//!
//! The service compiles this file into the types it publishes with. `cargo run -p codegen` reads the same file and writes the client that
//! the page imports, `web/realtime`; run it after a change here.
//!
//! Nothing here says who somebody is. That is the sender of an event: the server's word, whatever a page sends.

/// Everything that happens in a chat.
#[tidewire::realtime_events(name = "chat")]
pub mod chat {
    /// Somebody wrote in the room.
    #[event("message.sent", publish(server, client))]
    pub struct MessageSent {
        /// What they wrote, as plain text.
        #[rt(min_length = 1, max_length = 2000)]
        pub text: String,
    }

    /// What somebody in a room shows of themselves. It ends with them: nobody who left is still typing.
    pub struct Member {
        /// Whether they are writing at this moment.
        pub typing: bool,
    }

    /// A room. It needs no founding: it is there as soon as somebody listens or writes.
    #[channel("chat/{room}", events(MessageSent), history(max = 500, ttl = "7d"), presence = Member)]
    pub struct Chat {
        /// The room's name, as in the address of the page.
        #[rt(pattern = "^[a-z0-9-]{1,40}$")]
        pub room: String,
    }

    /// The room that everybody reads and only the host writes in: a channel of its own, with rights of its own.
    #[channel("announcements", events(MessageSent), history(max = 500, ttl = "7d"))]
    pub struct Announcements;
}
