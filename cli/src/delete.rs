//! `slipway delete`: media that no post needs any more.

use serde_json::json;

use crate::Session;
use crate::args::Delete;
use crate::problem::Problem;

/// Runs the command. It ends at the first media that can't be deleted.
pub(crate) async fn run(session: &Session, wanted: &Delete) -> Result<(), Problem> {
    for media in &wanted.media {
        session.api.delete(&format!("/v1/media/{media}")).await?.success()?;
        session.say.event(&json!({"event": "deleted", "media_id": media.to_string()}));
        session.say.done(&format!("Deleted {media}"));
    }
    Ok(())
}
