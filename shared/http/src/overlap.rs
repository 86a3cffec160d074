//! How long an old secret counts beside its successor.

use jiff::SignedDuration;
use slipway_contract::Issue;
use slipway_contract::fields::Fields;
use slipway_domain::webhook::LONGEST_OVERLAP;

/// Reads `overlap_seconds`; without it the old secret counts no more.
pub fn overlap(root: &Fields<'_>, issues: &mut Vec<Issue>) -> SignedDuration {
    let Some(seconds) = root.count("overlap_seconds", issues) else { return SignedDuration::ZERO };
    let overlap = i64::try_from(seconds).ok().map(SignedDuration::from_secs);
    overlap.filter(|overlap| *overlap <= LONGEST_OVERLAP).unwrap_or_else(|| {
        let message = format!("the old secret counts for at most {} s more", LONGEST_OVERLAP.as_secs());
        issues.push(Issue::invalid("overlap_seconds", message, "Send a smaller number, or none."));
        SignedDuration::ZERO
    })
}
