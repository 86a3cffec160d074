use std::time::Duration;

use serde_json::json;
use tiktok_sim::{Privacy, PublishCommand, User};

use super::support::*;

pub(super) const DAY: Duration = Duration::from_hours(24);
const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn each_endpoint_counts_its_own_sliding_minute_per_user() {
    let app = App::start().await;
    let tokens = app.login().await;
    let other = app.sim.add_user(User { username: "other".to_owned(), ..User::default() });
    let other = app.login_with(&[("sim_user", &other)]).await;
    for (path, limit) in [(DIRECT, 6), (INBOX, 6), (CONTENT, 6), (STATUS, 30), (CREATOR, 20)] {
        for _ in 0..limit {
            assert_ne!(app.post(path, &tokens.access, &json!({})).await.status, 429, "{path}");
        }
        for _ in 0..2 {
            assert_eq!(app.post(path, &tokens.access, &json!({})).await.verdict(), (429, "rate_limit_exceeded"));
        }
        assert_ne!(app.post(path, &other.access, &json!({})).await.status, 429, "another user");
    }
    // A new token does not help; a minute does, and the refused calls did not count.
    let renewed = super::support::tokens(&app.refresh(&tokens.refresh).await);
    assert_eq!(app.post(CREATOR, &renewed.access, &json!({})).await.status, 429);
    app.sim.advance(MINUTE);
    for _ in 0..20 {
        app.post(CREATOR, &renewed.access, &json!({})).await.data();
    }
    let url = format!("{}{CREATOR}", app.sim.url());
    let refused = app.http.post(url).bearer_auth(&renewed.access).send().await.unwrap();
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().get("Retry-After").is_none());
}

#[tokio::test]
async fn a_creator_may_post_fifteen_times_a_day_over_all_apps() {
    let app = App::with(|config| config.rate_limits.init = None).await;
    app.sim.add_user(User { open_id: Some(app.sim.users()[0].clone()), posts_by_other_apps: 3, ..User::default() });
    let tokens = app.login().await;
    for _ in 0..12 {
        app.init(&tokens, 100, 100).await;
    }
    let refused = app.post(DIRECT, &tokens.access, &direct(100, 100)).await;
    assert_eq!(refused.verdict(), (403, "spam_risk_too_many_posts"));
    let info = app.post(CREATOR, &tokens.access, &json!({})).await;
    assert_eq!(info.verdict(), (200, "spam_risk_too_many_posts"));
    assert!(info.body.get("data").is_none());
    // Drafts are another matter.
    app.init_at(INBOX, &tokens, &json!({"source_info": source(100, 100)})).await;
    app.sim.advance(DAY);
    let tokens = super::support::tokens(&app.refresh(&tokens.refresh).await);
    app.init(&tokens, 100, 100).await;
}

#[tokio::test]
async fn five_drafts_may_wait_for_the_user() {
    let app = App::with(|config| config.rate_limits.init = None).await;
    let tokens = app.login().await;
    let body = json!({"source_info": source(1000, 1000)});
    let first = app.publish_video(&tokens, INBOX, &body, &video(1000)).await;
    for _ in 0..4 {
        app.init_at(INBOX, &tokens, &body).await;
    }
    let sixth = app.post(INBOX, &tokens.access, &body).await;
    assert_eq!(sixth.verdict(), (403, "spam_risk_too_many_pending_share"));
    app.sim.advance(STEP);
    assert!(app.sim.command(&first, PublishCommand::PostDraft { privacy_level: Privacy::SelfOnly }));
    app.init_at(INBOX, &tokens, &body).await;
    assert_eq!(app.post(INBOX, &tokens.access, &body).await.status, 403);
    app.sim.advance(DAY);
    let tokens = super::support::tokens(&app.refresh(&tokens.refresh).await);
    app.init_at(INBOX, &tokens, &body).await;
}

/// So many creators whose accounts are private.
pub(super) async fn private_users(app: &App, count: usize) -> Vec<Tokens> {
    let mut everyone = Vec::new();
    for number in 0..count {
        let user = User { username: format!("user{number}"), private: true, ..User::default() };
        let open_id = app.sim.add_user(user);
        everyone.push(app.login_with(&[("sim_user", &open_id)]).await);
    }
    everyone
}

#[tokio::test]
async fn an_unaudited_app_posts_privately_for_five_private_users_a_day() {
    let app = App::with(|config| config.audited = false).await;
    let everyone = private_users(&app, 6).await;
    let mut body = direct(100, 100);
    body["post_info"]["privacy_level"] = json!("FOLLOWER_OF_CREATOR");
    let refused = app.post(DIRECT, &everyone[0].access, &body).await;
    assert_eq!(refused.verdict(), (403, "unaudited_client_can_only_post_to_private_accounts"));
    body["post_info"]["privacy_level"] = json!("SELF_ONLY");
    let public = app.login_with(&[("sim_user", "sim.creator")]).await;
    let refused = app.post(DIRECT, &public.access, &body).await;
    assert_eq!(refused.code(), "unaudited_client_can_only_post_to_private_accounts");
    for tokens in &everyone[..5] {
        app.init_at(DIRECT, tokens, &body).await;
    }
    let sixth = app.post(DIRECT, &everyone[5].access, &body).await;
    assert_eq!(sixth.verdict(), (403, "reached_active_user_cap"));
    assert_eq!(app.post(CREATOR, &everyone[5].access, &json!({})).await.verdict(), (200, "reached_active_user_cap"));
    app.init_at(DIRECT, &everyone[4], &body).await;
    // Drafts need no audit.
    app.init_at(INBOX, &everyone[5], &json!({"source_info": source(100, 100)})).await;
}

#[tokio::test]
async fn creator_info_shows_what_the_creator_allows_now() {
    let app = App::start().await;
    let tokens = app.login().await;
    let open_id = Some(tokens.open_id.clone());
    let info = app.post(CREATOR, &tokens.access, &json!({})).await;
    let options = &info.data()["privacy_level_options"];
    assert_eq!(options, &json!(["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]));
    assert_eq!(info.data()["duet_disabled"], false);
    let user = User { private: true, max_video_post_duration_sec: 180, comment_disabled: true, ..User::default() };
    app.sim.add_user(User { open_id: open_id.clone(), ..user });
    let info = app.post(CREATOR, &tokens.access, &json!({})).await;
    let data = info.data();
    assert_eq!(data["privacy_level_options"], json!(["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]));
    assert_eq!(data["creator_username"], "sim.creator");
    assert_eq!(data["max_video_post_duration_sec"], 180);
    for name in ["comment_disabled", "duet_disabled", "stitch_disabled"] {
        assert_eq!(data[name], true, "{name}");
    }
    app.sim.add_user(User { open_id, banned: true, ..User::default() });
    let info = app.post(CREATOR, &tokens.access, &json!({})).await;
    assert_eq!(info.verdict(), (200, "spam_risk_user_banned_from_posting"));
    let half = app.login_with(&[("scope", "video.upload")]).await;
    assert_eq!(app.post(CREATOR, &half.access, &json!({})).await.verdict(), (401, "scope_not_authorized"));
}
