//! DynamoDB: keys, records, one module an aggregate.
