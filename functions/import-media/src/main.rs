//! Wires the import-media function.

use import_media::Importer;
use lambda_runtime::Error;
use slipway_worker::on_messages;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (aws, config) = slipway_runtime::start(env!("CARGO_CRATE_NAME")).await?;
    let importer = Importer::new(&aws, config)?;
    on_messages(&[&importer.imports], async |message, record, deadline| importer.step(message, record, deadline).await)
        .await
}
