//! What travels between the service and the page: the one definition of it.
//!
//! The service compiles this file into the types it publishes with. `cargo run -p codegen` reads the same file and writes the client that
//! the page imports, `web/realtime`; run it after a change here.

/// Everything that happens in a chat.
#[tidewire::realtime_events(name = "chat")]
pub mod chat {
    /// The name that somebody chose for themselves. Nobody checks whether it is theirs.
    pub struct Author(#[rt(min_length = 1, max_length = 40)] pub String);

    /// Somebody wrote in the room.
    #[event("message.sent")]
    pub struct MessageSent {
        /// Who wrote.
        pub author: Author,
        /// What they wrote, as plain text.
        #[rt(min_length = 1, max_length = 2000)]
        pub text: String,
    }

    /// Somebody is writing. Repeated every few seconds while it lasts, and not worth remembering.
    #[event("typing", publish(server, client), history = off)]
    pub struct Typing {
        /// Who writes.
        pub author: Author,
    }

    /// A room. It needs no founding: it is there as soon as somebody listens or writes.
    #[channel("chat/{room}", events(MessageSent, Typing), history(max = 500, ttl = "7d"))]
    pub struct Chat {
        /// The room's name, as in the address of the page.
        #[rt(pattern = "^[a-z0-9-]{1,40}$")]
        pub room: String,
    }
}
