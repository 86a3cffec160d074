//! The function that tells endpoints is killed at each of its calls to AWS: nothing is lost, and what is told twice has one
//! id.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_stand_in::Moment;

use super::{endpoint, world};
use crate::support::{Nets, Receiver, Reply, die_at, has_died, video_of};

const DELIVER: [&str; 1] = ["DeliverFunction"];

/// The endpoint refuses each event once. So a life has two attempts, with all that is written and sent between them.
async fn killed_at_every_call(moment: Moment) {
    let receiver = Receiver::start().await;
    let world = Arc::new(world(&receiver).await);
    let made = endpoint(&world, &receiver, "/hook", &["post.scheduled"]).await;
    let media = world.upload(video_of(200_000)).await;
    let deliveries = format!("/v1/webhooks/{}/deliveries", made["id"].as_str().unwrap());
    let (mut deaths, mut repeated) = (0, 0);
    for call in 1.. {
        receiver.reply("/hook", [Reply::status(500)]);
        die_at(&world, &DELIVER, call, moment);
        let post = world.schedule(&world.account, &media, &format!("Killed at call {call}"), 86_400).await;
        let of_post = || {
            let came = receiver.came("/hook").into_iter();
            came.filter(|came| came.json()["data"]["post_id"] == post.as_str()).collect::<Vec<_>>()
        };
        let recorded = world.in_time(Nets::All, async || {
            let last = of_post().pop().filter(|came| came.answered == 200)?;
            let shown = world.get(&format!("{deliveries}/{}", last.id())).await;
            (shown.body["status"] == "delivered").then_some(shown.body)
        });
        let shown = recorded.await.unwrap_or_else(|| panic!("{call}: lost; {:?} came\n{}", of_post(), world.logs()));
        world.rest().await;
        let died = has_died(&world, call);
        let came = of_post();
        let ids: BTreeSet<_> = came.iter().map(|came| came.id().to_owned()).collect();
        assert_eq!(ids.len(), 1, "{call}: told twice under different ids");
        assert!(shown["attempt_count"].as_u64() <= Some(came.len() as u64), "{call}: {shown:#} of {}", came.len());
        assert_eq!(world.told(&post).await, ["scheduled"], "{call}");
        // What is called more often than it is counted was made again, for nobody had recorded it.
        repeated += usize::from(shown["attempt_count"].as_u64() < Some(came.len() as u64));
        if !died {
            // The one that is refused, and the one that is taken.
            assert_eq!(came.len(), 2, "nobody died");
            break;
        }
        deaths += 1;
    }
    println!("killed {moment:?} each of {deaths} calls of deliver; {repeated} repeated what was not recorded");
    assert!(deaths >= 6, "only {deaths} deaths");
    // Who dies before the write has called, and nobody knows of it.
    assert!(repeated >= 1 || moment == Moment::After, "nothing was repeated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_before_any_call_of_deliver_loses_nothing_and_keeps_the_id() {
    killed_at_every_call(Moment::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_after_any_call_of_deliver_loses_nothing_and_keeps_the_id() {
    killed_at_every_call(Moment::After).await;
}
