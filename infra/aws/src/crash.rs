//! Crashes at a chosen call: the way to kill a caller at each of its steps in turn.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

/// When, at the chosen call, the crash comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the call takes effect: the caller died while it was sending.
    Before,
    /// After it took effect, before its answer: the caller died without knowing.
    After,
}

/// Who calls by a presigned URL, where those are named whose calls count: whoever holds the URL, and not who signed it.
pub const PRESIGNED: &str = "presigned";

/// What brings the crash about, such as killing the caller's process. The call is not answered.
pub type Crash = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// The planned crash, if there is one.
#[derive(Default)]
pub(crate) struct Planned(Mutex<Plan>);

#[derive(Default)]
struct Plan {
    seen: u64,
    /// Whose calls count, by their principals' names; everybody's where there are none.
    callers: Vec<String>,
    at: Option<(u64, Moment, Crash)>,
    /// What was called at the crash, and by whom.
    died_at: Option<String>,
}

impl Planned {
    /// Counts calls from now on, those of `callers` or everybody's, and crashes at call number `call`, from 1.
    pub(crate) fn arm(&self, callers: &[&str], call: u64, moment: Moment, crash: Crash) {
        let callers = callers.iter().map(|&caller| caller.to_owned()).collect();
        *self.lock() = Plan { seen: 0, callers, at: Some((call, moment, crash)), died_at: None };
    }

    /// How many calls there were since the plan was made.
    pub(crate) fn seen(&self) -> u64 {
        self.lock().seen
    }

    /// At which call the crash came: its caller and its operation.
    pub(crate) fn died_at(&self) -> Option<String> {
        self.lock().died_at.clone()
    }

    /// Counts a call of this operation, made by this principal; answers the crash that is planned for it.
    pub(crate) fn next(&self, caller: Option<&str>, operation: &str) -> Option<(Moment, Crash)> {
        let mut plan = self.lock();
        let counts = plan.callers.is_empty() || plan.callers.iter().any(|counted| Some(counted.as_str()) == caller);
        if !counts {
            return None;
        }
        plan.seen += 1;
        let due = plan.at.as_ref().is_some_and(|(call, _, _)| *call == plan.seen);
        if !due {
            return None;
        }
        plan.died_at = Some(format!("{} {operation}", caller.unwrap_or("somebody")));
        plan.at.take().map(|(_, moment, crash)| (moment, crash))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Planned").field("seen", &self.seen()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Crash {
        Arc::new(|| Box::pin(async {}))
    }

    #[test]
    fn the_crash_comes_once_at_its_call() {
        let planned = Planned::default();
        assert!(planned.next(None, "Query").is_none());
        planned.arm(&[], 2, Moment::After, nothing());
        assert!(planned.next(None, "Query").is_none());
        assert_eq!(planned.next(Some("other"), "PutItem").map(|(moment, _)| moment), Some(Moment::After));
        assert!(planned.next(None, "Query").is_none());
        assert_eq!((planned.seen(), planned.died_at().as_deref()), (3, Some("other PutItem")));
    }

    #[test]
    fn where_callers_are_named_nobody_elses_calls_count() {
        let planned = Planned::default();
        planned.arm(&["one", "two"], 2, Moment::Before, nothing());
        for (caller, crashes) in [(Some("one"), false), (Some("other"), false), (None, false), (Some("two"), true)] {
            assert_eq!(planned.next(caller, "Query").is_some(), crashes, "{caller:?}");
        }
        assert_eq!(planned.seen(), 2);
    }
}
