//! What developers are shown about test mode.

use serde::Serialize;

/// What a post of test mode can be made to end as, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestOutcomesView {
    /// What the text of a post can ask for.
    pub data: Vec<TestOutcomeView>,
    /// How many.
    pub count: usize,
    /// The creators that can be connected.
    pub creators: Vec<TestCreatorView>,
}

/// What the text of a post can ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestOutcomeView {
    /// Its name.
    pub name: String,
    /// What the text has to contain.
    pub caption: String,
    /// What becomes of the post.
    pub description: String,
}

/// A kind of creator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestCreatorView {
    /// With what the name begins.
    pub name: &'static str,
    /// What is special about such a creator.
    pub description: &'static str,
}
