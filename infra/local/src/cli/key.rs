//! The API key.

use serde_json::json;

use super::api::Api;
use super::run_error::RunError;
use super::say::Say;
use super::world::World;

const STEP: &str = "making an API key";

/// The key that the data folder remembers, if the API still takes it; otherwise a new one.
///
/// It is made as an operator makes the first key of a deployment: by invoking the function, not through the API.
pub(crate) async fn key(world: &World, say: &Say) -> Result<String, RunError> {
    if let Some(key) = world.kept.remembered().api_key {
        let step = say.begin("find the API key");
        let answer = Api::new(world.api_url(), &key)?.get(STEP, "/v1/accounts").await?;
        if answer.is_success() {
            step.done(&shortened(&key));
            return Ok(key);
        }
        if answer.status != 401 {
            return Err(answer.failure(STEP, &world.see_log()));
        }
    }
    let step = say.begin("make an API key");
    let event = json!({"slipway": "create_key", "email": "local@example.com", "name": "local"});
    let failed = |problem: String| RunError::new(STEP, problem, world.see_log());
    let answer = world.stack.invoke("WorkspaceFunction", event).await;
    let answer = answer.map_err(|error| failed(format!("WorkspaceFunction did not answer: {error}")))?;
    let key =
        answer["raw_key"].as_str().ok_or_else(|| failed(format!("WorkspaceFunction answered {answer}")))?.to_owned();
    world.kept.remember(|kept| kept.api_key = Some(key.clone()))?;
    step.done(&shortened(&key));
    Ok(key)
}

/// Enough of a key to know it again.
fn shortened(key: &str) -> String {
    format!("{}…", key.chars().take(14).collect::<String>())
}
