//! What is kept of a post's steps, and how it is paged through.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_domain::TargetState;
use slipway_domain::limits::STEPS_PER_TARGET;
use slipway_store::posts::{Change, TargetRecord};
use tiktok_sim::{Action, Endpoint, Fault};

use crate::acts::published;
use crate::world::{World, with};

/// All steps, page by page. Between two pages something may happen.
async fn paged(world: &World, post: &str, limit: usize, mut meanwhile: impl AsyncFnMut(usize)) -> Vec<Value> {
    let (mut steps, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let path = format!("/v1/posts/{post}/timeline?limit={limit}{cursor}");
        let page = world.owner.caller.get(&world.router, &path).await.expect(200);
        steps.extend(page["data"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { return steps };
        cursor = format!("&cursor={next}");
        pages += 1;
        meanwhile(pages).await;
    }
}

async fn step(world: &World, target: &TargetRecord, note: &str, at: Timestamp) {
    let change = Change::to(TargetState::Queued { attempt: 0 }, at).note(note, None);
    world.bench.write(target, change).await;
}

#[tokio::test]
async fn of_very_many_steps_the_first_and_the_last_are_shown() {
    let world = World::start().await;
    let target = world.post_in(TargetState::Queued { attempt: 0 }).await;
    let now = Timestamp::now();
    for number in 0..300 {
        step(&world, &target, &format!("step {number}"), now).await;
    }
    world.bench.write(&target, Change::to(published(), now).note("TikTok has published it", None)).await;
    let kept = world.bench.now(&target).await.timeline.len();
    let steps = paged(&world, target.post.as_str(), 30, async |pages| {
        if pages == 2 {
            // What goes from the middle moves nothing that comes after it.
            world.bench.write(&target, Change::to(published(), now).note("It is public", None)).await;
        }
    })
    .await;
    let notes: Vec<_> = steps.iter().map(|step| step["note"].as_str().unwrap()).collect();
    assert_eq!((kept, steps.len()), (STEPS_PER_TARGET, STEPS_PER_TARGET));
    assert!(notes.contains(&"step 0"), "{notes:?}");
    assert_eq!(notes[198..], ["TikTok has published it", "It is public"]);
    let left_out: Vec<_> = steps.iter().filter_map(|step| step["left_out"].as_u64()).collect();
    let all = 302 + target.timeline.len() as u64;
    assert_eq!(left_out, [all - steps.len() as u64]);
}

#[tokio::test]
async fn a_step_of_a_late_clock_is_shown_once_and_a_cursor_is_of_one_post() {
    let world = World::start().await;
    let other = world.account().await;
    let targets = json!([{"account_id": world.owner.account.id}, {"account_id": other.id}]);
    let draft = with(world.owner.body("Two"), &[("/targets", targets), ("/publish_now", json!(false))]);
    let id = World::made(&world.post(&world.owner.caller, &draft).await);
    let kept = world.kept(&world.bench.tenant, &id).await;
    let (late, now) = (Timestamp::now() - SignedDuration::from_mins(5), Timestamp::now());
    step(&world, &kept.targets[0], "now", now).await;
    let steps = paged(&world, &id, 2, async |_| step(&world, &kept.targets[1], "late", late).await).await;
    let notes: Vec<_> = steps.iter().map(|step| step["note"].as_str().unwrap()).collect();
    assert_eq!(notes, ["accepted", "accepted", "late", "now"]);

    let page = world.owner.caller.get(&world.router, &format!("/v1/posts/{id}/timeline?limit=1")).await.expect(200);
    let another = world.post_in(TargetState::Draft).await.post;
    let path = format!("/v1/posts/{another}/timeline?cursor={}", page["next_cursor"].as_str().unwrap());
    world.owner.caller.get(&world.router, &path).await.refused(400, "validation.field_invalid", "cursor");
}

#[tokio::test]
async fn the_first_step_has_the_log_id_of_what_tiktok_said_about_the_creator() {
    let world = World::start().await;
    let first = async |text: &str| {
        let id = World::made(&world.post(&world.owner.caller, &world.owner.body(text)).await);
        let steps = paged(&world, &id, 30, async |_| {}).await;
        let step = steps.into_iter().next().unwrap();
        assert_eq!(step["note"], "accepted", "{step}");
        step["tiktok_log_id"].as_str().map(str::to_owned)
    };
    let asked = first("Asked").await;
    assert!(asked.is_some());
    // What is kept for a minute was said once.
    assert_eq!((first("Known").await, world.asked()), (asked.clone(), 1));
    world.bench.forget_creators().await;
    assert_ne!(first("Asked again").await, asked);
    // A fault's answer has one, too.
    world.bench.forget_creators().await;
    world.bench.tiktok.fault(Fault::on(Endpoint::CreatorInfo, Action::RateLimited));
    assert!(first("In spite of a fault").await.is_some());
}
