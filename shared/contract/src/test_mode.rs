//! What developers are shown about test mode.

use serde::Serialize;

/// The outcomes that a post in test mode can ask for, and the creators of test mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestOutcomesView {
    /// What the text of a post can ask for.
    pub data: Vec<TestOutcomeView>,
    /// The number of items.
    pub count: usize,
    /// The creators that can be connected.
    pub creators: Vec<TestCreatorView>,
}

/// What the text of a post can ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestOutcomeView {
    /// The name.
    pub name: String,
    /// What the text has to contain.
    pub caption: String,
    /// The post's outcome.
    pub description: String,
}

/// A kind of creator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestCreatorView {
    /// What the creator's name has to begin with.
    pub name: &'static str,
    /// What is special about such a creator.
    pub description: &'static str,
}
