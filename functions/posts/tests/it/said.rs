//! What is ignored is said, whatever becomes of the request.

use http::StatusCode;
use serde_json::{Value, json};
use workbench::{Answer, Caller};

use crate::world::{World, with};

const COLOUR: &str = "colour is not a known field and was ignored";
const IDS: &str = "media_ids has no effect beside media; it was ignored.";

async fn post_strictly(world: &World, caller: &Caller, body: &Value) -> Answer {
    let request = caller.request("POST", "/v1/posts").header("prefer", "handling=strict");
    Answer::to(&world.router, request.body(body.to_string().into()).unwrap()).await
}

#[tokio::test]
async fn a_refusal_and_a_verdict_name_what_was_ignored_too() {
    let world = World::start().await;
    let caller = &world.owner.caller;
    let good = with(world.owner.body("Ignored"), &[("/colour", json!(1))]);
    let unread = with(good.clone(), &[("/publish_now", json!("now"))]);
    let unknown_media = with(good.clone(), &[("/media_ids", json!(["med_nothing"]))]);
    for body in [&unread, &unknown_media] {
        let refused = world.post(caller, body).await;
        assert!(refused.status.is_client_error());
        assert_eq!(refused.json()["error"]["meta"]["warnings"], json!([COLOUR]), "{body}");
        let verdict = caller.call(&world.router, "POST", "/v1/posts/validate", Some(body)).await.expect(200);
        assert_eq!(verdict["warnings"][0]["message"], COLOUR, "{verdict:#}");
    }
    assert_eq!(world.post(caller, &good).await.expect(201)["warnings"], json!([COLOUR]));
}

#[tokio::test]
async fn media_ids_beside_media_are_told_to_the_strict_too() {
    let world = World::start().await;
    let caller = &world.owner.caller;
    let media = json!([{"source": world.owner.media.id}]);
    let both = with(world.owner.body("Both"), &[("/media", media)]);
    assert_eq!(post_strictly(&world, caller, &both).await.expect(201)["warnings"], json!([IDS]));
    let one = with(both, &[("/media_ids", json!([])), ("/text", json!("One"))]);
    assert_eq!(post_strictly(&world, caller, &one).await.status, StatusCode::CREATED);
}
