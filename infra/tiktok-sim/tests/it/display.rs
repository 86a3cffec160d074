use serde_json::{Value, json};

use super::support::*;

#[tokio::test]
async fn user_info_shows_the_fields_asked_for_under_their_scopes() {
    let app = App::start().await;
    let all = app.login().await;
    let basic = app.login_with(&[("scope", "user.info.basic")]).await;
    let info = app.get("/v2/user/info/?fields=open_id,username,follower_count", &all.access).await;
    let expected = json!({"user": {"open_id": all.open_id, "username": "sim.creator", "follower_count": 1200}});
    assert_eq!(info.data(), &expected);
    let cases = [
        ("", (400, "invalid_params")),
        ("?fields=", (400, "invalid_params")),
        ("?fields=open_id,shoe_size", (400, "invalid_params")),
        ("?fields=open_id,username", (400, "scope_permission_missed")),
        ("?fields=username", (401, "scope_not_authorized")),
        ("?fields=open_id,display_name", (200, "ok")),
    ];
    for (query, expected) in cases {
        let path = format!("/v2/user/info/{query}");
        assert_eq!(app.get(&path, &basic.access).await.verdict(), expected, "{query}");
    }
    let url = format!("{}/v2/user/info/?fields=open_id", app.sim.url());
    assert_eq!(app.http.post(url).bearer_auth(&all.access).send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn the_video_list_pages_through_public_videos_newest_first() {
    let app = App::with(|config| config.rate_limits.init = None).await;
    let tokens = app.login().await;
    for number in 0..3 {
        let mut body = direct(1000, 1000);
        body["post_info"]["title"] = json!(format!("video {number}"));
        app.publish_video(&tokens, DIRECT, &body, &video(1000)).await;
        app.sim.advance(2 * STEP);
    }
    let mut private = direct(1000, 1000);
    private["post_info"]["privacy_level"] = json!("SELF_ONLY");
    app.publish_video(&tokens, DIRECT, &private, &video(1000)).await;
    app.sim.advance(2 * STEP);

    let list = |body: Value| {
        let (app, access) = (app.clone(), tokens.access.clone());
        async move { app.post("/v2/video/list/?fields=id,title,share_url,create_time", &access, &body).await }
    };
    let first = list(json!({"max_count": 2})).await.data().clone();
    let titles = |data: &Value| -> Vec<String> {
        let videos = data["videos"].as_array().unwrap().iter();
        videos.map(|video| video["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles(&first), ["video 2", "video 1"]);
    assert_eq!(first["has_more"], true);
    let second = list(json!({"max_count": 2, "cursor": first["cursor"]})).await.data().clone();
    assert_eq!(titles(&second), ["video 0"]);
    assert_eq!(second["has_more"], false);
    for wrong in [json!({"max_count": 21}), json!({"max_count": 0}), json!({"cursor": "x"})] {
        assert_eq!(list(wrong).await.verdict(), (400, "invalid_params"));
    }

    let id = first["videos"][0]["id"].as_str().unwrap();
    assert!(first["videos"][0]["share_url"].as_str().unwrap().ends_with(id));
    let query = json!({"filters": {"video_ids": [id, "7000000000000000001"]}});
    let found = app.post("/v2/video/query/?fields=id,view_count", &tokens.access, &query).await;
    assert_eq!(found.data(), &json!({"videos": [{"id": id, "view_count": 0}]}));
    let many = json!({"filters": {"video_ids": vec![id; 21]}});
    assert_eq!(app.post("/v2/video/query/?fields=id", &tokens.access, &many).await.status, 400);
    assert_eq!(app.post("/v2/video/list/", &tokens.access, &json!({})).await.status, 400);
    let other = app.login_with(&[("scope", "user.info.basic")]).await;
    let refused = app.post("/v2/video/list/?fields=id", &other.access, &json!({})).await;
    assert_eq!(refused.verdict(), (401, "scope_not_authorized"));
}
