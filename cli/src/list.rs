//! `slipway list`: the posts, the newest first.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::Session;
use crate::args::List;
use crate::follow;
use crate::post::Post;
use crate::problem::Problem;
use crate::text;

/// A page of posts.
#[derive(Deserialize)]
struct Page {
    data: Vec<Json>,
}

/// Runs the command.
pub(crate) async fn run(session: &Session, wanted: &List) -> Result<(), Problem> {
    let mut path = format!("/v1/posts?limit={}", wanted.limit);
    if let Some(status) = &wanted.status {
        let status: String = url::form_urlencoded::byte_serialize(status.as_bytes()).collect();
        path = format!("{path}&status={status}");
    }
    let page: Page = session.api.get(&path).await?.read()?;
    for post in &page.data {
        session.say.event(&json!({"event": "post", "post": post}));
    }
    let posts = page.data.iter().map(follow::read).collect::<Result<Vec<_>, _>>()?;
    if posts.is_empty() {
        session.say.note("There are no such posts.");
    }
    let now = Timestamp::now();
    for post in &posts {
        session.say.result(&line(post, now));
    }
    Ok(())
}

fn line(post: &Post, now: Timestamp) -> String {
    let caption = text::cut(&text::line(&post.text), 50);
    format!("{}  {:10} {}  {caption}", post.id, post.status, post.line(now))
}
