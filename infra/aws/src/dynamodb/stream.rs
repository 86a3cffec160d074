//! A table's stream, as the event source mapping reads it. No function may: AWS polls with hands of its own.

use dynoxide::actions::get_records::Record;
use dynoxide::streams::shard_id;
use serde_json::{Value, json};

use super::DynamoDb;
use crate::error::StandInError;

/// A change of an item, as a stream has it.
#[derive(Clone, Debug)]
pub struct StreamRecord {
    /// Its place in the stream.
    pub sequence_number: String,
    /// The record in the form of `GetRecords`, which is also that of Lambda's event.
    pub json: Value,
}

impl DynamoDb {
    /// Up to `limit` changes behind the one with this sequence number, or from the beginning. Blocks on `SQLite`.
    pub(crate) fn stream(
        &self,
        table: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<StreamRecord>, StandInError> {
        let failed = |error: dynoxide::DynoxideError| StandInError::Table(format!("the stream of {table}: {error}"));
        let arn = format!("arn:aws:dynamodb:{}:{}:table/{table}/stream/local", crate::REGION, crate::ACCOUNT_ID);
        // `dynoxide` has one shard a stream, whose description would read all of it.
        let shard = shard_id(table);
        let ask = match after {
            None => json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" }),
            Some(number) => json!({
                "StreamArn": arn,
                "ShardId": shard,
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                "SequenceNumber": number,
            }),
        };
        let iterator = self.database.get_shard_iterator(request(ask)?).map_err(failed)?;
        let ask = json!({ "ShardIterator": iterator.shard_iterator, "Limit": limit });
        let page = self.database.get_records(request(ask)?).map_err(failed)?;
        let of = |record: Record| {
            let sequence_number = record.dynamodb.sequence_number.clone();
            Ok(StreamRecord { sequence_number, json: serde_json::to_value(record)? })
        };
        page.records.into_iter().map(of).collect()
    }
}

fn request<T: serde::de::DeserializeOwned>(of: Value) -> Result<T, StandInError> {
    Ok(serde_json::from_value(of)?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_stream_has_every_change_once_and_in_order() {
        let tables = DynamoDb::open(None, Arc::default()).unwrap();
        let definition = json!({
            "TableName": "events",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" },
        });
        tables.ensure_table(&definition, None).unwrap();
        let put = |pk: &str| json!({ "TableName": "events", "Item": { "pk": { "S": pk } } });
        tables.call("PutItem", put("a").to_string().as_bytes()).unwrap();
        let both = json!({ "TransactItems": [{ "Put": put("b") }, { "Put": put("c") }] });
        tables.call("TransactWriteItems", both.to_string().as_bytes()).unwrap();
        let names = |records: &[StreamRecord]| {
            records.iter().map(|record| record.json["dynamodb"]["NewImage"]["pk"]["S"].clone()).collect::<Vec<_>>()
        };
        let first = tables.stream("events", None, 2).unwrap();
        assert_eq!(names(&first), ["a", "b"]);
        assert_eq!(first[0].json["eventName"], "INSERT");
        let rest = tables.stream("events", Some(&first[1].sequence_number), 10).unwrap();
        assert_eq!(names(&rest), ["c"]);
        assert!(tables.stream("events", Some(&rest[0].sequence_number), 10).unwrap().is_empty());
    }
}
