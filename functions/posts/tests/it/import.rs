//! Files of posts.

use std::time::{Duration, SystemTime};

use axum::body::Body;
use futures_util::future::join_all;
use http::Request;
use lambda_http::{Context, RequestExt as _};
use serde_json::{Value, json};
use slipway_domain::{Content, PostStatus};
use workbench::form::{form, form_type};
use workbench::{Answer, Caller};

use crate::world::{Party, World};

const IN_A_DAY: &str = "2027-03-01T12:00:00Z";

/// A form with this file.
pub(crate) fn csv_form(file: &[u8]) -> Vec<u8> {
    form(&[("file", Some("posts.csv"), file)])
}

/// A file of drafts with these texts.
pub(crate) fn drafts(owner: &Party, texts: &[&str]) -> Vec<u8> {
    let rows = texts.iter().map(|text| format!("{text},{},{},private\n", owner.account.id, owner.media.id));
    let rows: String = rows.collect();
    format!("text,account_ids,media_ids,visibility\n{rows}").into_bytes()
}

impl World {
    pub(crate) async fn import(&self, caller: &Caller, query: &str, key: Option<&str>, file: &[u8]) -> Answer {
        Answer::to(&self.router, request(caller, query, key, file)).await
    }

    /// The texts of the tenant's posts, sorted.
    async fn texts(&self) -> Vec<String> {
        let list = self.owner.caller.get(&self.router, "/v1/posts?limit=100").await.expect(200);
        let texts = list["data"].as_array().unwrap().iter().map(|post| post["text"].as_str().unwrap().to_owned());
        let mut texts: Vec<_> = texts.collect();
        texts.sort();
        texts
    }
}

fn request(caller: &Caller, query: &str, key: Option<&str>, file: &[u8]) -> Request<Body> {
    let request = caller.request("POST", &format!("/v1/posts/import{query}")).header("content-type", form_type());
    let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
    request.body(csv_form(file).into()).unwrap()
}

/// The counts of rows, posts and failures.
#[track_caller]
fn counts(answer: &Answer) -> [u64; 3] {
    let told = answer.expect(200);
    ["total_rows", "created", "failed"].map(|name| told[name].as_u64().unwrap())
}

fn ids(answer: &Answer) -> Vec<String> {
    let posts = answer.json()["posts"].clone();
    posts.as_array().unwrap().iter().map(|post| post["id"].as_str().unwrap().to_owned()).collect()
}

/// Each failed row and its column.
fn failed(answer: &Answer) -> Vec<(u64, String)> {
    let errors = answer.json()["errors"].clone();
    let of = |error: &Value| (error["row"].as_u64().unwrap(), error["field"].as_str().unwrap().to_owned());
    errors.as_array().unwrap().iter().map(of).collect()
}

#[tokio::test]
async fn each_row_becomes_a_post_and_a_bad_one_stops_no_other() {
    let world = World::start().await;
    let (owner, stranger, other) = (&world.owner, world.stranger().await, world.account().await);
    let (account, media) = (&owner.account.id, &owner.media.id);
    let (other, theirs, their_media) = (&other.id, &stranger.account.id, &stranger.media.id);
    let mut file = format!(
        "\u{feff}text,account_ids,media_ids,visibility,scheduled_at,platform_data\r\n\
         \"A draft, kept\",{account},{media},private,,\r\n\
         Scheduled,{account}|{other},{media},SELF_ONLY,{IN_A_DAY},\"{{\"\"disable_comment\"\":false}}\"\r\n\
         Not mine,{theirs},{media},private,,\r\n\
         Not my video,{account},{their_media},private,,\r\n\
         ,,,,,\r\n\
         Unsaid,{account},{media},,,\r\n\
         Past,{account},{media},private,2020-01-01T00:00:00Z,\r\n\
         Not offered,{account},{media},followers,,\r\n"
    )
    .into_bytes();
    file.extend_from_slice(format!("caf\u{e9},{account},{media},private,,\r\n").replace('\u{e9}', "?").as_bytes());
    let place = file.iter().rposition(|byte| *byte == b'?').unwrap();
    file[place] = 0xe9;
    let answer = world.import(&owner.caller, "", None, &file).await;
    assert_eq!(counts(&answer), [8, 2, 6], "{:#}", answer.json());
    let columns = ["account_ids", "media_ids", "visibility", "scheduled_at", "visibility", "text"];
    let expected: Vec<_> = (3..=8).zip(columns.map(str::to_owned)).collect();
    assert_eq!(failed(&answer), expected, "{:#}", answer.json());
    let told = answer.json();
    assert_eq!(told["errors"][0]["code"], "account.not_found");
    assert_eq!((&told["errors"][5]["line"], &told["dry_run"]), (&json!(10), &json!(false)));
    let statuses = [&told["posts"][0]["status"], &told["posts"][1]["status"]];
    assert_eq!(statuses, ["draft", "scheduled"]);
    assert_eq!(world.texts().await, ["A draft, kept", "Scheduled"]);
    let kept = world.kept(&world.bench.tenant, &ids(&answer)[1]).await;
    assert_eq!(kept.targets.len(), 2);
    assert_eq!(PostStatus::of(kept.targets.iter().map(|target| &target.state)), PostStatus::Scheduled);
    let allows = |content: &Content<_>| matches!(content, Content::Video { settings, .. } if !settings.interactions.disable_comment);
    assert!(kept.targets.iter().all(|target| allows(&target.content)));
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_makes_nothing() {
    let world = World::start().await;
    let owner = &world.owner;
    let mut file = drafts(owner, &["One", "Two"]);
    file.extend_from_slice(b"Three,acc_nobody,med_nothing,private\n");
    let before = world.bench.traces().await;
    let dry = world.import(&owner.caller, "?dry_run=true", Some("key"), &file).await;
    assert_eq!((counts(&dry), ids(&dry)), ([3, 0, 1], Vec::new()));
    // What TikTok reports about a creator is kept for a minute, and nothing else is.
    let accounts = world.bench.deployment.table("AccountsTable").unwrap();
    let mut traces = world.bench.traces().await.since(&before);
    traces.retain(|trace| !trace.contains(accounts));
    assert_eq!(traces, [""; 0]);
    let wet = world.import(&owner.caller, "?dry_run=false", Some("another key"), &file).await;
    assert_eq!((counts(&wet), failed(&wet)), ([3, 2, 1], failed(&dry)));
    let odd = world.import(&owner.caller, "?dry_run=yes", None, &file).await;
    odd.refused(400, "validation.field_invalid", "dry_run");
}

#[tokio::test]
async fn a_file_that_is_sent_again_makes_nothing_twice() {
    let world = World::start().await;
    let owner = &world.owner;
    // Two rows that are equal are two drafts.
    let file = drafts(owner, &["One", "Two", "One"]);
    let keyed = world.import(&owner.caller, "", Some("key"), &file).await;
    assert_eq!(counts(&keyed), [3, 3, 0]);
    let before = world.bench.traces().await;
    let again = world.import(&owner.caller, "", Some("key"), &file).await;
    assert!(again.is_replayed());
    assert_eq!(again.body, keyed.body);
    let other = world.import(&owner.caller, "", Some("key"), &drafts(owner, &["Three"])).await;
    other.refused(422, "idempotency.key_reused", "Idempotency-Key");
    assert_eq!(world.bench.traces().await.since(&before), [""; 0]);

    // Without a key: by the rows, also where others were mended meanwhile.
    let plain = world.import(&owner.caller, "", None, &file).await;
    assert_eq!(counts(&plain), [3, 3, 0]);
    let mended = world.import(&owner.caller, "", None, &drafts(owner, &["Zero", "One", "Two", "One"])).await;
    assert_eq!((counts(&mended), &ids(&mended)[1..]), ([4, 4, 0], &ids(&plain)[..]));
    assert_eq!(world.texts().await.len(), 3 + 3 + 1);
    // What was deleted may be imported again.
    let path = format!("/v1/posts/{}", ids(&plain)[1]);
    owner.caller.call(&world.router, "DELETE", &path, None).await.expect(200);
    let second = world.import(&owner.caller, "", None, &file).await;
    assert_eq!(counts(&second), [3, 3, 0]);
    assert_ne!(ids(&second)[1], ids(&plain)[1]);
}

#[tokio::test]
async fn rows_that_were_not_made_for_lack_of_time_are_made_by_a_repeat() {
    let world = World::start().await;
    let owner = &world.owner;
    let file = drafts(owner, &["One", "Two"]);
    let mut context = Context::default();
    let deadline = SystemTime::now() + Duration::from_secs(5);
    context.deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis().try_into().unwrap();
    let late = request(&owner.caller, "", Some("key"), &file).with_lambda_context(context);
    let late = Answer::to(&world.router, late).await;
    assert_eq!(counts(&late), [2, 0, 2]);
    assert!(late.json()["errors"][0]["message"].as_str().unwrap().starts_with("Not done"), "{:#}", late.json());
    assert_eq!(world.texts().await, [""; 0]);
    let again = world.import(&owner.caller, "", Some("key"), &file).await;
    assert_eq!((counts(&again), again.is_replayed()), ([2, 2, 0], false));
    assert!(world.import(&owner.caller, "", Some("key"), &file).await.is_replayed());
}

#[tokio::test]
async fn what_failed_on_our_side_is_made_by_a_repeat_and_the_rest_stays() {
    let world = World::start().await;
    let owner = &world.owner;
    let mut file = drafts(owner, &["One", "Two", "Three", "Four"]);
    file.extend_from_slice(b"Five,acc_nobody,med_nothing,private\n");
    let aws = world.bench.deployment.aws();
    // The first transaction is the file's own guard.
    aws.lose_next_answer("DynamoDB.TransactWriteItems", 1);
    let first = world.import(&owner.caller, "", Some("lost"), &file).await;
    assert_eq!(counts(&first), [5, 4, 1], "a lost answer is no failure: {:#}", first.json());

    aws.fail_next("DynamoDB.GetItem", 40, 500);
    let broken = world.import(&owner.caller, "", Some("key"), &file).await;
    aws.clear_faults();
    let broken_counts = if broken.status == 200 { counts(&broken) } else { [5, 0, 5] };
    assert!(broken_counts[1] < 4, "{:#}", broken.json());
    let whole = world.import(&owner.caller, "", Some("key"), &file).await;
    assert_eq!((counts(&whole), whole.is_replayed()), ([5, 4, 1], false));
    assert_eq!(world.texts().await.len(), 8);
    assert!(world.import(&owner.caller, "", Some("key"), &file).await.is_replayed());
}

#[tokio::test]
async fn twins_at_once_make_each_row_once() {
    let world = World::start().await;
    let owner = &world.owner;
    let file = drafts(owner, &["One", "Two", "Three"]);
    for key in [Some("key"), None] {
        let answers = join_all((0..4).map(|_| world.import(&owner.caller, "", key, &file))).await;
        for answer in &answers {
            assert_eq!((counts(answer), ids(answer)), ([3, 3, 0], ids(&answers[0])), "{key:?}");
        }
    }
    assert_eq!(world.texts().await.len(), 6);
}

#[tokio::test]
async fn the_same_content_twice_in_a_file_is_one_post_and_a_refusal() {
    let world = World::start().await;
    let Party { account, media, caller } = &world.owner;
    let row = |title: &str| format!("Hi,{title},{},{},private,{IN_A_DAY}\n", account.id, media.id);
    let rows: String = ["", "a", "b"].map(row).concat();
    let file = format!("text,title,account_ids,media_ids,visibility,scheduled_at\n{rows}");
    let answer = world.import(caller, "", None, file.as_bytes()).await;
    assert_eq!(counts(&answer), [3, 1, 2], "{:#}", answer.json());
    assert!(answer.json()["errors"].as_array().unwrap().iter().all(|error| error["code"] == "resource.conflict"));
}

#[tokio::test]
async fn a_file_that_can_not_be_taken_is_refused_whole() {
    let world = World::start().await;
    let owner = &world.owner;
    let before = world.bench.traces().await;
    let many: Vec<String> = (0..501).map(|number| number.to_string()).collect();
    let many = drafts(owner, &many.iter().map(String::as_str).collect::<Vec<_>>());
    for (file, field) in [
        (many, "file"),
        (vec![b'x'; 4_500_001], "file"),
        (b"text,nonsense\na,b".to_vec(), "account_ids"),
        (b"account_ids,account_ids\na,b".to_vec(), "file"),
    ] {
        let refused = world.import(&owner.caller, "", Some("key"), &file).await.expect(400);
        assert_eq!(refused["error"]["meta"]["field"], field, "{refused:#}");
    }
    let large = world.import(&owner.caller, "", None, &vec![b'x'; 4_500_001]).await.expect(400);
    let meta = &large["error"]["meta"];
    assert_eq!((&meta["max_bytes"], &meta["size_bytes"]), (&json!(4_500_000), &json!(4_500_001)));
    let strict = request(&owner.caller, "", None, b"account_ids,nonsense\na,b");
    let (mut parts, body) = strict.into_parts();
    parts.headers.insert("prefer", "handling=strict".parse().unwrap());
    let strict = Answer::to(&world.router, Request::from_parts(parts, body)).await;
    strict.refused(400, "validation.field_invalid", "nonsense");
    assert_eq!(world.bench.traces().await.since(&before), [""; 0]);
    let empty = world.import(&owner.caller, "", None, b"account_ids\n").await;
    assert_eq!(counts(&empty), [0, 0, 0]);
}

/// A minute has 60 requests, and three such files may meet two minutes.
#[tokio::test]
async fn ten_rows_count_as_one_more_request_and_what_is_above_the_limit_waits() {
    let mut world = World::start().await;
    world.limit("100".parse().unwrap());
    let texts: Vec<_> = (0..500).map(|number| format!("Row {number}")).collect();
    let file = drafts(&world.owner, &texts.iter().map(String::as_str).collect::<Vec<_>>());
    let (mut refused, mut answered) = (None, 0);
    for _ in 0..3 {
        let answer = world.import(&world.owner.caller, "?dry_run=true", None, &file).await;
        if answer.status == 429 {
            break;
        }
        answered += 1;
        let told = answer.expect(200);
        refused = refused.or(told["errors"].as_array().unwrap().first().cloned());
    }
    assert!((1..3).contains(&answered) || refused.is_some(), "{answered} files were taken");
    let first = refused.expect("some rows are refused");
    assert_eq!(first["code"], "ratelimit.exceeded", "{first:#}");
}
