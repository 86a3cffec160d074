//! What the `main.rs` of a function on queues ends with.

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::de::DeserializeOwned;
use slipway_queue::Queue;
use slipway_runtime::Deadline;

use crate::{Handled, work};

/// Works on the messages of these queues, batch after batch, for as long as Lambda keeps the process.
pub async fn on_messages<M, F>(queues: &[&Queue], step: F) -> Result<(), Error>
where
    M: DeserializeOwned,
    F: AsyncFn(M, &SqsMessage, Deadline) -> Handled,
{
    let step = &step;
    run(service_fn(async |event: LambdaEvent<SqsEvent>| -> Result<_, Error> {
        let deadline = Deadline::of(&event.context);
        Ok(work(queues, event.payload, async |message, record: &_| {
            // Boxed: a step is a deep tower of futures.
            Box::pin(step(message, record, deadline)).await
        })
        .await)
    }))
    .await
}
