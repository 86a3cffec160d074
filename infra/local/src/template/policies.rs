//! The policies of a function's role.

use std::collections::BTreeSet;

use aws_stand_in::Statement;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{TemplateError, Trigger, typed};

/// The statement that SAM gives a function which is set off by queues.
const QUEUE_EXECUTION: &str = "AWSLambdaSQSQueueExecutionRole";

/// The statement that SAM gives a function which is set off by streams.
const STREAM_EXECUTION: &str = "AWSLambdaDynamoDBExecutionRole";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Document {
    statement: Vec<Json>,
    #[serde(rename = "Version")]
    _version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Written {
    sid: String,
    effect: String,
    action: OneOrMany,
    resource: OneOrMany,
    condition: Option<Condition>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// The only condition that the stand-ins know.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Condition {
    string_equals: ViaService,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ViaService {
    #[serde(rename = "kms:ViaService")]
    via_service: String,
}

/// The statements of a function's `Policies`: policy documents that stand in the template. Managed policies and SAM's
/// policy templates are refused, because the local stack does not know what is in them.
pub(super) fn statements(place: &str, policies: Json) -> Result<Vec<Statement>, TemplateError> {
    let documents = match policies {
        Json::Null => Vec::new(),
        Json::Array(documents) => documents,
        one => vec![one],
    };
    let mut statements = Vec::new();
    let mut names = BTreeSet::new();
    for (index, document) in documents.into_iter().enumerate() {
        let place = format!("{place}[{index}]");
        if document.get("Statement").is_none() {
            let problem = "the local stack knows policies with a Statement, neither managed ones nor SAM's templates";
            return Err(TemplateError::at(place, problem));
        }
        let document: Document = typed(document, &place)?;
        for (index, statement) in document.statement.into_iter().enumerate() {
            let place = format!("{place}.Statement[{index}]");
            let statement = read(&place, statement)?;
            if !names.insert(statement.sid.clone()) {
                return Err(TemplateError::at(place, format!("there is another statement {}", statement.sid)));
            }
            statements.push(statement);
        }
    }
    Ok(statements)
}

fn read(place: &str, statement: Json) -> Result<Statement, TemplateError> {
    let written: Written = typed(statement, place)?;
    if written.effect != "Allow" {
        let problem = format!("the local stack knows statements that allow, not Effect {}", written.effect);
        return Err(TemplateError::at(place, problem));
    }
    Ok(Statement {
        sid: written.sid,
        actions: written.action.list(),
        resources: written.resource.list(),
        via_service: written.condition.map(|condition| condition.string_equals.via_service),
    })
}

/// What SAM adds for the streams that set a function off, here for these streams alone.
pub(super) fn of_streams(triggers: &[Trigger]) -> Option<Statement> {
    let streams = triggers.iter().filter_map(|event| match event {
        Trigger::Stream(stream) => Some(stream.stream_arn.clone()),
        Trigger::Http(_) | Trigger::Queue(_) | Trigger::Schedule(_) => None,
    });
    let resources: Vec<_> = streams.collect();
    let actions =
        ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"];
    let (sid, actions) = (STREAM_EXECUTION.to_owned(), actions.map(str::to_owned).into());
    (!resources.is_empty()).then_some(Statement { sid, actions, resources, via_service: None })
}

/// What SAM adds for the queues that set a function off, here for these queues alone. On AWS the mapping polls by it; the
/// local stack's own mappings need no keys.
pub(super) fn of_queues(triggers: &[Trigger]) -> Option<Statement> {
    let queues = triggers.iter().filter_map(|event| match event {
        Trigger::Queue(queue) => Some(queue.queue_arn.clone()),
        Trigger::Http(_) | Trigger::Stream(_) | Trigger::Schedule(_) => None,
    });
    let resources: Vec<_> = queues.collect();
    let actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"].map(str::to_owned);
    let sid = QUEUE_EXECUTION.to_owned();
    (!resources.is_empty()).then(|| Statement { sid, actions: actions.into(), resources, via_service: None })
}

impl OneOrMany {
    fn list(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Many(texts) => texts,
        }
    }
}
