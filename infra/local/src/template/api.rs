//! The HTTP API and its cross-origin rules.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value as Json;

use super::{Declared, TemplateError, loose};

/// The HTTP API the template declares. Its routes stand with the functions that answer them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpApi {
    /// Its key under `Resources`, which is also its id.
    pub logical_id: String,
    /// Cross-origin rules; without them the gateway neither answers preflights nor adds headers.
    pub cors: Option<Cors>,
}

/// Which web pages of other origins may call the API. `*` stands for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cors {
    /// Origins that may call.
    pub allow_origins: Vec<String>,
    /// Methods they may use.
    pub allow_methods: Vec<String>,
    /// Request headers they may send.
    pub allow_headers: Vec<String>,
    /// Response headers they may read.
    pub expose_headers: Vec<String>,
    /// How long a browser may remember this.
    pub max_age: Option<Duration>,
    /// Whether they may send cookies.
    pub allow_credentials: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    stage_name: Option<String>,
    cors_configuration: Option<Json>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct CorsProperties {
    allow_origins: Vec<String>,
    allow_methods: Vec<String>,
    allow_headers: Vec<String>,
    expose_headers: Vec<String>,
    #[serde(deserialize_with = "loose::number")]
    max_age: Option<u32>,
    #[serde(deserialize_with = "loose::flag")]
    allow_credentials: Option<bool>,
}

pub(super) fn http_api(declared: &Declared<'_>) -> Result<HttpApi, TemplateError> {
    for property in ["Auth", "DefinitionBody", "DefinitionUri"] {
        if declared.properties.get(property).is_some() {
            return Err(TemplateError::at(declared.place(property), "the local stack does not support it"));
        }
    }
    let properties: Properties = declared.properties(&["StageName", "CorsConfiguration"])?;
    if properties.stage_name.as_deref().is_some_and(|stage| stage != "$default") {
        return Err(TemplateError::at(declared.place("StageName"), "the local stack serves the stage $default only"));
    }
    Ok(HttpApi {
        logical_id: declared.logical_id.to_owned(),
        cors: match properties.cors_configuration {
            None | Some(Json::Null | Json::Bool(false)) => None,
            Some(Json::Bool(true)) => {
                Some(cors(CorsProperties { allow_origins: vec!["*".to_owned()], ..CorsProperties::default() }))
            }
            Some(rules) => Some(cors(super::typed(rules, &declared.place("CorsConfiguration"))?)),
        },
    })
}

fn cors(rules: CorsProperties) -> Cors {
    Cors {
        allow_origins: rules.allow_origins,
        allow_methods: rules.allow_methods,
        allow_headers: rules.allow_headers,
        expose_headers: rules.expose_headers,
        max_age: rules.max_age.map(|seconds| Duration::from_secs(u64::from(seconds))),
        allow_credentials: rules.allow_credentials == Some(true),
    }
}
