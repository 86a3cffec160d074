//! Resources: what an agent may read beside its tools' answers. Each is what routes answer, or words that do not change.

use http::StatusCode;
use rmcp::ErrorData;
use rmcp::model::{ReadResourceResult, Resource, ResourceContents, ResourceTemplate};

use crate::inside::{Answered, Caller, Inside, Question, Room};
use crate::refusal::explained;
use crate::tool::Verb;

/// TikTok's rules for what a post says and discloses.
const RULES: &str = "slipway://rules/captions-and-disclosure";
const RULES_TEXT: &str = include_str!("rules.md");

/// A resource of which there are many: its template, and the routes that answer it.
struct Many {
    before: &'static str,
    after: &'static str,
    hole: &'static str,
    name: &'static str,
    about: &'static str,
    asks: &'static [(Room, &'static str)],
}

const MANY: &[Many] = &[
    Many {
        before: "slipway://accounts/",
        after: "/limits",
        hole: "account_id",
        name: "creator limits",
        about: "What a creator may post right now, as TikTok says, and the account's limits.",
        asks: &[(Room::Accounts, "/v1/accounts/{id}/creator-info"), (Room::Accounts, "/v1/accounts/{id}/limits")],
    },
    Many {
        before: "slipway://posts/",
        after: "/timeline",
        hole: "post_id",
        name: "post timeline",
        about: "The first 50 steps of a post; get_post_timeline has the rest.",
        asks: &[(Room::Posts, "/v1/posts/{id}/timeline")],
    },
];

/// Those that there is one of.
pub(crate) fn listed() -> Vec<Resource> {
    let about = "What a caption may say, what has to be disclosed, and what only the creator may decide.";
    let rules = Resource::new(RULES, "captions and disclosure").with_description(about).with_mime_type("text/markdown");
    vec![rules]
}

/// Those that there are many of.
pub(crate) fn templates() -> Vec<ResourceTemplate> {
    let described = |Many { before, after, hole, name, about, .. }: &Many| {
        ResourceTemplate::new(format!("{before}{{{hole}}}{after}"), *name)
            .with_description(*about)
            .with_mime_type("application/json")
    };
    MANY.iter().map(described).collect()
}

/// The resource at an address.
pub(crate) async fn read(inside: &Inside, uri: &str, caller: &Caller) -> Result<ReadResourceResult, ErrorData> {
    if uri == RULES {
        let numbers = ask(inside, (Room::Posts, "/v1/posts/validate"), "", caller).await?;
        let text = format!("{RULES_TEXT}\n```json\n{:#}\n```\n", numbers.body);
        let text = ResourceContents::text(text, uri).with_mime_type("text/markdown");
        return Ok(ReadResourceResult::new(vec![text]));
    }
    let id = |many: &Many| uri.strip_prefix(many.before)?.strip_suffix(many.after).map(str::to_owned);
    let found = MANY.iter().find_map(|many| Some((many, id(many)?)));
    let unknown = || ErrorData::resource_not_found("There is no such resource. See resources/list.", None);
    let (many, id) = found.filter(|(_, id)| !id.is_empty()).ok_or_else(unknown)?;
    let mut contents = Vec::new();
    for asked in many.asks {
        let answered = ask(inside, *asked, &id, caller).await?;
        contents.push(ResourceContents::text(answered.body.to_string(), uri).with_mime_type("application/json"));
    }
    Ok(ReadResourceResult::new(contents))
}

async fn ask(inside: &Inside, asked: (Room, &str), id: &str, caller: &Caller) -> Result<Answered, ErrorData> {
    let (room, path) = asked;
    let path_and_query = path.replace("{id}", &slipway_http::segment(id));
    let question = Question { room, method: Verb::Get.http(), path_and_query, body: None, idempotency_key: None };
    let answered = inside.ask(question, caller).await;
    match answered.status {
        StatusCode::OK => Ok(answered),
        StatusCode::NOT_FOUND => Err(ErrorData::resource_not_found(explained(&answered), Some(answered.body))),
        _ => Err(ErrorData::invalid_request(explained(&answered), Some(answered.body))),
    }
}
