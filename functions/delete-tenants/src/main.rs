//! Wires the delete-tenants function.

use std::time::Duration;

use delete_tenants::DeleteTenants;
use jiff::Timestamp;
use lambda_runtime::Error;
use slipway_worker::on_schedule;

/// What is left of the function's minute for what was begun: a call to TikTok may take twenty seconds.
const FINISHING_UP: Duration = Duration::from_secs(25);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (aws, config) = slipway_runtime::start(env!("CARGO_CRATE_NAME")).await?;
    let delete = DeleteTenants::new(&aws, config)?;
    on_schedule(async |deadline| -> Result<(), Error> {
        Ok(delete.run(Timestamp::now(), deadline.leaving(FINISHING_UP)).await.map(drop)?)
    })
    .await
}
