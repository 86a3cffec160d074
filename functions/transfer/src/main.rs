//! Wires the transfer function.

use lambda_runtime::Error;
use slipway_worker::on_messages;
use transfer::Transfer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (aws, config) = slipway_runtime::start(env!("CARGO_CRATE_NAME")).await?;
    let transfer = Transfer::new(&aws, config)?;
    on_messages(&[&transfer.transfers], async |message, record, deadline| {
        transfer.step(message, record, deadline).await
    })
    .await
}
