//! `slipway posts`: what is to become of posts that are there.

mod import;
mod timeline;

use serde_json::{Value as Json, json};

use crate::args::{Cancel, Posts, PostsCommand, Resolve, Retry, Status};
use crate::problem::Problem;
use crate::{Session, accounts, api, follow, list};

/// Runs the command.
pub(crate) async fn run(session: &Session, Posts { command }: &Posts) -> Result<(), Problem> {
    match command {
        PostsCommand::List(wanted) => list::run(session, wanted).await,
        PostsCommand::Show(wanted) => follow::run(session, wanted).await,
        PostsCommand::Cancel(wanted) => cancel(session, wanted).await,
        PostsCommand::Retry(wanted) => retry(session, wanted).await,
        PostsCommand::Resolve(wanted) => resolve(session, wanted).await,
        PostsCommand::Timeline(wanted) => timeline::run(session, wanted).await,
        PostsCommand::Import(wanted) => import::run(session, wanted).await,
    }
}

/// `slipway posts cancel` and `slipway cancel`.
pub(crate) async fn cancel(session: &Session, Cancel { post }: &Cancel) -> Result<(), Problem> {
    let after = act(session, &format!("/v1/posts/{post}/cancel"), &json!({})).await?;
    session.say.done(&format!("Called off {post}"));
    tell(session, &after).await
}

async fn retry(session: &Session, wanted: &Retry) -> Result<(), Problem> {
    act(session, &format!("/v1/posts/{}/retry", wanted.post), &json!({})).await?;
    session.say.done(&format!("Trying {} again", wanted.post));
    follow::run(session, &Status { post: wanted.post.clone(), follow: !wanted.no_wait }).await
}

async fn resolve(session: &Session, wanted: &Resolve) -> Result<(), Problem> {
    let mut said = json!({"outcome": wanted.outcome.name()});
    if let Some(account) = wanted.account.as_deref() {
        said["account_id"] = json!(accounts::find(session, Some(account)).await?.id);
    }
    let after = act(session, &format!("/v1/posts/{}/resolve", wanted.post), &said).await?;
    session.say.done(&format!("Noted of {}: {}", wanted.post, wanted.outcome.name().replace('_', " ")));
    tell(session, &after).await
}

/// Asks once, however often the answer is lost on its way.
async fn act(session: &Session, path: &str, body: &Json) -> Result<Json, Problem> {
    session.api.post_once(path, body.to_string(), &api::new_key()).await?.success()
}

/// The post as it is now.
async fn tell(session: &Session, post: &Json) -> Result<(), Problem> {
    session.say.event(&json!({"event": "post", "post": post}));
    follow::show(session, follow::read(post)?).await;
    Ok(())
}
