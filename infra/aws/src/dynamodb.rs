//! DynamoDB: the operations of `dynoxide` under the names of the wire protocol.

mod database;
mod rights;
mod stream;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::{Database, DynoxideError};
use http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::aws_json::{Refusal, render};
use crate::error::{StandInError, StartError};
use crate::ledger::Ledger;

pub(crate) use rights::rights;
pub use stream::StreamRecord;

/// All tables.
#[derive(Clone)]
pub(crate) struct DynamoDb {
    database: Database,
    ledger: Arc<Ledger>,
}

impl DynamoDb {
    /// Opens the tables kept in `file`, or empty ones in memory.
    pub(crate) fn open(file: Option<&Path>, ledger: Arc<Ledger>) -> Result<Self, StartError> {
        Ok(Self { database: database::open(file)?, ledger })
    }

    /// Carries out `operation`. Blocks on `SQLite`.
    pub(crate) fn call(&self, operation: &str, body: &[u8]) -> Result<Bytes, Refusal> {
        let db = &self.database;
        match operation {
            "GetItem" => self.read(body, |request| db.get_item(request), |_| 1),
            "PutItem" => run(body, |request| db.put_item(request)),
            "UpdateItem" => run(body, |request| db.update_item(request)),
            "DeleteItem" => run(body, |request| db.delete_item(request)),
            "Query" => self.read(body, |request| db.query(request), |page| page.scanned_count),
            "Scan" => self.read(body, |request| db.scan(request), |page| page.scanned_count),
            "BatchGetItem" => self.read(
                body,
                |request| db.batch_get_item(request),
                |found| found.responses.values().map(Vec::len).sum(),
            ),
            "BatchWriteItem" => run(body, |request| db.batch_write_item(request)),
            "TransactGetItems" => {
                self.read(body, |request| db.transact_get_items(request), |found| found.responses.len())
            }
            "TransactWriteItems" => run(body, |request| db.transact_write_items(request)),
            "CreateTable" => run(body, |request| db.create_table(request)),
            "DescribeTable" => run(body, |request| db.describe_table(request)),
            "ListTables" => run(body, |request| db.list_tables(request)),
            "DeleteTable" => run(body, |request| db.delete_table(request)),
            "UpdateTimeToLive" => run(body, |request| db.update_time_to_live(request)),
            "DescribeTimeToLive" => run(body, |request| db.describe_time_to_live(request)),
            _ => Err(Refusal::unknown_operation()),
        }
    }

    /// Runs an operation that reads, and counts the items that it read, whether it answers them or filters them out.
    fn read<Q: DeserializeOwned, A: Serialize>(
        &self,
        body: &[u8],
        operation: impl FnOnce(Q) -> dynoxide::Result<A>,
        items: impl FnOnce(&A) -> usize,
    ) -> Result<Bytes, Refusal> {
        run(body, |request| operation(request).inspect(|answer| self.ledger.add_items(items(answer))))
    }

    /// Creates a table, or makes sure that the one of that name has the same keys and indexes.
    pub(crate) fn ensure_table(&self, definition: &Value, ttl_attribute: Option<&str>) -> Result<(), StandInError> {
        let request: CreateTableRequest = serde_json::from_value(definition.clone())
            .map_err(|error| StandInError::Table(format!("the table definition can't be read: {error}")))?;
        let name = definition["TableName"].as_str().unwrap_or_default().to_owned();
        match self.database.create_table(request) {
            Ok(_) => {}
            Err(DynoxideError::ResourceInUseException(_)) => {
                self.refuse_if_different(&name, definition)?;
            }
            Err(error) => return Err(table_error(&name, &error)),
        }
        match ttl_attribute {
            Some(attribute) => self.ensure_ttl(&name, attribute),
            None => Ok(()),
        }
    }

    fn refuse_if_different(&self, name: &str, definition: &Value) -> Result<(), StandInError> {
        let description = self
            .database
            .describe_table(serde_json::from_value(json!({ "TableName": name }))?)
            .map_err(|error| table_error(name, &error))?;
        let stored = serde_json::to_value(description)?;
        if shape(&stored["Table"]) == shape(definition) {
            Ok(())
        } else {
            Err(StandInError::Table(format!(
                "table {name} exists with other keys or indexes than are wanted now; start with an empty data directory"
            )))
        }
    }

    fn ensure_ttl(&self, name: &str, attribute: &str) -> Result<(), StandInError> {
        let description = self
            .database
            .describe_time_to_live(serde_json::from_value(json!({ "TableName": name }))?)
            .map_err(|error| table_error(name, &error))?;
        let stored = serde_json::to_value(description)?;
        if stored["TimeToLiveDescription"]["AttributeName"].as_str() == Some(attribute) {
            return Ok(());
        }
        let request = json!({
            "TableName": name,
            "TimeToLiveSpecification": { "AttributeName": attribute, "Enabled": true },
        });
        self.database
            .update_time_to_live(serde_json::from_value(request)?)
            .map_err(|error| table_error(name, &error))?;
        Ok(())
    }
}

fn run<Q, A>(body: &[u8], operation: impl FnOnce(Q) -> dynoxide::Result<A>) -> Result<Bytes, Refusal>
where
    Q: DeserializeOwned,
    A: Serialize,
{
    let request = serde_json::from_slice(body).map_err(|error| unreadable(&error.to_string()))?;
    let answer = operation(request).map_err(|error| {
        let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
        Refusal::with_body(status, error.to_json())
    })?;
    render(&answer)
}

/// `dynoxide` reports what it validates while reading a request as a read error with a mark in front.
fn unreadable(message: &str) -> Refusal {
    match message.split_once("VALIDATION:") {
        Some((_, text)) => {
            // serde_json appends where in the text it stopped, which is no part of the message.
            let text = text.rsplit_once(" at line ").map_or(text, |(text, _)| text);
            Refusal::new(StatusCode::BAD_REQUEST, "com.amazon.coral.validate#ValidationException", text)
        }
        None => Refusal::new(StatusCode::BAD_REQUEST, "com.amazon.coral.service#SerializationException", message),
    }
}

/// What must not change under stored items: the table's keys, and each index with its keys.
fn shape(table: &Value) -> Value {
    let mut indexes: Vec<(String, Value)> = table["GlobalSecondaryIndexes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|index| {
            let name = index["IndexName"].as_str().unwrap_or_default().to_owned();
            (name, json!([keys(&index["KeySchema"]), index["Projection"]["ProjectionType"]]))
        })
        .collect();
    indexes.sort_by(|left, right| left.0.cmp(&right.0));
    json!([keys(&table["KeySchema"]), indexes])
}

fn keys(schema: &Value) -> Vec<(&str, &str)> {
    let mut keys: Vec<(&str, &str)> = schema
        .as_array()
        .into_iter()
        .flatten()
        .map(|key| (key["KeyType"].as_str().unwrap_or_default(), key["AttributeName"].as_str().unwrap_or_default()))
        .collect();
    keys.sort_unstable();
    keys
}

fn table_error(name: &str, error: &DynoxideError) -> StandInError {
    StandInError::Table(format!("table {name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(index: &str) -> Value {
        json!({
            "TableName": "posts",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                { "AttributeName": "pk", "AttributeType": "S" },
                { "AttributeName": "tenant", "AttributeType": "S" },
            ],
            "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
            "GlobalSecondaryIndexes": [{
                "IndexName": index,
                "KeySchema": [{ "AttributeName": "tenant", "KeyType": "HASH" }],
                "Projection": { "ProjectionType": "KEYS_ONLY" },
            }],
        })
    }

    #[test]
    fn a_table_may_be_created_again_but_not_with_another_shape() {
        let tables = DynamoDb::open(None, Arc::default()).unwrap();
        tables.ensure_table(&definition("by_tenant"), Some("expires_at")).unwrap();
        tables.ensure_table(&definition("by_tenant"), Some("expires_at")).unwrap();
        let refused = tables.ensure_table(&definition("by_owner"), None).unwrap_err();
        assert!(refused.to_string().contains("other keys or indexes"), "{refused}");
    }

    #[test]
    fn what_is_wrong_with_a_request_is_said_without_the_reader_s_own_words() {
        let tables = DynamoDb::open(None, Arc::default()).unwrap();
        let refusal = tables.call("DescribeTable", br#"{"TableName":"x"}"#).unwrap_err();
        let text = format!("{refusal:?}");
        assert!(text.contains("ValidationException") && text.contains("at least 3 characters"), "{text}");
        assert!(!text.contains("at line"), "{text}");
    }
}
