//! An item of a table: its key, and the values in it.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use slipway_domain::TenantId;

use crate::{Epoch, StoreError};

/// An item, or its key: attributes by their names.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The time-to-live attribute, in [`seconds`]: DynamoDB deletes the item some time after it. All tables have this one.
pub(crate) const EXPIRES_AT: &str = "expires_at";

/// The key of an item. All tables have the same two attributes.
pub(crate) fn key(pk: impl Into<String>, sk: impl Into<String>) -> Item {
    Item::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
}

/// The partition of a tenant's own items, in every table that has some.
pub(crate) fn tenant_pk(tenant: &TenantId) -> String {
    format!("{TENANT}{tenant}")
}

/// With what the partition of a tenant's own items begins.
pub(crate) const TENANT: &str = "TENANT#";

/// The item of this key as it is now, whoever has just written it.
pub(crate) async fn get(client: &Client, table: &str, key: Item) -> Result<Option<Item>, StoreError> {
    Ok(client.get_item().table_name(table).set_key(Some(key)).consistent_read(true).send().await?.item)
}

/// A text.
pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number.
pub(crate) fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// A number of things.
pub(crate) fn count(things: usize) -> AttributeValue {
    AttributeValue::N(things.to_string())
}

/// A yes or a no.
pub(crate) const fn flag(is_so: bool) -> AttributeValue {
    AttributeValue::Bool(is_so)
}

/// A moment in whole seconds since 1970: what indexes sort by and the time-to-live is written in.
pub(crate) fn seconds(at: impl Into<Epoch>) -> AttributeValue {
    number(at.into().as_second())
}

/// A moment in milliseconds since 1970, for what must not wait for a second to end.
pub(crate) fn milliseconds(at: Timestamp) -> AttributeValue {
    number(at.as_millisecond())
}

/// A set of texts.
pub(crate) fn texts<T: ToString>(values: &[T]) -> AttributeValue {
    AttributeValue::Ss(values.iter().map(ToString::to_string).collect())
}

/// An item as the record that it is.
pub(crate) fn read<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    Ok(serde_dynamo::from_item(item)?)
}

/// The text attribute `name`, if there is one.
pub(crate) fn text_of<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// What the attribute `name` counts; 0 where nobody has counted.
pub(crate) fn count_of<N: DeserializeOwned + Default>(item: &Item, name: &str) -> Result<N, StoreError> {
    Ok(item.get(name).map_or_else(|| Ok(N::default()), |count| serde_dynamo::from_attribute_value(count.clone()))?)
}

/// The two ids in an item's key, which stand behind these prefixes.
pub(crate) fn ids<A: std::str::FromStr, B: std::str::FromStr>(item: &Item, pk: &str, sk: &str) -> Option<(A, B)> {
    let first = text_of(item, "pk")?.strip_prefix(pk)?.parse().ok()?;
    let second = text_of(item, "sk")?.strip_prefix(sk)?.parse().ok()?;
    Some((first, second))
}
