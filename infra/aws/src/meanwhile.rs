//! What somebody else does meanwhile: work right before a chosen call, such as a write between a caller's read and
//! the write that follows it.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ledger::is_of;

/// What somebody else does. The call that it comes before is carried out afterwards.
pub type Meanwhile = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// The work that is planned, if there is some.
#[derive(Default)]
pub(crate) struct Interludes(Mutex<Plan>);

#[derive(Default)]
struct Plan {
    next: Option<Next>,
    /// Work that calls the stand-in itself must not meet itself.
    running: bool,
}

struct Next {
    target: String,
    times_left: u32,
    work: Meanwhile,
}

impl Interludes {
    /// Plans `work` for the next `times` calls of `target`, instead of what was planned before.
    pub(crate) fn plan(&self, target: &str, times: u32, work: Meanwhile) {
        self.lock().next = (times > 0).then(|| Next { target: target.to_owned(), times_left: times, work });
    }

    /// Does what is planned for a call of `operation`, such as `SQS.SendMessage`.
    pub(crate) async fn before(&self, operation: &str) {
        let Some(work) = self.take(operation) else { return };
        work().await;
        self.lock().running = false;
    }

    fn take(&self, operation: &str) -> Option<Meanwhile> {
        let mut plan = self.lock();
        if plan.running {
            return None;
        }
        let next = plan.next.as_mut().filter(|next| is_of(operation, &next.target))?;
        next.times_left -= 1;
        let (work, over) = (Arc::clone(&next.work), next.times_left == 0);
        if over {
            plan.next = None;
        }
        plan.running = true;
        Some(work)
    }

    fn lock(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Interludes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let planned = self.lock().next.as_ref().map(|next| (next.target.clone(), next.times_left));
        f.debug_struct("Interludes").field("planned", &planned).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn work_comes_before_its_calls_as_often_as_planned_and_not_before_its_own() {
        let interludes = Arc::new(Interludes::default());
        let done = Arc::new(AtomicU32::new(0));
        let work: Meanwhile = {
            let (interludes, done) = (Arc::clone(&interludes), Arc::clone(&done));
            Arc::new(move || {
                let (interludes, done) = (Arc::clone(&interludes), Arc::clone(&done));
                Box::pin(async move {
                    interludes.before("DynamoDB.UpdateItem").await;
                    done.fetch_add(1, Ordering::Relaxed);
                })
            })
        };
        interludes.plan("DynamoDB.UpdateItem", 2, work);
        for (operation, times) in [("GetItem", 0), ("UpdateItem", 1), ("UpdateItem", 2), ("UpdateItem", 2)] {
            interludes.before(&format!("DynamoDB.{operation}")).await;
            assert_eq!(done.load(Ordering::Relaxed), times, "{operation}");
        }
    }
}
