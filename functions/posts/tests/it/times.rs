//! The times that callers are shown, and what they can do with them.

use serde_json::{Value, json};

use crate::world::{World, with};

/// The ids of the posts on the only page.
fn ids(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|post| post["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_post_is_found_by_the_time_that_its_caller_was_shown() {
    let world = World::start().await;
    let caller = &world.owner.caller;
    let mut made = Vec::new();
    for number in 0..3 {
        let draft = with(world.owner.body(&format!("Draft {number}")), &[("/publish_now", json!(false))]);
        made.push(world.post(caller, &draft).await.expect(201));
    }
    for post in &made {
        let at = post["created_at"].as_str().unwrap();
        assert_eq!((at.len(), &at[19..20], &at[23..]), (24, ".", "Z"), "{at}");
        let found = caller.get(&world.router, &format!("/v1/posts?from={at}&to={at}")).await.expect(200);
        assert!(ids(&found).contains(&post["id"].as_str().unwrap()), "{at}: {found:#}");
        let kept = world.kept(&world.bench.tenant, post["id"].as_str().unwrap()).await;
        assert_eq!(format!("{:.3}", kept.post.created_at), at);
    }
    let (first, last) = (made[0]["created_at"].as_str().unwrap(), made[2]["created_at"].as_str().unwrap());
    let all =
        caller.get(&world.router, &format!("/v1/posts?from={first}&to={last}&sort=created_asc")).await.expect(200);
    assert_eq!(ids(&all).len(), 3);
}
