//! Changes of posts that are there.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_domain::{AccountId, PostId, TargetState};
use slipway_store::posts::Change;

use crate::acts::at;
use crate::world::{World, with};
#[tokio::test]
async fn a_change_goes_through_the_checks_of_a_new_post() {
    let world = World::start().await;
    let target = world.post_in(TargetState::Draft).await;
    for (change, field) in [
        (json!({"text": "x".repeat(2201)}), "text"),
        (
            json!({"platform_data": {"tiktok": {"brand_content_toggle": true}}}),
            "targets[0].platform_data.privacy_level",
        ),
        (json!({"media_ids": ["med_nothing"]}), "media_ids[0]"),
        (json!({"scheduled_at": "2020-01-01T00:00:00Z"}), "scheduled_at"),
        (json!({"publish_now": true}), "publish_now"),
        (json!({"targets": [{"account_id": "acc_nobody"}]}), "targets[0].account_id"),
        (json!({"hidden": "yes"}), "hidden"),
        (json!({"text": []}), "text"),
        (json!({"platform_data": {"tiktok": {"is_aigc": []}}}), "platform_data.tiktok.is_aigc"),
    ] {
        let answer = world.act("PATCH", &target.post, "", Some(&change)).await;
        assert_eq!(answer.json()["error"]["meta"]["field"], field, "{change}: {:#}", answer.json());
        assert_eq!(world.bench.now(&target).await.version, target.version, "{change}");
    }
}

#[tokio::test]
async fn a_change_says_what_it_says_and_leaves_the_rest() {
    let world = World::start().await;
    let target = world.post_in(TargetState::Draft).await;
    let change = async |change: Value| world.act("PATCH", &target.post, "", Some(&change)).await.json();
    let post = change(json!({"text": "New", "hidden": true})).await;
    assert_eq!((&post["text"], &post["hidden"], &post["status"]), (&json!("New"), &json!(true), &json!("draft")));
    assert_eq!(post["targets"][0]["metadata"]["privacy_level"], "SELF_ONLY");
    let later = (Timestamp::from_second(at().as_second()).unwrap() + SignedDuration::from_hours(2)).to_string();
    let post = change(json!({"scheduled_at": later, "targets": [{
        "account_id": target.account, "platform_data": {"tiktok": {"disable_comment": false}}
    }]}))
    .await;
    let metadata = &post["targets"][0]["metadata"];
    assert_eq!((&post["status"], &post["text"]), (&json!("scheduled"), &json!("New")), "{post:#}");
    assert_eq!((&metadata["disable_comment"], &metadata["privacy_level"]), (&json!(false), &json!("SELF_ONLY")));
    let post = change(json!({"scheduled_at": null})).await;
    assert_eq!((&post["status"], &post["scheduled_at"]), (&json!("draft"), &Value::Null));
    for (said, level) in [
        (json!({"visibility": "friends"}), "MUTUAL_FOLLOW_FRIENDS"),
        (json!({"targets": [{"account_id": target.account, "visibility": "private"}]}), "SELF_ONLY"),
    ] {
        let post = change(said.clone()).await;
        assert_eq!(post["targets"][0]["metadata"]["privacy_level"], level, "{said}: {post:#}");
    }
    // Another account takes its place.
    let other = world.account().await;
    let wanted = json!({"targets": [{"account_id": other.id, "platform_data": {"privacy_level": "SELF_ONLY"}}]});
    let post = change(wanted).await;
    let accounts: Vec<_> = post["targets"].as_array().unwrap().iter().map(|target| &target["account_id"]).collect();
    assert_eq!(accounts, [&json!(other.id)]);
    assert_eq!(world.state_of(&target).await, "gone");
}

#[tokio::test]
async fn who_read_a_target_that_was_taken_out_and_put_in_again_can_not_write_it() {
    let world = World::start().await;
    let other = world.account().await;
    let target = |account: &AccountId| json!({"account_id": account, "platform_data": {"privacy_level": "SELF_ONLY"}});
    let [both, one] = [vec![&world.owner.account.id, &other.id], vec![&world.owner.account.id]]
        .map(|accounts| json!({"targets": accounts.into_iter().map(target).collect::<Vec<_>>()}));
    let body =
        with(world.owner.body("In and out"), &[("/publish_now", json!(false)), ("/targets", both["targets"].clone())]);
    let id: PostId = World::made(&world.post(&world.owner.caller, &body).await).parse().unwrap();
    let posts = &world.bench.owner.posts;
    let mut before = posts.target(&id, &other.id).await.unwrap().unwrap();
    // The second one is one that a change has put in, too.
    for round in 0..2 {
        world.act("PATCH", &id, "", Some(&one)).await.expect(200);
        assert_eq!(posts.target(&id, &other.id).await.unwrap(), None, "{round}");
        world.act("PATCH", &id, "", Some(&both)).await.expect(200);
        let after = posts.target(&id, &other.id).await.unwrap().unwrap();
        assert!(after.version > before.version + 1_000_000 / 2, "{round}: {} {}", before.version, after.version);
        let written = posts.change(&before, Change::to(TargetState::Cancelled, at())).await.unwrap();
        assert!(!written.is_done(), "{round}: what was read is gone");
        before = after;
    }
}

#[tokio::test]
async fn a_change_publishes_nothing_whatever_dialect_it_is_written_in() {
    let world = World::start().await;
    let other = world.account().await;
    for change in [
        json!({"targets": [], "account_id": world.owner.account.id}),
        json!({"account_ids": [other.id], "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}}}),
    ] {
        let target = world.post_in(TargetState::Draft).await;
        let changed = world.act("PATCH", &target.post, "", Some(&change)).await;
        assert_eq!(changed.expect(200)["status"], "draft", "{change}");
    }
    assert_eq!(world.bench.messages("TransfersQueue").len(), 0);
}

#[tokio::test]
async fn what_a_change_leaves_blank_stays_as_it_is() {
    let world = World::start().await;
    let at = at() + SignedDuration::from_hours(2);
    let target = world.post_in(TargetState::Draft).await;
    let account = &target.account;
    let made = json!({"title": "Title", "targets": [{
        "account_id": account, "text": "Own", "scheduled_at": at,
        "platform_data": {"brand_organic_toggle": true, "is_aigc": true, "disable_comment": false},
    }]});
    let told = async |change: &Value| {
        let post = world.act("PATCH", &target.post, "", Some(change)).await;
        let post = post.expect(200);
        [&post["status"], &post["title"], &post["targets"]].map(Clone::clone)
    };
    let before = told(&made).await;
    assert_eq!(before[0], "scheduled", "{before:?}");
    let document = include_str!("../../../../openapi.json");
    let document: Value = serde_json::from_str(document).unwrap();
    let schemas = &document["components"]["schemas"];
    let optional = |schema: &str, but: &[&str]| -> Vec<String> {
        let names = schemas[schema]["properties"].as_object().unwrap().iter();
        let may_be_null = |schema: &Value| schema.to_string().contains("null");
        names
            .filter(|(name, of)| may_be_null(of) && !but.contains(&name.as_str()))
            .map(|(name, _)| name.clone())
            .collect()
    };
    // An empty text is one, and a time may be taken away.
    let of_post = optional("PatchPost", &["text", "title", "scheduled_at", "hidden"]);
    let of_target = optional("NewTarget", &["text", "title", "scheduled_at"]);
    let (settings, words) = (optional("TikTokSettings", &[]), optional("DisclosureWords", &[]));
    assert!(of_post.len() > 12 && of_target.len() > 3 && settings.len() > 12 && words.len() == 3);
    let mut changes =
        vec![json!({"scheduled_at": ""}), json!({"targets": [{"account_id": account, "scheduled_at": ""}]})];
    for blank in [Value::Null, json!("")] {
        let one = |name: &String| json!({name.as_str(): blank});
        let in_target =
            |said: Value| with(json!({"targets": [{"account_id": account}]}), &[("/targets/0/platform_data", said)]);
        changes.extend(of_post.iter().map(one));
        changes
            .extend(of_target.iter().map(|name| json!({"targets": [{"account_id": account, name.as_str(): blank}]})));
        for said in settings.iter().map(one).chain(words.iter().map(|name| json!({"disclosure": one(name)}))) {
            changes.push(json!({"platform_data": {"tiktok": said}}));
            changes.push(in_target(json!({"tiktok": said})));
            changes.push(in_target(said));
        }
    }
    for empty in ["media_ids", "media", "targets", "account_ids", "platforms"] {
        changes.push(json!({empty: []}));
    }
    for change in changes {
        assert_eq!(told(&change).await, before, "{change}");
    }
}

#[tokio::test]
async fn a_change_that_wants_a_draft_and_a_time_makes_a_draft_and_says_so() {
    let world = World::start().await;
    let at = at() + SignedDuration::from_hours(2);
    let target = world.post_in(TargetState::Scheduled { at }).await;
    for change in [
        json!({"publish_now": false, "scheduled_at": at}),
        json!({"publish_now": false, "targets": [{"account_id": target.account, "scheduled_at": at}]}),
    ] {
        let scheduled = world.act("PATCH", &target.post, "", Some(&json!({"scheduled_at": at}))).await;
        assert_eq!(scheduled.expect(200)["status"], "scheduled");
        let post = world.act("PATCH", &target.post, "", Some(&change)).await;
        let post = post.expect(200);
        assert_eq!(post["status"], "draft", "{post:#}");
        assert!(post["warnings"].to_string().contains("always means a draft"), "{post:#}");
    }
}

#[tokio::test]
async fn a_change_that_names_what_is_on_tiktok_is_told_so() {
    let world = World::start().await;
    let other = world.account().await;
    let later = json!((at() + SignedDuration::from_hours(2)).to_string());
    let targets = json!([{"account_id": world.owner.account.id}, {"account_id": other.id, "scheduled_at": later}]);
    let body = with(world.owner.body("Two"), &[("/targets", targets.clone())]);
    let id: PostId = World::made(&world.post(&world.owner.caller, &body).await).parse().unwrap();
    world.act("POST", &id, "cancel", None).await.expect(200);
    let target = world.bench.owner.posts.target(&id, &other.id).await.unwrap().unwrap();
    world.bench.write(&target, Change::to(TargetState::Draft, at())).await;
    let refused = world.act("PATCH", &id, "", Some(&json!({"text": "New", "targets": targets}))).await;
    refused.refused(400, "validation.field_invalid", "targets[0].account_id");
}
