//! The list of posts.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{World, video_of};

/// The ids of all pages, each of which is as a list has to be.
async fn pages(world: &World, query: &str) -> Vec<Vec<String>> {
    let (mut pages, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let more = cursor.as_str().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let page = world.get(&format!("/v1/posts?{query}{more}")).await.expect(200);
        let data = page["data"].as_array().unwrap();
        assert_eq!(page["count"], data.len());
        assert_eq!(page["pagination"]["next_cursor"], page["next_cursor"]);
        assert_eq!(page["pagination"]["has_more"], page["next_cursor"].is_string());
        pages.push(data.iter().map(|post| post["id"].as_str().unwrap().to_owned()).collect());
        assert!(pages.len() < 20, "the list does not end: {page:#}");
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            return pages;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_are_listed_page_by_page_in_the_order_they_were_made() {
    let mut world = World::new().await;
    assert_eq!(pages(&world, "").await, [Vec::<String>::new()]);
    let media = world.upload(video_of(200_000)).await;
    let mut made = Vec::new();
    for number in 0..7 {
        let mut body = world.body(&media, &format!("Draft number {number}"));
        body["publish_now"] = json!(false);
        made.push(world.post("/v1/posts", body).await.expect(201));
    }
    let published = world.publish(&media).await;
    world.until_post(&published, "published").await;
    let mut oldest_first: Vec<_> = made.iter().map(|post| post["id"].as_str().unwrap().to_owned()).collect();
    oldest_first.push(published.clone());
    let newest_first: Vec<_> = oldest_first.iter().rev().cloned().collect();

    let (time, account) = (|index: usize| made[index]["created_at"].as_str().unwrap(), &world.account);
    for (query, sizes, ids) in [
        (String::new(), &[8][..], &newest_first[..]),
        ("limit=3".to_owned(), &[3, 3, 2], &newest_first),
        ("limit=4&sort=created_asc".to_owned(), &[4, 4], &oldest_first),
        ("limit=8&sort=created_desc".to_owned(), &[8], &newest_first),
        ("sort=scheduled_asc".to_owned(), &[0], &[]),
        ("status=draft&limit=5".to_owned(), &[5, 2], &newest_first[1..]),
        ("status=published".to_owned(), &[1], &newest_first[..1]),
        ("status=failed".to_owned(), &[0], &[]),
        ("search=NUMBER%203".to_owned(), &[1], &oldest_first[3..4]),
        (format!("account_ids={account}&platform=tiktok&limit=100"), &[8], &newest_first),
        ("account_ids=acc_none".to_owned(), &[0], &[]),
        ("platform=youtube".to_owned(), &[0], &[]),
        ("brand_id=brand_none".to_owned(), &[0], &[]),
        (format!("from={}&to={}&sort=created_asc&limit=1", time(2), time(4)), &[1, 1, 1], &oldest_first[2..5]),
        (format!("from={}&to={}", time(4), time(2)), &[0], &[]),
    ] {
        let pages = pages(&world, &query).await;
        let found: Vec<_> = pages.iter().map(Vec::len).collect();
        assert_eq!(found, sizes, "{query}");
        assert_eq!(pages.concat(), ids, "{query}");
    }

    // A post in the list is the post itself, and a cursor leads on even where the query has changed.
    let first = world.get("/v1/posts?limit=1").await.expect(200);
    assert_eq!(first["data"][0], world.get(&format!("/v1/posts/{published}")).await.expect(200));
    let cursor = first["next_cursor"].as_str().unwrap();
    let earlier = world.get(&format!("/v1/posts?cursor={cursor}&to={}", time(1))).await.expect(200);
    assert_eq!(earlier["count"], 2);
    assert_eq!(
        world.get(&format!("/v1/posts?cursor={cursor}&sort=created_asc&to={}", time(1))).await.expect(200)["count"],
        0
    );

    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=00", "cursor"),
        ("sort=title", "sort"),
        ("status=lost", "status"),
    ] {
        world.get(&format!("/v1/posts?{query}")).await.refused(400, "validation.field_invalid", field);
    }

    // Another tenant's list is empty, and takes no cursor of ours.
    let other = json!({"slipway": "create_key", "email": "other@example.com"});
    let other = world.stack.invoke("WorkspaceFunction", other).await.expect("a key is made");
    world.key = other["raw_key"].as_str().unwrap().to_owned();
    assert_eq!(pages(&world, "").await, [Vec::<String>::new()]);
    let path = format!("/v1/posts?cursor={cursor}");
    world.get(&path).await.refused(400, "validation.field_invalid", "cursor");
    assert_eq!(newest_first.iter().collect::<BTreeSet<_>>().len(), 8);
}
