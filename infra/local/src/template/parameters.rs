use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::{TemplateError, scalar};

/// What the template says of one parameter.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Declaration {
    r#type: String,
    default: Option<Json>,
    allowed_values: Option<Vec<Json>>,
    min_value: Option<Json>,
    max_value: Option<Json>,
    min_length: Option<Json>,
    max_length: Option<Json>,
    #[serde(default)]
    no_echo: Json,
}

/// The values of the template's parameters: the overrides where given, otherwise the defaults.
///
/// # Errors
/// A parameter without a value, a value that its declaration forbids, an override nobody declared.
pub(super) fn values(
    declared: &BTreeMap<String, Json>,
    overrides: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Json>, TemplateError> {
    if let Some(name) = overrides.keys().find(|name| !declared.contains_key(*name)) {
        return Err(refused(name, "the template declares no such parameter"));
    }
    declared
        .iter()
        .map(|(name, declaration)| {
            let declaration: Declaration =
                serde_json::from_value(declaration.clone()).map_err(|error| refused(name, error.to_string()))?;
            let value = overrides
                .get(name)
                .cloned()
                .or_else(|| declaration.default.as_ref().and_then(scalar))
                .ok_or_else(|| refused(name, "it has no default and no value was given"))?;
            declaration.check(name, &value)?;
            Ok((name.clone(), declaration.typed(&value)))
        })
        .collect()
}

impl Declaration {
    fn check(&self, name: &str, value: &str) -> Result<(), TemplateError> {
        let shown = if scalar(&self.no_echo).as_deref() == Some("true") { "its value" } else { value };
        if let Some(allowed) = &self.allowed_values {
            let allowed: Vec<_> = allowed.iter().filter_map(scalar).collect();
            if !allowed.iter().any(|one| one == value) {
                return Err(refused(name, format!("{shown} is none of {}", allowed.join(", "))));
            }
        }
        if self.r#type == "Number" {
            let number: f64 = value.parse().map_err(|_| refused(name, format!("{shown} is not a number")))?;
            let outside = bound(self.min_value.as_ref()).is_some_and(|least| number < least)
                || bound(self.max_value.as_ref()).is_some_and(|most| number > most);
            if outside {
                return Err(refused(name, format!("{shown} is outside MinValue and MaxValue")));
            }
        }
        let length = value.chars().count();
        let outside = bound(self.min_length.as_ref()).is_some_and(|least| to_f64(length) < least)
            || bound(self.max_length.as_ref()).is_some_and(|most| to_f64(length) > most);
        if outside {
            return Err(refused(name, format!("{shown} is shorter than MinLength or longer than MaxLength")));
        }
        Ok(())
    }

    /// A list for list types, a string for all others (CloudFormation hands numbers on as strings, too).
    fn typed(&self, value: &str) -> Json {
        if self.r#type == "CommaDelimitedList" || self.r#type.starts_with("List<") {
            return value.split(',').map(|item| Json::from(item.trim())).collect();
        }
        Json::from(value)
    }
}

fn bound(limit: Option<&Json>) -> Option<f64> {
    limit.and_then(scalar).and_then(|text| text.parse().ok())
}

fn to_f64(length: usize) -> f64 {
    u32::try_from(length).map_or(f64::INFINITY, f64::from)
}

fn refused(name: &str, problem: impl Into<String>) -> TemplateError {
    TemplateError::Parameter { name: name.to_owned(), problem: problem.into() }
}
