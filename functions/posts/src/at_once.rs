//! Many things asked for at the same time, but not too many.

use futures_util::{StreamExt as _, stream};

/// How many calls of one kind are on their way at once for a request. Two kinds may be asked for beside each other.
pub(crate) const CALLS: usize = 16;

/// All answers, in their order; at most so many are asked for at the same time.
///
/// All are asked for to their end, whatever one of them is: a refresh of tokens that was dropped half-way would lose
/// them.
pub(crate) async fn at_once<F: Future>(most: usize, asked: Vec<F>) -> Vec<F::Output> {
    stream::iter(asked).buffered(most).collect().await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Barrier;

    use super::*;

    #[tokio::test]
    async fn as_many_as_are_allowed_are_asked_at_once_and_answer_in_order() {
        const MOST: usize = 16;
        let items: Vec<usize> = (0..2 * MOST).collect();
        let (barrier, running, most) = (Barrier::new(MOST), AtomicUsize::new(0), AtomicUsize::new(0));
        let asked = items.iter().map(async |item| {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // Nobody passes before so many have come.
            barrier.wait().await;
            running.fetch_sub(1, Ordering::SeqCst);
            *item
        });
        let answers = at_once(MOST, asked.collect()).await;
        assert_eq!((answers, most.load(Ordering::SeqCst)), (items.clone(), MOST));
    }
}
