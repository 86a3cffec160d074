//! Others' places in lists, and in what else is walked through page by page.

use std::collections::BTreeSet;

use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::owned::{Border, KEYS, Owned, Stranger, newcomer};
use super::posts::Own;
use super::send;
use crate::rules::routes;
use crate::support::described::{operation, parameters};
use crate::support::{Answer, EXPORT, World, exported, page_of};

/// It takes no cursor but its own, and gives out none.
const SUMMARY: &str = "/v1/events/summary";

/// Has two things in each list.
async fn more_of_each(world: &World, owned: &Owned, stranger: &Stranger) -> Owned {
    let Owned { by, brand, endpoint, account, media, webhook, .. } = owned;
    let made = async |path: &str, body: Value| {
        let answer = send(world.request_with(by, "POST", path).json(&body)).await;
        world.has_shown(&answer.body);
        answer
    };
    let second = newcomer(world, by).await;
    let trial = json!({"event_type": "post.published", "payload": {}});
    let draft = json!({
        "text": "Another draft", "media_ids": [media], "account_ids": [account, second], "publish_now": false,
        "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}},
    });
    let post = made("/v1/posts", draft).await;
    for (path, body) in [
        ("/v1/brands", json!({"name": "Another"})),
        ("/v1/invites", json!({"platform": "tiktok", "brand_id": brand, "expires_in_days": 7})),
        (KEYS, json!({"name": "another"})),
        ("/v1/oauth/redirect-uris", json!({"uri": format!("https://nobody.else.example/{second}")})),
        ("/v1/webhooks", json!({"url": endpoint, "events": ["post.published"]})),
        (&format!("/v1/webhooks/{webhook}/test"), trial),
        ("/v1/media/upload-url", json!({"size_bytes": 5_000_000})),
    ] {
        if is_skipped(stranger, "POST", path) {
            continue;
        }
        let answer = made(path, body).await;
        assert!((200..300).contains(&answer.status), "{path}: {:#}", answer.body);
    }
    // The one with two accounts has two steps.
    Owned { post: post.expect(201)["id"].as_str().unwrap().to_owned(), ..owned.clone() }
}

/// Whether a list has no second page to ask a stranger for, or one that the stranger may see.
fn is_skipped(stranger: &Stranger, method: &str, path: &str) -> bool {
    let is_the_only_one = stranger.border == Border::Brands && path == "/v1/brands";
    is_the_only_one || stranger.reaches(path) || stranger.is_kept_out(method, path)
}

/// The place in a list that was given to one leads another nowhere, not even in what is the other one's own.
pub(super) async fn pages(world: &World, owned: &Owned, stranger: &Stranger) {
    let (mut owned, own) = (more_of_each(world, owned, stranger).await, Own::of(world, stranger).await);
    let mut walked = BTreeSet::new();
    for route in routes() {
        let (method, path) = (route.method.as_deref().unwrap(), route.path.as_str());
        let takes = operation(method, path).is_some() && parameters(method, path, "query").any(|name| name == "cursor");
        // What an export is told is walked through below.
        if !takes || path == EXPORT || is_skipped(stranger, method, path) {
            continue;
        }
        let ask = async |key: &str, path: &str, cursor: &str| {
            send(world.request_with(key, method, &format!("{path}?{cursor}"))).await
        };
        let theirs = owned.path(path);
        let first = match path {
            // It counts what is behind a page of the list.
            SUMMARY => send(world.request_with(&owned.by, "GET", "/v1/events?limit=1")).await,
            _ => ask(&owned.by, &theirs, "limit=1").await,
        };
        let next = [&first.body["next_cursor"], &first.body["pagination"]["next_cursor"]];
        let cursor = next.iter().find_map(|next| next.as_str());
        let cursor = format!("cursor={}", cursor.unwrap_or_else(|| panic!("{path} has one page: {:#}", first.body)));
        let go_on = ask(&owned.by, &theirs, &cursor).await;
        assert!((200..300).contains(&go_on.status), "{theirs}?{cursor}: {:#}", go_on.body);
        let rows = go_on.body["data"].as_array().into_iter().flatten();
        owned.traces.extend(rows.filter_map(|row| row["id"].as_str().or(row["media_id"].as_str())).map(str::to_owned));
        let ones_own = theirs.replace(&owned.post, &own.draft).replace(&owned.webhook, &stranger.webhook);
        let answer = ask(&stranger.key, &ones_own, &cursor).await;
        owned.is_unseen(stranger, &cursor, &answer);
        // Within a tenant a place may be a time, which is then one in the list of the stranger's own.
        if stranger.border != Border::Brands || !(200..300).contains(&answer.status) {
            answer.refused(400, "validation.field_invalid", "cursor");
        }
        if ones_own != theirs {
            let answer = ask(&stranger.key, &theirs, &cursor).await;
            assert!([400, 404].contains(&answer.status), "{theirs}?{cursor}: {:#}", answer.body);
            owned.is_unseen(stranger, &format!("{theirs}?{cursor}"), &answer);
        }
        walked.insert(format!("{method} {path}"));
    }
    let least = match stranger.border {
        Border::Tenants | Border::TestBesideLive => 14,
        Border::LiveBesideTest => 13,
        Border::Brands => 11,
    };
    assert!(walked.len() >= least, "what has pages is found: {walked:?}");
}

/// An export tells its own tenant's things to its end, and is gone on with by nobody else.
pub(super) async fn exports(world: &World, owned: &Owned, stranger: &Stranger) {
    if stranger.reaches(EXPORT) || stranger.is_kept_out("GET", EXPORT) {
        return;
    }
    let ask = async |path: String| send(world.request_with(&stranger.key, "GET", &path)).await;
    let told = exported(ask).await;
    assert!(!told.is_empty());
    for line in told {
        let answer = Answer { status: 200, headers: HeaderMap::new(), body: Value::String(line) };
        owned.is_unseen(stranger, "", &answer);
    }
    let (_, next) = page_of(send(world.request_with(&owned.by, "GET", EXPORT)).await);
    let asked = format!("{EXPORT}?cursor={}", next.expect("more than a page"));
    let answer = ask(asked.clone()).await;
    assert_eq!(answer.status, 400, "{asked}: {:#}", answer.body);
    owned.is_unseen(stranger, &asked, &answer);
}
