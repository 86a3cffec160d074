//! What a change of a post is told as: one pure function from the targets before and after it.

use super::PostStatus;
use crate::{EventType, TargetState};

/// Who changed a post, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PostAct {
    /// A caller made it.
    Create,
    /// A caller changed it.
    Update,
    /// A caller had it published at once.
    Publish,
    /// A caller had what failed of it tried again.
    Retry,
    /// A caller cancelled what was not at TikTok yet.
    Cancel,
    /// A person said what is on TikTok.
    Resolve,
    /// A caller deleted it, or as much of it as can be deleted.
    Delete,
    /// Nobody asked: a worker brought it further, or TikTok spoke.
    Progress,
}

/// A target before and after a change; nothing where it is new, or is forgotten.
pub type Step<'a> = (Option<&'a TargetState>, Option<&'a TargetState>);

/// Something that is told of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Of the whole post.
    Post(EventType),
    /// Of one target, by its place among the steps.
    Target(usize, EventType),
}

/// What is told of a change that took these steps: each of all targets, also of those that stayed as they were.
pub fn told(act: PostAct, steps: &[Step<'_>]) -> Vec<Told> {
    let mut told = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        told.extend(told_of(*step).into_iter().flatten().map(|event| Told::Target(index, event)));
    }
    let before = steps.iter().filter_map(|(before, _)| *before);
    let before = before.clone().next().map(|_| PostStatus::of(before));
    let has_after = steps.iter().any(|(_, after)| after.is_some());
    let after = PostStatus::of(steps.iter().filter_map(|(_, after)| *after));
    let by_act = match act {
        PostAct::Update => Some(EventType::PostUpdated),
        PostAct::Retry => Some(EventType::PostRetried),
        PostAct::Cancel => Some(EventType::PostCancelled),
        PostAct::Delete if !has_after => Some(EventType::PostDeleted),
        PostAct::Create | PostAct::Publish | PostAct::Resolve | PostAct::Delete | PostAct::Progress => None,
    };
    told.extend(by_act.map(Told::Post));
    if has_after && (before != Some(after) || steps.iter().any(draft_was_posted)) {
        let reached = match after {
            // Where one target has ended, others may still wait: that was told.
            PostStatus::Scheduled if act != PostAct::Progress => Some(EventType::PostScheduled),
            PostStatus::Published => Some(EventType::PostPublished),
            PostStatus::Partial => Some(EventType::PostPartial),
            PostStatus::Failed => Some(EventType::PostFailed),
            // A caller's cancellation is told already.
            PostStatus::Cancelled if act != PostAct::Cancel => Some(EventType::PostCancelled),
            PostStatus::Cancelled | PostStatus::Draft | PostStatus::Scheduled | PostStatus::Publishing => None,
        };
        told.extend(reached.map(Told::Post));
    }
    told
}

/// Whether what is told of the whole post depends on this step of one target: whoever takes it must know what the others
/// are.
pub fn counts((before, after): Step<'_>) -> bool {
    // How it ended, if it has.
    let end = |state: Option<&TargetState>| match PostStatus::of(state) {
        PostStatus::Draft | PostStatus::Scheduled | PostStatus::Publishing => None,
        end => Some(end),
    };
    end(before) != end(after) || draft_was_posted(&(before, after))
}

/// Its creator has posted the draft that was in the inbox: the post counted as published already, and now it is.
fn draft_was_posted((before, after): &Step<'_>) -> bool {
    matches!((before, after), (Some(TargetState::InInbox { .. }), Some(TargetState::Published { .. })))
}

fn told_of((before, after): Step<'_>) -> [Option<EventType>; 3] {
    use TargetState as S;
    let Some(after) = after else { return [None; 3] };
    let arrived = matches!(before, Some(S::Uploading { .. }))
        && matches!(after, S::Processing { .. } | S::InInbox { .. } | S::Published { .. });
    let ends = match (before, after) {
        (Some(S::InInbox { .. }), S::InInbox { .. }) | (Some(S::Unconfirmed { .. }), S::Unconfirmed { .. }) => None,
        (_, S::InInbox { .. }) => Some(EventType::PostInboxDelivered),
        (_, S::Unconfirmed { .. }) => Some(EventType::PostUnconfirmed),
        _ => None,
    };
    let is_public = public_ids(after) > before.map_or(0, public_ids);
    [arrived.then_some(EventType::PostUploadCompleted), ends, is_public.then_some(EventType::PostPubliclyAvailable)]
}

const fn public_ids(state: &TargetState) -> usize {
    match state {
        TargetState::Published { post_ids, .. } => post_ids.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
