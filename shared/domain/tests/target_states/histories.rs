//! Random histories: what must hold however events follow each other.

use proptest::prelude::*;
use slipway_domain::{Event, Outcome, StateName, TargetState, apply};

use super::events;

proptest! {
    /// The same for pulls, which are published by their init alone: after one was called, no other one is before TikTok has
    /// refused it or has said that it failed, or a person that nothing came of it.
    #[test]
    fn no_history_calls_a_second_pull_without_proof_against_the_first(
        picks in prop::collection::vec(0..30_usize, 1..60),
    ) {
        let events = events();
        let mut state = TargetState::Queued { attempt: 0 };
        let mut open_pull = false;
        for pick in picks {
            let event = events[pick].1.clone();
            let Ok(next) = apply(&state, event.clone()) else { continue };
            match &event {
                Event::PullBegun { .. } => {
                    prop_assert!(!open_pull, "a second pull while the first may still be published");
                    open_pull = true;
                }
                // The worker that waits for the answer says this, and nobody who does not know it.
                Event::Defer { .. } | Event::Abandon { .. } if state.pull().is_some() => {
                    prop_assert!(state.pull().is_some_and(|pull| pull.revoked_at.is_none()));
                    open_pull = false;
                }
                Event::Outcome { outcome: Outcome::Failed(_), .. } | Event::Resolve { published: false, .. } => {
                    open_pull = false;
                }
                _ => {}
            }
            prop_assert!(!(open_pull && next.is_waiting()), "{event:?} made {} wait with a pull open", state.name());
            prop_assert!(!(open_pull && next == TargetState::Cancelled), "{event:?} called an open pull off");
            state = next;
        }
    }

    /// The heart of "never twice": between two accepted inits there is always proof that the first came to nothing.
    #[test]
    fn no_history_starts_a_second_upload_without_proof_against_the_first(
        picks in prop::collection::vec(0..30_usize, 1..60),
    ) {
        let events = events();
        let mut state = TargetState::Queued { attempt: 0 };
        let mut open_upload = false;
        for pick in picks {
            let event = events[pick].1.clone();
            let Ok(next) = apply(&state, event.clone()) else { continue };
            match &event {
                Event::InitAccepted { .. } => {
                    prop_assert!(!open_upload, "a second upload while the first may still be published");
                    open_upload = true;
                }
                // What TikTok has after all is as good as an upload.
                Event::PullBegun { .. } | Event::FormerOutcome { .. } => open_upload = true,
                Event::Defer { .. } if state.pull().is_some() => open_upload = false,
                Event::UploadLost { .. }
                | Event::Outcome { outcome: Outcome::Failed(_), .. }
                | Event::Abandon { .. }
                | Event::Resolve { published: false, .. } => open_upload = false,
                _ => {}
            }
            if next.name() == StateName::Published {
                prop_assert!(open_upload || state.name() == StateName::Failed, "published without an upload");
            }
            state = next;
        }
    }

    #[test]
    fn what_has_ended_stays_ended_unless_a_person_or_tiktok_says_otherwise(
        picks in prop::collection::vec(0..30_usize, 1..60),
    ) {
        let events = events();
        let mut state = TargetState::Queued { attempt: 0 };
        for pick in picks {
            let event = events[pick].1.clone();
            let Ok(next) = apply(&state, event.clone()) else { continue };
            if state.is_final() && state.name() != next.name() {
                let by_tiktok = matches!(event, Event::Outcome { .. } | Event::FormerOutcome { .. });
                let by_word = by_tiktok || matches!(event, Event::Retry | Event::Schedule { .. } | Event::Resolve { .. });
                prop_assert!(by_word, "{event:?} moved {} to {}", state.name(), next.name());
            }
            state = next;
        }
    }
}
