//! What starts a function: routes, queues, streams, schedules.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value as Json;

use super::{Expression, HttpApi, Queue, TemplateError, loose, scalar};

/// What starts a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A route of the HTTP API.
    Http(HttpRoute),
    /// Messages of a queue.
    Queue(QueueTrigger),
    /// Changes in a table's stream.
    Stream(StreamTrigger),
    /// A schedule.
    Schedule(ScheduleTrigger),
}

/// A route of the HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRoute {
    /// The API's logical id; `None` for SAM's implicit API.
    pub api: Option<String>,
    /// The route's key as API Gateway writes it: `ANY /v1/posts/{proxy+}` or `$default`.
    pub route_key: String,
    /// How long the gateway waits for the function. API Gateway's default and maximum is 30 s.
    pub timeout: Duration,
}

/// An event source mapping from a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueTrigger {
    /// The queue's ARN.
    pub queue_arn: String,
    /// The most messages in one invocation.
    pub batch_size: u32,
    /// How long to wait for a batch to fill.
    pub batching_window: Duration,
    /// The most invocations at one time.
    pub maximum_concurrency: Option<u32>,
    /// Whether the function names the messages it failed on (`ReportBatchItemFailures`).
    pub reports_failures: bool,
    /// Whether messages are fetched at all.
    pub enabled: bool,
}

/// An event source mapping from a table's stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamTrigger {
    /// The stream's ARN.
    pub stream_arn: String,
    /// The most changes in one invocation.
    pub batch_size: u32,
    /// Which changes the function gets, by the names that streams have for them; empty means all.
    pub event_names: Vec<String>,
    /// Whether changes are fetched at all.
    pub enabled: bool,
}

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleTrigger {
    /// Name of the schedule: the function's logical id and the event's.
    pub name: String,
    /// When it fires.
    pub expression: Expression,
    /// The event the function gets instead of the usual one.
    pub input: Option<Json>,
    /// Which service fires it.
    pub kind: ScheduleKind,
    /// Whether it fires at all.
    pub enabled: bool,
}

/// The two services that fire schedules; their events differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleKind {
    /// EventBridge Scheduler (`ScheduleV2`).
    Scheduler,
    /// A rule of EventBridge (`Schedule`).
    Rule,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TriggerProperties {
    r#type: String,
    #[serde(default)]
    properties: Json,
}

pub(super) fn trigger(function: &str, name: &str, trigger: TriggerProperties) -> Result<Trigger, TemplateError> {
    let place = format!("{function}.Events.{name}");
    match trigger.r#type.as_str() {
        "HttpApi" => http_trigger(&place, trigger.properties).map(Trigger::Http),
        "SQS" => queue_trigger(&place, trigger.properties).map(Trigger::Queue),
        "DynamoDB" => stream_trigger(&place, trigger.properties).map(Trigger::Stream),
        "ScheduleV2" => schedule_trigger(&place, function, name, trigger.properties, ScheduleKind::Scheduler),
        "Schedule" => schedule_trigger(&place, function, name, trigger.properties, ScheduleKind::Rule),
        other => Err(TemplateError::at(place, format!("the local stack knows no event of type {other}"))),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct HttpProperties {
    api_id: Option<String>,
    path: Option<String>,
    method: Option<String>,
    #[serde(default, deserialize_with = "loose::number")]
    timeout_in_millis: Option<u32>,
    payload_format_version: Option<Json>,
    #[serde(rename = "RouteSettings")]
    _route_settings: Option<Json>,
}

fn http_trigger(place: &str, properties: Json) -> Result<HttpRoute, TemplateError> {
    let properties: HttpProperties =
        super::typed(if properties.is_null() { Json::Object(serde_json::Map::new()) } else { properties }, place)?;
    if properties.payload_format_version.is_some_and(|version| scalar(&version).as_deref() != Some("2.0")) {
        return Err(TemplateError::at(place, "the local stack sends events in payload format 2.0 only"));
    }
    let method = properties.method.unwrap_or_else(|| "ANY".to_owned()).to_uppercase();
    let route_key = match properties.path.as_deref() {
        None | Some("$default") => "$default".to_owned(),
        Some(path) if path.len() > 1 && path.ends_with('/') => {
            // Reported by several: SAM makes no route, or CreateApi fails.
            return Err(TemplateError::at(place, format!("{path} ends in a slash: HTTP APIs refuse such a route")));
        }
        Some(path) if path.starts_with('/') => format!("{method} {path}"),
        Some(path) => return Err(TemplateError::at(place, format!("the path {path} does not start with /"))),
    };
    let timeout = Duration::from_millis(u64::from(properties.timeout_in_millis.unwrap_or(30_000)));
    Ok(HttpRoute { api: properties.api_id, route_key, timeout })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct QueueProperties {
    queue: String,
    #[serde(default, deserialize_with = "loose::number")]
    batch_size: Option<u32>,
    #[serde(default, deserialize_with = "loose::number")]
    maximum_batching_window_in_seconds: Option<u32>,
    #[serde(default)]
    function_response_types: Vec<String>,
    scaling_config: Option<ScalingProperties>,
    #[serde(default, deserialize_with = "loose::flag")]
    enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ScalingProperties {
    #[serde(default, deserialize_with = "loose::number")]
    maximum_concurrency: Option<u32>,
}

fn queue_trigger(place: &str, properties: Json) -> Result<QueueTrigger, TemplateError> {
    let properties: QueueProperties = super::typed(properties, place)?;
    Ok(QueueTrigger {
        queue_arn: properties.queue,
        batch_size: properties.batch_size.unwrap_or(10).max(1),
        batching_window: Duration::from_secs(u64::from(properties.maximum_batching_window_in_seconds.unwrap_or(0))),
        maximum_concurrency: properties.scaling_config.and_then(|scaling| scaling.maximum_concurrency),
        reports_failures: properties.function_response_types.iter().any(|name| name == "ReportBatchItemFailures"),
        enabled: properties.enabled.unwrap_or(true),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StreamProperties {
    stream: String,
    starting_position: String,
    #[serde(default, deserialize_with = "loose::number")]
    batch_size: Option<u32>,
    filter_criteria: Option<FilterCriteria>,
    #[serde(default, deserialize_with = "loose::flag")]
    enabled: Option<bool>,
    // What follows is for days when the function fails: the local stack tries until it succeeds.
    #[serde(rename = "BisectBatchOnFunctionError")]
    _bisect: Option<Json>,
    // It is always read as if this said so.
    #[serde(rename = "FunctionResponseTypes")]
    _response_types: Option<Json>,
    #[serde(rename = "ParallelizationFactor")]
    _parallelization: Option<Json>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct FilterCriteria {
    filters: Vec<Filter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Filter {
    pattern: String,
}

/// The only pattern that the local stack knows.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Pattern {
    event_name: Vec<String>,
}

fn stream_trigger(place: &str, properties: Json) -> Result<StreamTrigger, TemplateError> {
    let properties: StreamProperties = super::typed(properties, place)?;
    if properties.starting_position != "TRIM_HORIZON" {
        return Err(TemplateError::at(place, "the local stack reads streams from TRIM_HORIZON only"));
    }
    let filters = properties.filter_criteria.into_iter().flat_map(|criteria| criteria.filters);
    let patterns = filters.map(|filter| serde_json::from_str::<Pattern>(&filter.pattern));
    let patterns = patterns.collect::<Result<Vec<_>, _>>();
    let patterns = patterns.map_err(|error| TemplateError::at(format!("{place}.FilterCriteria"), error.to_string()))?;
    Ok(StreamTrigger {
        stream_arn: properties.stream,
        batch_size: properties.batch_size.unwrap_or(100).max(1),
        event_names: patterns.into_iter().flat_map(|pattern| pattern.event_name).collect(),
        enabled: properties.enabled.unwrap_or(true),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ScheduleProperties {
    #[serde(alias = "Schedule")]
    schedule_expression: String,
    input: Option<String>,
    name: Option<String>,
    state: Option<String>,
    #[serde(default, deserialize_with = "loose::flag")]
    enabled: Option<bool>,
    // What follows changes nothing on one machine.
    #[serde(rename = "OmitName")]
    _omit_name: Option<Json>,
    #[serde(rename = "Description")]
    _description: Option<Json>,
    #[serde(rename = "RetryPolicy")]
    _retry_policy: Option<Json>,
    #[serde(rename = "FlexibleTimeWindow")]
    _flexible_time_window: Option<Json>,
    #[serde(rename = "DeadLetterConfig")]
    _dead_letter_config: Option<Json>,
}

fn schedule_trigger(
    place: &str,
    function: &str,
    event: &str,
    properties: Json,
    kind: ScheduleKind,
) -> Result<Trigger, TemplateError> {
    let properties: ScheduleProperties = super::typed(properties, place)?;
    let expression = properties.schedule_expression.parse();
    let input = properties.input.map(|input| serde_json::from_str(&input)).transpose();
    Ok(Trigger::Schedule(ScheduleTrigger {
        name: properties.name.unwrap_or_else(|| format!("{function}{event}")),
        expression: expression.map_err(|problem: String| TemplateError::at(place, problem))?,
        input: input.map_err(|error| TemplateError::at(format!("{place}.Input"), error.to_string()))?,
        kind,
        enabled: properties.enabled != Some(false) && properties.state.as_deref() != Some("DISABLED"),
    }))
}

impl HttpRoute {
    pub(super) fn check(&self, function: &str, api: Option<&HttpApi>) -> Result<(), TemplateError> {
        match (&self.api, api) {
            (Some(id), Some(api)) if *id == api.logical_id => Ok(()),
            (None, None) => Ok(()),
            _ => {
                let problem =
                    format!("its route {} belongs to no HTTP API that the local stack serves", self.route_key);
                Err(TemplateError::at(function, problem))
            }
        }
    }
}

impl StreamTrigger {
    /// The name of the table whose stream it is.
    pub fn table(&self) -> &str {
        self.stream_arn.split('/').nth(1).unwrap_or_default()
    }
}

impl QueueTrigger {
    pub(super) fn check(&self, function: &str, timeout: Duration, queues: &[Queue]) -> Result<(), TemplateError> {
        let Some(queue) = queues.iter().find(|queue| queue.arn == self.queue_arn) else {
            let problem = format!("the template declares no queue {}", self.queue_arn);
            return Err(TemplateError::at(function, problem));
        };
        if queue.visibility_timeout < timeout {
            let problem = format!(
                "it is {} s, less than the time-out of {function}, {} s: Lambda refuses such an event source",
                queue.visibility_timeout.as_secs(),
                timeout.as_secs()
            );
            return Err(TemplateError::at(format!("{}.VisibilityTimeout", queue.logical_id), problem));
        }
        Ok(())
    }
}
