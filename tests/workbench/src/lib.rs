#![doc = include_str!("../README.md")]
#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "what a test can't set up fails the test")]

mod accounts;
mod answers;
mod callers;
pub mod costs;
mod environment;
pub mod form;
mod imports;
mod media;
mod messages;
mod publishes;
mod random;
pub mod routes;
mod tables;
mod targets;
mod traces;
mod uploads;
mod video;
mod wait;

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use jiff::Timestamp;
use reqwest::Url;
use slipway_domain::{AccountId, OpenId, Reach, TenantId};
use slipway_local::Deployment;
use slipway_media::Bucket;
use slipway_queue::Queue;
use slipway_store::accounts::{AccountRecord, Accounts, Connection};
use slipway_store::events::Events;
use slipway_store::media::Media;
use slipway_store::posts::Posts;
use slipway_store::slots::Slots;
use slipway_store::tenants::Tenants;
use slipway_store::webhooks::Webhooks;
use slipway_tiktok::Scope;
use slipway_tokens::{Tokens, seal_grant};
use slipway_vault::Vault;
use tiktok_sim::{Config, Simulator, User};
use uuid::Uuid;

pub use aws_sdk_dynamodb::types::AttributeValue;
pub use callers::{Answer, Caller, new_tenant};
pub use environment::{configuration_of, reads_what_it_is_given, timeout_of};
pub use media::fixture;
pub use messages::{Sent, received};
pub use random::Spoken;
pub use tables::Item;
pub use targets::{creation, new_post, new_target, private_video};
pub use traces::Traces;
pub use uploads::{Begun, chunks};
pub use video::{sha256, video_of};
pub use wait::until;

/// A deployment without processes.
pub struct Bench {
    /// What template.yaml declares.
    pub deployment: Deployment,
    /// TikTok.
    pub tiktok: Simulator,
    /// A client of that TikTok.
    pub client: slipway_tiktok::Client,
    /// The tenant that everything belongs to.
    pub tenant: TenantId,
    /// Who may do everything: sets things up and looks at what became of them.
    pub owner: Hands,
    /// The function's own role: what the function under test is built of.
    pub role: Hands,
}

/// Everything in AWS, as one holder of keys reaches it.
pub struct Hands {
    /// What SDK clients are made of.
    pub sdk: SdkConfig,
    dynamodb: slipway_store::Client,
    /// The tenants table.
    pub tenants: Tenants,
    /// The posts table.
    pub posts: Posts,
    /// The accounts table.
    pub accounts: Accounts,
    /// The media table.
    pub media: Media,
    /// The slots that are kept in the media table.
    pub slots: Slots,
    /// The events table.
    pub events: Events,
    /// Seals tokens and upload URLs.
    pub vault: Vault,
    /// Access tokens that are always fresh.
    pub tokens: Tokens,
    /// The media bucket.
    pub bucket: Bucket,
    /// Endpoints and deliveries. On the heap: tests await benches inside of much else.
    pub webhooks: Box<Webhooks>,
}

impl Hands {
    fn new(deployment: &Deployment, sdk: SdkConfig, client: &slipway_tiktok::Client) -> Self {
        let table = |name: &str| deployment.table(name).expect("a table of the template").to_owned();
        let dynamodb = slipway_store::client(&sdk);
        let events = Events::new(dynamodb.clone(), table("EventsTable"));
        let accounts = Accounts::new(dynamodb.clone(), table("AccountsTable")).recording(events.clone());
        let accounts = accounts.counted_in(table("TenantsTable"));
        let key = deployment.key("Key").expect("a key of the template").to_owned();
        let vault = Vault::new(slipway_vault::client(&sdk), key);
        Self {
            tenants: Tenants::new(dynamodb.clone(), table("TenantsTable")),
            posts: Posts::new(dynamodb.clone(), table("PostsTable")).recording(events.clone()),
            slots: Slots::new(dynamodb.clone(), table("MediaTable")),
            media: Media::new(dynamodb.clone(), table("MediaTable")).recording(events.clone()),
            webhooks: Box::new(Webhooks::new(dynamodb.clone(), table("WebhooksTable"), events.clone())),
            dynamodb,
            events,
            tokens: Tokens::new(accounts.clone(), vault.clone(), client.clone()),
            bucket: Bucket::new(&sdk, deployment.bucket("MediaBucket").expect("the template's bucket").to_owned()),
            accounts,
            vault,
            sdk,
        }
    }
}

impl Bench {
    /// A bench for this function, by its logical id, and a TikTok as it is by default.
    pub async fn of(function: &str) -> Self {
        Self::with(function, Config::default()).await
    }

    /// A bench for this function, by its logical id, and this TikTok.
    pub async fn with(function: &str, tiktok: Config) -> Self {
        // On the heap: tests await this inside of much else.
        Box::pin(Self::set_up(function, tiktok)).await
    }

    async fn set_up(function: &str, tiktok: Config) -> Self {
        log_watch::start();
        let tiktok = Simulator::start(tiktok).await.expect("the simulator starts");
        let deployment = Box::pin(Deployment::of_project(&tiktok)).await.expect("what the template declares is made");
        let client = client_at(&tiktok, &tiktok.url());
        let role = deployment.role_config(function).await.expect("the template declares the function");
        // As often as AWS's own, but what fails on purpose fails in milliseconds.
        let retries = RetryConfig::standard().with_initial_backoff(Duration::from_millis(5));
        let role = role.to_builder().retry_config(retries).build();
        Self {
            owner: Hands::new(&deployment, deployment.owner_config().await, &client),
            role: Hands::new(&deployment, role, &client),
            tenant: TenantId::from_uuid(Uuid::now_v7()),
            deployment,
            tiktok,
            client,
        }
    }

    /// What another process of the function has: the same tables and keys, and nothing in its memory.
    pub fn another_process(&self) -> Hands {
        Hands::new(&self.deployment, self.role.sdk.clone(), &self.client)
    }

    /// A queue by its logical id, as the function reaches it.
    pub fn queue(&self, logical_id: &str) -> Queue {
        let name = self.deployment.queue(logical_id).expect("a queue of the template");
        Queue::new(slipway_queue::client(&self.role.sdk), self.deployment.aws().sqs().address(name).url)
    }

    /// An account of the tenant whose creator has just authorized the app with every scope.
    pub async fn connect(&self) -> AccountRecord {
        self.connect_user(&self.tenant, &self.tiktok.add_user(User::default())).await
    }

    /// An account of this tenant's for this user of TikTok's, by the open id, who has just authorized the app.
    pub async fn connect_user(&self, tenant: &TenantId, user: &str) -> AccountRecord {
        const SCOPES: [Scope; 4] =
            [Scope::UserInfoBasic, Scope::UserInfoProfile, Scope::VideoPublish, Scope::VideoUpload];
        const BACK: &str = "http://localhost:8787/oauth/callback/tiktok";
        let mut page = self.client.authorize_url(BACK, &SCOPES, "state", false);
        page.query_pairs_mut().append_pair("sim_user", user);
        let back = visit(page).await;
        let code = back.query_pairs().find(|(name, _)| name == "code").expect("a code in the address").1.into_owned();
        let asked_at = Timestamp::now();
        let grant = self.client.exchange_code(&code.into(), BACK).await.expect("TikTok grants tokens");
        let known = self.owner.accounts.owner(tenant, &OpenId::new(user)).await.expect("the table answers");
        let id = known.account().cloned().unwrap_or_else(|| AccountId::from_uuid(Uuid::now_v7()));
        let sealer = self.owner.vault.sealer(tenant).await.expect("a data key");
        let connection = Connection {
            tokens: seal_grant(&sealer, tenant, &id, &grant, asked_at).expect("the grant is sealed"),
            tenant: tenant.clone(),
            id: id.clone(),
            open_id: OpenId::new(user),
            brand: None,
            profile: None,
            scopes: grant.scopes.clone(),
            guard: None,
            taken: None,
        };
        self.owner
            .accounts
            .connect(&connection, known, asked_at)
            .await
            .expect("the table answers")
            .done()
            .expect("the account is kept");
        self.owner
            .accounts
            .get(&Reach::whole(tenant), &id)
            .await
            .expect("the table answers")
            .expect("the account is there")
    }
}

/// A client with the simulator's app, of the TikTok at this address.
fn client_at(tiktok: &Simulator, base: &str) -> slipway_tiktok::Client {
    slipway_tiktok::Client::new(slipway_tiktok::Config {
        auth_base: base.parse().expect("an address"),
        api_base: base.parse().expect("an address"),
        client_key: tiktok.client_key(),
        client_secret: tiktok.client_secret().expose().to_owned().into(),
        call_timeout: slipway_tiktok::CallTimeout::default(),
    })
    .expect("a client of TikTok")
}

/// Where this page sends the creator's browser.
pub async fn visit(page: Url) -> Url {
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
    let answer = browser.expect("a browser").get(page).send().await.expect("the page answers");
    assert!(answer.status().is_redirection(), "{}", answer.text().await.unwrap_or_default());
    answer.headers()["location"].to_str().expect("a text").parse().expect("an address")
}
