//! What becomes of the posts that wait for an account when it is disconnected.

use std::time::{Duration, SystemTime};

use axum::body::Body;
use http::StatusCode;
use jiff::Timestamp;
use lambda_http::{Context, RequestExt as _};
use serde_json::json;
use slipway_domain::{AccountId, ChunkPlan, DeferReason, Failure, PostId, PublishId, Sealed, TargetState, TenantId};
use slipway_store::posts::{Commit, PostRecord, TargetRecord, Waiting};
use uuid::Uuid;
use workbench::{Caller, creation};

use crate::support::World;

/// More than one page of the index.
const MANY: usize = 120;

/// A post with one target.
fn post(tenant: &TenantId, account: &AccountId, state: &TargetState) -> Commit {
    let (id, now) = (PostId::from_uuid(Uuid::now_v7()), Timestamp::now());
    let post = json!({"id": id, "tenant": tenant, "text": "", "media_ids": ["med_1"], "created_at": now});
    let target = json!({
        "tenant": tenant,
        "post": id,
        "account": account,
        "version": 1,
        "state": state,
        "settings": {
            "post_mode": "direct",
            "caption": "",
            "privacy_level": "SELF_ONLY",
            "disclosure": {"brand_content_toggle": false, "brand_organic_toggle": false},
            "interactions": {"disable_comment": true, "disable_duet": true, "disable_stitch": true},
            "is_aigc": false,
            "video_cover_timestamp_ms": null,
        },
        "media": {"id": "med_1", "s3_key": "media/1", "etag": "1", "size_bytes": 1, "video_type": "mp4"},
        "accepted_at": now,
        "give_up_at": now,
        "updated_at": now,
    });
    let post: PostRecord = serde_json::from_value(post).unwrap();
    let target: TargetRecord = serde_json::from_value(target).unwrap();
    creation(post, vec![target])
}

async fn make(world: &World, tenant: &TenantId, account: &AccountId, state: TargetState) -> PostId {
    let new = post(tenant, account, &state);
    world.bench.create(&new, Timestamp::now()).await;
    new.post
}

fn scheduled() -> TargetState {
    TargetState::Scheduled { at: Timestamp::MAX }
}

async fn state(world: &World, post: &PostId, account: &AccountId) -> TargetState {
    world.app.posts.target(post, account).await.unwrap().unwrap().state
}

fn is_failed(state: &TargetState) -> bool {
    matches!(state, TargetState::Failed { failure: Failure::AccountGone, publish_id: None, .. })
}

/// Disconnects in an invocation that has this long to live.
async fn disconnect(world: &World, caller: &Caller, account: &AccountId, left: Duration) -> StatusCode {
    let request = caller.request("DELETE", &format!("/v1/accounts/{account}")).body(Body::empty()).unwrap();
    let mut context = Context::default();
    let deadline = SystemTime::now() + left;
    context.deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis().try_into().unwrap();
    world.send(request.with_lambda_context(context)).await.status
}

#[tokio::test]
async fn what_waits_fails_and_what_is_on_its_way_or_waits_for_others_does_not() {
    let world = World::start().await;
    let caller = world.caller().await;
    let (account, other) = (world.connect(&caller).await.id, "acc_other".parse().unwrap());
    let now = Timestamp::now();
    let mut waiting = Vec::new();
    for _ in 0..MANY {
        waiting.push(make(&world, &caller.tenant, &account, scheduled()).await);
    }
    waiting.push(make(&world, &caller.tenant, &account, TargetState::Queued { attempt: 0 }).await);
    let why = DeferReason::CreatorCap;
    let deferred = TargetState::Deferred { attempt: 1, until: Timestamp::MAX, why };
    waiting.push(make(&world, &caller.tenant, &account, deferred).await);

    let uploading = TargetState::Uploading {
        attempt: 1,
        publish_id: PublishId::new("v_pub_1"),
        upload_url: Sealed::from_stored("sealed"),
        expires_at: now,
        plan: ChunkPlan::for_size(1).unwrap(),
        sent: 0,
        last_chunk_unsent: false,
    };
    let mut untouched = Vec::new();
    for state in [TargetState::Draft, TargetState::Initialising { attempt: 1 }, uploading, TargetState::Cancelled] {
        untouched.push((make(&world, &caller.tenant, &account, state.clone()).await, &account, state));
    }
    untouched.push((make(&world, &caller.tenant, &other, scheduled()).await, &other, scheduled()));
    let stranger = world.caller().await.tenant;
    untouched.push((make(&world, &stranger, &account, scheduled()).await, &account, scheduled()));

    assert_eq!(disconnect(&world, &caller, &account, Duration::from_mins(1)).await, StatusCode::NO_CONTENT);
    for post in waiting {
        let state = state(&world, &post, &account).await;
        assert!(is_failed(&state), "{post}: {state:?}");
    }
    for (post, account, before) in untouched {
        assert_eq!(state(&world, &post, account).await, before);
    }
    let left = async |waiting| world.app.posts.waiting_for((&account, waiting), None, 10).await.unwrap().posts.len();
    let left = (left(Waiting::ForItsTurn).await, left(Waiting::AsDraft).await);
    assert_eq!(left, (1, 1), "what failed has left the index, a stranger's post and a draft have not");
}

#[tokio::test]
async fn without_time_the_account_goes_and_a_repetition_fails_its_posts() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await.id;
    let post = make(&world, &caller.tenant, &account, scheduled()).await;
    assert_eq!(disconnect(&world, &caller, &account, Duration::ZERO).await, StatusCode::NO_CONTENT);
    assert_eq!(world.account(&caller, &account).await, None);
    assert_eq!(state(&world, &post, &account).await, scheduled());

    let stranger = world.caller().await;
    assert_eq!(disconnect(&world, &stranger, &account, Duration::from_mins(1)).await, StatusCode::NOT_FOUND);
    assert_eq!(state(&world, &post, &account).await, scheduled(), "a stranger fails nobody's posts");

    assert_eq!(disconnect(&world, &caller, &account, Duration::from_mins(1)).await, StatusCode::NOT_FOUND);
    assert!(is_failed(&state(&world, &post, &account).await));
}

#[tokio::test]
async fn a_fault_of_the_database_leaves_waiting_posts_to_their_time() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await.id;
    let post = make(&world, &caller.tenant, &account, scheduled()).await;
    assert_eq!(disconnect(&world, &caller, &account, Duration::ZERO).await, StatusCode::NO_CONTENT);
    // The SDK asks three times.
    world.bench.deployment.aws().fail_next("DynamoDB.Query", 3, 500);
    assert_eq!(disconnect(&world, &caller, &account, Duration::from_mins(1)).await, StatusCode::NOT_FOUND);
    assert_eq!(world.account(&caller, &account).await, None);
    assert_eq!(state(&world, &post, &account).await, scheduled());
}
