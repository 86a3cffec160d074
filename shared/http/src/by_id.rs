//! Things that a path names by their ids.

use std::str::FromStr;

use slipway_store::StoreError;

/// Looks for what a path names by its id. A text that is no id names nothing.
pub async fn by_id<I: FromStr, T>(
    id: &str,
    look: impl AsyncFnOnce(I) -> Result<Option<T>, StoreError>,
) -> Result<Option<T>, StoreError> {
    match id.parse() {
        Ok(id) => look(id).await,
        Err(_) => Ok(None),
    }
}
