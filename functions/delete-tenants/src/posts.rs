//! The posts: none of them begins any more, and each goes with its targets at once. One whose bytes are on the way ends
//! first, as it would have.

use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use slipway_domain::lifetimes::POST_ON_ITS_WAY;
use slipway_domain::{AccountId, MediaId, PostAct, PostId, Reach, TenantId};
use slipway_store::posts::{By, Commit, Order, PostWithTargets, SharedWrite, Span, TargetWrite};
use slipway_store::{StoreError, Write};

use crate::pass::Pass;
use crate::{AT_ONCE, DeleteTenants, PAGE};

const ALL: Span = Span { by: By::Creation, from: None, to: None, order: Order::OldestFirst };

/// What became of a post.
enum Went {
    /// It is gone.
    Gone,
    /// It was gone before: the index lags.
    WasGone,
    /// The bytes of this media are on the way, through these accounts.
    IsOnTheWay(Vec<MediaId>, Vec<AccountId>),
    /// Somebody else changed it at this moment, or the time is up.
    Later,
}

impl DeleteTenants {
    pub(crate) async fn posts_go(&self, space: &TenantId, pass: &mut Pass) {
        let is_patient = pass.age < POST_ON_ITS_WAY;
        pass.knows_posts = false;
        let (mut all_are_known, mut after) = (true, None);
        while !pass.is_over() {
            let (places, more) = match self.posts.list(space, &ALL, after.as_ref(), PAGE).await {
                Ok(page) => page,
                Err(error) => return pass.failed("posts", &error),
            };
            let until = pass.until;
            let went = stream::iter(&places).map(|place| self.post_goes(space, place.post(), is_patient, until));
            let went: Vec<_> = went.buffer_unordered(AT_ONCE).collect().await;
            for went in went {
                match went {
                    Ok(Went::Gone) => pass.found += 1,
                    Ok(Went::WasGone) => {}
                    Ok(Went::IsOnTheWay(media, accounts)) => {
                        pass.waits += 1;
                        pass.on_the_way.extend(media);
                        pass.busy.extend(accounts);
                    }
                    Ok(Went::Later) => {
                        all_are_known = false;
                        pass.found += 1;
                        pass.is_whole = false;
                    }
                    Err(error) => {
                        all_are_known = false;
                        pass.failed("a post", &error);
                    }
                }
            }
            after = places.into_iter().next_back();
            if !more || after.is_none() {
                pass.knows_posts = all_are_known;
                break;
            }
        }
        pass.step("counts of posts", self.posts.erase_accepted(space, pass.until).await);
    }

    async fn post_goes(
        &self,
        space: &TenantId,
        id: &PostId,
        is_patient: bool,
        until: Instant,
    ) -> Result<Went, StoreError> {
        if Instant::now() >= until {
            return Ok(Went::Later);
        }
        let Some(post) = self.posts.get(&Reach::whole(space), id).await? else { return Ok(Went::WasGone) };
        let on_the_way: Vec<_> = post.targets.iter().filter(|target| target.state.is_on_the_way()).collect();
        if is_patient && !on_the_way.is_empty() {
            let media = on_the_way.iter().flat_map(|target| target.media()).map(|media| media.id().clone()).collect();
            let accounts = on_the_way.iter().map(|target| target.account.clone()).collect();
            return Ok(Went::IsOnTheWay(media, accounts));
        }
        let now = Timestamp::now();
        // Whoever is at it meets a version that is gone, and leaves.
        match self.posts.commit(&removal(post, now), &self.media, now).await? {
            // What is taken away is not counted.
            Write::Done(_) => Ok(Went::Gone),
            Write::Refused(_) => Ok(Went::Later),
        }
    }
}

/// The end of a post, its targets and its guards against repeats.
fn removal(post: PostWithTargets, now: Timestamp) -> Commit {
    let guards = post.targets.iter().filter_map(|target| target.guarded_by.clone());
    let lifted = guards.filter(|guard| guard.stands(now)).chain(post.post.request_guard(now)).collect();
    Commit {
        shared: SharedWrite::Remove(post.post.clone()),
        targets: post.targets.iter().cloned().map(TargetWrite::Remove).collect(),
        lifted,
        act: PostAct::Delete,
        read: Some(Box::new(post.clone())),
        ..Commit::of(post.post.id)
    }
}
