//! `slipway list` and `slipway posts list`: the posts, the newest first.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use url::form_urlencoded::Serializer;

use crate::Session;
use crate::accounts;
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
    let mut query = Serializer::new(String::new());
    query.append_pair("limit", &wanted.limit.to_string());
    if let Some(status) = &wanted.status {
        query.append_pair("status", status);
    }
    if let Some(account) = wanted.account.as_deref() {
        query.append_pair("account_ids", &accounts::find(session, Some(account)).await?.id);
    }
    if let Some(search) = &wanted.search {
        query.append_pair("search", search);
    }
    let page: Page = session.api.get(&format!("/v1/posts?{}", query.finish())).await?.read()?;
    for post in &page.data {
        session.say.event(&json!({"event": "post", "post": post}));
    }
    let posts = page.data.iter().map(follow::read).collect::<Result<Vec<_>, _>>()?;
    if posts.is_empty() {
        session.say.note("There are no such posts.");
        return Ok(());
    }
    for line in table(&posts, &accounts::names(session).await, Timestamp::now()) {
        session.say.result(&line);
    }
    Ok(())
}

fn table(posts: &[Post], names: &HashMap<String, String>, now: Timestamp) -> Vec<String> {
    let rows = posts.iter().map(|post| {
        let accounts = post.targets.iter().map(|target| names.get(&target.account_id).unwrap_or(&target.account_id));
        let accounts = accounts.map(String::as_str).collect::<Vec<_>>().join(" ");
        let caption = text::cut(&text::line(&post.text), 50);
        [post.id.to_string(), post.status.clone(), text::cut(&accounts, 40), post.line(now), caption]
    });
    text::table(["ID", "STATUS", "ACCOUNTS", "WHERE IT IS", "CAPTION"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_are_listed_with_their_accounts_names() {
        let target = |id: &str| json!({"account_id": id, "status": "published", "metadata": {"state": "published"}});
        let posts = [
            json!({"id": "post_1", "status": "published", "text": "Hello\nworld", "targets": [target("acc_1")]}),
            json!({"id": "post_22", "status": "draft", "text": "", "targets": [target("acc_1"), target("acc_2")]}),
        ];
        let posts: Vec<_> = posts.iter().map(|post| follow::read(post).unwrap()).collect();
        let names = HashMap::from([("acc_1".to_owned(), "@anna".to_owned())]);
        assert_eq!(
            table(&posts, &names, Timestamp::UNIX_EPOCH),
            [
                "ID       STATUS     ACCOUNTS     WHERE IT IS                      CAPTION",
                "post_1   published  @anna        published                        Hello world",
                "post_22  draft      @anna acc_2  draft; 2 of 2 accounts are done",
            ]
        );
    }
}
