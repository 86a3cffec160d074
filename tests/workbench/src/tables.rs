//! Items of the tables, read and written by hand: for tests that need one as no call would leave it.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::Bench;

/// An item as `DynamoDB` has it.
pub type Item = HashMap<String, AttributeValue>;

impl Bench {
    /// Sets this attribute of the item with this key, which must be there; answers what it was. Tables go by their
    /// logical ids.
    pub async fn set(
        &self,
        table: &str,
        key: [String; 2],
        name: &str,
        value: AttributeValue,
    ) -> Option<AttributeValue> {
        self.patch(table, key, "SET #name = :value", name, value).await
    }

    /// Adds to this number or set of the item with this key, which must be there.
    pub async fn add(&self, table: &str, key: [String; 2], name: &str, value: AttributeValue) {
        self.patch(table, key, "ADD #name :value", name, value).await;
    }

    /// Takes these attributes from the item with this key, which must be there.
    pub(crate) async fn unset(&self, table: &str, key: [String; 2], names: &[&str]) {
        let update = self.update(table, key).update_expression(format!("REMOVE {}", names.join(", ")));
        update.send().await.expect("the item is there");
    }

    async fn patch(
        &self,
        table: &str,
        key: [String; 2],
        patch: &str,
        name: &str,
        value: AttributeValue,
    ) -> Option<AttributeValue> {
        let update = self.update(table, key).update_expression(patch).return_values(ReturnValue::UpdatedOld);
        let update = update.expression_attribute_names("#name", name).expression_attribute_values(":value", value);
        update.send().await.expect("the item is there").attributes?.remove(name)
    }

    fn update(&self, table: &str, [pk, sk]: [String; 2]) -> UpdateItemFluentBuilder {
        let update = self.owner.dynamodb.update_item().table_name(self.table(table));
        let update = update.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk));
        update.condition_expression("attribute_exists(pk)")
    }

    /// The item with this key, which must be there.
    pub async fn item(&self, table: &str, [pk, sk]: [String; 2]) -> Item {
        let get = self.owner.dynamodb.get_item().table_name(self.table(table));
        let get = get.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk));
        get.send().await.expect("the table answers").item.expect("the item is there")
    }

    /// Writes this item, whatever stood in its place.
    pub async fn put_item(&self, table: &str, item: Item) {
        let put = self.owner.dynamodb.put_item().table_name(self.table(table)).set_item(Some(item));
        put.send().await.expect("the table answers");
    }

    /// All items of a table.
    pub async fn items(&self, table: &str) -> Vec<Item> {
        self.items_in(self.table(table)).await
    }

    /// All items of the table of this name in `DynamoDB`.
    pub(crate) async fn items_in(&self, name: &str) -> Vec<Item> {
        let pages = self.owner.dynamodb.scan().table_name(name).into_paginator();
        pages.items().send().try_collect().await.expect("the table is read")
    }

    /// All items of a partition.
    pub async fn items_of(&self, table: &str, pk: &str) -> Vec<Item> {
        let query = self.owner.dynamodb.query().table_name(self.table(table)).key_condition_expression("pk = :pk");
        let pages = query.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned())).into_paginator();
        pages.items().send().try_collect().await.expect("the table is read")
    }

    /// Name of a table in `DynamoDB`.
    fn table(&self, logical_id: &str) -> &str {
        self.deployment.table(logical_id).expect("a table of the template")
    }
}
