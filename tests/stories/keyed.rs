//! Requests with an `Idempotency-Key`, repeated by their caller while the function that works on them is killed at each
//! of its calls to AWS: what they ask for is made once.

use std::sync::Arc;
use std::time::Duration;

use aws_stand_in::Moment;
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Url};
use serde_json::{Value, json};
use tiktok_sim::Endpoint;

use crate::support::{Answer, Items, Setup, Site, World, die_at, has_died, until, video_of};

const FUNCTIONS: [&str; 2] = ["MediaFunction", "AccountsFunction"];
/// A video that may come in parts.
const LARGE: u64 = 70_000_000;

/// A request that makes something, and how much of that there is.
struct Keyed {
    path: &'static str,
    body: Value,
    /// A field whose value is the key, where no two bodies may be the same.
    varies: Option<&'static str>,
    /// What in the answer says what was made.
    made: &'static str,
    list: &'static str,
}

fn requests(world: &World, video: &str) -> [Keyed; 5] {
    let (uploads, media) = ("/v1/media/upload-url", "/v1/media");
    let (invites, uris) = ("/v1/invites", "/v1/oauth/redirect-uris");
    let invite = json!({"platform": "tiktok", "brand_id": world.brand, "expires_in_days": 1});
    let media_of = |path, body| Keyed { path, body, varies: None, made: "media_id", list: media };
    [
        media_of(uploads, json!({"size_bytes": 1000})),
        media_of(uploads, json!({"size_bytes": LARGE})),
        media_of("/v1/media/import", json!({"url": video})),
        Keyed { path: invites, body: invite, varies: None, made: "token", list: invites },
        Keyed { path: uris, body: json!({}), varies: Some("uri"), made: "id", list: uris },
    ]
}

async fn send(request: RequestBuilder, key: &str) -> Answer {
    Answer::read(request.header("Idempotency-Key", key).send().await.expect("the API answers")).await
}

/// Lets functions die at the first call to AWS, at the second and so on, until the request needs no further one. Answers
/// how often they died.
async fn dying(
    world: &Arc<World>,
    moment: Moment,
    name: &str,
    request: impl AsyncFn(&str) -> RequestBuilder,
    made: impl Fn(&Value) -> String,
    count: impl AsyncFn() -> usize,
) -> usize {
    let mut deaths = 0;
    for call in 1.. {
        let before = count().await;
        let key = format!("{name}-{moment:?}-{call}").replace('/', "-");
        die_at(world, &FUNCTIONS, call, moment);
        let made_it = until(Duration::from_secs(30), async || {
            let answer = send(request(&key).await, &key).await;
            (200..300).contains(&answer.status).then_some(answer.body)
        });
        let first = made_it.await.unwrap_or_else(|| panic!("{key} is never made:\n{}", world.story_of("")));
        let died = has_died(world, call);
        // Workers call AWS, too: the function may die of a call of theirs, after its answer.
        let again = until(Duration::from_secs(30), async || {
            let answer = send(request(&key).await, &key).await;
            (200..300).contains(&answer.status).then_some(answer)
        });
        let again = again.await.unwrap_or_else(|| panic!("{key} is never answered again:\n{}", world.story_of("")));
        assert!(again.headers.contains_key("idempotency-replayed"), "{key}: {:#}", again.body);
        assert_eq!(made(&again.body), made(&first), "{key}");
        assert_eq!(count().await, before + 1, "{key}: exactly one is made");
        if !died {
            break;
        }
        deaths += 1;
    }
    deaths
}

async fn killed_at_every_call(moment: Moment) {
    let site = Site::start().await;
    let parameters = [("ImportTrustedOrigins".to_owned(), site.origin())].into();
    let world = Arc::new(World::with(Setup { parameters, ..Setup::default() }).await);
    let requests = requests(&world, &site.file("/video.mp4", &video_of(100_000)));
    for (number, Keyed { path, body, varies, made, list }) in requests.into_iter().enumerate() {
        let name = format!("{number}{path}");
        let request = async |key: &str| {
            let mut body = body.clone();
            if let Some(field) = varies {
                body[field] = json!(format!("https://app.example/{key}"));
            }
            world.request("POST", path).json(&body)
        };
        let text = |answer: &Value| answer[made].as_str().unwrap_or_else(|| panic!("{answer:#}")).to_owned();
        let deaths = dying(&world, moment, &name, request, text, async || listed(&world, list).await).await;
        assert!(deaths >= 2, "{path}: only {deaths} deaths");
    }
    let video = video_of(100_000);
    let request = async |_: &str| {
        let file = Part::bytes(video.clone()).file_name("video.mp4");
        world.request("POST", "/v1/media/upload").multipart(Form::new().part("file", file))
    };
    let id = |answer: &Value| answer["media_id"].as_str().unwrap().to_owned();
    let deaths = dying(&world, moment, "upload", request, id, async || listed(&world, "/v1/media").await).await;
    assert!(deaths >= 4, "only {deaths} deaths");

    let request = async |_: &str| world.request("POST", "/v1/accounts/connect").json(&json!({"platform": "tiktok"}));
    let state = |answer: &Value| answer["state"].as_str().unwrap().to_owned();
    let states = async || Items::of(&world).authorizations().await;
    let deaths = dying(&world, moment, "connect", request, state, states).await;
    assert!(deaths >= 2, "only {deaths} deaths");
}

async fn listed(world: &World, list: &str) -> usize {
    let (mut count, mut path) = (0, format!("{list}?limit=100"));
    loop {
        let page = world.get(&path).await.expect(200);
        count += page["data"].as_array().unwrap().len();
        let Some(cursor) = page["next_cursor"].as_str() else { return count };
        path = format!("{list}?limit=100&cursor={cursor}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_right_before_any_call_to_aws_makes_nothing_twice() {
    killed_at_every_call(Moment::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_right_after_any_call_to_aws_makes_nothing_twice() {
    killed_at_every_call(Moment::After).await;
}

/// A file of two rows, each a transaction of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_posts_is_imported_once_wherever_its_function_dies() {
    let world = Arc::new(World::new().await);
    let media = world.upload(video_of(100_000)).await;
    for moment in [Moment::Before, Moment::After] {
        let mut deaths = 0;
        for call in 1.. {
            let rows = [1, 2].map(|row| format!("{moment:?} {call} {row},{},{media},private\n", world.account));
            let file = format!("text,account_ids,media_ids,visibility\n{}", rows.concat());
            let key = format!("{moment:?}-{call}");
            let import = async || {
                let form = Form::new().part("file", Part::text(file.clone()).file_name("posts.csv"));
                let answer = send(world.request("POST", "/v1/posts/import").multipart(form), &key).await;
                (answer.status == 200 && answer.body["failed"] == 0).then_some(answer)
            };
            let before = listed(&world, "/v1/posts").await;
            die_at(&world, &["PostsFunction"], call, moment);
            let made = until(Duration::from_secs(30), import).await;
            let made = made.unwrap_or_else(|| panic!("{key} is never imported:\n{}", world.story_of("")));
            let died = has_died(&world, call);
            let again = import().await.expect("it is answered again");
            assert!(again.headers.contains_key("idempotency-replayed"), "{key}: {:#}", again.body);
            assert_eq!(again.body, made.body, "{key}");
            assert_eq!(listed(&world, "/v1/posts").await, before + 2, "{key}: each row is one post");
            if !died {
                break;
            }
            deaths += 1;
        }
        assert!(deaths >= 10, "only {deaths} deaths");
    }
}

/// An exchange whose function dies can't be carried on: the code may be spent. But it is not asked for twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_at_any_call_of_an_exchange_spends_its_code_once() {
    const BACK: &str = "http://localhost:3000/cb";
    let world = Arc::new(World::new().await);
    let browser = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let (mut outcomes, mut deaths) = ([0, 0], 0);
    for call in 1.. {
        let wanted = json!({"platform": "tiktok", "metadata": {"redirect_uri": BACK}});
        let asked = world.post("/v1/accounts/connect", wanted).await.expect(202);
        let back = browser.get(asked["auth_url"].as_str().unwrap()).send().await.unwrap();
        let back: Url = back.headers()["location"].to_str().unwrap().parse().unwrap();
        let part = |name: &str| back.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        let metadata = json!({"redirect_uri": BACK, "state": part("state")});
        let body = json!({"platform": "tiktok", "code": part("code"), "metadata": metadata});
        let asked = world.tiktok.ledger().requests_to(Endpoint::Token).len();
        let key = format!("exchange {call}");
        die_at(&world, &FUNCTIONS, call, Moment::After);
        let ended = until(Duration::from_secs(30), async || {
            let answer = send(world.request("POST", "/v1/oauth/exchange").json(&body), &key).await;
            (answer.status == 201 || answer.body["error"]["code"] == "idempotency.in_progress").then_some(answer)
        });
        let ended = ended.await.unwrap_or_else(|| panic!("call {call} is never answered:\n{}", world.story_of("")));
        let died = has_died(&world, call);
        assert!(world.tiktok.ledger().requests_to(Endpoint::Token).len() <= asked + 1, "the code was sent once");
        outcomes[usize::from(ended.status == 201)] += 1;
        if ended.status == 201 {
            let again = send(world.request("POST", "/v1/oauth/exchange").json(&body), &key).await;
            assert!(again.headers.contains_key("idempotency-replayed"));
            assert_eq!(again.expect(201)["account_id"], ended.body["account_id"]);
        } else {
            assert!(ended.headers.contains_key("retry-after"));
        }
        if !died {
            break;
        }
        deaths += 1;
    }
    assert!(deaths >= 4 && outcomes.iter().all(|count| *count > 0), "{deaths} deaths, {outcomes:?}");
}
