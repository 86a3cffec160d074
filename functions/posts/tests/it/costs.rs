//! What each route costs.

use serde_json::json;
use slipway_domain::{MediaKind, TargetState};
use slipway_store::posts::MediaRef;
use workbench::costs::{Round, assert_costs};
use workbench::form::form_type;

use crate::acts::{failed, published, unconfirmed};
use crate::guards::ROUTES;
use crate::import::{csv_form, drafts};
use crate::world::World;

#[tokio::test]
async fn every_route_reads_and_calls_as_much_as_its_row_says() {
    let world = World::start().await;
    let (owner, video) = (&world.owner, MediaRef::of(&world.owner.media, MediaKind::Video).unwrap());
    // More than a search reads.
    let mut kept = None;
    for _ in 0..110 {
        kept = Some(world.bench.queued(&owner.account, &video).await);
    }
    let one = format!("/v1/posts/{}", kept.unwrap().post);
    let in_state = async |state| format!("/v1/posts/{}", world.post_in(state).await.post);
    let (draft, changed) = (in_state(TargetState::Draft).await, in_state(TargetState::Draft).await);
    let (failed, unconfirmed) = (in_state(failed()).await, in_state(unconfirmed()).await);
    let (public, unwanted) = (in_state(published()).await, in_state(TargetState::Draft).await);
    let rounds = vec![
        Round::of("GET", "/v1/posts?limit=1", 5, 3),
        Round::of("GET", "/v1/posts?limit=1&search=nowhere", 301, 105),
        Round::of("GET", one.clone(), 3, 2),
        Round::of("POST", "/v1/posts", 4, 9).with(&owner.body("A post")),
        Round::of("GET", "/v1/posts/validate", 1, 1),
        Round::of("POST", "/v1/posts/validate", 4, 4).with(&owner.body("Another post")),
        // Two rows, each as a post that is kept as a draft.
        Round::of("POST", "/v1/posts/import", 7, 9).sending(form_type(), csv_form(&drafts(owner, &["One", "Two"]))),
        Round::of("POST", "/v1/posts/import?dry_run=true", 5, 5)
            .sending(form_type(), csv_form(&drafts(owner, &["One", "Two"]))),
        // A public video: its account is asked for, and TikTok.
        Round::of("GET", format!("{public}/metrics"), 4, 3),
        Round::of("PATCH", changed.clone(), 5, 5).with(&json!({"text": "Changed"})),
        Round::of("PATCH", changed.clone(), 5, 5).with(&json!({"text": "Changed again"})),
        Round::of("GET", format!("{changed}/timeline?limit=1"), 3, 2),
        Round::of("POST", format!("{draft}/publish"), 5, 6),
        Round::of("POST", format!("{failed}/retry"), 5, 6).with(&json!({"skip_duplicate_check": true})),
        Round::of("POST", format!("{unconfirmed}/resolve"), 3, 3).with(&json!({"outcome": "published"})),
        Round::of("POST", format!("{one}/cancel"), 3, 3),
        Round::of("POST", format!("{public}/unpublish"), 3, 2),
        Round::of("DELETE", unwanted, 3, 3),
    ];
    assert_costs(&world.bench, &world.router, &owner.caller, &ROUTES, rounds).await;
}
