//! A call of a tool: its route is asked, and the answer is told in the protocol's words.

use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value};
use slipway_contract::ApiError;
use slipway_contract::agent::DryRunView;

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
    if let Some(DryRun { asks, would }) = tool.dry_run.filter(|_| wanted.is_dry) {
        let answered = inside.ask(wanted.question(asks), caller).await;
        if !answered.status.is_success() {
            return refused(&answered);
        }
        let view = DryRunView { dry_run: true, would, answer: answered.body };
        return done(serde_json::to_value(view).unwrap_or_default(), Some(would));
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
    let note = is_again.then_some("This was done before: it is the first answer, and nothing was done twice.");
    let note = if answered.status.as_u16() == 207 {
        Some("Some targets were refused and the others go on: see targets[].error.")
    } else {
        note
    };
    done(answered.body, note)
}

/// What was done, as JSON, with a word for the agent in front.
fn done(body: Value, note: Option<&str>) -> CallToolResult {
    let mut result = CallToolResult::structured(body);
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
