//! What a service writes: an asynchronous function from a channel to a value.

use std::error::Error;

use super::LiveContext;
use crate::broker::BoxFuture;

/// Why a loader has no value. The log gets it, and the client does not.
pub(super) type LoadError = Box<dyn Error + Send + Sync>;

/// A function that loads a live query on a channel `C` with parameters `P` and the result `R`. Implemented for functions, not by hand.
///
/// It takes the channel; then, if it wants to, the query's own parameters; then, if it wants to, a [`LiveContext`]. It answers the result, or a `Result` of it with any
/// error. Write the types of a closure's arguments: `|board: live::Board| async move { … }`. `F` is how the compiler tells these forms apart.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot load this live query",
    label = "not a loader of a live query of channel `{C}`",
    note = "a loader is an `async fn` that takes the channel `{C}`, then, if it likes, the parameters `{P}` of the query (`()`: it has none), then, if it likes, a `LiveContext`; it answers `{R}`, or a `Result` of it with any error"
)]
pub trait Loader<C, P, R, F>: Send + Sync + 'static {
    /// Whether it looks at who asks, and so runs for each user.
    #[doc(hidden)]
    const BY_USER: bool;

    /// Begins a run.
    #[doc(hidden)]
    fn load(&self, channel: C, params: P, context: LiveContext) -> BoxFuture<'static, Result<R, LoadError>>;
}

/// What a loader answers: the result `R`, or a `Result` of it. `M` tells the two apart.
#[diagnostic::on_unimplemented(message = "a loader of this live query answers `{R}`, or a `Result` of it", label = "it answers `{Self}`")]
pub trait LiveAnswer<R, M> {
    /// The result, or why there is none.
    #[doc(hidden)]
    fn into_result(self) -> Result<R, LoadError>;
}

/// The result itself.
#[derive(Debug)]
pub struct Plain;

/// A `Result` of it.
#[derive(Debug)]
pub struct Fallible;

impl<R> LiveAnswer<R, Plain> for R {
    fn into_result(self) -> Result<R, LoadError> {
        Ok(self)
    }
}

impl<R, E: Into<LoadError>> LiveAnswer<R, Fallible> for Result<R, E> {
    fn into_result(self) -> Result<R, LoadError> {
        self.map_err(Into::into)
    }
}

/// The forms of loaders, as types that nobody names.
macro_rules! forms {
    (($channel:ident, $params:ident, $context:ident) $($(#[doc = $said:literal])* $form:ident($($argument:ident: $ty:ident),*), $by_user:literal;)*) => {$(
        $(#[doc = $said])*
        #[derive(Debug)]
        pub struct $form;

        impl<C, P, R, M, L, Q, A> Loader<C, P, R, ($form, M)> for L
        where
            L: Fn($($ty),*) -> Q + Send + Sync + 'static,
            Q: Future<Output = A> + Send + 'static,
            A: LiveAnswer<R, M>,
            R: 'static,
        {
            const BY_USER: bool = $by_user;

            #[allow(unused_variables, reason = "a form does not take everything")]
            fn load(&self, $channel: C, $params: P, $context: LiveContext) -> BoxFuture<'static, Result<R, LoadError>> {
                let answer = self($($argument),*);
                Box::pin(async move { answer.await.into_result() })
            }
        }
    )*};
}

forms! {
    (channel, params, context)
    /// By the channel alone.
    OfChannel(channel: C), false;
    /// By the channel and the query's own parameters.
    OfParams(channel: C, params: P), false;
    /// By the channel and who asks.
    OfContext(channel: C, context: LiveContext), true;
    /// By all of them.
    OfAll(channel: C, params: P, context: LiveContext), true;
}
