//! Media that has all the posts that it takes.

use std::collections::BTreeSet;

use slipway_domain::{MediaId, PostId};
use slipway_store::Write;
use slipway_store::media::MediaRecord;
use uuid::Uuid;

use crate::world::{World, body};

#[tokio::test]
async fn media_whose_posts_have_all_ended_takes_another_one() {
    let world = World::start().await;
    let ended: BTreeSet<_> = (0..MediaRecord::MAX_POSTS).map(|_| PostId::from_uuid(Uuid::now_v7())).collect();
    let id = MediaId::from_uuid(Uuid::now_v7());
    let full = MediaRecord { id, posts: ended, ..world.owner.media.clone() };
    assert_eq!(world.bench.owner.media.put(&full).await.unwrap(), Write::Done(()));
    let made = World::made(&world.post(&world.owner.caller, &body("One more", &full, &[&world.owner.account])).await);
    assert_eq!(world.bench.media_now(&full).await.posts, [made.parse().unwrap()].into());
}
