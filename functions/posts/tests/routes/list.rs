//! Pages of the list.

use serde_json::json;

use crate::world::{World, with};

#[tokio::test]
async fn a_page_holds_as_many_posts_as_were_asked_for() {
    let world = World::start().await;
    let caller = &world.owner.caller;
    for text in ["One", "Two", "Three"] {
        let draft = with(world.owner.body(text), &[("/publish_now", json!(false))]);
        World::made(&world.post(caller, &draft).await);
    }
    for (limit, has_more) in [(1, true), (2, true), (3, false), (4, false)] {
        let page = caller.get(&world.router, &format!("/v1/posts?limit={limit}")).await.expect(200);
        let posts = page["data"].as_array().unwrap().len();
        assert_eq!((posts, page["next_cursor"].is_string()), (limit.min(3), has_more), "{limit}: {page:#}");
    }
}
