//! What callers do with posts that are there: cancel, retry, resolve, publish, change, delete.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_domain::{
    AccountId, DeferReason, Evidence, Failure, MediaKind, PostId, PrivacyLevel, PublishId, ReconnectReason,
    TargetState, VideoId, VideoSettings,
};
use slipway_store::posts::{MediaRef, TargetRecord};
use workbench::{Answer, private_video};

use crate::world::{World, with};

pub(crate) fn at() -> Timestamp {
    Timestamp::now()
}

pub(crate) fn failed() -> TargetState {
    TargetState::Failed { publish_id: None, at: at(), failure: Failure::GaveUp }
}

pub(crate) fn unconfirmed() -> TargetState {
    let evidence = Evidence { sent: 1, last_status: None };
    TargetState::Unconfirmed { publish_id: Some(PublishId::new("v_pub_file~v2-1.7")), at: at(), evidence }
}

pub(crate) fn published() -> TargetState {
    let post_ids = vec![VideoId::new("7678907398077074696")];
    TargetState::Published { publish_id: Some(PublishId::new("v_pub_file~v2-1.8")), at: at(), post_ids }
}

fn states() -> Vec<TargetState> {
    let soon = at() + SignedDuration::from_hours(1);
    vec![
        TargetState::Draft,
        TargetState::Scheduled { at: soon },
        TargetState::Queued { attempt: 0 },
        TargetState::Initialising { attempt: 1 },
        TargetState::Deferred { attempt: 0, until: soon, why: DeferReason::RateLimited },
        TargetState::Processing { publish_id: PublishId::new("v_pub_file~v2-1.9"), since: at(), pull: None },
        published(),
        failed(),
        unconfirmed(),
        TargetState::Cancelled,
    ]
}

impl World {
    /// A post of the owner's whose only target is in this state.
    pub(crate) async fn post_in(&self, state: TargetState) -> TargetRecord {
        let media = MediaRef::of(&self.owner.media, MediaKind::Video).unwrap();
        self.bench.target(&self.owner.account, &media, state).await
    }

    pub(crate) async fn act(&self, method: &str, post: &PostId, act: &str, body: Option<&Value>) -> Answer {
        let path = if act.is_empty() { format!("/v1/posts/{post}") } else { format!("/v1/posts/{post}/{act}") };
        self.owner.caller.call(&self.router, method, &path, body).await
    }

    pub(crate) async fn state_of(&self, target: &TargetRecord) -> String {
        let found = self.bench.owner.posts.target(&target.post, &target.account).await.unwrap();
        found.map_or_else(|| "gone".to_owned(), |target| target.state.name().as_str().to_owned())
    }
}

#[tokio::test]
async fn each_act_is_allowed_where_it_makes_sense_and_nowhere_else() {
    let world = World::start().await;
    let resolve = json!({"outcome": "not_published"});
    let again = json!({"skip_duplicate_check": true});
    for (method, act, body, success, table) in [
        ("POST", "cancel", None, 200, "cancelled cancelled cancelled cancelled cancelled 409 409 409 409 cancelled"),
        ("POST", "retry", Some(&again), 200, "400 400 400 400 400 400 400 queued 409 400"),
        ("POST", "resolve", Some(&resolve), 200, "409 409 409 409 409 409 409 409 failed 409"),
        (
            "POST",
            "publish",
            Some(&json!({"skip_duplicate_check": true})),
            201,
            "queued queued 409 409 409 409 409 409 409 409",
        ),
        ("PATCH", "", Some(&json!({"text": "Changed"})), 200, "draft scheduled 409 409 409 409 409 failed 409 409"),
        ("DELETE", "", None, 200, "gone gone gone gone gone processing published gone unconfirmed gone"),
        ("POST", "unpublish", None, 501, "501 501 501 501 501 501 501 501 501 501"),
    ] {
        for (state, expected) in states().into_iter().zip(table.split_whitespace()) {
            let (name, target) = (state.name().as_str(), world.post_in(state).await);
            let answer = world.act(method, &target.post, act, body).await;
            let found = match answer.status.as_u16() {
                status if status == success && success != 501 => world.state_of(&target).await,
                status => {
                    assert_eq!(world.state_of(&target).await, name, "{act} of {name} was refused, and changed it");
                    status.to_string()
                }
            };
            assert_eq!(found, expected, "{method} {act} of {name}: {:#}", answer.json());
        }
    }
}

#[tokio::test]
async fn no_act_ignores_in_silence_what_it_does_not_know() {
    let world = World::start().await;
    for (method, act, state, status) in [
        ("POST", "retry", failed(), 200),
        ("POST", "cancel", TargetState::Draft, 200),
        ("POST", "publish", TargetState::Draft, 201),
        ("PATCH", "", TargetState::Draft, 200),
        ("DELETE", "", TargetState::Draft, 200),
        ("POST", "unpublish", published(), 501),
    ] {
        let target = world.post_in(state).await;
        // Its own field, too, where there is one: the same media goes to the same account again and again here.
        let odd = json!({"skip_duplicate_check": true, "skip_duplicate_chek": true});
        let answer = world.act(method, &target.post, act, Some(&odd)).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {act}: {}", answer.text());
        let told = answer.text().contains("skip_duplicate_chek is not a known field and was ignored");
        assert!(told, "{method} {act}: {}", answer.text());
    }
}

#[tokio::test]
async fn what_a_person_found_on_tiktok_is_asked_for_its_public_id() {
    let world = World::start().await;
    let media = MediaRef::of(&world.owner.media, MediaKind::Video).unwrap();
    for (level, asked) in [(PrivacyLevel::PublicToEveryone, true), (PrivacyLevel::SelfOnly, false)] {
        let settings = VideoSettings { privacy_level: Some(level), ..private_video() };
        let target = world.bench.target_with(&world.owner.account, &media, unconfirmed(), settings).await;
        let found = json!({"outcome": "published"});
        world.act("POST", &target.post, "resolve", Some(&found)).await.expect(200);
        assert_eq!(world.bench.now(&target).await.due_at.is_some(), asked, "{level:?}");
    }
}

#[tokio::test]
async fn who_published_a_draft_hands_it_over_and_a_second_time_is_refused() {
    let world = World::start().await;
    let draft = with(world.owner.body("A draft"), &[("/publish_now", json!(false))]);
    let id: PostId = World::made(&world.post(&world.owner.caller, &draft).await).parse().unwrap();
    let post = world.act("POST", &id, "publish", None).await;
    assert_eq!(post.expect(201)["status"], "publishing");
    assert_eq!(world.bench.messages("TransfersQueue").len(), 1);
    world.act("POST", &id, "publish", None).await.refused(409, "post.state_invalid", "id");
    assert_eq!(world.bench.messages("TransfersQueue").len(), 1);
    // The same again would be a repeat of it.
    world.post(&world.owner.caller, &world.owner.body("A draft")).await.expect(409);
}

#[tokio::test]
async fn what_was_cancelled_or_deleted_may_be_posted_again() {
    let world = World::start().await;
    let tomorrow = (at() + SignedDuration::from_hours(24)).to_string();
    for (method, act) in [("POST", "cancel"), ("DELETE", "")] {
        let body = world.owner.body(&format!("Again after {act}"));
        let later = with(body.clone(), &[("/publish_now", Value::Null), ("/scheduled_at", json!(tomorrow))]);
        let id: PostId = World::made(&world.post(&world.owner.caller, &later).await).parse().unwrap();
        world.post(&world.owner.caller, &body).await.expect(409);
        world.act(method, &id, act, None).await.expect(200);
        World::made(&world.post(&world.owner.caller, &body).await);
    }
}

#[tokio::test]
async fn a_repeat_with_the_same_key_gets_the_first_answer_again() {
    let world = World::start().await;
    let target = world.post_in(failed()).await;
    let retry = async |act: &str| {
        let request = world.owner.caller.request("POST", &format!("/v1/posts/{}/{act}", target.post));
        let request = request.header("idempotency-key", "once").body(Vec::new().into()).unwrap();
        Answer::to(&world.router, request).await
    };
    retry("retry").await.expect(200);
    let again = retry("retry").await;
    assert!(again.is_replayed() && again.expect(200) == json!({"success": true}));
    retry("cancel").await.refused(422, "idempotency.key_reused", "Idempotency-Key");
    assert_eq!(world.kept(&world.bench.tenant, target.post.as_str()).await.post.retry_count, 1);
}

#[tokio::test]
async fn a_repeated_deletion_gets_its_first_answer_though_the_post_is_gone() {
    let world = World::start().await;
    let target = world.post_in(failed()).await;
    let delete = async |key: &str| {
        let request = world.owner.caller.request("DELETE", &format!("/v1/posts/{}", target.post));
        let request = request.header("idempotency-key", key).body(Vec::new().into()).unwrap();
        Answer::to(&world.router, request).await
    };
    let first = delete("once").await;
    assert!(!first.is_replayed());
    let again = delete("once").await;
    assert!(again.is_replayed());
    assert_eq!(again.expect(200), first.expect(200));
    delete("another").await.refused(404, "post.not_found", "id");
}

#[tokio::test]
async fn a_post_is_found_by_the_id_of_its_video() {
    let world = World::start().await;
    let target = world.post_in(published()).await;
    let found = world.owner.caller.get(&world.router, "/v1/posts/7678907398077074696").await;
    assert_eq!(found.expect(200)["id"], json!(target.post));
    let stranger = world.stranger().await;
    let found = stranger.caller.get(&world.router, "/v1/posts/7678907398077074696").await;
    found.refused(404, "post.not_found", "id");
}

#[tokio::test]
async fn one_account_that_can_not_publish_does_not_keep_the_others_back() {
    let world = World::start().await;
    let (good, bad) = (world.owner.account.id.clone(), world.account().await);
    let reconnect = world.bench.owner.accounts.require_reconnect(&bad, ReconnectReason::AuthorizationRemoved, at());
    assert!(reconnect.await.unwrap().is_done());
    let targets = |ids: &[&AccountId]| json!(ids.iter().map(|id| json!({"account_id": id})).collect::<Vec<_>>());
    let body = |text: &str, ids: &[&AccountId]| with(world.owner.body(text), &[("/targets", targets(ids))]);
    let some = world.post(&world.owner.caller, &body("Some", &[&good, &bad.id])).await;
    let post = some.expect(207);
    assert_eq!(post["status"], "publishing");
    let refused = post["targets"].as_array().unwrap().iter().find(|target| target["status"] == "failed").unwrap();
    assert_eq!(
        (&refused["account_id"], &refused["error"]["code"]),
        (&json!(bad.id), &json!("account.reconnection_required"))
    );
    // Alone it is the answer.
    world.post(&world.owner.caller, &body("Alone", &[&bad.id])).await.expect(403);
    let again = world.post(&world.owner.caller, &body("Some", &[&good, &bad.id])).await;
    assert!(again.is_replayed() && again.status == 207);
    assert_eq!(world.bench.messages("TransfersQueue").len(), 1);
}

#[tokio::test]
async fn what_was_put_away_is_listed_only_where_it_is_asked_for() {
    let world = World::start().await;
    let (kept, hidden) = (world.post_in(TargetState::Draft).await, world.post_in(TargetState::Draft).await);
    world.act("PATCH", &hidden.post, "", Some(&json!({"hidden": true}))).await.expect(200);
    for (query, ids) in [("", vec![&kept.post]), ("?hidden=true", vec![&hidden.post, &kept.post])] {
        let page = world.owner.caller.get(&world.router, &format!("/v1/posts{query}")).await.expect(200);
        let shown: Vec<_> = page["data"].as_array().unwrap().iter().map(|post| post["id"].clone()).collect();
        assert_eq!(json!(shown), json!(ids), "{query}");
    }
}

#[tokio::test]
async fn no_other_posts_guard_is_lifted_by_deleting_what_was_cancelled() {
    let world = World::start().await;
    let body = world.owner.body("Once");
    let later = json!((at() + SignedDuration::from_hours(24)).to_string());
    let scheduled = with(body.clone(), &[("/publish_now", Value::Null), ("/scheduled_at", later)]);
    let first: PostId = World::made(&world.post(&world.owner.caller, &scheduled).await).parse().unwrap();
    world.act("POST", &first, "cancel", None).await.expect(200);
    World::made(&world.post(&world.owner.caller, &body).await);
    world.act("DELETE", &first, "", None).await.expect(200);
    let third = with(body, &[("/title", json!("Not the same body"))]);
    world.post(&world.owner.caller, &third).await.expect(409);
}

#[tokio::test]
async fn a_repeat_of_what_was_deleted_is_a_new_request_and_its_key_is_over() {
    let world = World::start().await;
    let body = world.owner.body("Deleted");
    let id: PostId = World::made(&world.post(&world.owner.caller, &body).await).parse().unwrap();
    world.act("DELETE", &id, "", None).await.expect(200);
    let again = World::made(&world.post(&world.owner.caller, &body).await);
    assert_ne!(again, id.as_str());
    let keyed = world.owner.body("Deleted, with a key");
    let id: PostId = World::made(&world.post_with_key(&world.owner.caller, "key", &keyed).await).parse().unwrap();
    world.act("DELETE", &id, "", None).await.expect(200);
    let gone = world.post_with_key(&world.owner.caller, "key", &keyed).await;
    gone.refused(410, "resource.gone", "Idempotency-Key");
}

#[tokio::test]
async fn what_is_called_off_gives_its_place_in_line_back() {
    let world = World::start().await;
    // More than a day has room for.
    for number in 0..20 {
        let body = world.owner.body(&format!("Called off {number}"));
        let id: PostId = World::made(&world.post(&world.owner.caller, &body).await).parse().unwrap();
        world.act("POST", &id, "cancel", None).await.expect(200);
    }
}
