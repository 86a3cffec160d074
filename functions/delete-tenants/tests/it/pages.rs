//! Much of everything goes page by page, in as many runs as it takes.

use std::time::Duration;

use delete_tenants::Ran;
use slipway_domain::{Reach, TargetState};

use crate::support::World;

const LOG: usize = 230;
const MEDIA: usize = 210;
const POSTS: usize = 130;

#[tokio::test]
async fn pages_of_everything_go_and_nothing_of_a_neighbours() {
    let world = World::start().await;
    let (tenant, stranger) = (world.bench.tenant.clone(), World::stranger());
    let account = world.bench.connect().await;
    let media = world.bench.absent_video(100);
    for number in 0..LOG {
        world.log(&tenant, number).await;
        world.log(&stranger, number).await;
    }
    for _ in 0..MEDIA {
        world.bench.announced(&tenant).await;
    }
    for _ in 0..POSTS {
        world.bench.target(&account, &media, TargetState::Draft).await;
    }
    let [_, test] = tenant.spaces();
    world.log(&test, 1).await;
    let kept = world.bench.announced(&stranger).await;

    world.begin().await;
    let aws = world.bench.deployment.aws();
    aws.reset_counts();
    assert_eq!(world.run(0).await, Ran { worked_on: 1, ended: 0 });
    let counts = aws.request_counts();
    println!("{POSTS} posts, {MEDIA} media, an account, {LOG} entries: {counts:?}");
    let calls: u64 = counts.values().sum();
    // A post: its targets are read and it is removed. Media: marked, removed, and its mark stays. The log: batches.
    let most = 2 * POSTS + 3 * MEDIA + 120;
    assert!(calls <= most as u64, "{calls} calls, not {most}: {counts:?}");

    assert_eq!((world.logged(&tenant).await, world.logged(&test).await, world.logged(&stranger).await), (0, 0, LOG));
    assert!(world.bench.owner.media.get(&Reach::whole(&stranger), &kept.id).await.unwrap().is_some());
    let (left, _) = world.bench.owner.media.all_behind(&Reach::whole(&tenant), None, 1000).await.unwrap();
    assert!(left.len() == MEDIA && left.iter().all(|media| !media.is_there()), "their files may still come");
    assert!(world.bench.owner.accounts.list(&Reach::whole(&tenant), None, 10).await.unwrap().accounts.is_empty());
    assert!(world.bench.tiktok.ledger().grants[0].revoked, "TikTok was told");
}

#[tokio::test]
async fn a_run_whose_time_is_up_leaves_the_rest_to_the_next_minute() {
    let world = World::start().await;
    world.log(&world.bench.tenant, 1).await;
    world.begin().await;
    assert_eq!(world.run_for(0, Duration::ZERO).await, Ran::default(), "nothing is begun");
    assert_eq!(world.logged(&world.bench.tenant).await, 1);
    assert_eq!(world.run(0).await.worked_on, 1);
    assert_eq!(world.logged(&world.bench.tenant).await, 0);
    assert_eq!(world.run(1).await.worked_on, 0, "it comes back later");
    let ended = [world.run(5).await.ended, world.run(16).await.ended];
    assert_eq!((ended, world.is_there().await), ([0, 1], false));
}
