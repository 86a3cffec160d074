//! Reads the SAM template, the single source of the wiring, into typed structs.
//!
//! Short tags (`!Ref`) and long forms (`Fn::Sub`), parameters, conditions, mappings, globals and pseudo parameters
//! are carried out as CloudFormation and SAM do. What the local stack can't run is an error that names the place,
//! never left out in silence; only resources without any behaviour of their own (bucket policies, alarms, log groups, what
//! stands in front of the API) are passed over.

mod api;
mod error;
mod function;
mod names;
mod parameters;
mod policies;
mod processed;
mod resolve;
mod schedule;
mod store;
#[cfg(test)]
mod tests;
mod trigger;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value as Json;
use serde_norway::Value as Yaml;

pub use api::{Cors, HttpApi};
pub use error::TemplateError;
pub use function::{Environment, Function, Logging};
pub use names::{ACCOUNT_ID, Names};
pub(crate) use names::{function_arn, queue_arn};
pub use processed::Processed;
pub use schedule::Expression;
pub use store::{Bucket, BucketCorsRule, Key, Queue, Redrive, Table};
pub use trigger::{HttpRoute, QueueTrigger, ScheduleKind, ScheduleTrigger, StreamTrigger, Trigger};

use self::names::Kind;
use self::resolve::Resolver;

/// A parsed template with the values of its parameters.
pub struct Template {
    parameters: BTreeMap<String, Json>,
    conditions: Yaml,
    mappings: Yaml,
    globals: Yaml,
    resources: BTreeMap<String, Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    #[serde(rename = "Type")]
    kind: String,
    condition: Option<String>,
    deletion_policy: Option<String>,
    update_replace_policy: Option<String>,
    #[serde(default)]
    depends_on: Yaml,
    #[serde(default)]
    metadata: Yaml,
    #[serde(default)]
    properties: Yaml,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    #[serde(default)]
    parameters: BTreeMap<String, Json>,
    #[serde(default)]
    conditions: Yaml,
    #[serde(default)]
    mappings: Yaml,
    #[serde(default)]
    globals: Yaml,
    resources: BTreeMap<String, Yaml>,
}

/// Services and types whose resources do nothing by themselves while the stack runs on one machine.
const WITHOUT_BEHAVIOUR: [&str; 16] = [
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::Budgets::",
    "AWS::CertificateManager::",
    "AWS::CloudFront::",
    "AWS::CloudWatch::",
    "AWS::IAM::",
    "AWS::KMS::Alias",
    "AWS::Lambda::Permission",
    "AWS::Logs::",
    "AWS::Route53::",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::",
    "AWS::SQS::QueuePolicy",
    "AWS::WAFv2::",
    "AWS::XRay::",
];

impl Template {
    /// Reads a template file. `overrides` are parameter values by name; all others take their defaults.
    pub fn read(path: &Path, overrides: &BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| TemplateError::Read { path: path.to_owned(), source })?;
        Self::parse(&text, overrides)
    }

    /// Reads a template's text. `overrides` are parameter values by name; all others take their defaults.
    pub fn parse(text: &str, overrides: &BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let document: Document = serde_norway::from_str(text)?;
        let parameters = parameters::values(&document.parameters, overrides)?;
        let mut resources = BTreeMap::new();
        for (logical_id, resource) in document.resources {
            let resource: Resource = serde_norway::from_value(resource)
                .map_err(|error| TemplateError::at(&logical_id, error.to_string()))?;
            let passive = WITHOUT_BEHAVIOUR.iter().any(|prefix| resource.kind.starts_with(prefix));
            if Kind::of(&resource.kind).is_none() && !passive {
                let problem = format!("the local stack cannot run a {}", resource.kind);
                return Err(TemplateError::at(logical_id, problem));
            }
            resources.insert(logical_id, resource);
        }
        Ok(Self {
            parameters,
            conditions: document.conditions,
            mappings: document.mappings,
            globals: document.globals,
            resources,
        })
    }

    /// The queues, those without a redrive policy first, so that each dead-letter queue exists before it is named.
    pub fn queues(&self, names: &Names) -> Result<Vec<Queue>, TemplateError> {
        let mut queues = self.each(Kind::Queue, names, store::queue)?;
        queues.sort_by_key(|queue| queue.redrive.is_some());
        Ok(queues)
    }

    /// The tables.
    pub fn tables(&self, names: &Names) -> Result<Vec<Table>, TemplateError> {
        self.each(Kind::Table, names, store::table)
    }

    /// The buckets.
    pub fn buckets(&self, names: &Names) -> Result<Vec<Bucket>, TemplateError> {
        self.each(Kind::Bucket, names, store::bucket)
    }

    /// The encryption keys.
    pub fn keys(&self, names: &Names) -> Result<Vec<Key>, TemplateError> {
        self.each(Kind::Key, names, store::key)
    }

    /// The HTTP API, if the template has one.
    ///
    /// # Errors
    /// Two HTTP APIs are an error: the local stack serves one.
    pub fn http_api(&self, names: &Names) -> Result<Option<HttpApi>, TemplateError> {
        let mut apis = self.each(Kind::HttpApi, names, api::http_api)?;
        let first = apis.pop();
        match apis.pop() {
            Some(second) => {
                Err(TemplateError::at(second.logical_id, "the local stack serves one HTTP API, here is another"))
            }
            None => Ok(first),
        }
    }

    /// The functions with their environment and their events. `names` must know the URLs of the queues.
    ///
    /// # Errors
    /// Also what CloudFormation itself refuses: an event of a queue whose visibility time-out is shorter than the
    /// function's time-out, or a route of an API that does not exist.
    pub fn functions(&self, names: &Names) -> Result<Vec<Function>, TemplateError> {
        let functions = self.each(Kind::Function, names, function::function)?;
        let queues = self.queues(names)?;
        let api = self.http_api(names)?;
        for function in &functions {
            for trigger in &function.triggers {
                match trigger {
                    Trigger::Queue(queue) => queue.check(&function.logical_id, function.timeout, &queues)?,
                    Trigger::Http(route) => route.check(&function.logical_id, api.as_ref())?,
                    Trigger::Stream(_) | Trigger::Schedule(_) => {}
                }
            }
        }
        Ok(functions)
    }

    fn each<T>(
        &self,
        kind: Kind,
        names: &Names,
        parse: impl Fn(&Declared<'_>) -> Result<T, TemplateError>,
    ) -> Result<Vec<T>, TemplateError> {
        let resolver = Resolver::new(self, names);
        let declared = self.declared(&resolver)?;
        declared.iter().filter(|declared| Kind::of(&declared.resource.kind) == Some(kind)).map(parse).collect()
    }

    /// What is made, with its globals.
    fn declared<'a>(&'a self, resolver: &'a Resolver<'a>) -> Result<Vec<Declared<'a>>, TemplateError> {
        let mut found = Vec::new();
        for (logical_id, resource) in &self.resources {
            if let Some(condition) = &resource.condition
                && !resolver.condition(condition, &format!("{logical_id}.Condition"))?
            {
                continue;
            }
            let globals = match Kind::of(&resource.kind) {
                Some(Kind::Function) => self.globals.get("Function"),
                Some(Kind::HttpApi) => self.globals.get("HttpApi"),
                Some(Kind::Queue | Kind::Distribution | Kind::Table | Kind::Bucket | Kind::Key) | None => None,
            };
            let properties =
                globals.map_or_else(|| resource.properties.clone(), |all| merge(all, &resource.properties));
            found.push(Declared { logical_id, resource, properties, resolver });
        }
        Ok(found)
    }
}

/// One resource on its way into its struct.
struct Declared<'a> {
    logical_id: &'a str,
    resource: &'a Resource,
    /// With the globals merged in.
    properties: Yaml,
    resolver: &'a Resolver<'a>,
}

impl Declared<'_> {
    fn name(&self) -> Result<String, TemplateError> {
        self.resolver.physical_name(self.logical_id, self.logical_id)
    }

    /// The named properties, resolved, as a struct. Others are left alone: nothing here needs them.
    fn properties<T: serde::de::DeserializeOwned>(&self, wanted: &[&str]) -> Result<T, TemplateError> {
        let mut object = serde_json::Map::new();
        for name in wanted {
            if let Some(value) = self.properties.get(*name)
                && let Some(value) = self.resolver.resolve(value, &self.place(name))?
            {
                object.insert((*name).to_owned(), value);
            }
        }
        typed(Json::Object(object), self.logical_id)
    }

    fn place(&self, property: &str) -> String {
        format!("{}.{property}", self.logical_id)
    }
}

fn typed<T: serde::de::DeserializeOwned>(value: Json, place: &str) -> Result<T, TemplateError> {
    serde_json::from_value(value).map_err(|error| TemplateError::at(place, error.to_string()))
}

/// Globals under a resource's own properties, as SAM merges them: maps key by key, lists one behind the other,
/// everything else replaced by the resource's own.
fn merge(globals: &Yaml, own: &Yaml) -> Yaml {
    match (globals, own) {
        (Yaml::Mapping(globals), Yaml::Mapping(own)) => {
            let mut merged = globals.clone();
            for (key, value) in own {
                let value = globals.get(key).map_or_else(|| value.clone(), |global| merge(global, value));
                merged.insert(key.clone(), value);
            }
            Yaml::Mapping(merged)
        }
        (Yaml::Sequence(globals), Yaml::Sequence(own)) => globals.iter().chain(own).cloned().collect(),
        (globals, Yaml::Null) => globals.clone(),
        (_, own) => own.clone(),
    }
}

/// A scalar's text. CloudFormation makes no difference between `30` and `"30"`.
fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// A whole number or flag that may also be written as a string, as a parameter's value is.
mod loose {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer};
    use serde_json::Value as Json;

    use super::scalar;

    pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
        let value = Json::deserialize(deserializer)?;
        let text = scalar(&value).ok_or_else(|| D::Error::custom("a whole number is needed"))?;
        text.parse().map(Some).map_err(|_| D::Error::custom(format!("{text} is not a whole number")))
    }

    pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
        let value = Json::deserialize(deserializer)?;
        let text = scalar(&value).ok_or_else(|| D::Error::custom("true or false is needed"))?;
        text.parse().map(Some).map_err(|_| D::Error::custom(format!("{text} is neither true nor false")))
    }
}
