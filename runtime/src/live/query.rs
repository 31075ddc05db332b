//! A live query as Rust code names it.

use std::{fmt, marker::PhantomData};

/// The name of a live query, with its channel `C`, its own parameters `P` (`()` for none) and its result `R`.
///
/// [`realtime_events`](crate::realtime_events) makes a constant of it for each type alias with `#[live(…)]`, which has the name of the alias: `live::BoardCards` is both
/// the type of the result and, where a value stands, this. It is what [`RealtimeBuilder::live`](crate::RealtimeBuilder::live) is given.
pub struct LiveQuery<C, P, R> {
    name: &'static str,
    read: ReadChannel<C>,
    types: PhantomData<fn(P) -> R>,
}

/// Makes a channel of the parameters in its name; `None` if they are not those of its type.
pub(super) type ReadChannel<C> = fn(&[(&str, String)]) -> Option<C>;

impl<C, P, R> LiveQuery<C, P, R> {
    /// For the expansion of the macro alone.
    #[doc(hidden)]
    pub const fn __of(name: &'static str, read: ReadChannel<C>) -> Self {
        Self { name, read, types: PhantomData }
    }

    /// The name on the wire, such as `boardCards`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    pub(super) const fn read(&self) -> ReadChannel<C> {
        self.read
    }
}

impl<C, P, R> Clone for LiveQuery<C, P, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C, P, R> Copy for LiveQuery<C, P, R> {}

impl<C, P, R> fmt::Debug for LiveQuery<C, P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LiveQuery").field(&self.name).finish()
    }
}
