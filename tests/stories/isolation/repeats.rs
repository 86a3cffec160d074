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

/// The routes with a key where a request can have a name.
fn named() -> impl Iterator<Item = (String, String)> {
    routes().into_iter().filter_map(|route| {
        let (method, path) = (route.method?, route.path);
        let is_open = OPEN.contains(&(&*method, &*path)) || operation(&method, &path).is_none();
        let has_name = !is_open && parameters(&method, &path, "header").any(|name| name == "Idempotency-Key");
        has_name.then_some((method, path))
    })
}

/// Nothing of the first answer is in the other one, beside what was asked for.
fn tells_nothing(place: &str, first: &Answer, Request { path, body }: &Request, answer: &Answer) {
    let asked_for = format!("{path} {body}");
    let shown = format!("{} {:?}", answer.body, answer.headers);
    for told in told(&first.body).into_iter().filter(|told| !asked_for.contains(told)) {
        assert!(!shown.contains(told), "{place} answers with another's {told}: {shown}");
    }
}

/// Asks the same of both, under the same name: each has it done for itself, once.
async fn both(owner: &Party<'_>, other: &Party<'_>) -> usize {
    let mut asked = 0;
    for (method, path) in named() {
        let (method, path) = (method.as_str(), path.as_str());
        let place = format!("{method} {path}");
        let name = format!("{place} {}", owner.mark);
        let (theirs, own) = (owner.request(method, path).await, other.request(method, path).await);
        let first = owner.send(method, &theirs, &name).await;
        let answer = other.send(method, &own, &name).await;
        assert_eq!(first.status, answer.status, "{place}: {:#} {:#}", first.body, answer.body);
        let is_done = (200..300).contains(&answer.status);
        assert_ne!(is_done, OF_WHAT_FAILED.contains(&path), "{place}: {:#}", answer.body);
        assert!(answer.headers.get(REPLAYED).is_none(), "{place}: {:#}", answer.body);
        tells_nothing(&place, &first, &own, &answer);
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

/// Names are a tenant's: a key of another brand learns that one is taken, and nothing of what was done under it, whether
/// it asks for something of its own or for the very same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_name_of_another_brands_request_brings_nothing_of_its_answer() {
    let site = Site::start().await;
    let receiver = Receiver::start().await;
    let parameters = [("ImportTrustedOrigins".to_owned(), site.origin())];
    let (world, owned, strangers) = pairs::brands(&receiver, parameters).await;
    let registered = world.request_with(&world.key, "POST", "/v1/oauth/redirect-uris").json(&json!({"uri": BACK}));
    send(registered).await.expect(201);
    let [stranger] = &strangers[..] else { panic!("one other brand") };
    // A tenant's keys of all brands have this one in common.
    let common = format!("/v1/oauth/redirect-uris/{}", owned.uri);
    send(world.request_with(&world.key, "DELETE", &common)).await.expect(204);
    let has = Owned::of_brand(&world, &receiver, &stranger.key, &brand_of(&world, &stranger.key).await).await;
    let video = site.file("/video.mp4", &video_of(100_000));
    let party = |key, has| Party { world: &world, key, has, video: &video, mark: "brands".to_owned() };
    let (holder, other) = (party(&owned.by, &owned), party(&stranger.key, &has));
    let mut asked = 0;
    for (method, path) in named().filter(|(method, path)| !stranger.is_kept_out(method, path)) {
        let place = format!("{method} {path}");
        let (theirs, own) = (holder.request(&method, &path).await, other.request(&method, &path).await);
        let first = holder.send(&method, &theirs, &place).await;
        for request in [&own, &theirs] {
            let answer = other.send(&method, request, &place).await;
            tells_nothing(&place, &first, request, &answer);
            assert!(answer.status >= 400, "{place}: {:#}", answer.body);
        }
        if (200..300).contains(&first.status) && method != "DELETE" {
            let again = holder.send(&method, &theirs, &place).await;
            assert_eq!(made(&again.body), made(&first.body), "{place}");
        }
        asked += 1;
    }
    assert!(asked >= 15, "only {asked} routes take a name");
}

/// The brand that a key is limited to.
async fn brand_of(world: &World, key: &str) -> String {
    let listed = send(world.request_with(key, "GET", "/v1/brands")).await.expect(200);
    text(&listed["data"][0]["id"])
}
