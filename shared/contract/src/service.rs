//! How the service introduces itself, and what it says where there is nothing else to say.

use serde::Serialize;

/// A word for whoever opens the base URL in a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Welcome {
    /// What this is called.
    pub name: &'static str,
    /// The version that runs.
    pub version: &'static str,
    /// What it is, and how to begin.
    pub message: &'static str,
}

/// It is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OkView {
    /// Always true.
    pub ok: bool,
}

/// A webhook of TikTok's has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Received {
    /// Always true.
    pub received: bool,
}

/// The requested address has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Moved<'a> {
    /// What to do.
    pub message: &'static str,
    /// The address.
    pub location: &'a str,
}
