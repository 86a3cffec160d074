//! What the `main.rs` of a function on a schedule ends with.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use slipway_runtime::Deadline;

/// Runs whenever the schedule fires, for as long as Lambda keeps the process.
pub async fn on_schedule<F, E>(job: F) -> Result<(), Error>
where
    F: AsyncFn(Deadline) -> Result<(), E>,
    E: Into<Error>,
{
    let job = &job;
    run(service_fn(async |event: LambdaEvent<Value>| -> Result<(), Error> {
        Box::pin(job(Deadline::of(&event.context))).await.map_err(Into::into)
    }))
    .await
}
