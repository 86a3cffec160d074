//! A world of one deployment, its tenants, and TikTok.

use std::time::Duration;

use accounts::{App, asked_scopes, router};
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_stand_in::{AwsStandIn, Options};
use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use serde_json::{Value, json};
use slipway_domain::{AccountId, BrandId, KeyId, TenantId};
use slipway_http::PublicBase;
use slipway_http::api_key::RawKey;
use slipway_store::accounts::{AccountRecord, Accounts};
use slipway_store::events::{Events, LogEntry, LogEntryKind};
use slipway_store::media::Media;
use slipway_store::posts::Posts;
use slipway_store::tenants::{KeyRecord, TenantRecord, Tenants};
use slipway_tokens::Tokens;
use slipway_vault::Vault;
use tiktok_sim::{Config, Endpoint, Simulator};
use tower::ServiceExt as _;
use url::Url;
use uuid::Uuid;

/// Where the API is, as far as TikTok and browsers know.
pub(crate) const BASE: &str = "http://localhost:8787";

pub(crate) struct World {
    pub(crate) aws: AwsStandIn,
    pub(crate) tiktok: Simulator,
    pub(crate) app: App,
    pub(crate) router: Router,
    /// Without a table: no post of these tests takes media into use.
    pub(crate) media: Media,
    kms_key: String,
}

/// A tenant with a key.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) tenant: TenantId,
    pub(crate) key: String,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {:?}", self.text))
    }

    /// The error's code, after a look at the envelope.
    pub(crate) fn code(&self) -> String {
        let body = self.json();
        assert!(body["request_id"].is_string(), "{body}");
        body["error"]["code"].as_str().unwrap_or_else(|| panic!("no code in {body}")).to_owned()
    }

    pub(crate) fn location(&self) -> Url {
        assert_eq!(self.status, StatusCode::FOUND, "{}", self.text);
        self.headers["location"].to_str().unwrap().parse().unwrap()
    }
}

/// A parameter of an address.
pub(crate) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        log_watch::start();
        let aws = AwsStandIn::start(Options::default()).await.unwrap();
        let kms_key = aws.create_key("tokens").unwrap();
        let indexes = [
            ("tenants", None),
            ("accounts", Some(("by_open_id", "open_id"))),
            ("events", None),
            ("posts", Some(("waiting", "waits_for"))),
        ];
        for (name, index) in indexes {
            aws.create_table(table(name, index), Some("expires_at")).await.unwrap();
        }
        let mut config = Config::default();
        change(&mut config);
        let tiktok = Simulator::start(config).await.unwrap();
        let app = app(&aws, &kms_key, &tiktok);
        let media = Media::new(dynamodb(&aws), "media".to_owned());
        Self { router: router(app.clone()), media, app, aws, tiktok, kms_key }
    }

    /// What another process has: the same table and key, nothing else in common.
    pub(crate) fn process(&self) -> App {
        app(&self.aws, &self.kms_key, &self.tiktok)
    }

    /// Whoever signs up.
    pub(crate) async fn caller(&self) -> Caller {
        self.caller_with(&[], &[]).await
    }

    pub(crate) async fn caller_with(&self, scopes: &[&str], brands: &[BrandId]) -> Caller {
        let id = TenantId::from_uuid(Uuid::now_v7());
        let tenant = TenantRecord { email: format!("{id}@example.com"), id, created_at: Timestamp::now() };
        let tenant = self.app.tenants.create(&tenant).await.unwrap();
        self.key_of(&tenant.id, scopes, brands).await
    }

    pub(crate) async fn key_of(&self, tenant: &TenantId, scopes: &[&str], brands: &[BrandId]) -> Caller {
        let key = RawKey::generate().unwrap();
        let record = KeyRecord {
            id: KeyId::from_uuid(Uuid::now_v7()),
            tenant: tenant.clone(),
            name: "test".to_owned(),
            preview: key.preview(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            brand_ids: brands.to_vec(),
            is_active: true,
            created_at: Timestamp::now(),
        };
        self.app.tenants.add_key(&record, &key.hash()).await.unwrap();
        Caller { tenant: tenant.clone(), key: key.reveal().to_owned() }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        assert!(parts.headers.contains_key("x-request-id"));
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub(crate) async fn call(&self, caller: &Caller, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request =
            Request::builder().method(method).uri(path).header("authorization", format!("Bearer {}", caller.key));
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        self.send(request.unwrap()).await
    }

    pub(crate) async fn get(&self, caller: &Caller, path: &str) -> Answer {
        self.call(caller, "GET", path, None).await
    }

    /// The address of TikTok's page for a new connection.
    pub(crate) async fn begin(&self, caller: &Caller, body: Value) -> Url {
        let answer = self.call(caller, "POST", "/v1/accounts/connect", Some(body)).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        answer.json()["auth_url"].as_str().unwrap().parse().unwrap()
    }

    /// The creator's browser on TikTok's page, which takes `extra` besides TikTok's own parameters: where it goes next.
    pub(crate) async fn visit(&self, mut page: Url, extra: &[(&str, &str)]) -> Url {
        page.query_pairs_mut().extend_pairs(extra);
        let browser =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        let answer = browser.get(page).send().await.unwrap();
        assert!(answer.status().is_redirection(), "{}", answer.text().await.unwrap());
        answer.headers()["location"].to_str().unwrap().parse().unwrap()
    }

    /// The creator's browser on our own page.
    pub(crate) async fn open(&self, url: &Url) -> Answer {
        assert!(url.as_str().starts_with(BASE), "{url}");
        let path = &url[url::Position::BeforePath..];
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// A connected account.
    pub(crate) async fn connect(&self, caller: &Caller) -> AccountRecord {
        self.connect_as(caller, &[]).await
    }

    pub(crate) async fn connect_as(&self, caller: &Caller, extra: &[(&str, &str)]) -> AccountRecord {
        let body = json!({"platform": "tiktok", "redirect_uri": "https://app.example/done"});
        let back = self.visit(self.begin(caller, body).await, extra).await;
        let done = self.open(&back).await.location();
        let id = parameter(&done, "account_id").unwrap_or_else(|| panic!("{done}"));
        self.account(caller, &id.parse().unwrap()).await.unwrap()
    }

    pub(crate) async fn account(&self, caller: &Caller, id: &AccountId) -> Option<AccountRecord> {
        self.app.accounts.get(&caller.tenant, id).await.unwrap()
    }

    /// What the event log says, the oldest first.
    pub(crate) async fn events(&self, caller: &Caller) -> Vec<LogEntry> {
        let log = Events::new(dynamodb(&self.aws), "events".to_owned());
        let mut events = log.list(&caller.tenant, None, 100).await.unwrap().entries;
        events.reverse();
        events
    }

    /// The kinds of what the event log says, the oldest first.
    pub(crate) async fn told(&self, caller: &Caller) -> Vec<LogEntryKind> {
        self.events(caller).await.iter().map(|event| event.kind).collect()
    }

    /// How often TikTok was asked.
    pub(crate) fn asked(&self, endpoint: Endpoint) -> usize {
        self.tiktok.ledger().requests_to(endpoint).len()
    }

    /// Waits until something is so.
    pub(crate) async fn until<F: Future<Output = bool>>(&self, what: &str, mut so: impl FnMut() -> F) {
        let waited = async {
            while !so().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), waited)
            .await
            .unwrap_or_else(|_| panic!("not within a minute: {what}"));
    }
}

fn dynamodb(aws: &AwsStandIn) -> aws_sdk_dynamodb::Client {
    let credentials = Credentials::new(aws.access_key_id(), aws.secret_access_key(), None, None, "test");
    aws_sdk_dynamodb::Client::from_conf(
        aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region()))
            .credentials_provider(credentials)
            .endpoint_url(aws.endpoint())
            .build(),
    )
}

fn app(aws: &AwsStandIn, kms_key: &str, tiktok: &Simulator) -> App {
    let credentials = Credentials::new(aws.access_key_id(), aws.secret_access_key(), None, None, "test");
    let dynamodb = dynamodb(aws);
    let kms = aws_sdk_kms::Client::from_conf(
        aws_sdk_kms::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region()))
            .credentials_provider(credentials)
            .endpoint_url(aws.endpoint())
            .build(),
    );
    let client = slipway_tiktok::Client::new(slipway_tiktok::Config {
        auth_base: tiktok.url().parse().unwrap(),
        api_base: tiktok.url().parse().unwrap(),
        client_key: tiktok.client_key(),
        client_secret: tiktok.client_secret().expose().to_owned().into(),
        call_timeout: slipway_tiktok::CallTimeout::default(),
    })
    .unwrap();
    let events = Events::new(dynamodb.clone(), "events".to_owned());
    let accounts = Accounts::new(dynamodb.clone(), "accounts".to_owned()).recording(events);
    App {
        tenants: Tenants::new(dynamodb.clone(), "tenants".to_owned()),
        posts: Posts::new(dynamodb, "posts".to_owned()),
        tokens: Tokens::new(accounts.clone(), Vault::new(kms, kms_key.to_owned()), client),
        accounts,
        base: PublicBase::Fixed(BASE.to_owned()),
        asked_scopes: asked_scopes(""),
    }
}

/// A table, with an index by an attribute and `pk`.
fn table(name: &str, index: Option<(&str, &str)>) -> Value {
    let attribute = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
    let mut attributes = vec![attribute("pk"), attribute("sk")];
    let mut definition = json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    });
    if let Some((index, by)) = index {
        attributes.push(attribute(by));
        definition["GlobalSecondaryIndexes"] = json!([{
            "IndexName": index,
            "KeySchema": [{"AttributeName": by, "KeyType": "HASH"}, {"AttributeName": "pk", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }]);
    }
    definition["AttributeDefinitions"] = json!(attributes);
    definition
}
