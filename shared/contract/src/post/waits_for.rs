//! What a target waits for, as callers are told.

use serde::Serialize;
use slipway_domain::DeferReason;

/// What a target waits for: the reason, told in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "&'static str")]
pub struct WaitsFor(pub DeferReason);

impl From<WaitsFor> for &'static str {
    fn from(WaitsFor(why): WaitsFor) -> Self {
        why.in_words()
    }
}
