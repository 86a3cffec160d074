//! What one tenant has, and who must see nothing of it.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tiktok_sim::User;

use super::send;
use crate::support::described::{needs, parameters};
use crate::support::{Answer, EXPORT, Receiver, World, video_of};

pub(super) const KEYS: &str = "/v1/keys";
/// What belongs to a tenant as a whole, so that keys of all its brands reach it.
const OF_THE_TENANT: &str = "/v1/oauth/redirect-uris";

/// What a tenant has.
#[derive(Clone)]
pub(super) struct Owned {
    /// Whose it is.
    pub(super) by: String,
    pub(super) post: String,
    pub(super) media: String,
    pub(super) account: String,
    pub(super) brand: String,
    pub(super) webhook: String,
    pub(super) delivery: String,
    pub(super) invite: String,
    pub(super) uri: String,
    pub(super) key: String,
    /// The state of a connection that was begun.
    pub(super) state: String,
    /// An address that may be called.
    pub(super) endpoint: String,
    /// What of it must not be seen by others.
    pub(super) traces: Vec<String>,
    /// What is known of the tenant in its other space, too.
    pub(super) of_the_tenant: [String; 2],
}

/// Who may see nothing of it.
pub(super) struct Stranger {
    pub(super) key: String,
    /// What the stranger has, inside of which something else may be looked for.
    pub(super) webhook: String,
    pub(super) border: Border,
}

/// What is between the one who has something and the one who must see nothing of it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Border {
    Tenants,
    /// A test key asks for what a live one has.
    TestBesideLive,
    /// A live key asks for what a test one has.
    LiveBesideTest,
    Brands,
}

/// What a request says beside its path.
pub(super) enum Said {
    /// Nothing that names what somebody has.
    Nothing,
    /// These ids, and it is refused with this status.
    Body(Value, u16),
    /// A file that names them.
    Csv(String),
}

impl Owned {
    /// One thing of each kind.
    pub(super) async fn of(world: &World, receiver: &Receiver) -> Self {
        // The one from the beginning can't be told from the tenant itself.
        let brand = world.post("/v1/brands", json!({"name": "Of nobody else"})).await.expect(201);
        let brands = (&*world.brand, text(&brand["id"]));
        Self::made(world, receiver, [&world.key; 2], world.account.clone(), brands).await
    }

    /// The same of whoever has this key without restrictions.
    pub(super) async fn of_whom(world: &World, receiver: &Receiver, key: &str) -> Self {
        let brand = world.request_with(key, "POST", "/v1/brands").json(&json!({"name": "One's own"}));
        let brand = text(&send(brand).await.expect(201)["id"]);
        let account = connected(world, key).await;
        Self::made(world, receiver, [key; 2], account, (&brand, brand.clone())).await
    }

    /// The same, made with a key of this brand.
    pub(super) async fn of_brand(world: &World, receiver: &Receiver, key: &str, brand: &str) -> Self {
        let account = newcomer(world, key).await;
        Self::made(world, receiver, [key, &world.key], account, (brand, brand.to_owned())).await
    }

    /// One thing of each kind, made with this key, or one without restrictions where none other may, for this account.
    /// Invites lead into one brand, and another one is to be seen by nobody.
    async fn made(
        world: &World,
        receiver: &Receiver,
        [key, whole]: [&str; 2],
        account: String,
        (invited, brand): (&str, String),
    ) -> Self {
        let asked_with = async |key: &str, path: &str, body: Value| {
            let answer = send(world.request_with(key, "POST", path).json(&body)).await;
            world.has_shown(&answer.body);
            answer
        };
        let asked = async |path: &str, body: Value| asked_with(key, path, body).await;
        let made = async |path: &str, body: Value| text(&asked(path, body).await.expect(201)["id"]);
        let of_all = async |path: &str, body: Value| text(&asked_with(whole, path, body).await.expect(201)["id"]);
        let me = send(world.request_with(whole, "GET", "/v1/users/me")).await.expect(200);
        let media = uploaded(world, key, 200_000).await;
        let draft = json!({
            "text": "Seen by nobody else", "media_ids": [media], "targets": [{"account_id": account}],
            "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}},
        });
        let post = made("/v1/posts", draft).await;
        let invite = json!({"platform": "tiktok", "brand_id": invited, "expires_in_days": 7});
        let endpoint = json!({"url": format!("{}/hook", receiver.origin()), "events": ["post.published"]});
        let webhook = made("/v1/webhooks", endpoint).await;
        let trial = json!({"event_type": "post.published", "payload": {}});
        let trial = asked(&format!("/v1/webhooks/{webhook}/test"), trial).await.expect(200);
        let mut owned = Self {
            by: key.to_owned(),
            media,
            post,
            account,
            brand,
            webhook,
            delivery: text(&trial["delivery_id"]),
            invite: made("/v1/invites", invite).await,
            // Only keys without restrictions make these.
            uri: of_all("/v1/oauth/redirect-uris", json!({"uri": "https://nobody.else.example/"})).await,
            key: of_all("/v1/keys", json!({"name": "of nobody else"})).await,
            state: text(&asked("/v1/accounts/connect", json!({"platform": "tiktok"})).await.expect(202)["state"]),
            endpoint: format!("{}/third", receiver.origin()),
            traces: Vec::new(),
            of_the_tenant: [text(&me["id"]), text(&me["email"])],
        };
        let said = ["Seen by nobody else", "https://nobody.else.example/"].map(str::to_owned);
        owned.traces = owned.ids().map(|(_, id)| id.clone()).into_iter().chain(said).collect();
        owned
    }

    /// Each id, and what stands before it in paths.
    pub(super) fn ids(&self) -> [(&'static str, &String); 10] {
        [
            ("/v1/posts/", &self.post),
            ("/v1/media/", &self.media),
            ("/v1/accounts/", &self.account),
            ("/v1/platforms/tiktok/accounts/", &self.account),
            ("/v1/brands/", &self.brand),
            ("/v1/webhooks/", &self.webhook),
            ("/deliveries/", &self.delivery),
            ("/v1/invites/", &self.invite),
            ("/v1/oauth/redirect-uris/", &self.uri),
            ("/v1/keys/", &self.key),
        ]
    }

    /// The path with these ids in its holes.
    pub(super) fn path(&self, path: &str) -> String {
        let mut filled = path.to_owned();
        while let Some((before, rest)) = filled.split_once('{') {
            let known = self.ids().into_iter().find(|(start, _)| before.ends_with(start));
            let (_, id) = known.unwrap_or_else(|| panic!("{path} leads to what no test asks for by another tenant"));
            filled = format!("{before}{id}{}", rest.split_once('}').unwrap().1);
        }
        filled
    }

    /// What a request without an id in its path names of this.
    pub(super) fn said(&self, method: &str, path: &str) -> Said {
        let Self { media, account, brand, endpoint: url, .. } = self;
        let targets = json!({
            "text": "x", "media_ids": [media], "targets": [{"account_id": account}], "publish_now": true,
            "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}},
        });
        match (method, path) {
            ("GET" | "DELETE", _)
            | ("PATCH", "/v1/users/me")
            | (
                "POST",
                "/v1/brands"
                | "/v1/media/import"
                | "/v1/media/upload"
                | "/v1/media/upload-url"
                | "/v1/oauth/redirect-uris"
                // What its tools name of others is asked by the agents' stories.
                | "/mcp",
            ) => Said::Nothing,
            ("POST", "/v1/posts") => Said::Body(targets, 404),
            // It answers what the other route would.
            ("POST", "/v1/posts/validate") => Said::Body(targets, 200),
            ("POST", "/v1/posts/import") => Said::Csv(format!("text,account_ids\nx,{account}\n")),
            ("POST", "/v1/accounts/connect") => Said::Body(json!({"platform": "tiktok", "brand_id": brand}), 400),
            ("POST", "/v1/oauth/exchange") => {
                let metadata = json!({"redirect_uri": "https://nobody.else.example/", "state": "x"});
                Said::Body(json!({"platform": "tiktok", "code": "x", "metadata": metadata}), 403)
            }
            ("POST", "/v1/invites") => {
                Said::Body(json!({"platform": "tiktok", "brand_id": brand, "expires_in_days": 7}), 400)
            }
            ("POST", "/v1/webhooks") => {
                Said::Body(json!({"url": url, "events": ["post.published"], "account_ids": [account]}), 404)
            }
            ("POST", "/v1/keys") => Said::Body(json!({"name": "x", "brand_ids": [brand]}), 400),
            _ => panic!("{method} {path}: say what it could name of another tenant's"),
        }
    }

    /// What a list may be asked for: all that it has, what is this tenant's by each of its filters, and by all at once.
    pub(super) fn filters(&self, path: &str) -> Vec<String> {
        let named = parameters("GET", path, "query").filter_map(|name| {
            let value = match name {
                "account_ids" | "account_id" => &self.account,
                "brand_ids" | "brand_id" => &self.brand,
                "resource_id" => &self.post,
                "state" => &self.state,
                "search" => "Seen",
                // That of this one: the same tenant's test key must not see it.
                "mode" => "live",
                "limit" | "cursor" | "category" | "status" | "platform" | "action" | "from" | "to" | "sort"
                | "hidden" | "filename" | "media_type" | "events" => return None,
                _ => panic!("{path}?{name}=: say what it could name of another tenant's"),
            };
            Some(format!("{name}={value}"))
        });
        let each: Vec<_> = named.collect();
        // Two spellings of one filter contradict each other.
        let several = each.iter().filter(|one| !one.starts_with("account_id=") && !one.starts_with("brand_id="));
        let all = several.cloned().collect::<Vec<_>>().join("&");
        [String::new(), all].into_iter().chain(each).map(|query| format!("{path}?{query}")).collect()
    }

    /// What an answer shows of this beside what it was asked for.
    #[track_caller]
    pub(super) fn is_unseen(&self, stranger: &Stranger, asked: &str, answer: &Answer) {
        let (shown, asked_for) = (format!("{:?} {}", answer.headers, answer.body), asked);
        let of_the_tenant = self.of_the_tenant.iter().filter(|_| stranger.border == Border::Tenants);
        for trace in self.traces.iter().chain(of_the_tenant).filter(|trace| !asked_for.contains(trace.as_str())) {
            assert!(!shown.contains(trace.as_str()), "{asked} shows {trace}: {shown}");
        }
    }
}

/// The account of the creator who is logged in at TikTok, or of test mode's usual one, connected with this key.
pub(super) async fn connected(world: &World, key: &str) -> String {
    connected_at(world, key, str::to_owned).await
}

/// The account of a creator whom nobody knows yet, connected with this key.
pub(super) async fn newcomer(world: &World, key: &str) -> String {
    let creator = world.tiktok.add_user(User::default());
    // In test mode the code names the creator.
    let code = format!("code=test.newcomer{}", world.tiktok.users().len());
    connected_at(world, key, |page| format!("{}&sim_user={creator}", page.replace("code=test.creator", &code))).await
}

async fn connected_at(world: &World, key: &str, change: impl FnOnce(&str) -> String) -> String {
    let connect = world.request_with(key, "POST", "/v1/accounts/connect").json(&json!({"platform": "tiktok"}));
    let begun = send(connect).await.expect(202);
    let page = reqwest::get(change(begun["auth_url"].as_str().unwrap())).await.unwrap();
    assert!(page.status().is_success(), "{}", page.status());
    let found = format!("/v1/accounts?state={}", begun["state"].as_str().unwrap());
    text(&send(world.request_with(key, "GET", &found)).await.expect(200)["data"][0]["id"])
}

/// A video of so many bytes, uploaded with this key.
pub(super) async fn uploaded(world: &World, key: &str, bytes: usize) -> String {
    let part = Part::bytes(video_of(bytes)).file_name("own.mp4").mime_str("video/mp4").unwrap();
    let upload = world.request_with(key, "POST", "/v1/media/upload").multipart(Form::new().part("file", part));
    text(&send(upload).await.expect(201)["media_id"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

impl Stranger {
    pub(super) async fn with(world: &World, receiver: &Receiver, key: String, border: Border) -> Self {
        let endpoint = json!({"url": format!("{}/other", receiver.origin()), "events": ["post.published"]});
        let webhook = send(world.request_with(&key, "POST", "/v1/webhooks").json(&endpoint)).await.expect(201);
        Self { webhook: webhook["id"].as_str().unwrap().to_owned(), key, border }
    }

    /// Whether the documentation lets this lead over the border.
    pub(super) fn reaches(&self, path: &str) -> bool {
        match self.border {
            Border::Tenants | Border::TestBesideLive => false,
            Border::LiveBesideTest => path.starts_with(KEYS) || path == EXPORT,
            Border::Brands => path.starts_with(OF_THE_TENANT),
        }
    }

    /// Whether this takes neither one's key.
    pub(super) fn is_kept_out(&self, method: &str, path: &str) -> bool {
        self.border == Border::Brands && needs(method, path) == "a key without restrictions"
    }
}
