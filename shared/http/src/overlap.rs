//! How long an old secret counts beside its successor.

use jiff::SignedDuration;
use slipway_contract::fields::Fields;
use slipway_contract::{Diagnostics, Issue};
use slipway_domain::limits::LONGEST_OVERLAP;

use crate::{ErrorResponse, Once, unknown_fields};

/// What a request for a new secret says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// For how long the old secret counts beside the new one.
    pub length: SignedDuration,
    /// What the request says besides.
    pub warnings: Vec<String>,
}

impl Overlap {
    /// Reads a request that says nothing else. Without `overlap_seconds` the old secret counts no more.
    pub fn of(request: &Once) -> Result<Self, ErrorResponse> {
        let mut noted = Diagnostics::default();
        let root = Fields::root(&request.body.object);
        let length = seconds(&root, &mut noted.issues);
        noted.unknown(&root);
        Ok(Self { length, warnings: noted.finish(unknown_fields(&request.headers))? })
    }
}

fn seconds(root: &Fields<'_>, issues: &mut Vec<Issue>) -> SignedDuration {
    let Some(seconds) = root.count("overlap_seconds", issues) else { return SignedDuration::ZERO };
    let overlap = i64::try_from(seconds).ok().map(SignedDuration::from_secs);
    overlap.filter(|overlap| *overlap <= LONGEST_OVERLAP).unwrap_or_else(|| {
        let message = format!("the old secret counts for at most {} s more", LONGEST_OVERLAP.as_secs());
        issues.push(Issue::invalid("overlap_seconds", message, "Send a smaller number, or none."));
        SignedDuration::ZERO
    })
}
