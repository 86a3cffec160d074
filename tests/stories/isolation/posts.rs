//! Others' accounts and files in posts of one's own.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::owned::{Border, Owned, Stranger, connected, newcomer, uploaded};
use super::{pairs, send};
use crate::support::{Items, World};

/// What a stranger has to post with.
pub(super) struct Own {
    account: String,
    media: String,
    pub(super) draft: String,
}

impl Own {
    pub(super) async fn of(world: &World, stranger: &Stranger) -> Self {
        // A tenant has a creator in one brand.
        let account = match stranger.border {
            Border::Brands => newcomer(world, &stranger.key).await,
            _ => connected(world, &stranger.key).await,
        };
        let media = uploaded(world, &stranger.key, 210_000).await;
        let draft = world.request_with(&stranger.key, "POST", "/v1/posts").json(&body(&account, &media));
        let draft = send(draft).await.expect(201)["id"].as_str().unwrap().to_owned();
        Self { account, media, draft }
    }
}

/// A draft.
fn body(account: &str, media: &str) -> Value {
    json!({
        "text": "One's own", "media_ids": [media], "targets": [{"account_id": account}],
        "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}},
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_post_of_ones_own_takes_others_accounts_or_files() {
    for (world, owned, strangers) in Box::pin(pairs::all()).await {
        let before = Items::of(&world).naming(&owned.traces).await;
        for stranger in &strangers {
            takes_nothing(&world, &owned, stranger).await;
        }
        assert_eq!(Items::of(&world).naming(&owned.traces).await, before, "what one has was changed by another");
    }
}

/// Posts of the stranger's own name what one has.
async fn takes_nothing(world: &World, owned: &Owned, stranger: &Stranger) {
    let Owned { account, media, .. } = owned;
    let own = Own::of(world, stranger).await;
    let draft = format!("/v1/posts/{}", own.draft);
    let published = json!({"publish_now": true});
    let with = |mut body: Value, more: &Value| {
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (method, path, body) in [
        ("POST", "/v1/posts", body(&own.account, media)),
        ("POST", "/v1/posts", body(account, &own.media)),
        ("POST", "/v1/posts", with(body(&own.account, media), &published)),
        ("POST", "/v1/posts", with(body(account, &own.media), &published)),
        ("PATCH", &*draft, json!({"media_ids": [media]})),
        ("PATCH", &*draft, json!({"targets": [{"account_id": account}]})),
        ("PATCH", &*draft, json!({"targets": [{"account_id": own.account}, {"account_id": account}]})),
    ] {
        let answer = send(world.request_with(&stranger.key, method, path).json(&body)).await;
        assert_eq!(answer.status, 404, "{method} {path} {body}: {:#}", answer.body);
        owned.is_unseen(stranger, &body.to_string(), &answer);
    }
    for (account, media) in [(&own.account, media), (account, &own.media)] {
        let file = format!("account_ids,text,media_ids,visibility\n{account},A row,{media},private\n");
        let part = Part::bytes(file.clone().into_bytes()).file_name("posts.csv").mime_str("text/csv").unwrap();
        let request = world.request_with(&stranger.key, "POST", "/v1/posts/import");
        let answer = send(request.multipart(Form::new().part("file", part))).await;
        assert_eq!(answer.body["created"], 0, "{file}: {:#}", answer.body);
        owned.is_unseen(stranger, &file, &answer);
    }
    // It was all good but for these.
    let text = json!({"text": "Changed"});
    let changed = send(world.request_with(&stranger.key, "PATCH", &draft).json(&text)).await.expect(200);
    assert_eq!(changed["text"], "Changed", "{changed:#}");
}
