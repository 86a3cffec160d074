//! The function under test, and those who call it.

use std::sync::Arc;

use aws_stand_in::Meanwhile;
use axum::Router;
use posts::{App, router};
use serde_json::{Value, json};
use slipway_domain::{PaceLimits, Plans, PostId, Reach, TenantId};
use slipway_fetch::TrustedOrigins;
use slipway_http::{Keyring, RateLimits};
use slipway_store::accounts::AccountRecord;
use slipway_store::media::{MediaRecord, MediaRules};
use slipway_store::posts::PostWithTargets;
use tiktok_sim::{Config, Endpoint};
use workbench::{Answer, Bench, Caller, fixture, new_tenant};

pub(crate) struct World {
    pub(crate) bench: Bench,
    pub(crate) router: Router,
    /// The tenant that most tests are.
    pub(crate) owner: Party,
}

/// A tenant with a key, an account and a video that is ready.
pub(crate) struct Party {
    pub(crate) caller: Caller,
    pub(crate) account: AccountRecord,
    pub(crate) media: MediaRecord,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(Config::default()).await
    }

    pub(crate) async fn with(tiktok: Config) -> Self {
        let bench = Bench::with("PostsFunction", tiktok).await;
        let router = router(app(&bench));
        let owner = party(&bench, &bench.tenant).await;
        Self { bench, router, owner }
    }

    /// From now on TikTok can fetch nothing from here.
    pub(crate) fn without_pulls(&mut self) {
        self.router = router(App { pull_domain: "".parse().expect("none"), ..app(&self.bench) });
    }

    /// From now on tenants have limits of requests.
    pub(crate) fn limit(&mut self, rate_limits: RateLimits) {
        self.router = router(App { rate_limits, ..app(&self.bench) });
    }

    /// From now on these are the plans of the deployment.
    pub(crate) fn under(&mut self, plans: &Plans) {
        let app = app(&self.bench);
        let rules = MediaRules { plans: *plans, ..*app.media.rules() };
        self.router = router(App { media: app.media.clone().ruled_by(rules), ..app });
    }

    /// Somebody else.
    pub(crate) async fn stranger(&self) -> Party {
        party(&self.bench, &new_tenant()).await
    }

    /// One more account of the owner's.
    pub(crate) async fn account(&self) -> AccountRecord {
        self.bench.connect().await
    }

    pub(crate) async fn post(&self, caller: &Caller, body: &Value) -> Answer {
        caller.call(&self.router, "POST", "/v1/posts", Some(body)).await
    }

    pub(crate) async fn post_with_key(&self, caller: &Caller, key: &str, body: &Value) -> Answer {
        post_with_key(&self.router, caller, key, body).await
    }

    /// A post's id, if it was made by this very request.
    #[track_caller]
    pub(crate) fn made(answer: &Answer) -> String {
        let id = answer.expect(201)["id"].as_str().unwrap().to_owned();
        assert!(!answer.is_replayed(), "it is the first answer again");
        id
    }

    /// How often TikTok was asked what a creator may choose.
    pub(crate) fn asked(&self) -> usize {
        self.bench.tiktok.ledger().requests_to(Endpoint::CreatorInfo).len()
    }

    /// What is kept of a post.
    pub(crate) async fn kept(&self, tenant: &TenantId, id: &str) -> PostWithTargets {
        let id: PostId = id.parse().unwrap();
        self.bench.owner.posts.get(&Reach::whole(tenant), &id).await.unwrap().unwrap()
    }
}

impl Party {
    /// A post of the video by the account, at once.
    pub(crate) fn body(&self, text: &str) -> Value {
        body(text, &self.media, &[&self.account])
    }
}

/// A post of this video by these accounts, at once.
pub(crate) fn body(text: &str, media: &MediaRecord, accounts: &[&AccountRecord]) -> Value {
    let targets: Vec<_> = accounts.iter().map(|account| json!({"account_id": account.id})).collect();
    json!({
        "text": text,
        "media_ids": [media.id],
        "targets": targets,
        "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}},
        "publish_now": true,
    })
}

/// A post that means exactly the same for every tenant with one account.
pub(crate) fn anybodys(text: &str) -> Value {
    json!({
        "text": text,
        "platforms": ["tiktok"],
        "media": [{"source_type": "url", "source": "https://example.com/video.mp4"}],
        "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}},
        "publish_now": true,
    })
}

/// The body with other values at these pointers, which must be there already or be new members.
pub(crate) fn with(mut body: Value, changes: &[(&str, Value)]) -> Value {
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    body
}

pub(crate) async fn post_with_key(router: &Router, caller: &Caller, key: &str, body: &Value) -> Answer {
    let request = caller.request("POST", "/v1/posts").header("idempotency-key", key);
    Answer::to(router, request.body(body.to_string().into()).unwrap()).await
}

/// Work for [`AwsStandIn::before_next`](aws_stand_in::AwsStandIn::before_next).
pub(crate) fn meanwhile<F: Future<Output = ()> + Send + 'static>(
    work: impl Fn() -> F + Send + Sync + 'static,
) -> Meanwhile {
    Arc::new(move || Box::pin(work()))
}

fn app(bench: &Bench) -> App {
    let role = &bench.role;
    App {
        pull_domain: "media.slipway.example".parse().expect("a domain"),
        tenants: role.tenants.clone(),
        keyring: Keyring::of("secret"),
        rate_limits: RateLimits::OFF,
        accounts: role.accounts.clone(),
        media: role.media.clone(),
        posts: role.posts.clone(),
        limits: PaceLimits::default(),
        tokens: role.tokens.clone(),
        bucket: role.bucket.clone(),
        transfers: bench.queue("TransfersQueue"),
        imports: bench.queue("ImportsQueue"),
        trusted_origins: TrustedOrigins::none(),
    }
}

async fn party(bench: &Bench, tenant: &TenantId) -> Party {
    let user = bench.tiktok.add_user(tiktok_sim::User::default());
    Party {
        caller: bench.caller(tenant).await,
        account: bench.connect_user(tenant, &user).await,
        media: bench.uploaded(tenant, fixture("index_last.mp4")).await,
    }
}
