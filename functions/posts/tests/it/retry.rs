//! What has failed, tried again.

use serde_json::json;
use slipway_domain::PostId;
use slipway_store::accounts::AccountRecord;
use slipway_store::posts::Change;

use crate::acts::{at, failed};
use crate::world::{World, with};
#[tokio::test]
async fn a_retry_counts_and_takes_its_media_and_its_day_again() {
    let world = World::start().await;
    let target = world.post_in(failed()).await;
    let answer = world.act("POST", &target.post, "retry", None).await;
    assert_eq!(answer.expect(200), json!({"success": true}));
    let kept = world.kept(&world.bench.tenant, target.post.as_str()).await;
    assert_eq!((kept.post.retry_count, kept.targets[0].state.name().as_str()), (1, "queued"));
    assert!(kept.targets[0].give_up_at > target.give_up_at);
    assert!(world.bench.media_now(&world.owner.media).await.posts.contains(&target.post));
    assert_eq!(world.bench.messages("TransfersQueue").len(), 1);
}

#[tokio::test]
async fn a_retry_needs_its_account_and_its_media() {
    let world = World::start().await;
    let target = world.post_in(failed()).await;
    let media = world.bench.media_now(&world.owner.media).await;
    assert!(world.bench.owner.media.mark_deleting(&media, at()).await.unwrap().is_done());
    world.act("POST", &target.post, "retry", None).await.refused(404, "media.not_found", "media_ids");
    assert_eq!(world.state_of(&target).await, "failed");
}

#[tokio::test]
async fn a_retry_leaves_out_those_who_are_gone_and_needs_one_who_is_there() {
    let world = World::start().await;
    let other = world.account().await;
    let targets = json!([{"account_id": world.owner.account.id}, {"account_id": other.id}]);
    let body = with(world.owner.body("One of them is gone"), &[("/targets", targets)]);
    let id: PostId = World::made(&world.post(&world.owner.caller, &body).await).parse().unwrap();
    let [mine, gone] = {
        let accounts = [&world.owner.account, &other];
        let fail = async |account: &AccountRecord| {
            let target = world.bench.owner.posts.target(&id, &account.id).await.unwrap().unwrap();
            world.bench.write(&target, Change::to(failed(), at())).await
        };
        [fail(accounts[0]).await, fail(accounts[1]).await]
    };
    let forget = async |account: &AccountRecord| {
        let account = world.bench.account(account).await;
        assert!(world.bench.owner.accounts.forget(&account).await.unwrap().is_done());
    };
    forget(&other).await;
    world.act("POST", &id, "retry", None).await.expect(200);
    assert_eq!((world.state_of(&mine).await, world.state_of(&gone).await), ("queued".to_owned(), "failed".to_owned()));
    assert_eq!(world.bench.now(&gone).await, gone);

    let mine = world.bench.now(&mine).await;
    world.bench.write(&mine, Change::to(failed(), at())).await;
    forget(&world.owner.account).await;
    let refused = world.act("POST", &id, "retry", None).await;
    let refused = refused.refused(404, "account.not_found", "id");
    let issues = refused["error"]["meta"]["issues"].as_array().unwrap();
    assert_eq!(issues.len(), 2, "{refused:#}");
    assert!(!refused["error"]["message"].as_str().unwrap().contains("PATCH"), "a partial post takes none: {refused:#}");
}

#[tokio::test]
async fn what_is_retried_is_guarded_again() {
    let world = World::start().await;
    let body = world.owner.body("Tried again");
    let id: PostId = World::made(&world.post(&world.owner.caller, &body).await).parse().unwrap();
    let target = world.bench.owner.posts.target(&id, &world.owner.account.id).await.unwrap().unwrap();
    world.bench.write(&target, Change::to(failed(), at())).await;
    // A change of something else takes no guard away.
    world.act("PATCH", &id, "", Some(&json!({"hidden": true}))).await.expect(200);
    let other = with(body, &[("/title", json!("Not the same body"))]);
    world.post(&world.owner.caller, &other).await.expect(409);
    world.act("POST", &id, "retry", None).await.expect(200);
    world.post(&world.owner.caller, &other).await.expect(409);
}

#[tokio::test]
async fn a_retry_leaves_alone_what_has_not_failed() {
    let world = World::start().await;
    let other = world.account().await;
    let targets = json!([{"account_id": world.owner.account.id}, {"account_id": other.id}]);
    let body = with(world.owner.body("Half"), &[("/targets", targets)]);
    let id: PostId = World::made(&world.post(&world.owner.caller, &body).await).parse().unwrap();
    let target = world.bench.owner.posts.target(&id, &other.id).await.unwrap().unwrap();
    world.bench.write(&target, Change::to(failed(), at())).await;
    let waiting = world.bench.owner.posts.target(&id, &world.owner.account.id).await.unwrap().unwrap();
    world.act("POST", &id, "retry", None).await.expect(200);
    assert_eq!(world.bench.now(&waiting).await, waiting);
}
