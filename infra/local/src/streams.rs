//! Event source mappings of streams: changes of a table become invocations of a function, in their order.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_stand_in::{AwsStandIn, StreamRecord};
use bytes::Bytes;
use serde_json::json;

use crate::lambda::{InvokeError, Lambda};
use crate::logs::Logs;
use crate::mappings::failed_items;
use crate::template::StreamTrigger;

/// How often an idle stream is read. Lambda reads four times a second.
const POLL: Duration = Duration::from_millis(50);

/// How long a mapping rests after a failure. Lambda waits longer with each.
const REST_AFTER_ERROR: Duration = Duration::from_millis(500);

/// From which stream to which function.
pub(crate) struct StreamSource {
    /// The function's logical id.
    function: String,
    trigger: StreamTrigger,
    /// Where the place in the stream is kept over restarts, if anything is.
    kept_in: Option<PathBuf>,
}

impl StreamSource {
    /// With a folder for data it goes on where it was.
    pub(crate) fn new(function: &str, trigger: StreamTrigger, data: Option<&Path>) -> Self {
        let kept_in = data.map(|data| data.join(format!("stream-{function}-{}", trigger.table())));
        Self { function: function.to_owned(), trigger, kept_in }
    }

    /// Reads and invokes until dropped. A batch that fails is tried again until it succeeds: what stands behind it waits.
    pub(crate) async fn run(self, aws: AwsStandIn, lambda: Arc<Lambda>, logs: Logs) {
        let mut place = self.kept_in.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        loop {
            let limit = usize::try_from(self.trigger.batch_size).unwrap_or(usize::MAX);
            let records = match aws.stream(self.trigger.table(), place.clone(), limit).await {
                Ok(records) => records,
                Err(error) => {
                    logs.platform(&self.function, None, format!("cannot read a stream: {error}"));
                    tokio::time::sleep(REST_AFTER_ERROR).await;
                    continue;
                }
            };
            if records.is_empty() {
                tokio::time::sleep(POLL).await;
                continue;
            }
            match self.hand_over(&records, &lambda).await {
                Ok(done) => {
                    if let Some(done) = done {
                        place = Some(done);
                        self.keep(place.as_deref(), &logs);
                    } else {
                        tokio::time::sleep(REST_AFTER_ERROR).await;
                    }
                }
                Err(InvokeError::Stopped) => return,
                Err(error) => {
                    let line = format!("{} change(s) of a stream are tried again: {error}", records.len());
                    logs.platform(&self.function, None, line);
                    tokio::time::sleep(REST_AFTER_ERROR).await;
                }
            }
        }
    }

    /// Up to which change all is done; nothing if the first one failed.
    async fn hand_over(&self, records: &[StreamRecord], lambda: &Lambda) -> Result<Option<String>, InvokeError> {
        let wanted = |record: &&StreamRecord| {
            let name = record.json["eventName"].as_str().unwrap_or_default();
            self.trigger.event_names.is_empty() || self.trigger.event_names.iter().any(|wanted| wanted == name)
        };
        let last = records.last().map(|record| record.sequence_number.clone());
        let batch: Vec<_> = records.iter().filter(wanted).collect();
        if batch.is_empty() {
            return Ok(last);
        }
        let event = batch.iter().map(|record| {
            let mut json = record.json.clone();
            json["eventSourceARN"] = json!(self.trigger.stream_arn);
            json
        });
        let event = json!({ "Records": event.collect::<Vec<_>>() });
        let answer = lambda.invoke(&self.function, Bytes::from(event.to_string())).await?;
        let numbers: BTreeSet<_> = batch.iter().map(|record| record.sequence_number.as_str()).collect();
        let failed = failed_items(&answer, &numbers).map_err(|problem| InvokeError::NotJson { problem })?;
        // Lambda goes on at the first change that is named as failed.
        let Some(first) = records.iter().position(|record| failed.contains(record.sequence_number.as_str())) else {
            return Ok(last);
        };
        Ok(first.checked_sub(1).and_then(|before| records.get(before)).map(|record| record.sequence_number.clone()))
    }

    fn keep(&self, place: Option<&str>, logs: &Logs) {
        if let (Some(file), Some(place)) = (&self.kept_in, place)
            && let Err(error) = std::fs::write(file, place)
        {
            logs.platform(&self.function, None, format!("the place in a stream is not kept: {error}"));
        }
    }
}
