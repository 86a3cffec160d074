//! What several functions say of media alike.

use slipway_domain::limits::MEDIA_PER_TENANT;

/// That a tenant has as much media as it may have. Begins with this word, be it in capitals or not.
pub fn there_may_be_no_more(there: &str) -> String {
    format!("{there} are {MEDIA_PER_TENANT} items of media, the most there may be")
}

/// Where media is listed.
pub const MEDIA_PATH: &str = "/v1/media";

/// What to do where there is no room for media.
pub const DELETE_SOME: &str = "Delete media that you no longer need.";

/// What to do where a plan has no room, before this is done again.
pub fn after_deleting(then: &str) -> String {
    format!("{}, then {then}.", DELETE_SOME.trim_end_matches('.'))
}
