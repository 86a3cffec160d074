//! All that a tenant has is told once, to its own key, and without what opens something.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_domain::{
    BrandId, EventType, InviteId, MediaId, Mode, OpenId, Reach, Sealed, TargetState, TenantId, WebhookId,
};
use slipway_store::accounts::{InviteRecord, RedirectUriRecord};
use slipway_store::events::{Happened, LogEntry};
use slipway_store::media::{MediaRecord, SourceUrl};
use slipway_store::posts::Change;
use slipway_store::webhooks::WebhookRecord;
use uuid::Uuid;
use workbench::{Caller, new_tenant};

use crate::support::World;

const EXPORT: &str = "/v1/users/me/export";
/// More than a page.
const MEDIA: usize = 102;
const POSTS: usize = 26;
const KINDS: [&str; 10] =
    ["tenant", "key", "brand", "account", "redirect_uri", "invite", "media", "post", "webhook", "event"];

/// What was told, by space and kind, in the order in which it came.
type Told = Vec<(String, String, Value)>;

/// Every line of every page, verbatim, with `limit` in the query if it is not empty.
async fn walk(world: &World, caller: &Caller, limit: &str) -> (Told, String) {
    let (mut told, mut text, mut cursor) = (Vec::new(), String::new(), String::new());
    loop {
        let page = caller.get(&world.router, &format!("{EXPORT}?limit={limit}&cursor={cursor}")).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(text.len() < 10_000_000, "the export has no end");
        assert_eq!(page.headers["content-type"], "application/x-ndjson");
        assert!(page.body.len() < 4_000_000 && page.body.ends_with(b"\n"), "{} bytes", page.body.len());
        text.push_str(page.text());
        let mut lines: Vec<Value> = page.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let end = lines.pop().unwrap();
        assert_eq!((&end["kind"], end.as_object().unwrap().len()), (&json!("page"), 2), "{end}");
        let kinds: BTreeSet<_> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
        assert!(kinds.len() <= 1, "a page is of one kind: {kinds:?}");
        assert!(lines.len() <= if kinds.contains("post") { 25 } else { 100 }, "{} {kinds:?}", lines.len());
        let said = |value: &Value| value.as_str().unwrap().to_owned();
        told.extend(lines.iter().map(|line| (said(&line["space"]), said(&line["kind"]), line["data"].clone())));
        match &end["next_cursor"] {
            Value::Null => return (told, text),
            next => cursor = said(next),
        }
    }
}

/// The ids of what is there, by space and kind; and what must not be told.
#[derive(Default)]
struct Filled {
    ids: BTreeMap<(String, String), BTreeSet<String>>,
    secrets: Vec<String>,
}

impl Filled {
    fn add(&mut self, space: &TenantId, kind: &str, id: &impl ToString) {
        let (space, kind) = (space.mode().as_str().to_owned(), kind.to_owned());
        assert!(self.ids.entry((space, kind)).or_default().insert(id.to_string()));
    }

    /// One space with something of each kind.
    async fn fill(&mut self, world: &World, space: &TenantId, creator: &OpenId) {
        let (bench, now) = (&world.bench, Timestamp::now());
        let owner = &bench.owner;
        self.add(space, "brand", &BrandId::default_of(space));
        self.add(space, "brand", &bench.make_brand(space, "brand_b").await);
        let account = bench.connect_user(space, creator.as_str()).await;
        self.add(space, "account", &account.id);
        self.secrets.extend([&account.tokens.access, &account.tokens.refresh].map(|token| token.as_str().to_owned()));

        let uri = RedirectUriRecord::new(space, "https://customer.example/done".to_owned(), None, now);
        assert!(owner.accounts.register_redirect_uri(space, &uri, None).await.unwrap().is_done());
        self.add(space, "redirect_uri", &uri.id);
        let token = format!("token-of-an-invite-{}", space.mode().as_str());
        let invite = InviteRecord {
            id: InviteId::from_uuid(Uuid::now_v7()),
            tenant: space.clone(),
            brand: BrandId::default_of(space),
            token_hash: InviteRecord::hash(&token),
            preview: token.chars().take(12).collect(),
            created_at: now,
            good_until: now + SignedDuration::from_hours(1),
        };
        assert!(owner.accounts.add_invite(&invite, None).await.unwrap().is_done());
        self.add(space, "invite", &invite.id);
        self.secrets.extend([invite.token_hash, invite.preview]);

        for _ in 2..MEDIA {
            self.add(space, "media", &bench.announced(space).await.id);
        }
        let going = bench.announced(space).await;
        assert!(owner.media.mark_deleting(&going, now).await.unwrap().is_done());
        let id = MediaId::from_uuid(Uuid::now_v7());
        let source = SourceUrl::new("https://somebody:a-password@files.example/video.mp4?signature=a-signature".into());
        let imported = MediaRecord::to_import(space.clone(), id.clone(), "video.mp4".to_owned(), source, now);
        assert!(owner.media.put(&imported).await.unwrap().is_done());
        self.add(space, "media", &id);
        let uploaded = bench.uploaded(space, workbench::fixture("index_first.mp4")).await;
        self.add(space, "media", &uploaded.id);
        self.secrets.extend(["a-password", "a-signature", "files.example", "X-Amz-Signature"].map(str::to_owned));

        let video = bench.absent_video(5_000_000);
        for _ in 0..POSTS {
            let target = bench.target_of(space, &account, &video, TargetState::Queued { attempt: 0 }).await;
            bench.write(&target, Change::to(TargetState::Cancelled, now).note("called off", None)).await;
            self.add(space, "post", &target.post);
        }

        let webhook = WebhookRecord::new(
            space.clone(),
            WebhookId::from_uuid(Uuid::now_v7()),
            "https://customer.example/hook".to_owned().into(),
            vec![EventType::PostPublished],
            (Sealed::from_stored("a-sealed-secret"), "whsec_hint".to_owned()),
            now,
        );
        let resource = webhook.id.to_string();
        let happened = Happened { kind: EventType::WebhookCreated, resource, accounts: Vec::new(), at: now };
        let entry = LogEntry::new(space.clone(), "made", happened, &json!({"webhook_id": webhook.id})).unwrap();
        assert!(owner.webhooks.add(&webhook, &entry, None, now).await.unwrap().is_done());
        self.add(space, "webhook", &webhook.id);
        self.secrets.extend(["a-sealed-secret", "whsec_hint"].map(str::to_owned));
    }

    /// What can only be known at the end: keys, the log, and what TikTok has handed out.
    async fn finish(&mut self, world: &World, tenant: &TenantId) {
        let owner = &world.bench.owner;
        for key in owner.tenants.all_keys(tenant).await.unwrap() {
            self.add(&key.tenant, "key", &key.id);
            self.secrets.push(key.hash.unwrap().0);
        }
        for space in tenant.spaces() {
            for entry in owner.events.list(&Reach::whole(&space), None, 1000).await.unwrap().entries {
                self.add(&space, "event", &entry.id);
            }
        }
        for grant in world.bench.tiktok.ledger().grants {
            self.secrets.extend(grant.access_tokens.into_iter().map(|token| token.token));
            self.secrets.push(grant.refresh_token);
        }
    }
}

/// A tenant with more than a page in both spaces, a key of its test space, and what is there.
async fn filled() -> (World, Caller, Filled) {
    let world = World::start().await;
    let mut filled = Filled::default();
    let tenant = world.bench.tenant.clone();
    let creator = world.bench.connect().await.open_id;
    for space in tenant.spaces() {
        Box::pin(filled.fill(&world, &space, &creator)).await;
    }
    let (made, tests) = world.made(json!({"name": "tests", "mode": "test"})).await;
    filled.secrets.push(made["raw_key"].as_str().unwrap().to_owned());
    filled.finish(&world, &tenant).await;
    // Somebody else has something, too.
    let stranger = new_tenant();
    world.bench.announced(&stranger).await;
    world.bench.caller(&stranger).await;
    (world, tests, filled)
}

#[tokio::test]
async fn an_export_tells_everything_once_and_no_secret() {
    let (world, tests, mut filled) = Box::pin(filled()).await;
    filled.add(&world.bench.tenant.clone(), "tenant", &world.bench.tenant);
    for limit in ["", "40"] {
        let (told, text) = walk(&world, &world.caller, limit).await;
        let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (space, kind, data) in &told {
            let id = data["id"].as_str().unwrap().to_owned();
            let is_new = found.entry((space.clone(), kind.clone())).or_default().insert(id);
            assert!(is_new, "told twice: {space} {kind} {data}");
        }
        assert_eq!(found, filled.ids);
        for secret in &filled.secrets {
            assert!(!secret.is_empty() && !text.contains(secret.as_str()), "it tells {secret}");
        }
        let places: Vec<_> = told
            .iter()
            .map(|(space, kind, _)| (space != "live", KINDS.iter().position(|known| known == kind).unwrap()))
            .collect();
        assert!(places.is_sorted(), "live comes first, and the kinds in their order");
        let post = told.iter().find(|(_, kind, _)| kind == "post").unwrap().2.clone();
        let account = post["targets"][0]["account_id"].as_str().unwrap();
        assert_eq!(post["effective"][account]["privacy_level"], "SELF_ONLY", "{post:#}");
        assert_eq!(post["timeline"][0]["account_id"], account, "{post:#}");
        assert_eq!(post["timeline"][0]["state"], "cancelled", "{post:#}");
    }

    let (told, _) = walk(&world, &tests, "").await;
    let is_of_tests = told.iter().all(|(space, ..)| space == Mode::Test.as_str());
    assert!(is_of_tests && told[0].1 == "tenant", "a test key is told of its own space alone");
    let of_tests: usize = filled.ids.iter().filter(|((space, _), _)| space == "test").map(|(_, ids)| ids.len()).sum();
    assert_eq!(told.len(), of_tests + 1);
}

#[tokio::test]
async fn only_the_tenants_own_key_of_the_same_mode_goes_on_where_a_page_ended() {
    let world = World::start().await;
    let (_, tests) = world.made(json!({"name": "tests", "mode": "test"})).await;
    let stranger = world.bench.caller(&new_tenant()).await;
    let next = async |caller: &Caller| {
        let page = caller.get(&world.router, EXPORT).await;
        let end: Value = serde_json::from_str(page.text().lines().last().unwrap()).unwrap();
        end["next_cursor"].as_str().unwrap().to_owned()
    };
    let (live, test) = (next(&world.caller).await, next(&tests).await);
    let mut altered = live.clone().into_bytes();
    altered[0] = if altered[0] == b'0' { b'1' } else { b'0' };
    let altered = String::from_utf8(altered).unwrap();
    // A cursor of another list, with the same key.
    world.made(json!({"name": "another"})).await;
    let of_keys = world.call("GET", "/v1/keys?limit=1", None).await.expect(200);
    let of_keys = of_keys["next_cursor"].as_str().unwrap();
    for (caller, cursor) in [
        (&stranger, live.as_str()),
        (&tests, live.as_str()),
        (&world.caller, test.as_str()),
        (&world.caller, altered.as_str()),
        (&world.caller, of_keys),
        (&world.caller, "nonsense"),
    ] {
        let answer = caller.get(&world.router, &format!("{EXPORT}?cursor={cursor}")).await;
        answer.refused(400, "validation.field_invalid", "cursor");
    }
    for (caller, cursor) in [(&world.caller, &live), (&tests, &test)] {
        assert_eq!(caller.get(&world.router, &format!("{EXPORT}?cursor={cursor}")).await.status, 200);
    }
    let narrow = world.bench.caller_with(&world.bench.tenant, &["accounts:read", "posts:read"], &[]).await;
    assert_eq!(narrow.get(&world.router, EXPORT).await.status, 403);
    let warned = world.call("GET", &format!("{EXPORT}?kind=post"), None).await;
    assert!(warned.text().contains(r#""warnings":["kind is not"#), "{}", warned.text());
}
