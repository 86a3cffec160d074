//! Publishing a video the way a caller of the API does.

use std::time::Duration;

use reqwest::{
    Body, Method,
    header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::{Value as Json, json};
use tokio::time::{Instant, sleep};

use super::{
    account::Account,
    api::{Answer, Api, innermost},
    failure::Failure,
    say::{Say, Step, rounded},
    video::Video,
    world::World,
};

const UPLOADING: &str = "uploading the video";
const PUBLISHING: &str = "publishing the post";
/// How long a post may take until nobody believes in it any more.
const PATIENCE: Duration = Duration::from_mins(15);

/// A post that TikTok has published.
pub(crate) struct Published {
    /// Its id.
    pub(crate) post_id: String,
    /// The id of its video in the API.
    pub(crate) media_id: String,
}

/// Uploads the video, publishes it for the creator alone if TikTok offers that, and waits until it is published.
pub(crate) async fn publish(
    api: &Api,
    account: &Account,
    video: &Video,
    world: &World,
    say: &Say,
) -> Result<Published, Failure> {
    let cure = world.see_log();
    let media_id = upload(api, video, say, &cure).await?;
    let privacy_level = privacy_level(api, account, &cure).await?;

    let step = say.begin_bytes("publish the post", video.size());
    let body = json!({
        "text": format!("Published by the local stack: {}", video.name()),
        "media_ids": [media_id],
        "targets": [{"account_id": account.id}],
        "platform_data": {"tiktok": {"privacy_level": privacy_level}},
        "publish_now": true,
    });
    let created = api.expect(PUBLISHING, &cure, Method::POST, "/v1/posts", Some(&body)).await?;
    let post_id = created.text(PUBLISHING, &cure, "/id")?.to_owned();
    say.event(&json!({"event": "accepted", "post_id": post_id}));
    let post = follow(api, &post_id, &step, &cure).await?;
    let seconds = rounded(step.seconds());
    step.done(&format!("{privacy_level} {}", say.dim(&post_id)));
    say.event(&json!({
        "event": "published",
        "post_id": post_id,
        "publish_id": post["targets"][0]["metadata"]["publish_id"],
        "seconds": seconds,
    }));
    show(&post, say);
    Ok(Published { post_id, media_id })
}

/// Asks for a place, and puts the file there.
async fn upload(api: &Api, video: &Video, say: &Say, cure: &str) -> Result<String, Failure> {
    let step = say.begin_bytes("upload the video", video.size());
    let wanted = json!({"content_type": video.content_type(), "filename": video.name(), "size_bytes": video.size()});
    let place = api.expect(UPLOADING, cure, Method::POST, "/v1/media/upload-url", Some(&wanted)).await?;
    let media_id = place.text(UPLOADING, cure, "/media_id")?.to_owned();
    let url = place.text(UPLOADING, cure, "/upload_url")?;
    let request = api.http().put(url).headers(headers(&place.body["headers"])).header(CONTENT_LENGTH, video.size());
    let response = request.body(counted(video, &step)).send().await.map_err(|error| {
        let problem = format!("the PUT to the upload URL got no answer ({})", innermost(&error));
        Failure::new(UPLOADING, problem, cure)
    })?;
    let status = response.status();
    if !status.is_success() {
        let text = response.text().await.unwrap_or_default();
        let problem =
            format!("the PUT to the upload URL answered {status}: {}", text.chars().take(300).collect::<String>());
        return Err(Failure::new(UPLOADING, problem, cure));
    }
    step.bytes("upload", video.size(), video.size());
    step.done(&format!("{} {} {}", video.name(), size(video.size()), say.dim(&media_id)));
    Ok(media_id)
}

/// The video's bytes, which move the bar as they go.
fn counted(video: &Video, step: &Step<'_>) -> Body {
    use futures_util::TryStreamExt as _;
    let (bar, total) = (step.progress().clone(), video.size());
    let mut sent = 0;
    Body::wrap_stream(video.bytes().inspect_ok(move |block| {
        sent += block.len() as u64;
        bar.at(sent, total);
    }))
}

/// The headers that the upload URL was signed for.
fn headers(wanted: &Json) -> HeaderMap {
    let pairs = wanted.as_object().into_iter().flatten();
    let pairs = pairs.filter_map(|(name, value)| {
        let name: HeaderName = name.parse().ok()?;
        // The length is the client's business.
        (name != CONTENT_LENGTH).then_some((name, HeaderValue::from_str(value.as_str()?).ok()?))
    });
    pairs.collect()
}

/// Only for the creator, if TikTok offers that: a sample is nothing for the public.
async fn privacy_level(api: &Api, account: &Account, cure: &str) -> Result<String, Failure> {
    let path = format!("/v1/accounts/{}/creator-info", account.id);
    let info = api.expect(PUBLISHING, cure, Method::GET, &path, None).await?;
    let options: Vec<&str> =
        info.body["privacy_level_options"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let chosen = options.iter().find(|level| **level == "SELF_ONLY").or(options.first());
    chosen
        .map(|level| (*level).to_owned())
        .ok_or_else(|| Failure::new(PUBLISHING, format!("GET {path} answered no privacy level to choose from"), cure))
}

/// Asks for the post until its fate is known: at first quickly, then less often, for the API counts calls.
async fn follow(api: &Api, post_id: &str, step: &Step<'_>, cure: &str) -> Result<Json, Failure> {
    let path = format!("/v1/posts/{post_id}");
    let begun = Instant::now();
    let mut pause = Duration::from_millis(200);
    let mut seen = None;
    loop {
        let answer = api.send(PUBLISHING, Method::GET, &path, None).await?;
        if answer.status == 429 {
            sleep(answer.retry_after.unwrap_or(Duration::from_secs(5))).await;
            continue;
        }
        if !answer.is_success() {
            return Err(answer.failure(PUBLISHING, cure));
        }
        let metadata = &answer.body["targets"][0]["metadata"];
        let now = (metadata["uploaded_bytes"].as_u64(), metadata["total_bytes"].as_u64());
        if let (Some(sent), Some(total)) = now
            && seen != Some((sent, total))
        {
            seen = Some((sent, total));
            step.bytes("transfer", sent, total);
        }
        if let Some(status) = metadata["tiktok_status"].as_str() {
            step.progress().note(status);
        }
        match answer.body["status"].as_str() {
            Some("published") => return Ok(answer.body),
            Some("failed" | "partial" | "cancelled") => return Err(ended(&answer, cure)),
            _ if begun.elapsed() > PATIENCE => {
                let problem =
                    format!("the post {post_id} is still not published after {} minutes", PATIENCE.as_secs() / 60);
                return Err(Failure::new(PUBLISHING, problem, cure));
            }
            _ => {}
        }
        sleep(pause).await;
        pause = (pause * 5 / 4).min(Duration::from_secs(2));
    }
}

fn ended(answer: &Answer, cure: &str) -> Failure {
    let error = &answer.body["targets"][0]["error"];
    let status = answer.body["status"].as_str().unwrap_or_default();
    let why = match (error["code"].as_str(), error["message"].as_str()) {
        (Some(code), Some(message)) => format!("the post is {status}, {code}: {message}"),
        (None, Some(message)) => format!("the post is {status}: {message}"),
        _ => format!("the post is {status}"),
    };
    Failure::new(PUBLISHING, why, cure)
}

/// The post as the API shows it.
fn show(post: &Json, say: &Say) {
    say.line("");
    let pretty = serde_json::to_string_pretty(post).unwrap_or_else(|_| post.to_string());
    for line in pretty.lines() {
        say.line(&say.dim(&format!("    {line}")));
    }
}

/// A size as people write it.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes % 1_000_000_000 / 100_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_as_people_do() {
        for (bytes, text) in [(7, "7 B"), (86_584, "86 kB"), (1_550_000, "1.5 MB"), (4_000_000_000, "4.0 GB")] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn an_upload_carries_the_headers_it_was_signed_for() {
        let headers = headers(
            &json!({"Content-Type": "video/mp4", "x-amz-checksum": "x", "Content-Length": "5", "bad name": "x", "n": 5}),
        );
        assert_eq!(headers.len(), 2);
        assert_eq!(headers["content-type"], "video/mp4");
        assert!(super::headers(&Json::Null).is_empty());
    }
}
