//! Writes that meet somebody else's transaction on the same item, which decides what our conditions meet.

use std::time::Duration;

use futures_util::FutureExt as _;
use slipway_domain::schedule::doubled;
use slipway_runtime::pause::full_jitter;

use crate::StoreError;

/// How often a write is repeated after a conflict with a transaction.
const RETRIES: u32 = 7;

/// What came of one try of a write.
#[derive(Debug)]
pub(crate) enum Tried<T> {
    /// The store has decided.
    Answered(T),
    /// Somebody else's transaction was under way, and nothing was written. It is this error if no try is left.
    Conflict(StoreError),
}

impl<T> Tried<T> {
    /// The same with another view of the answer.
    pub(crate) fn and_then<U>(self, view: impl FnOnce(T) -> Result<U, StoreError>) -> Result<Tried<U>, StoreError> {
        Ok(match self {
            Self::Answered(answer) => Tried::Answered(view(answer)?),
            Self::Conflict(error) => Tried::Conflict(error),
        })
    }
}

/// Writes, again after each conflict. `write` makes its request each time, or a copy of it.
pub(crate) async fn despite_conflicts<T, F>(mut write: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<Tried<T>, StoreError>> + Send,
{
    // On the heap, and of no type: whoever awaits this awaits it inside of much else.
    let mut write = || write().boxed();
    for retry in 1..=RETRIES {
        if let Tried::Answered(answer) = write().await? {
            return Ok(answer);
        }
        tokio::time::sleep(pause(retry)).await;
    }
    match write().await? {
        Tried::Answered(answer) => Ok(answer),
        Tried::Conflict(error) => Err(error),
    }
}

/// Anything up to 20 ms, 40 ms and so on: many who meet must not meet again.
pub(crate) fn pause(retry: u32) -> Duration {
    full_jitter(doubled(Duration::from_millis(10), retry, Duration::from_millis(640)))
}
