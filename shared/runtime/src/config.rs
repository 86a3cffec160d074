//! Configuration from the environment, read once, before the first invocation. Everything that is missing or wrong is
//! reported at once and by name, so that a bad deployment fails at its start and not at its first post.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;

/// Declares what a function is told by its environment: a struct, each field with the variable that it is read from. A
/// field without a variable is of a type that is declared like this itself.
///
/// ```
/// use slipway_runtime::config::{self, Env, Name};
/// slipway_runtime::config! {
///     /// What template.yaml tells the function.
///     pub struct Config {
///         /// The posts table.
///         pub posts: Name = "POSTS_TABLE",
///         /// How many at once.
///         pub concurrency: u32 = "CONCURRENCY",
///     }
/// }
/// let problems = Env::from([("CONCURRENCY".to_owned(), "many".to_owned())]).load::<Config>().unwrap_err();
/// assert_eq!(problems.0.len(), 2);
/// ```
#[macro_export]
macro_rules! config {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty $(= $variable:literal)?,)* }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        $vis struct $name { $($(#[$field_meta])* pub $field: $type,)* }

        impl $crate::config::FromEnv for $name {
            fn from_env(env: &mut $crate::config::Env) -> Option<Self> {
                // All are read before the first missing one ends this, so that every problem is noted.
                $(let $field = $crate::config!(@read env, $type $(, $variable)?);)*
                Some(Self { $($field: $field?,)* })
            }
        }
    };
    (@read $env:ident, $type:ty, $variable:literal) => { $env.read::<$type>($variable) };
    (@read $env:ident, $type:ty) => { <$type as $crate::config::FromEnv>::from_env($env) };
}

/// What is read from one or several variables. [`config!`](crate::config!) makes it.
pub trait FromEnv: Sized {
    /// Reads it. `None` if something is missing or wrong, which `env` has noted then.
    fn from_env(env: &mut Env) -> Option<Self>;
}

/// The environment of a function, and what was found to be wrong with it.
#[derive(Debug, Default)]
pub struct Env {
    variables: Variables,
    read: Vec<&'static str>,
    problems: Vec<Problem>,
}

/// Names and values. They may hold secrets, so that only the names can be printed.
#[derive(Default)]
struct Variables(BTreeMap<String, String>);

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A variable that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is not set, or empty where it must not be.
    #[error("the environment variable {0} is not set; template.yaml gives it to this function")]
    Missing(&'static str),
    /// Its value does not parse.
    #[error("the environment variable {name} is not usable: {reason}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// Why.
        reason: String,
    },
}

/// Everything that is wrong with a function's environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub Vec<Problem>);

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl<const N: usize> From<[(String, String); N]> for Env {
    fn from(variables: [(String, String); N]) -> Self {
        BTreeMap::from(variables).into()
    }
}

impl From<BTreeMap<String, String>> for Env {
    fn from(variables: BTreeMap<String, String>) -> Self {
        Self { variables: Variables(variables), ..Self::default() }
    }
}

impl Env {
    /// This process's environment.
    pub fn of_process() -> Self {
        // A variable that is no text is none of ours.
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect::<BTreeMap<_, _>>()
            .into()
    }

    /// Reads a function's configuration, or reports everything that is wrong with it.
    pub fn load<C: FromEnv>(mut self) -> Result<C, ConfigError> {
        C::from_env(&mut self).ok_or(ConfigError(self.problems))
    }

    /// The names of the variables that a configuration reads.
    pub fn names<C: FromEnv>() -> Vec<&'static str> {
        let mut env = Self::default();
        // Nothing is there to be read: what it asks for is all that counts.
        let _ = C::from_env(&mut env);
        env.read
    }

    /// Reads one variable. Whether it may be left empty is its type's business: what does not parse from an empty text
    /// must be there.
    pub fn read<T>(&mut self, name: &'static str) -> Option<T>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        self.read.push(name);
        let text = self.variables.0.get(name).map_or("", String::as_str);
        match text.parse() {
            Ok(value) => return Some(value),
            Err(_) if text.is_empty() => self.problems.push(Problem::Missing(name)),
            Err(error) => self.problems.push(Problem::Invalid { name, reason: error.to_string() }),
        }
        None
    }
}

/// The text is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is empty")]
pub struct Empty;

/// The name or address of something that the template made, such as a table or a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// The name itself.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl FromStr for Name {
    type Err = Empty;

    fn from_str(text: &str) -> Result<Self, Empty> {
        if text.is_empty() { Err(Empty) } else { Ok(Self(text.to_owned())) }
    }
}

/// A secret that must be there.
#[derive(Debug, Clone)]
pub struct Secret(pub SecretString);

impl FromStr for Secret {
    type Err = Empty;

    fn from_str(text: &str) -> Result<Self, Empty> {
        if text.is_empty() { Err(Empty) } else { Ok(Self(text.into())) }
    }
}

/// A number of whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seconds(pub std::time::Duration);

impl FromStr for Seconds {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(|seconds| Self(std::time::Duration::from_secs(seconds)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    config! {
        struct Part {
            pub address: url::Url = "ADDRESS",
        }
    }

    config! {
        struct Whole {
            pub table: Name = "TABLE",
            pub part: Part,
            pub lease: Seconds = "LEASE",
            pub note: String = "NOTE",
        }
    }

    fn env(variables: &[(&str, &str)]) -> Env {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        variables.collect::<BTreeMap<_, _>>().into()
    }

    #[test]
    fn every_problem_is_reported_at_once_and_by_name() {
        let problems = env(&[("TABLE", ""), ("LEASE", "soon")]).load::<Whole>().unwrap_err().to_string();
        for name in ["TABLE is not set", "ADDRESS is not set", "LEASE is not usable: invalid digit"] {
            assert!(problems.contains(name), "{problems}");
        }
        assert!(!problems.contains("NOTE"), "it may be empty: {problems}");
    }

    #[test]
    fn what_is_whole_is_read() {
        let whole = env(&[("TABLE", "t"), ("LEASE", "7"), ("ADDRESS", "http://localhost:1")]).load::<Whole>().unwrap();
        assert_eq!((whole.table.into_string().as_str(), whole.lease.0.as_secs(), whole.note.as_str()), ("t", 7, ""));
        assert_eq!(whole.part.address.port(), Some(1));
    }

    #[test]
    fn the_variables_of_a_configuration_are_known_without_an_environment() {
        assert_eq!(Env::names::<Whole>(), ["TABLE", "ADDRESS", "LEASE", "NOTE"]);
    }

    #[test]
    fn an_environment_prints_no_values() {
        assert_eq!(format!("{:?}", env(&[("SECRET", "hidden")]).variables), r#"{"SECRET"}"#);
    }
}
