//! Functions of the service, which may fail in every way.

use std::{
    any::type_name,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    task::Poll,
    time::Duration,
};

use crate::broker::BoxFuture;

/// Why a function of the service did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    Panicked,
    TooLate,
}

/// Runs a function of the service, for so long at most. A panic in it ends nothing else, and is logged.
pub(crate) async fn guarded<T>(
    what: &'static str,
    patience: Duration,
    begin: impl FnOnce() -> BoxFuture<'static, T>,
) -> Result<T, Failure> {
    let panicked = || {
        tracing::error!(of = type_name::<T>(), "`{what}` panicked");
        Failure::Panicked
    };
    let mut running = catch_unwind(AssertUnwindSafe(begin)).map_err(|_| panicked())?;
    // The future is not polled again after a panic.
    let caught = poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(answer)) => Poll::Ready(Some(answer)),
        Err(_) => Poll::Ready(None),
    });
    let answered = tokio::time::timeout(patience, caught).await;
    // So may what it leaves behind when it is given up.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(running))).map_err(|_| panicked());
    match answered {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(panicked()),
        Err(_) => {
            tracing::error!(?patience, "`{what}` took too long");
            Err(Failure::TooLate)
        }
    }
}
