//! Why a session ended early.

use std::fmt::Display;

/// A step that failed: one sentence that names the step, what came of it, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{step} failed: {problem}; {cure}")]
pub(crate) struct RunError {
    step: String,
    problem: String,
    cure: String,
}

impl RunError {
    /// `step` is what was being done, as in "connecting the account".
    pub(crate) fn new(step: impl Display, problem: impl Display, cure: impl Display) -> Self {
        // Several lines are no sentence.
        let line =
            |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned();
        Self { step: line(step.to_string()), problem: line(problem.to_string()), cure: line(cure.to_string()) }
    }

    /// What was being done.
    pub(crate) fn step(&self) -> &str {
        &self.step
    }
}
