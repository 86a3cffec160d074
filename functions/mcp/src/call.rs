//! A call of a tool: its route is asked, and the answer is told in the protocol's words.

use posts::standing::Standing;
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value};
use slipway_contract::ApiError;
use slipway_contract::agent::DryRunView;
use slipway_domain::limits::LONGEST_TOOL_TEXT;

use crate::arguments::Wanted;
use crate::inside::{Answered, Caller, Inside};
use crate::refusal::explained;
use crate::tool::{DryRun, Tool};
use crate::wait::until_settled;

/// Does what an agent wants of a tool. What is refused is a result, too: the agent has to read it.
pub(crate) async fn call(
    inside: &Inside,
    tool: &Tool,
    arguments: Map<String, Value>,
    caller: &Caller,
) -> CallToolResult {
    let wanted = match Wanted::read(tool, arguments) {
        Ok(wanted) => wanted,
        Err(error) => return refused_here(&error, caller),
    };
    if let Some(dry_run) = tool.dry_run.filter(|_| wanted.is_dry) {
        let DryRun { asks, scope, act, .. } = dry_run;
        // What is asked may need less than what would be done.
        if let Err(error) = caller.must_have(scope) {
            return refused_here(&error, caller);
        }
        let answered = inside.ask(wanted.question(asks), caller).await;
        if !answered.status.is_success() {
            return refused(&answered);
        }
        let allowed = act.zip(Standing::shown(&answered.body)).map_or(Ok(()), |(act, post)| post.allows(act));
        if let Err(error) = allowed {
            return refused_here(&error, caller);
        }
        let would = dry_run.would();
        let view = DryRunView { dry_run: true, would: &would, answer: answered.body.into() };
        return done(serde_json::to_value(view).unwrap_or_default(), Some(&would));
    }
    let question = wanted.question(tool.route);
    let answered = match tool.waits_while {
        Some(status) => until_settled(inside, &question, caller, status, wanted.wait).await,
        None => inside.ask(question, caller).await,
    };
    if !answered.status.is_success() {
        return refused(&answered);
    }
    let is_again = answered.headers.contains_key("idempotency-replayed");
    let is_partly = answered.status.as_u16() == 207;
    let notes = [
        (is_again, "This was done before: it is the first answer, and nothing was done twice."),
        (is_partly, "Some targets were refused and the others go on: see targets[].error."),
    ];
    let notes: Vec<_> = notes.into_iter().filter_map(|(holds, note)| holds.then_some(note)).collect();
    done(answered.body, Some(notes.join(" ").as_str()).filter(|note| !note.is_empty()))
}

/// What was done, as JSON, with a word for the agent in front.
fn done(body: Value, note: Option<&str>) -> CallToolResult {
    let size = serde_json::to_string(&body).map_or(0, |text| text.len());
    let mut result = CallToolResult::structured(body);
    if size > LONGEST_TOOL_TEXT {
        let words = "The answer is in structuredContent: it is too long to be repeated here. Ask for fewer with limit.";
        result.content = vec![ContentBlock::text(words)];
    }
    if let Some(note) = note {
        result.content.insert(0, ContentBlock::text(note));
    }
    result
}

/// What a route refused.
fn refused(answered: &Answered) -> CallToolResult {
    let mut result = CallToolResult::error(vec![ContentBlock::text(explained(answered))]);
    // A post whose targets were all refused is an answer of its own; so is every other object.
    result.structured_content = Some(answered.body.clone()).filter(Value::is_object);
    result
}

/// What no route was asked for.
fn refused_here(error: &ApiError, caller: &Caller) -> CallToolResult {
    refused(&Answered::refused(error, caller))
}
