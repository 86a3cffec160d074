//! What a call of `DynamoDB` must be allowed, by "`DynamoDB` API permissions" of its developer guide.

use serde_json::Value;

use crate::iam::Right;
use crate::{ACCOUNT_ID, REGION};

/// The rights that a call needs. A transaction needs those of its items; what is read through an index is of the index.
pub(crate) fn rights(operation: &str, body: &[u8]) -> Vec<Right> {
    // What can't be read is refused by the operation itself.
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let named = |part: &Value| arn(part["TableName"].as_str().unwrap_or_default());
    let action = |name: &str| format!("dynamodb:{name}");
    match operation {
        "TransactWriteItems" | "TransactGetItems" => {
            let items = request["TransactItems"].as_array().into_iter().flatten();
            let parts = items.filter_map(Value::as_object).flatten();
            parts.map(|(kind, part)| Right::new(action(in_transaction(kind)), named(part))).collect()
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = request["RequestItems"].as_object().into_iter().flatten();
            tables.map(|(table, _)| Right::new(action(operation), arn(table))).collect()
        }
        "Query" | "Scan" => {
            let table = named(&request);
            let index = request["IndexName"].as_str().map(|index| format!("{table}/index/{index}"));
            vec![Right::new(action(operation), index.unwrap_or(table))]
        }
        _ => vec![Right::new(action(operation), named(&request))],
    }
}

/// The action behind an item of a transaction.
fn in_transaction(kind: &str) -> &str {
    match kind {
        "Get" => "GetItem",
        "Put" => "PutItem",
        "Update" => "UpdateItem",
        "Delete" => "DeleteItem",
        "ConditionCheck" => "ConditionCheckItem",
        // Nothing that a policy could grant.
        other => other,
    }
}

fn arn(table: &str) -> String {
    // Requests may also name a table by its ARN.
    if table.starts_with("arn:") {
        return table.to_owned();
    }
    format!("arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{table}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn needed(operation: &str, request: &Value) -> Vec<(String, String)> {
        let rights = rights(operation, request.to_string().as_bytes());
        let table = |arn: String| arn.rsplit_once(":table/").unwrap().1.to_owned();
        rights.into_iter().map(|right| (right.action, table(right.resource))).collect()
    }

    #[test]
    fn each_operation_needs_its_own_right_on_what_it_names() {
        let batch = json!({ "RequestItems": { "A": {}, "B": {} } });
        let writes = json!({ "TransactItems": [
            { "Put": { "TableName": "A" } }, { "Update": { "TableName": "A" } }, { "Delete": { "TableName": "B" } },
            { "ConditionCheck": { "TableName": "C" } },
        ] });
        for (operation, request, expected) in [
            ("GetItem", json!({ "TableName": "A" }), vec![("GetItem", "A")]),
            ("PutItem", json!({ "TableName": arn("A") }), vec![("PutItem", "A")]),
            ("Query", json!({ "TableName": "A" }), vec![("Query", "A")]),
            ("Query", json!({ "TableName": "A", "IndexName": "due" }), vec![("Query", "A/index/due")]),
            ("Scan", json!({ "TableName": "A", "IndexName": "due" }), vec![("Scan", "A/index/due")]),
            ("BatchGetItem", batch.clone(), vec![("BatchGetItem", "A"), ("BatchGetItem", "B")]),
            ("BatchWriteItem", batch, vec![("BatchWriteItem", "A"), ("BatchWriteItem", "B")]),
            ("TransactGetItems", json!({ "TransactItems": [{ "Get": { "TableName": "A" } }] }), vec![("GetItem", "A")]),
            (
                "TransactWriteItems",
                writes,
                vec![("PutItem", "A"), ("UpdateItem", "A"), ("DeleteItem", "B"), ("ConditionCheckItem", "C")],
            ),
        ] {
            let expected: Vec<_> = expected.iter().map(|(a, t)| (format!("dynamodb:{a}"), (*t).to_owned())).collect();
            assert_eq!(needed(operation, &request), expected, "{operation}");
        }
    }
}
