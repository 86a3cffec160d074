//! Resources as CloudFormation gets them: with the globals merged in and everything resolved.

use serde_json::Value as Json;

use super::resolve::Resolver;
use super::{Declared, Names, Template, TemplateError};

/// A resource as CloudFormation gets it: for whoever asks what a deployment would make.
#[derive(Clone, Debug)]
pub struct Processed {
    /// Its key under `Resources`.
    pub logical_id: String,
    /// Its type.
    pub kind: String,
    /// What becomes of it when the stack is deleted, or its first deployment fails.
    pub deletion_policy: Option<String>,
    /// What becomes of it when another one takes its place.
    pub update_replace_policy: Option<String>,
    /// Which resources have to be there before it.
    pub depends_on: Vec<String>,
    /// Its properties.
    pub properties: Json,
}

impl Template {
    /// All resources that a deployment would make, also those that the local stack passes over.
    ///
    /// # Errors
    /// A property that can't be resolved.
    pub fn processed(&self, names: &Names) -> Result<Vec<Processed>, TemplateError> {
        let resolver = Resolver::new(self, names);
        self.declared(&resolver)?.iter().map(processed).collect()
    }
}

fn processed(declared: &Declared<'_>) -> Result<Processed, TemplateError> {
    let properties = declared.resolver.resolve(&declared.properties, declared.logical_id)?;
    let resource = declared.resource;
    let depends_on = match declared.resolver.resolve(&resource.depends_on, &declared.place("DependsOn"))? {
        Some(Json::String(one)) => vec![one],
        Some(Json::Array(several)) => several.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    Ok(Processed {
        logical_id: declared.logical_id.to_owned(),
        kind: resource.kind.clone(),
        deletion_policy: resource.deletion_policy.clone(),
        update_replace_policy: resource.update_replace_policy.clone(),
        depends_on,
        properties: properties.unwrap_or_default(),
    })
}
