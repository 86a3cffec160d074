use std::path::PathBuf;

/// Why a template can't be run. Each names the place to look at.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file can't be read.
    #[error("cannot read the template {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not YAML.
    #[error("the template is not valid YAML: {0}")]
    Yaml(#[from] serde_norway::Error),
    /// A section, a resource or a property can't be understood or resolved.
    #[error("template: {place}: {problem}")]
    Place {
        /// Resource and property, such as `PostsFunction.Environment.Variables.POSTS_TABLE`.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A parameter lacks a value, or its value is not allowed.
    #[error("template parameter {name}: {problem}")]
    Parameter {
        /// The parameter's name.
        name: String,
        /// What is wrong with its value. Never holds the value of a `NoEcho` parameter.
        problem: String,
    },
}

impl TemplateError {
    pub(super) fn at(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Place { place: place.into(), problem: problem.into() }
    }
}
