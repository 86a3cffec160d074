//! Accounts that never fall off: whatever happens to a refresh, nobody is disconnected who need not be, and who has
//! to be is told so.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_stand_in::Moment;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tiktok_sim::{Action, Config, Endpoint, Fault, Outcome, RateLimits};

use crate::support::{Setup, World, die_at, has_died, until};

const API: &str = "AccountsFunction";
const SCHEDULED: &str = "RefreshTokensFunction";

/// A world in which a creator may be asked about as often as a story likes.
async fn world_of(tiktok: Config) -> World {
    let rate_limits = RateLimits { creator_info: None, ..RateLimits::default() };
    World::with(Setup { tiktok: Config { rate_limits, ..tiktok }, ..Setup::default() }).await
}

/// A call that needs a good token.
fn creator_info(world: &World) -> String {
    format!("/v1/accounts/{}/creator-info", world.account)
}

async fn account(world: &World) -> Value {
    world.get(&format!("/v1/accounts/{}", world.account)).await.expect(200)
}

fn asked(world: &World) -> usize {
    world.tiktok.ledger().requests_to(Endpoint::Refresh).len()
}

/// Refreshes that TikTok carried out, answered or not.
fn refreshed(world: &World) -> u64 {
    world.tiktok.ledger().grants.iter().map(|grant| grant.refreshes).sum()
}

async fn run_schedule(world: &World) {
    world.stack.run_schedule(SCHEDULED).await.unwrap_or_else(|error| panic!("{error}\n{}", world.story_of("")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_calls_at_once_on_an_expired_token_make_one_refresh() {
    let world = world_of(Config::default()).await;
    world.tiktok.expire_access_tokens(None);
    let path = creator_info(&world);
    let answers = futures_util::future::join_all((0..20).map(|_| world.get(&path))).await;
    for answer in answers {
        answer.expect(200);
    }
    assert!(world.stack.pids(API).unwrap().len() > 1, "the calls met in different processes");
    assert_eq!(asked(&world), 1);
}

/// The accounts table, as nobody but a story about crashes may look at it.
struct Table {
    client: Client,
    name: String,
}

impl Table {
    fn of(world: &World) -> Self {
        let name = world.stack.table("AccountsTable").unwrap().to_owned();
        Self { client: world.dynamodb.clone(), name }
    }

    async fn account(&self) -> std::collections::HashMap<String, AttributeValue> {
        let scan = self.client.scan().table_name(&self.name).filter_expression("attribute_exists(tokens)");
        scan.send().await.unwrap().items.unwrap().pop().expect("an account is stored")
    }

    /// Which pair of tokens is stored.
    async fn generation(&self) -> String {
        self.account().await["version"].as_n().unwrap().clone()
    }

    /// What the claim's twenty seconds do: whoever died with it counts as dead.
    async fn let_the_claim_end(&self) {
        let account = self.account().await;
        if !account.contains_key("lease") {
            return;
        }
        let update = self.client.update_item().table_name(&self.name);
        let update = update.key("pk", account["pk"].clone()).key("sk", account["sk"].clone());
        let update =
            update.update_expression("SET #lease.#until = :past").expression_attribute_names("#lease", "lease");
        let update = update.expression_attribute_names("#until", "until");
        update.expression_attribute_values(":past", AttributeValue::N("1".to_owned())).send().await.unwrap();
    }
}

/// Kills the API at every call to AWS of a call that refreshes, in turn. Answers how often the account was lost, which
/// it is only where TikTok's answer is in no place any more.
async fn killed_at_every_step_of_a_refresh(rotates: bool) -> usize {
    let world = Arc::new(world_of(Config { rotate_refresh_tokens: rotates, ..Config::default() }).await);
    let (table, path) = (Table::of(&world), creator_info(&world));
    let (mut lost, mut crashes) = (0, 0);
    for moment in [Moment::Before, Moment::After] {
        for call in 1.. {
            world.tiktok.expire_access_tokens(None);
            world.forget_creators().await;
            let (generation, before) = (table.generation().await, refreshed(&world));
            die_at(&world, &[API], call, moment);
            let answer = world.get(&path).await;
            let reached = has_died(&world, call);
            if !reached {
                answer.expect(200);
                break;
            }
            crashes += 1;
            let answer_lost = refreshed(&world) > before && table.generation().await == generation;
            table.let_the_claim_end().await;
            world.forget_creators().await;
            let answer = world.get(&path).await;
            if rotates && answer_lost {
                lost += 1;
                assert_ne!(answer.status, 200, "{moment:?} {call}");
                let account = account(&world).await;
                assert_eq!(account["status"], "reconnect_required", "{moment:?} {call}: {account:#}");
                assert_eq!(account["reconnect_reason"], "refresh_lost", "{moment:?} {call}: {account:#}");
                assert_eq!(world.connect().await, world.account, "reconnecting repairs it, under its id");
            } else {
                assert_eq!(answer.status, 200, "{moment:?} {call}: {:#}\n{}", answer.body, world.story_of(""));
            }
        }
    }
    assert!(crashes >= 8, "only {crashes} crashes");
    assert_eq!(account(&world).await["status"], "active");
    lost
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_at_any_step_of_a_refresh_loses_no_account_without_rotation() {
    assert_eq!(killed_at_every_step_of_a_refresh(false).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_tiktok_rotates_one_single_step_is_deadly_and_the_owner_is_told() {
    assert_eq!(killed_at_every_step_of_a_refresh(true).await, 1, "between TikTok's answer and its write, nowhere else");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schedule_goes_on_where_a_killed_run_left_off() {
    let life = Duration::from_secs(1);
    let world = world_of(Config { access_token_lifetime: life, ..Config::default() }).await;
    world.tiktok.configure(|config| config.access_token_lifetime = Duration::from_hours(2)).unwrap();
    world.tiktok.fault(Fault::on(Endpoint::Refresh, Action::StatusBefore { status: 503, code: None }).times(1));
    let killed = async {
        let tried = until(Duration::from_secs(30), async || (asked(&world) == 1).then_some(())).await;
        tried.expect("the run asks TikTok");
        world.stack.kill(SCHEDULED).await.expect("the stack lives");
    };
    let runs = async {
        while asked(&world) == 0 {
            let _ = world.stack.run_schedule(SCHEDULED).await;
        }
    };
    tokio::join!(killed, runs);
    Table::of(&world).let_the_claim_end().await;
    let done = until(Duration::from_secs(30), async || {
        run_schedule(&world).await;
        (refreshed(&world) == 1).then_some(())
    });
    done.await.unwrap_or_else(|| panic!("never refreshed\n{}", world.story_of("")));
    world.get(&creator_info(&world)).await.expect(200);
    assert_eq!(refreshed(&world), 1);
}

/// How long the functions wait for TikTok here, in seconds, and how long TikTok takes when it is slow.
const PATIENCE: &str = "3";
const TOO_LONG: u64 = 30_000;

/// A hundred accounts whose tokens live for a second are renewed by the schedule until five hundred new pairs have
/// arrived, while one token call in nineteen goes wrong in the first way, one in twenty-one in the second (more than a
/// tenth in all), and a few in the third. Not one account is disconnected, and each is good for a call in the end.
async fn nobody_is_disconnected(rotates: bool, [unavailable, slow, cut]: [Action; 3]) {
    let life = Duration::from_secs(1);
    let config = Config { access_token_lifetime: life, rotate_refresh_tokens: rotates, ..Config::default() };
    let parameters = [("TikTokTimeoutSeconds".to_owned(), PATIENCE.to_owned())].into();
    let world = World::with(Setup { tiktok: config, parameters, ..Setup::default() }).await;
    let newcomers = stream::iter(1..100).map(|_| world.connect_newcomer()).buffer_unordered(16);
    assert_eq!(newcomers.count().await, 99);

    for (action, every) in [(unavailable, 19), (slow, 21), (cut, 53)] {
        world.tiktok.fault(Fault::on(Endpoint::Refresh, action).every(every));
    }
    let arrived = || {
        let ledger = world.tiktok.ledger();
        let ok = Outcome::Answered { status: 200, code: "ok".to_owned() };
        ledger.requests_to(Endpoint::Refresh).iter().filter(|request| request.outcome == ok).count()
    };
    let done = until(Duration::from_mins(2), async || {
        run_schedule(&world).await;
        (arrived() >= 500).then_some(())
    });
    done.await.unwrap_or_else(|| panic!("{} new pairs\n{}", arrived(), world.story_of("")));

    let ledger = world.tiktok.ledger();
    let requests = ledger.requests_to(Endpoint::Refresh);
    let failed: Vec<_> = requests.iter().filter(|request| !request.faults.is_empty()).collect();
    let of = |outcome: &Outcome| failed.iter().filter(|request| request.outcome == *outcome).count();
    assert!(failed.len() * 10 >= requests.len(), "{} of {} calls went wrong", failed.len(), requests.len());
    let unavailable = Outcome::Answered { status: 503, code: "server_error".to_owned() };
    assert!(of(&unavailable) >= 20, "{failed:#?}");
    assert!(of(&Outcome::Unanswered) >= 20, "the functions gave up waiting: {failed:#?}");

    world.tiktok.clear_faults();
    world.tiktok.configure(|config| config.access_token_lifetime = Duration::from_hours(2)).unwrap();
    let accounts = world.get("/v1/accounts?limit=100").await.expect(200);
    let accounts = accounts["data"].as_array().unwrap();
    assert_eq!(accounts.len(), 100);
    for account in accounts {
        assert_eq!(account["status"], "active", "{account:#}");
        world.get(&format!("/v1/accounts/{}/creator-info", account["id"].as_str().unwrap())).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenth_of_the_calls_answering_503_or_timing_out_disconnects_nobody() {
    let unavailable = Action::StatusBefore { status: 503, code: None };
    nobody_is_disconnected(true, [unavailable, Action::Delay { millis: TOO_LONG }, Action::CutBefore]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenth_of_the_answers_lost_disconnects_nobody_without_rotation() {
    let unavailable = Action::StatusAfter { status: 503, code: None };
    nobody_is_disconnected(false, [unavailable, Action::DelayAnswer { millis: TOO_LONG }, Action::CutAfter]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_account_is_found_out_by_one_call_and_asked_about_no_more() {
    let setup = Setup { no_webhook: true, ..Setup::default() };
    let world = World::with(setup).await;
    let open_id = world.tiktok.users().remove(0);
    assert!(world.tiktok.revoke_by_user(&open_id, 1));
    let refused = world.get(&creator_info(&world)).await;
    assert!((400..500).contains(&refused.status), "{:#}", refused.body);
    assert_eq!(refused.body["error"]["meta"]["reconnect_reason"], "refresh_refused", "{:#}", refused.body);
    let account = account(&world).await;
    assert_eq!(
        (&account["status"], &account["reconnect_reason"]),
        (&json!("reconnect_required"), &json!("refresh_refused"))
    );
    assert_eq!(asked(&world), 1);
    world.get(&creator_info(&world)).await;
    run_schedule(&world).await;
    assert_eq!(asked(&world), 1, "there is nothing more to ask");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schedule_refreshes_what_is_due_and_nothing_else() {
    let world = world_of(Config::default()).await;
    run_schedule(&world).await;
    assert_eq!(asked(&world), 0, "two hours are a long time");
    world.tiktok.configure(|config| config.access_token_lifetime = Duration::from_secs(1)).unwrap();
    let due = world.connect_newcomer().await;
    world.tiktok.configure(|config| config.access_token_lifetime = Duration::from_hours(2)).unwrap();
    let done = until(Duration::from_secs(30), async || {
        run_schedule(&world).await;
        (asked(&world) > 0).then_some(())
    });
    done.await.expect("the short-lived token is refreshed");
    run_schedule(&world).await;
    assert_eq!(asked(&world), 1, "once");
    assert_eq!(world.tiktok.ledger().grant_of(&due).unwrap().refreshes, 1);
    let logs = world.logs();
    let line =
        logs.lines().find(|line| line.contains("tokens renewed ahead of use") && line.contains(r#"renewed\":1"#));
    assert!(line.is_some(), "a run says what it did:\n{logs}");
}
