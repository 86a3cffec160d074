//! Runs over a table of due accounts, against a simulated TikTok.
#![expect(clippy::unwrap_used, reason = "what a test can not set up fails the test")]

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_stand_in::{AwsStandIn, Options};
use jiff::{SignedDuration, Timestamp};
use refresh_tokens::{RefreshTokens, Run};
use reqwest::redirect::Policy;
use serde_json::json;
use slipway_domain::{
    Caption, DeferReason, Disclosure, FileKind, Interactions, OpenId, PostMode, PrivacyLevel, TargetState, TenantId,
    VideoSettings,
};
use slipway_store::Epoch;
use slipway_store::Write;
use slipway_store::accounts::{AccountStatus, Accounts, Connection};
use slipway_store::media::Media;
use slipway_store::posts::{MediaRef, NewPost, PostRecord, Posts, TargetMedia, TargetRecord};
use slipway_tokens::{Tokens, seal_grant};
use slipway_vault::Vault;
use tiktok_sim::{Action, Config, Endpoint, Fault, Simulator, User};
use url::Url;

struct World {
    aws: AwsStandIn,
    tiktok: Simulator,
    client: slipway_tiktok::Client,
    tenant: TenantId,
    function: RefreshTokens,
    /// Without a table: no post of these tests has media.
    media: Media,
}

impl World {
    async fn start(concurrency: usize) -> Self {
        log_watch::start();
        let aws = AwsStandIn::start(Options::default()).await.unwrap();
        let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
        let attribute = |name: &str, kind: &str| json!({"AttributeName": name, "AttributeType": kind});
        let definition = json!({
            "TableName": "accounts",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                attribute("pk", "S"), attribute("sk", "S"), attribute("refresh_shard", "S"), attribute("refresh_at", "N"),
            ],
            "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
            "GlobalSecondaryIndexes": [{
                "IndexName": "refresh_due",
                "KeySchema": [key("refresh_shard", "HASH"), key("refresh_at", "RANGE")],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }],
        });
        aws.create_table(definition, None).await.unwrap();
        let definition = json!({
            "TableName": "posts",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                attribute("pk", "S"), attribute("sk", "S"), attribute("due_shard", "S"), attribute("due_at", "N"),
            ],
            "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
            "GlobalSecondaryIndexes": [{
                "IndexName": "due",
                "KeySchema": [key("due_shard", "HASH"), key("due_at", "RANGE")],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }],
        });
        aws.create_table(definition, None).await.unwrap();
        let credentials = Credentials::new(aws.access_key_id(), aws.secret_access_key(), None, None, "test");
        let dynamodb = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region()))
            .credentials_provider(credentials.clone())
            .endpoint_url(aws.endpoint())
            .build();
        let kms = aws_sdk_kms::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region()))
            .credentials_provider(credentials)
            .endpoint_url(aws.endpoint())
            .build();
        let tiktok = Simulator::start(Config::default()).await.unwrap();
        let client = slipway_tiktok::Client::new(slipway_tiktok::Config {
            auth_base: tiktok.url().parse().unwrap(),
            api_base: tiktok.url().parse().unwrap(),
            client_key: tiktok.client_key(),
            client_secret: tiktok.client_secret().expose().to_owned().into(),
            call_timeout: slipway_tiktok::CallTimeout::default(),
        })
        .unwrap();
        let dynamodb = aws_sdk_dynamodb::Client::from_conf(dynamodb);
        let accounts = Accounts::new(dynamodb.clone(), "accounts".to_owned());
        let vault = Vault::new(aws_sdk_kms::Client::from_conf(kms), aws.create_key("tokens").unwrap());
        let media = Media::new(dynamodb.clone(), "media".to_owned());
        let function = RefreshTokens {
            tokens: Tokens::new(accounts.clone(), vault, client.clone()),
            accounts,
            posts: Posts::new(dynamodb, "posts".to_owned()),
            concurrency: NonZeroUsize::new(concurrency).unwrap(),
        };
        Self { aws, tiktok, client, tenant: "ten_1".parse().unwrap(), function, media }
    }

    /// Connects a creator who has just authorized the app.
    async fn connect(&self, number: usize) {
        const BACK: &str = "http://localhost:8787/back";
        let user = self.tiktok.add_user(User::default());
        let mut page = self.client.authorize_url(BACK, &[slipway_tiktok::Scope::VideoPublish], "state", false);
        page.query_pairs_mut().append_pair("sim_user", &user);
        let browser = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        let back = browser.get(page).send().await.unwrap();
        let back: Url = back.headers()["location"].to_str().unwrap().parse().unwrap();
        let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let asked_at = Timestamp::now();
        let grant = self.client.exchange_code(&code.into(), BACK).await.unwrap();
        let id = format!("acc_{number}").parse().unwrap();
        let sealer = self.function.tokens.vault().sealer(&self.tenant).await.unwrap();
        let connection = Connection {
            tokens: seal_grant(&sealer, &self.tenant, &id, &grant, asked_at).unwrap(),
            tenant: self.tenant.clone(),
            id,
            open_id: OpenId::new(&user),
            brand: None,
            profile: None,
            scopes: ["video.publish".to_owned()].into(),
        };
        self.function.accounts.connect(&connection, asked_at).await.unwrap().done().unwrap();
    }

    /// A world with this many accounts.
    async fn with(accounts: usize, concurrency: usize) -> Self {
        let world = Self::start(concurrency).await;
        for number in 0..accounts {
            world.connect(number).await;
        }
        world
    }

    /// A run in so many minutes that may take its time.
    async fn run_in(&self, minutes: i64) -> Run {
        self.run_until(minutes, Instant::now() + Duration::from_hours(1)).await
    }

    async fn run_until(&self, minutes: i64, deadline: Instant) -> Run {
        self.function.run(Timestamp::now() + SignedDuration::from_mins(minutes), deadline).await
    }

    /// A post of account 0 that is to be published in so many minutes.
    async fn schedule(&self, minutes: i64, state: fn(Timestamp) -> TargetState) {
        let now = Timestamp::now();
        let at = now + SignedDuration::from_mins(minutes);
        let post = PostRecord {
            id: "post_1".parse().unwrap(),
            tenant: self.tenant.clone(),
            text: String::new(),
            title: None,
            media_ids: Vec::new(),
            created_at: now,
            scheduled_at: Some(at),
            warnings: Vec::new(),
            retry_count: 0,
        };
        let target = TargetRecord {
            tenant: self.tenant.clone(),
            post: post.id.clone(),
            account: "acc_0".parse().unwrap(),
            version: 1,
            state: state(at),
            settings: VideoSettings {
                post_mode: PostMode::Direct,
                caption: Caption::default(),
                privacy_level: Some(PrivacyLevel::SelfOnly),
                disclosure: Disclosure::default(),
                interactions: Interactions::default(),
                is_aigc: false,
                video_cover_timestamp_ms: None,
            },
            media: TargetMedia::Verified(MediaRef {
                id: "med_1".parse().unwrap(),
                s3_key: String::new(),
                etag: String::new(),
                size_bytes: 1,
                video_type: FileKind::Mp4,
            }),
            username: None,
            accepted_at: now,
            give_up_at: at,
            updated_at: now,
            claimed_until: None,
            due_at: Some(Epoch::from(at)),
            requeues: 0,
            tiktok_status: None,
            timeline: Vec::new(),
        };
        let (media, imports, guards) = (Vec::new(), Vec::new(), Vec::new());
        let new = NewPost { post, targets: vec![target], media, imports, guards };
        assert_eq!(self.function.posts.create(&new, &self.media, now).await.unwrap(), Write::Done(()));
    }

    fn asked(&self) -> usize {
        self.tiktok.ledger().requests_to(Endpoint::Refresh).len()
    }
}

#[tokio::test]
async fn a_run_renews_what_is_due_once() {
    let world = World::with(5, 2).await;
    assert_eq!(world.run_in(109).await, Run::default());
    assert_eq!(world.run_in(111).await, Run { renewed: 5, ..Run::default() });
    assert_eq!(world.run_in(109).await, Run::default());
    assert_eq!(world.asked(), 5);
}

fn scheduled(at: Timestamp) -> TargetState {
    TargetState::Scheduled { at }
}

fn deferred(until: Timestamp) -> TargetState {
    TargetState::Deferred { attempt: 1, until, why: DeferReason::CreatorCap }
}

#[tokio::test]
async fn a_post_that_is_due_soon_finds_its_account_with_a_fresh_token() {
    for state in [scheduled, deferred] {
        let world = World::with(2, 2).await;
        assert_eq!(world.run_in(106).await, Run::default(), "not due by itself yet");
        world.schedule(116, state).await;
        assert_eq!(world.run_in(100).await, Run::default(), "the post is not due soon");
        assert_eq!(world.run_in(104).await, Run::default(), "the token outlives the look ahead");
        assert_eq!(world.run_in(106).await, Run { renewed: 1, ..Run::default() });
        assert_eq!(world.run_in(104).await, Run::default(), "the new token outlives it, too");
    }
}

#[tokio::test]
async fn what_a_deadline_leaves_the_next_run_renews() {
    let world = World::with(5, 2).await;
    assert_eq!(world.run_until(115, Instant::now()).await, Run { cut_short: true, ..Run::default() });
    assert_eq!(world.asked(), 0);
    assert_eq!(world.run_in(115).await.renewed, 5);
}

#[tokio::test]
async fn no_more_renewals_run_at_once_than_allowed_and_what_was_begun_is_ended() {
    let world = World::with(7, 3).await;
    // No answer comes before the deadline: what is asked by then is what runs at once.
    world.tiktok.fault(Fault::on(Endpoint::Refresh, Action::Delay { millis: 2500 }));
    let run = world.run_until(115, Instant::now() + Duration::from_secs(2)).await;
    assert_eq!(run, Run { renewed: 3, cut_short: true, ..Run::default() });
    assert_eq!(world.asked(), 3);
    world.tiktok.clear_faults();
    assert_eq!(world.run_in(115).await, Run { renewed: 7, ..Run::default() });
}

#[tokio::test]
async fn while_tiktok_is_down_renewals_rest_ever_longer_and_no_account_is_lost() {
    let world = World::with(1, 1).await;
    let fault = world.tiktok.fault(Fault::on(Endpoint::Refresh, Action::StatusBefore { status: 503, code: None }));
    // The accounts' times are of the real clock; from here on they are what was put off.
    let put_off = Run { put_off: 1, ..Run::default() };
    assert_eq!(world.run_in(115).await, put_off);
    assert_eq!(world.run_in(4).await, Run::default(), "it rests");
    assert_eq!(world.run_in(8).await, put_off);
    assert_eq!(world.run_in(9).await, Run::default(), "it rests longer");
    let account = world.function.accounts.get(&world.tenant, &"acc_0".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((account.status, account.refresh_failures), (AccountStatus::Active, 2));
    world.tiktok.remove_fault(fault);
    assert_eq!(world.run_in(16).await, Run { renewed: 1, ..Run::default() });
}

#[tokio::test]
async fn a_revoked_account_is_lost_once() {
    let world = World::with(2, 2).await;
    let revoked = world.tiktok.users().pop().unwrap();
    assert!(world.tiktok.revoke_by_user(&revoked, 1));
    assert_eq!(world.run_in(115).await, Run { renewed: 1, lost: 1, ..Run::default() });
    assert_eq!(world.run_in(116).await.lost, 0);
}

#[tokio::test]
async fn a_part_of_the_index_that_can_not_be_read_does_not_stop_the_others() {
    let world = World::with(20, 4).await;
    // The SDK asks three times: the posts that are due soon, then the first part of the accounts' index.
    world.aws.fail_next("DynamoDB.Query", 6, 500);
    let run = world.run_in(115).await;
    assert_eq!((run.unread, run.put_off, run.lost), (2, 0, 0));
    assert!((1..20).contains(&run.renewed), "{run:?}");
    // Two hours on, the rest is due: so are all of them, renewed anew.
    assert_eq!(world.run_in(115).await, Run { renewed: 20, ..Run::default() });
}
