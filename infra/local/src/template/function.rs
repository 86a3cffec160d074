//! Functions.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use aws_stand_in::Statement;
use serde::Deserialize;
use serde_json::Value as Json;

use super::trigger::{Trigger, TriggerProperties, trigger};
use super::{Declared, TemplateError, loose, policies, scalar};

/// A function the template declares, with the globals merged in.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its key under `Resources`.
    pub logical_id: String,
    /// Its name in Lambda.
    pub name: String,
    /// The binary that cargo-lambda builds for it: `Metadata.BuildProperties.Binary`.
    pub binary: String,
    /// What the runtime gets as `_HANDLER`.
    pub handler: String,
    /// Memory in MB.
    pub memory_mb: u32,
    /// The longest an invocation may take.
    pub timeout: Duration,
    /// Its own environment variables.
    pub environment: Environment,
    /// How Lambda tells it to log.
    pub logging: Logging,
    /// The most invocations at one time, if reserved.
    pub reserved_concurrency: Option<u32>,
    /// What starts it.
    pub triggers: Vec<Trigger>,
    /// What its role may do.
    pub policy: Vec<Statement>,
}

/// Environment variables. They may hold secrets, so that only the names can be printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(pub BTreeMap<String, String>);

impl fmt::Debug for Environment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.0.keys()).finish()
    }
}

/// A function's `LoggingConfig`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Logging {
    /// `JSON` or `Text`.
    pub log_format: Option<String>,
    /// `TRACE` to `FATAL`.
    pub application_log_level: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    handler: Option<String>,
    #[serde(default, deserialize_with = "loose::number")]
    memory_size: Option<u32>,
    #[serde(default, deserialize_with = "loose::number")]
    timeout: Option<u32>,
    environment: Option<EnvironmentProperty>,
    #[serde(default)]
    logging_config: Logging,
    #[serde(default, deserialize_with = "loose::number")]
    reserved_concurrent_executions: Option<u32>,
    #[serde(default)]
    events: BTreeMap<String, TriggerProperties>,
    #[serde(default)]
    policies: Json,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EnvironmentProperty {
    #[serde(default)]
    variables: BTreeMap<String, Json>,
}

pub(super) fn function(declared: &Declared<'_>) -> Result<Function, TemplateError> {
    let properties: Properties = declared.properties(&[
        "Handler",
        "MemorySize",
        "Timeout",
        "Environment",
        "LoggingConfig",
        "ReservedConcurrentExecutions",
        "Events",
        "Policies",
    ])?;
    let binary = declared.resource.metadata.get("BuildProperties").and_then(|build| build.get("Binary"));
    let binary = binary.and_then(|name| name.as_str()).ok_or_else(|| {
        let place = format!("{}.Metadata.BuildProperties.Binary", declared.logical_id);
        TemplateError::at(place, "it must name the binary to run")
    })?;
    let mut environment = BTreeMap::new();
    for (name, value) in properties.environment.map(|environment| environment.variables).unwrap_or_default() {
        let place = || declared.place(&format!("Environment.Variables.{name}"));
        let value = scalar(&value).ok_or_else(|| TemplateError::at(place(), "it is not a string"))?;
        environment.insert(name, value);
    }
    let triggers = properties.events.into_iter();
    let triggers = triggers.map(|(name, declared_trigger)| trigger(declared.logical_id, &name, declared_trigger));
    let triggers = triggers.collect::<Result<Vec<_>, _>>()?;
    let mut policy = policies::statements(&declared.place("Policies"), properties.policies)?;
    policy.extend(policies::of_queues(&triggers));
    policy.extend(policies::of_streams(&triggers));
    Ok(Function {
        logical_id: declared.logical_id.to_owned(),
        name: declared.name()?,
        binary: binary.to_owned(),
        handler: properties.handler.unwrap_or_else(|| "bootstrap".to_owned()),
        // SAM's defaults.
        memory_mb: properties.memory_size.unwrap_or(128),
        timeout: Duration::from_secs(u64::from(properties.timeout.unwrap_or(3))),
        environment: Environment(environment),
        logging: properties.logging_config,
        reserved_concurrency: properties.reserved_concurrent_executions,
        triggers,
        policy,
    })
}
