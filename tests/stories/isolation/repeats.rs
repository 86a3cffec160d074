//! Others' names of requests: an `Idempotency-Key` is any text, and two tenants may choose the same one.

use jiff::Timestamp;
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Url};
use serde_json::{Value, json};
use tiktok_sim::User;

use super::owned::Owned;
use super::{OPEN, pairs, send};
use crate::rules::routes;
use crate::support::described::{operation, parameters};
use crate::support::{Answer, Receiver, Site, World, video_of};

const REPLAYED: &str = "idempotency-replayed";
/// Where creators come back to in exchanges.
const BACK: &str = "http://localhost:3000/cb";
/// What can't be done without a post that has failed. It is refused to both.
const OF_WHAT_FAILED: [&str; 2] = ["/v1/posts/{id}/resolve", "/v1/posts/{id}/retry"];

/// What is asked for.
struct Request {
    path: String,
    /// JSON; of a form what else than the same file is in it.
    body: Value,
}

/// Whoever asks, and what they have to ask with.
struct Party<'a> {
    world: &'a World,
    key: &'a str,
    has: &'a Owned,
    video: &'a str,
    /// What no other texts and addresses of its own have.
    mark: String,
}

impl Party<'_> {
    /// A request for this route about what the party has.
    async fn request(&self, method: &str, path: &str) -> Request {
        let Owned { brand, account, media, endpoint, .. } = self.has;
        let mark = &self.mark;
        let draft = |text: &str| {
            json!({
                "text": format!("{text} {mark}"), "media_ids": [media], "targets": [{"account_id": account}],
                "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}},
            })
        };
        let body = match (method, path) {
            // A file is all that is sent there.
            ("GET" | "DELETE", _) | (_, "/v1/media/upload") => Value::Null,
            (_, "/v1/accounts/connect") => json!({"platform": "tiktok"}),
            (_, "/v1/brands" | "/v1/keys") => json!({"name": "Repeated"}),
            (_, "/v1/invites") => json!({"platform": "tiktok", "brand_id": brand, "expires_in_days": 7}),
            (_, "/v1/media/import") => json!({"url": self.video}),
            (_, "/v1/media/upload-url") => json!({"size_bytes": 1000}),
            (_, "/v1/oauth/exchange") => self.consent().await,
            (_, "/v1/oauth/redirect-uris") => json!({"uri": format!("https://nobody.else.example/{mark}")}),
            (_, "/v1/posts") => draft("Repeated"),
            (_, "/v1/posts/import") => json!(format!("text,account_ids,media_ids\nRow {mark},{account},{media}\n")),
            (_, "/v1/posts/{id}") => json!({"text": "Changed"}),
            (_, "/v1/posts/{id}/resolve") => json!({"outcome": "not_published"}),
            (_, "/v1/webhooks") => json!({"url": endpoint, "events": ["post.published"]}),
            (_, "/v1/webhooks/{id}/test") => json!({"event_type": "post.published", "payload": {}}),
            _ if path.contains('{') => json!({}),
            _ => panic!("{method} {path}: say what two tenants could send there"),
        };
        // A post of its own, as nothing else has changed it.
        let path = match path.strip_prefix("/v1/posts/{id}") {
            Some(act) => {
                let draft =
                    self.world.request_with(self.key, "POST", "/v1/posts").json(&draft(&format!("{method}{act}")));
                format!("/v1/posts/{}{act}", text(&send(draft).await.expect(201)["id"]))
            }
            None => self.has.path(path),
        };
        Request { path, body }
    }

    async fn send(&self, method: &str, Request { path, body }: &Request, name: &str) -> Answer {
        let request = self.world.request_with(self.key, method, path).header("idempotency-key", name);
        let answer = send(with(request, path, body)).await;
        self.world.has_shown(&answer.body);
        answer
    }

    /// What a creator's consent brings back to a page of the party's own.
    async fn consent(&self) -> Value {
        let wanted = json!({"platform": "tiktok", "metadata": {"redirect_uri": BACK}});
        let begun =
            send(self.world.request_with(self.key, "POST", "/v1/accounts/connect").json(&wanted)).await.expect(202);
        let page = text(&begun["auth_url"]);
        // In test mode it leads back at once.
        let back = if page.starts_with(BACK) {
            page
        } else {
            let browser = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
            let page = format!("{page}&sim_user={}", self.world.tiktok.add_user(User::default()));
            let answer = browser.get(page).send().await.unwrap();
            answer.headers()["location"].to_str().unwrap().to_owned()
        };
        let back: Url = back.parse().unwrap();
        let part = |name: &str| back.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        let metadata = json!({"redirect_uri": BACK, "state": part("state")});
        json!({"platform": "tiktok", "code": part("code"), "metadata": metadata})
    }
}

fn with(request: RequestBuilder, path: &str, body: &Value) -> RequestBuilder {
    let form = |part: Part| Form::new().part("file", part);
    match path {
        "/v1/media/upload" => request.multipart(form(Part::bytes(video_of(150_000)).file_name("a.mp4"))),
        "/v1/posts/import" => request.multipart(form(Part::text(text(body)).file_name("posts.csv"))),
        _ if body.is_null() => request,
        _ => request.json(body),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// What in an answer nobody else's may hold: ids and secrets.
fn told(answer: &Value) -> Vec<&str> {
    match answer {
        Value::String(text) => {
            let is_random = text.len() >= 24 && text.contains(|c: char| c.is_ascii_digit()) && !text.contains(' ');
            let is_ones_own = is_random && text.parse::<Timestamp>().is_err();
            Vec::from_iter(is_ones_own.then_some(text.as_str()))
        }
        Value::Array(values) => values.iter().flat_map(told).collect(),
        Value::Object(fields) => fields.values().flat_map(told).collect(),
        _ => Vec::new(),
    }
}

/// Asks the same of both, under the same name: each has it done for itself, once.
async fn both(owner: &Party<'_>, other: &Party<'_>) -> usize {
    let mut asked = 0;
    for route in routes() {
        let (method, path) = (route.method.as_deref().unwrap(), route.path.as_str());
        let is_open = OPEN.contains(&(method, path)) || operation(method, path).is_none();
        if is_open || !parameters(method, path, "header").any(|name| name == "Idempotency-Key") {
            continue;
        }
        let place = format!("{method} {path}");
        let name = format!("{place} {}", owner.mark);
        let (theirs, own) = (owner.request(method, path).await, other.request(method, path).await);
        let first = owner.send(method, &theirs, &name).await;
        let answer = other.send(method, &own, &name).await;
        assert_eq!(first.status, answer.status, "{place}: {:#} {:#}", first.body, answer.body);
        let is_done = (200..300).contains(&answer.status);
        assert_ne!(is_done, OF_WHAT_FAILED.contains(&path), "{place}: {:#}", answer.body);
        assert!(answer.headers.get(REPLAYED).is_none(), "{place}: {:#}", answer.body);
        let asked_for = format!("{} {}", own.path, own.body);
        let shown = answer.body.to_string();
        for told in told(&first.body).into_iter().filter(|told| !asked_for.contains(told)) {
            assert!(!shown.contains(told), "{place} answers with another's {told}: {shown}");
        }
        if is_done && method != "DELETE" {
            for (party, request, first) in [(owner, &theirs, &first), (other, &own, &answer)] {
                let again = party.send(method, request, &name).await;
                assert!(again.headers.contains_key(REPLAYED), "{place}: {:#}", again.body);
                assert_eq!(made(&again.body), made(&first.body), "{place}");
            }
        }
        asked += 1;
    }
    asked
}

/// What an answer says was made.
fn made(answer: &Value) -> Option<&Value> {
    ["id", "media_id", "account_id", "state", "delivery_id"].iter().map(|name| &answer[*name]).find(|id| id.is_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_name_of_anothers_request_brings_ones_own_answer() {
    let (site, receiver) = (Site::start().await, Receiver::start().await);
    let (world, owned, strangers) =
        pairs::tenants_and_modes(&receiver, [("ImportTrustedOrigins".to_owned(), site.origin())]).await;
    let video = site.file("/video.mp4", &video_of(100_000));
    let registers = async |key: &str| {
        let registered = world.request_with(key, "POST", "/v1/oauth/redirect-uris").json(&json!({"uri": BACK}));
        send(registered).await.expect(201);
    };
    registers(&world.key).await;
    for (number, stranger) in strangers.iter().enumerate() {
        registers(&stranger.key).await;
        let has = Owned::of_whom(&world, &receiver, &stranger.key).await;
        let party = |key, has| Party { world: &world, key, has, video: &video, mark: number.to_string() };
        let asked = both(&party(&world.key, &owned), &party(&stranger.key, &has)).await;
        assert!(asked >= 21, "only {asked} routes take a name");
    }
}
