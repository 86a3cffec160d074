//! How many accounts one post may go to.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_domain::Plan;
use slipway_domain::limits::TARGETS_PER_POST;
use slipway_store::tenants::TenantState;

use crate::world::{World, with};

/// A post to so many accounts, each with media of its own: as many items as a transaction can have.
fn body(accounts: &[String]) -> Value {
    let targets = accounts.iter().enumerate().map(|(index, account)| {
        let media = json!([{"source_type": "url", "source": format!("https://example.com/{index}.mp4")}]);
        json!({"account_id": account, "media": media})
    });
    let targets: Vec<_> = targets.collect();
    json!({
        "text": "To all",
        "targets": targets,
        "platform_data": {"tiktok": {"post_mode": "inbox"}},
        "publish_now": true,
    })
}

#[tokio::test]
async fn a_post_goes_to_32_accounts_with_media_of_their_own_and_to_no_more() {
    let world = World::start().await;
    let mut accounts = vec![world.owner.account.id.to_string()];
    while accounts.len() <= TARGETS_PER_POST {
        accounts.push(world.account().await.id.to_string());
    }
    let before = world.bench.traces().await;
    let caller = &world.owner.caller;
    world.post(caller, &body(&accounts)).await.refused(400, "validation.field_invalid", "targets");
    // However they are named.
    let (last, most) = accounts.split_last().unwrap();
    let named =
        with(body(most), &[("/account_ids", json!([last])), ("/media_ids", json!(["https://example.com/a.mp4"]))]);
    world.post(caller, &named).await.refused(400, "validation.field_invalid", "account_ids");
    assert_eq!(world.bench.traces().await.since(&before), [""; 0]);

    let id = World::made(&world.post(caller, &body(most)).await);
    let kept = world.kept(&world.bench.tenant, &id).await;
    assert_eq!((TARGETS_PER_POST, kept.targets.len(), kept.post.media_ids.len()), (32, 32, 32));
    assert_eq!(world.bench.messages("ImportsQueue").len(), 32);
}

/// The change of a post that was counted counts nothing: its transaction may be full to the last item.
#[tokio::test]
async fn a_post_of_32_accounts_can_be_changed_while_it_waits() {
    let world = World::start().await;
    let mut accounts = vec![world.owner.account.clone()];
    while accounts.len() < TARGETS_PER_POST {
        accounts.push(world.account().await);
    }
    let at = Timestamp::now() + SignedDuration::from_hours(2);
    let body = crate::world::body("One file", &world.owner.media, &accounts.iter().collect::<Vec<_>>());
    let body = with(body, &[("/publish_now", Value::Null), ("/scheduled_at", json!(at))]);
    let id = World::made(&world.post(&world.owner.caller, &body).await).parse().unwrap();
    let changed = world.act("PATCH", &id, "", Some(&json!({"text": "A slip of the pen, mended"}))).await.expect(200);
    assert_eq!(changed["targets"].as_array().map(Vec::len), Some(32), "{changed:#}");
}

/// They leave no item of the transaction for the count of the plan's posts.
#[tokio::test]
async fn of_the_largest_posts_at_once_a_plan_takes_no_more_than_it_has_room_for() {
    let world = World::start().await;
    let hobby = TenantState::of_plan(Plan::Hobby);
    assert!(world.bench.owner.tenants.decide(&world.bench.tenant, hobby, Timestamp::now()).await.unwrap().is_done());
    let mut accounts = vec![world.owner.account.id.to_string()];
    while accounts.len() < TARGETS_PER_POST {
        accounts.push(world.account().await.id.to_string());
    }
    let at = Timestamp::now() + SignedDuration::from_hours(24);
    let post = async |number: usize| {
        let text = format!("Number {number}");
        let change = [("/text", json!(text)), ("/publish_now", Value::Null), ("/scheduled_at", json!(at))];
        let body = with(body(&accounts), &change);
        loop {
            let answer = world.post(&world.owner.caller, &body).await;
            if answer.status != 409 {
                return answer.status.as_u16();
            }
        }
    };
    for number in 0..8 {
        assert_eq!(post(number).await, 201);
    }
    let at_once = join_all((8..12).map(post)).await;
    let made = at_once.iter().filter(|status| **status == 201).count();
    let refused = at_once.iter().filter(|status| **status == 429).count();
    assert_eq!((made, refused), (2, 2), "{at_once:?}");
}
