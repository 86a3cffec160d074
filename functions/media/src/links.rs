//! Where a caller goes on with an upload.

use http::HeaderMap;
use slipway_domain::MediaId;

use crate::App;

/// Routes of one media, as whole URLs.
pub(crate) struct Links {
    /// POST: verifies what was uploaded.
    pub(crate) verify: String,
    /// POST: puts the parts together, then verifies.
    pub(crate) complete: String,
    /// POST: gives the upload up.
    pub(crate) abort: String,
    /// GET: how far the upload has come, with new URLs for what is missing.
    pub(crate) resume: String,
}

impl Links {
    /// The links, on the address by which the world knows us; see [`slipway_http::PublicBase`].
    pub(crate) fn of(app: &App, headers: &HeaderMap, id: &MediaId) -> Self {
        let media = format!("{}/v1/media/{id}", app.base.resolve(headers));
        Self {
            verify: format!("{media}/verify"),
            complete: format!("{media}/complete"),
            abort: format!("{media}/abort"),
            resume: format!("{media}/upload"),
        }
    }
}
