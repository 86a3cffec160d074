//! Wires the deliver function.

use deliver::Deliver;
use jiff::Timestamp;
use lambda_runtime::Error;
use slipway_worker::on_stream_and_messages;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (aws, config) = slipway_runtime::start(env!("CARGO_CRATE_NAME")).await?;
    let deliver = Deliver::new(&aws, config)?;
    on_stream_and_messages(
        async |changes, _| deliver.hand_out(changes, Timestamp::now()).await,
        async |messages, deadline| deliver.deliver(messages, Timestamp::now(), deadline).await,
    )
    .await
}
