//! Targets that get nothing while the others of their post are taken.

use serde_json::{Value, json};

use crate::world::{World, body, with};

const NOBODY: &str = "acc_00000000000000000000000000000000";

/// The account, status and code of each target of an answer.
fn told(answer: &Value) -> Vec<(&str, &str, &str)> {
    let targets = answer["targets"].as_array().unwrap().iter();
    targets
        .map(|target| {
            let of = |name: &str| target[name].as_str().unwrap();
            (of("account_id"), of("status"), target["error"]["code"].as_str().unwrap_or_default())
        })
        .collect()
}

#[tokio::test]
async fn an_unknown_account_among_several_gets_nothing_and_others_their_post() {
    let world = World::start().await;
    let (owner, stranger) = (&world.owner, world.stranger().await);
    let mine = owner.account.id.as_str();
    let targets = [mine, NOBODY, stranger.account.id.as_str()].map(|id| json!({"account_id": id}));
    let body = with(owner.body("Some"), &[("/targets", json!(targets))]);
    let verdict = owner.caller.call(&world.router, "POST", "/v1/posts/validate", Some(&body)).await.expect(200);
    let codes: Vec<_> = verdict["errors"].as_array().unwrap().iter().map(|error| error["code"].clone()).collect();
    assert_eq!((&verdict["valid"], codes), (&json!(false), vec![json!("account.not_found"); 2]));

    let first = world.post_with_key(&owner.caller, "some", &body).await;
    let post = first.expect(207);
    assert_eq!(
        told(&post),
        [
            (mine, "publishing", ""),
            (NOBODY, "failed", "account.not_found"),
            (stranger.account.id.as_str(), "failed", "account.not_found"),
        ]
    );
    let again = world.post_with_key(&owner.caller, "some", &body).await;
    assert_eq!((again.is_replayed(), &again.expect(207)["targets"]), (true, &post["targets"]));
    // What was never there is kept as a warning.
    let id = post["id"].as_str().unwrap();
    let kept = owner.caller.get(&world.router, &format!("/v1/posts/{id}")).await.expect(200);
    assert_eq!(told(&kept).iter().map(|target| target.0).collect::<Vec<_>>(), [mine]);
    let warnings = kept["warnings"].as_array().unwrap();
    for (warning, field) in warnings.iter().zip(["targets[1].account_id", "targets[2].account_id"]) {
        assert!(warning.as_str().unwrap().starts_with(field), "{warnings:?}");
    }
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

#[tokio::test]
async fn a_text_that_is_no_id_is_an_account_that_is_not_there() {
    let world = World::start().await;
    let (caller, mine) = (&world.owner.caller, world.owner.account.id.as_str());
    let newer =
        with(world.owner.body("Some"), &[("/targets", json!([{"account_id": "@maker"}, {"account_id": mine}]))]);
    let older = json!({"account_ids": ["@maker", mine], "text": "Older", "media_ids": [world.owner.media.id]});
    for (body, field) in [(newer, "targets[0].account_id"), (older, "account_ids[0]")] {
        let verdict = caller.call(&world.router, "POST", "/v1/posts/validate", Some(&body)).await.expect(200);
        let error = &verdict["errors"][0];
        assert_eq!((&error["code"], &error["field"]), (&json!("account.not_found"), &json!(field)), "{verdict:#}");
        let post = world.post(caller, &body).await.expect(207);
        let of = told(&post);
        assert!(of.contains(&(mine, "publishing", "")), "{of:?}");
        assert!(of.contains(&("@maker", "failed", "account.not_found")), "{of:?}");
        let draft = with(body.clone(), &[("/publish_now", json!(false))]);
        world.post(caller, &draft).await.refused(404, "account.not_found", field);
        let wrong = with(body, &[("/media_ids", json!(7))]);
        let refused = world.post(caller, &wrong).await.expect(400);
        let issues = refused["error"]["meta"]["issues"].as_array().unwrap().iter();
        assert!(issues.map(|issue| &issue["field"]).any(|named| named == field), "{refused:#}");
    }
}

#[tokio::test]
async fn an_unknown_account_is_refused_where_nothing_is_published_at_once() {
    let world = World::start().await;
    let caller = &world.owner.caller;
    let targets = json!([{"account_id": world.owner.account.id}, {"account_id": NOBODY}]);
    let both = with(world.owner.body("Both"), &[("/targets", targets)]);
    let before = world.bench.traces().await;
    let draft = with(both.clone(), &[("/publish_now", json!(false))]);
    world.post(caller, &draft).await.refused(404, "account.not_found", "targets[1].account_id");
    // Beside other problems it is one of them.
    let wrong = with(both.clone(), &[("/media_ids", json!(["med_00000000000000000000000000000000"]))]);
    let refused = world.post(caller, &wrong).await.expect(404);
    let issues = refused["error"]["meta"]["issues"].as_array().unwrap().iter().map(|issue| issue["code"].clone());
    assert_eq!(issues.collect::<Vec<_>>(), ["account.not_found", "media.not_found"]);
    let nobody = with(both, &[("/targets", json!([{"account_id": NOBODY}, {"account_id": "acc_none"}]))]);
    world.post(caller, &nobody).await.refused(404, "account.not_found", "targets[0].account_id");
    assert_eq!(world.bench.traces().await.since(&before), [""; 0]);
}

#[tokio::test]
async fn a_second_target_of_an_account_fails_if_it_says_something_else() {
    let world = World::start().await;
    let (owner, mine) = (&world.owner, world.owner.account.id.as_str());
    for (second, status) in [(json!({"account_id": mine}), 201), (json!({"account_id": mine, "text": "Other"}), 207)] {
        let targets = json!([{"account_id": mine}, second]);
        let text = format!("Twice, {status}");
        let body = with(body(&text, &owner.media, &[]), &[("/targets", targets)]);
        let verdict = owner.caller.call(&world.router, "POST", "/v1/posts/validate", Some(&body)).await.expect(200);
        assert_eq!(verdict["valid"], json!(status == 201), "{verdict:#}");
        let post = world.post(&owner.caller, &body).await.expect(status);
        let failed = told(&post).into_iter().filter(|target| target.1 == "failed").collect::<Vec<_>>();
        let expected = [(mine, "failed", "publishing.duplicate_target")];
        assert_eq!(failed, expected[..usize::from(status == 207)]);
        let warning = "targets[1].account_id names the same account as targets[0].account_id; it was ignored.";
        assert_eq!(post["warnings"], json!([warning]));
        assert_eq!(world.kept(&world.bench.tenant, post["id"].as_str().unwrap()).await.targets.len(), 1);
    }
}
