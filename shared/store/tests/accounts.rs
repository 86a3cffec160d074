//! The accounts table on DynamoDB's stand-in.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test can not set up fails the test")]

use std::collections::BTreeSet;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_stand_in::{AwsStandIn, Options};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_domain::Sealed;
use slipway_domain::{AccountId, OpenId, TenantId};
use slipway_store::accounts::{
    AccountRecord, AccountStatus, Accounts, Acquired, Authorization, Connected, Connection, Flow, NotAcquired,
    NotTaken, Profile, REFRESH_SHARDS, Raced, ReconnectReason, RefreshLease, SealedTokens,
};
use slipway_store::{Conflict, Write};

struct Table {
    aws: AwsStandIn,
    accounts: Accounts,
}

impl Table {
    async fn start() -> Self {
        log_watch::start();
        let aws = AwsStandIn::start(Options::default()).await.unwrap();
        let definition = json!({
            "TableName": "accounts",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
                {"AttributeName": "open_id", "AttributeType": "S"},
                {"AttributeName": "refresh_shard", "AttributeType": "S"},
                {"AttributeName": "refresh_at", "AttributeType": "N"},
            ],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            "GlobalSecondaryIndexes": [{
                "IndexName": "by_open_id",
                "KeySchema": [
                    {"AttributeName": "open_id", "KeyType": "HASH"},
                    {"AttributeName": "pk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }, {
                "IndexName": "refresh_due",
                "KeySchema": [
                    {"AttributeName": "refresh_shard", "KeyType": "HASH"},
                    {"AttributeName": "refresh_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }],
        });
        aws.create_table(definition, Some("expires_at")).await.unwrap();
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region()))
            .credentials_provider(Credentials::new(aws.access_key_id(), aws.secret_access_key(), None, None, "test"))
            .endpoint_url(aws.endpoint())
            .build();
        let accounts = Accounts::new(aws_sdk_dynamodb::Client::from_conf(config), "accounts".to_owned());
        Self { aws, accounts }
    }

    async fn connected(&self, connection: &Connection) -> AccountRecord {
        match self.accounts.connect(connection, now()).await.unwrap() {
            Write::Done(Connected::New(account) | Connected::Again(account)) => *account,
            Write::Refused(Raced) => panic!("raced with nobody"),
        }
    }

    async fn current(&self, account: &AccountRecord) -> AccountRecord {
        self.accounts.get(&account.tenant, &account.id).await.unwrap().unwrap()
    }
}

fn now() -> Timestamp {
    "2026-11-22T12:00:00.123Z".parse().unwrap()
}

fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

fn tokens(generation: &str) -> SealedTokens {
    SealedTokens {
        access: Sealed::from_stored(format!("v1.0.k.n.access{generation}")),
        refresh: Sealed::from_stored(format!("v1.0.k.n.refresh{generation}")),
        access_expires_at: now() + SignedDuration::from_hours(2),
        refresh_expires_at: now() + SignedDuration::from_hours(24 * 180),
    }
}

fn scopes() -> BTreeSet<String> {
    ["video.publish".to_owned(), "video.upload".to_owned()].into()
}

fn connection(tenant_name: &str, account: &str, open_id: &str) -> Connection {
    Connection {
        tenant: tenant(tenant_name),
        id: account.parse().unwrap(),
        open_id: OpenId::new(open_id),
        brand: None,
        profile: Some(Profile { username: Some("maker".to_owned()), follower_count: Some(7), ..Profile::default() }),
        scopes: scopes(),
        tokens: tokens("1"),
    }
}

fn lease(owner: &str, until: Timestamp) -> RefreshLease {
    RefreshLease { owner: owner.to_owned(), until }
}

fn soon() -> Timestamp {
    now() + SignedDuration::from_secs(20)
}

#[tokio::test]
async fn a_connected_account_reads_back_as_it_was_written() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    assert_eq!(table.current(&account).await, account);
    assert_eq!((account.version, account.status), (1, AccountStatus::Active));
    assert_eq!(table.accounts.get(&tenant("ten_2"), &account.id).await.unwrap(), None, "another tenant sees nothing");
}

#[tokio::test]
async fn reconnecting_keeps_the_id_and_repairs_the_account() {
    let table = Table::start().await;
    let first = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    table.accounts.require_reconnect(&first, ReconnectReason::RefreshRefused, now()).await.unwrap().done().unwrap();
    let id = table.accounts.account_of(&first.tenant, &first.open_id).await.unwrap();
    assert_eq!(id, Some(first.id.clone()));
    let again = Connection { tokens: tokens("2"), profile: None, ..connection("ten_1", "acc_1", "open-1") };
    let again = table.connected(&again).await;
    assert_eq!(again.profile, first.profile, "what TikTok did not tell is kept");
    assert_eq!((again.version, &again.status, &again.tokens), (2, &AccountStatus::Active, &tokens("2")));
    assert_eq!(table.current(&first).await, again);
}

#[tokio::test]
async fn of_two_first_connections_of_one_user_one_becomes_the_account() {
    let table = Table::start().await;
    let (one, other) = (connection("ten_1", "acc_1", "open-1"), connection("ten_1", "acc_2", "open-1"));
    let (one, other) = tokio::join!(table.accounts.connect(&one, now()), table.accounts.connect(&other, now()));
    let outcomes = [one.unwrap(), other.unwrap()];
    let new = outcomes.iter().filter(|outcome| matches!(outcome, Write::Done(Connected::New(_)))).count();
    let raced = outcomes.iter().filter(|outcome| matches!(outcome, Write::Refused(Raced))).count();
    assert_eq!((new, raced), (1, 1), "{outcomes:?}");
    assert_eq!(table.accounts.list(&tenant("ten_1"), &[], None, 10).await.unwrap().accounts.len(), 1);
}

#[tokio::test]
async fn one_user_in_two_tenants_is_two_accounts_and_found_in_both() {
    let table = Table::start().await;
    table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    table.connected(&connection("ten_2", "acc_2", "open-1")).await;
    table.connected(&connection("ten_2", "acc_3", "open-2")).await;
    let found = table.accounts.by_open_id(&OpenId::new("open-1")).await.unwrap();
    let found: BTreeSet<(String, String)> =
        found.iter().map(|(tenant, account)| (tenant.to_string(), account.to_string())).collect();
    let expected = [("ten_1", "acc_1"), ("ten_2", "acc_2")].map(|(t, a)| (t.to_owned(), a.to_owned()));
    assert_eq!(found, expected.into());
}

#[tokio::test]
async fn a_list_is_paged_without_gaps_and_filtered_by_brand() {
    let table = Table::start().await;
    for n in 0..7 {
        let brand = (n % 2 == 1).then(|| "brand_odd".parse().unwrap());
        let connection = Connection { brand, ..connection("ten_1", &format!("acc_{n}"), &format!("open-{n}")) };
        table.connected(&connection).await;
    }
    let mut seen = Vec::new();
    let mut after: Option<AccountId> = None;
    loop {
        let page = table.accounts.list(&tenant("ten_1"), &[], after.as_ref(), 3).await.unwrap();
        seen.extend(page.accounts.iter().map(|account| account.id.to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..7).map(|n| format!("acc_{n}")).collect::<Vec<_>>());
    let odd = table
        .accounts
        .list(&tenant("ten_1"), &["brand_odd".parse().unwrap(), "brand_none".parse().unwrap()], None, 3)
        .await
        .unwrap();
    assert_eq!((odd.accounts.len(), odd.next), (3, None), "a full last page has no next one");
}

#[tokio::test]
async fn one_of_many_gets_the_lease_and_a_dead_holder_loses_it() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    let acquire = |owner: &str, at: Timestamp| {
        let (accounts, account) = (table.accounts.clone(), account.clone());
        let lease = lease(owner, at + SignedDuration::from_secs(20));
        async move { accounts.acquire_refresh_lease(&account, &lease, at).await.unwrap() }
    };
    assert!(matches!(acquire("one", now()).await, Write::Done(Acquired { interrupted: false })));
    assert!(matches!(acquire("two", now()).await, Write::Refused(NotAcquired::Busy { until }) if until == soon()));
    let again = acquire("one", now()).await;
    assert!(matches!(again, Write::Done(Acquired { interrupted: false })), "a repeated call knows its own work");
    let late = now() + SignedDuration::from_secs(21);
    let taken = acquire("two", late).await;
    assert!(matches!(taken, Write::Done(Acquired { interrupted: true })), "somebody died with it: {taken:?}");
}

#[tokio::test]
async fn a_lease_given_back_leaves_no_mark_and_an_abandoned_one_does() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    let (one, two, three) = (lease("one", soon()), lease("two", soon()), lease("three", soon()));
    table.accounts.acquire_refresh_lease(&account, &one, now()).await.unwrap().done().unwrap();
    table.accounts.release_refresh_lease(&account, &two).await.unwrap();
    let held = table.accounts.acquire_refresh_lease(&account, &two, now()).await.unwrap();
    assert!(matches!(held, Write::Refused(NotAcquired::Busy { .. })), "only its holder gives it back: {held:?}");

    table.accounts.release_refresh_lease(&account, &one).await.unwrap();
    let free = table.accounts.acquire_refresh_lease(&account, &two, now()).await.unwrap();
    assert!(matches!(free, Write::Done(Acquired { interrupted: false })), "{free:?}");

    table.accounts.abandon_refresh_lease(&account, &two, now()).await.unwrap();
    let marked = table.accounts.acquire_refresh_lease(&account, &three, now()).await.unwrap();
    assert!(matches!(marked, Write::Done(Acquired { interrupted: true })), "{marked:?}");
}

#[tokio::test]
async fn new_tokens_end_the_lease_and_whoever_waited_finds_them() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    table.accounts.acquire_refresh_lease(&account, &lease("one", soon()), now()).await.unwrap().done().unwrap();
    let written = table.accounts.rotate_tokens(&account, &tokens("2"), &scopes(), now()).await.unwrap();
    let Write::Done(rotated) = written else { panic!("{written:?}") };
    assert_eq!((rotated.version, &rotated.lease, &rotated.tokens), (2, &None, &tokens("2")));

    let waited = table.accounts.acquire_refresh_lease(&account, &lease("two", soon()), now()).await.unwrap();
    let Write::Refused(NotAcquired::Conflict(Conflict::Changed(found))) = waited else { panic!("{waited:?}") };
    assert_eq!(*found, rotated);
}

#[tokio::test]
async fn a_lost_answer_to_the_write_of_new_tokens_does_not_lose_them() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    // The SDK repeats the call; the repetition meets the version that the first one has written.
    table.aws.lose_next_answer("DynamoDB.UpdateItem", 1);
    let written = table.accounts.rotate_tokens(&account, &tokens("2"), &scopes(), now()).await.unwrap();
    assert!(matches!(written, Write::Done(ref account) if account.version == 2), "{written:?}");
}

#[tokio::test]
async fn a_verdict_on_old_tokens_does_not_touch_new_ones() {
    let table = Table::start().await;
    let old = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    table.accounts.rotate_tokens(&old, &tokens("2"), &scopes(), now()).await.unwrap().done().unwrap();
    let late = table.accounts.require_reconnect(&old, ReconnectReason::RefreshRefused, now()).await.unwrap();
    assert!(
        matches!(late, Write::Refused(Conflict::Changed(ref current)) if current.status == AccountStatus::Active),
        "{late:?}"
    );
    let late = table.accounts.rotate_tokens(&old, &tokens("x"), &scopes(), now()).await.unwrap();
    assert!(matches!(late, Write::Refused(Conflict::Changed(_))), "{late:?}");
    assert_eq!(table.current(&old).await.tokens, tokens("2"));
}

#[tokio::test]
async fn a_slow_refresher_heals_what_others_took_for_lost() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    table.accounts.acquire_refresh_lease(&account, &lease("slow", soon()), now()).await.unwrap().done().unwrap();
    table.accounts.require_reconnect(&account, ReconnectReason::RefreshLost, now()).await.unwrap().done().unwrap();
    let others = table.accounts.acquire_refresh_lease(&account, &lease("two", soon()), now()).await.unwrap();
    assert!(
        matches!(others, Write::Refused(NotAcquired::Conflict(Conflict::Changed(_)))),
        "nobody asks TikTok again: {others:?}"
    );
    table.accounts.rotate_tokens(&account, &tokens("2"), &scopes(), now()).await.unwrap().done().unwrap();
    assert_eq!(table.current(&account).await.status, AccountStatus::Active);
}

#[tokio::test]
async fn a_forgotten_account_is_gone_but_not_one_that_was_reconnected_meanwhile() {
    let table = Table::start().await;
    let old = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    let new = table.connected(&Connection { tokens: tokens("2"), ..connection("ten_1", "acc_1", "open-1") }).await;
    assert!(!table.accounts.forget(&old).await.unwrap().is_done());
    assert!(table.accounts.forget(&new).await.unwrap().is_done());
    assert!(table.accounts.forget(&new).await.unwrap().is_done(), "a repetition is no failure");
    assert_eq!(table.accounts.account_of(&new.tenant, &new.open_id).await.unwrap(), None);
    assert!(table.accounts.by_open_id(&new.open_id).await.unwrap().is_empty());
    let gone = table.accounts.rotate_tokens(&new, &tokens("3"), &scopes(), now()).await.unwrap();
    assert!(matches!(gone, Write::Refused(Conflict::Gone)), "a late write does not bring it back: {gone:?}");
    table.accounts.touch(&new, now()).await.unwrap();
    assert_eq!(table.accounts.get(&new.tenant, &new.id).await.unwrap(), None);
}

fn authorization() -> Authorization {
    Authorization {
        tenant: tenant("ten_1"),
        brand: None,
        flow: Flow::Callback { return_to: Some("https://app.example/done".to_owned()) },
        redirect_uri: "https://api.example/oauth/callback/tiktok".to_owned(),
        caller_state: Some("mine".to_owned()),
        good_until: soon(),
    }
}

#[tokio::test]
async fn a_state_is_good_once() {
    let table = Table::start().await;
    table.accounts.begin_authorization("state-1", &authorization()).await.unwrap();
    assert_eq!(table.accounts.authorization("state-1").await.unwrap(), Some(authorization()));
    let takers = ["a", "b", "c", "d"].map(|taker| table.accounts.take_authorization("state-1", taker, now()));
    let mut good = 0;
    for taken in futures_util::future::join_all(takers).await {
        match taken.unwrap() {
            Write::Done(taken) => {
                assert_eq!(taken, authorization());
                good += 1;
            }
            Write::Refused(NotTaken::Used(taken)) => assert_eq!(taken, authorization()),
            other @ Write::Refused(_) => panic!("{other:?}"),
        }
    }
    assert_eq!(good, 1);
}

#[tokio::test]
async fn a_state_taken_with_a_lost_answer_is_still_its_takers() {
    let table = Table::start().await;
    table.accounts.begin_authorization("state-1", &authorization()).await.unwrap();
    table.aws.lose_next_answer("DynamoDB.UpdateItem", 1);
    let taken = table.accounts.take_authorization("state-1", "a", now()).await.unwrap();
    assert_eq!(taken, Write::Done(authorization()));
}

#[tokio::test]
async fn an_expired_state_is_refused_though_the_table_still_has_it() {
    let table = Table::start().await;
    table.accounts.begin_authorization("state-1", &authorization()).await.unwrap();
    let taken = table.accounts.take_authorization("state-1", "a", soon()).await.unwrap();
    assert_eq!(taken, Write::Refused(NotTaken::Expired(authorization())));
    let taken = table.accounts.take_authorization("state-1", "b", soon()).await.unwrap();
    assert_eq!(taken, Write::Refused(NotTaken::Used(authorization())));
}

#[tokio::test]
async fn a_forged_state_is_unknown() {
    let table = Table::start().await;
    assert_eq!(
        table.accounts.take_authorization("forged", "a", now()).await.unwrap(),
        Write::Refused(NotTaken::Unknown)
    );
    assert_eq!(table.accounts.authorization("forged").await.unwrap(), None);
}

/// The accounts that are due at this time, by their ids.
async fn due(table: &Table, at: Timestamp) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for shard in 0..REFRESH_SHARDS {
        let mut cursor = None;
        loop {
            let page = table.accounts.due_for_refresh(shard, at, 2, cursor).await.unwrap();
            found.extend(page.accounts.iter().map(|(_, account)| account.to_string()));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    found
}

fn hours(count: i64) -> Timestamp {
    now() + SignedDuration::from_hours(count)
}

#[tokio::test]
async fn an_account_is_due_shortly_before_its_token_ends_while_that_helps() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    assert_eq!(account.refresh_at.unwrap().to_string(), "2026-11-22T13:50:00Z");
    assert!(due(&table, hours(1)).await.is_empty());
    assert_eq!(due(&table, hours(2)).await, ["acc_1".to_owned()].into());

    let newer = SealedTokens { access_expires_at: hours(4), ..tokens("2") };
    table.accounts.rotate_tokens(&account, &newer, &scopes(), hours(2)).await.unwrap().done().unwrap();
    let account = table.current(&account).await;
    assert_eq!(account.last_used_at, now(), "renewing is not using");
    assert!(due(&table, hours(3)).await.is_empty());
    assert_eq!(due(&table, hours(4)).await, ["acc_1".to_owned()].into());

    table.accounts.require_reconnect(&account, ReconnectReason::RefreshRefused, now()).await.unwrap().done().unwrap();
    assert!(due(&table, hours(1_000_000)).await.is_empty(), "only the creator can help now");
    table.connected(&Connection { tokens: tokens("3"), ..connection("ten_1", "acc_1", "open-1") }).await;
    assert_eq!(due(&table, hours(2)).await, ["acc_1".to_owned()].into());
    assert!(table.accounts.forget(&table.current(&account).await).await.unwrap().is_done());
    assert!(due(&table, hours(1_000_000)).await.is_empty());
}

#[tokio::test]
async fn a_pile_of_due_accounts_is_read_page_by_page() {
    let table = Table::start().await;
    for n in 0..50 {
        table.connected(&connection("ten_1", &format!("acc_{n}"), &format!("open-{n}"))).await;
    }
    assert_eq!(due(&table, hours(2)).await, (0..50).map(|n| format!("acc_{n}")).collect());
}

#[tokio::test]
async fn a_failed_renewal_is_put_off_once_and_never_hides_a_newer_plan() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    assert!(table.accounts.put_off_refresh(&account, hours(3)).await.unwrap().is_done());
    assert!(!table.accounts.put_off_refresh(&account, hours(9)).await.unwrap().is_done(), "a twin has done so");
    let put_off = table.current(&account).await;
    assert_eq!((put_off.refresh_failures, put_off.version), (1, account.version));
    assert!(due(&table, hours(2)).await.is_empty());
    assert_eq!(due(&table, hours(3)).await, ["acc_1".to_owned()].into());

    table.accounts.rotate_tokens(&put_off, &tokens("2"), &scopes(), now()).await.unwrap().done().unwrap();
    assert!(!table.accounts.put_off_refresh(&put_off, hours(9)).await.unwrap().is_done(), "it was renewed meanwhile");
    assert_eq!(table.current(&account).await.refresh_failures, 0);
    assert_eq!(due(&table, hours(2)).await, ["acc_1".to_owned()].into());
}

#[tokio::test]
async fn an_idle_account_is_only_kept_alive_until_it_is_used_again() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    let later = hours(24 * 8);
    let newer = SealedTokens { access_expires_at: later + SignedDuration::from_hours(2), ..tokens("2") };
    table.accounts.rotate_tokens(&account, &newer, &scopes(), later).await.unwrap().done().unwrap();
    let idle = table.current(&account).await;
    assert_eq!(idle.refresh_at.unwrap().as_second(), hours(24 * (8 + 86)).as_second());

    table.accounts.touch(&idle, later).await.unwrap();
    let used = table.current(&account).await;
    assert_eq!(used.last_used_at, later);
    assert_eq!(used.refresh_at.unwrap().as_second(), (later + SignedDuration::from_mins(110)).as_second());
    assert_eq!(due(&table, later + SignedDuration::from_hours(2)).await, ["acc_1".to_owned()].into());

    table.accounts.require_reconnect(&used, ReconnectReason::RefreshRefused, later).await.unwrap().done().unwrap();
    table.accounts.touch(&used, later).await.unwrap();
    assert!(due(&table, hours(1_000_000)).await.is_empty(), "a use that comes late does not bring it back");
}
