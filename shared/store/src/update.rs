//! An update of one item, sent by itself or as a part of a transaction.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    self, AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};

use crate::item::{Item, number};
use crate::transact::{CONFLICT_RETRIES, pause};
use crate::{StoreError, Write};

/// An update of one item. Every attribute goes by a placeholder, since many of the names are reserved words: `#name`
/// in the expressions is the attribute `name`. Attributes inside of others are written as `outer.inner`.
pub(crate) struct Update {
    table: String,
    key: Item,
    set: Vec<String>,
    remove: Vec<String>,
    add: Vec<String>,
    delete: Vec<String>,
    condition: Option<String>,
    names: HashMap<String, String>,
    values: Item,
}

impl Update {
    /// An update of the item with this key, which changes nothing yet.
    pub(crate) fn of(table: &str, key: Item) -> Self {
        Self {
            table: table.to_owned(),
            key,
            set: Vec::new(),
            remove: Vec::new(),
            add: Vec::new(),
            delete: Vec::new(),
            condition: None,
            names: HashMap::new(),
            values: Item::new(),
        }
    }

    /// The attribute has this value afterwards.
    pub(crate) fn set(mut self, name: &str, value: AttributeValue) -> Self {
        let (path, placeholder) = self.place(name);
        self.set.push(format!("{path} = {placeholder}"));
        self.with(&placeholder, value)
    }

    /// The attribute has this value afterwards, or is not there.
    pub(crate) fn set_or_remove(self, name: &str, value: Option<AttributeValue>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self.remove(name),
        }
    }

    /// The attribute is not there afterwards.
    pub(crate) fn remove(mut self, name: &str) -> Self {
        let (path, _) = self.place(name);
        self.remove.push(path);
        self
    }

    /// The number is one more afterwards.
    pub(crate) fn increment(mut self, name: &str) -> Self {
        let (path, _) = self.place(name);
        self.set.push(format!("{path} = {path} + :one"));
        self.with(":one", number(1))
    }

    /// The attribute has this value afterwards, if it was not there.
    pub(crate) fn set_if_absent(mut self, name: &str, value: AttributeValue) -> Self {
        let (path, placeholder) = self.place(name);
        self.set.push(format!("{path} = if_not_exists({path}, {placeholder})"));
        self.with(&placeholder, value)
    }

    /// The list has these entries at its end afterwards, whether it was there or not.
    pub(crate) fn append(mut self, name: &str, list: AttributeValue) -> Self {
        let (path, placeholder) = self.place(name);
        self.set.push(format!("{path} = list_append(if_not_exists({path}, :empty), {placeholder})"));
        self.with(&placeholder, list).with(":empty", AttributeValue::L(Vec::new()))
    }

    /// The number is more by this afterwards, or the set has these members, whether it was there or not.
    pub(crate) fn add(mut self, name: &str, value: AttributeValue) -> Self {
        let (path, placeholder) = self.place(name);
        self.add.push(format!("{path} {placeholder}"));
        self.with(&placeholder, value)
    }

    /// The number is more by this afterwards, on the condition that it is `most` at most.
    pub(crate) fn add_up_to(self, name: &str, more: u64, most: u64) -> Self {
        self.add(name, number(more)).with_room(name, more, most)
    }

    /// On the condition that the number has room for so many more until it is `most`. None is 0. Not for attributes inside
    /// of others.
    pub(crate) fn with_room(self, name: &str, more: u64, most: u64) -> Self {
        let Some(others) = most.checked_sub(more) else { return self.never() };
        self.when(&format!("(attribute_not_exists(#{name}) OR #{name} <= :room_{name})"))
            .with(&format!(":room_{name}"), number(others))
    }

    /// The set has none of these members afterwards.
    pub(crate) fn delete(mut self, name: &str, set: AttributeValue) -> Self {
        let (path, placeholder) = self.place(name);
        self.delete.push(format!("{path} {placeholder}"));
        self.with(&placeholder, set)
    }

    /// Only if this holds. Conditions add up; one with OR brings its own parentheses.
    pub(crate) fn when(mut self, condition: &str) -> Self {
        for name in condition.split('#').skip(1) {
            let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
            self.name(&name[..end]);
        }
        self.condition = Some(match self.condition.take() {
            Some(before) => format!("{before} AND {condition}"),
            None => condition.to_owned(),
        });
        self
    }

    /// Under no condition, whether the item is there or not: there is no item without its key. For what is refused
    /// anyway, and is to be refused as the write that it would be.
    pub(crate) fn never(self) -> Self {
        self.when("attribute_exists(pk) AND attribute_not_exists(pk)")
    }

    /// The value of a placeholder, such as `:seen`.
    pub(crate) fn with(mut self, placeholder: &str, value: AttributeValue) -> Self {
        self.values.insert(placeholder.to_owned(), value);
        self
    }

    /// Sends it by itself, again if it met a transaction. Answers the item that `returned` says; if the condition did not
    /// hold, the item that it met.
    pub(crate) async fn send(
        self,
        client: &Client,
        returned: ReturnValue,
    ) -> Result<Write<Item, Option<Item>>, StoreError> {
        let request = client
            .update_item()
            .update_expression(self.expression())
            .table_name(self.table)
            .set_key(Some(self.key))
            .set_condition_expression(self.condition)
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values).filter(|values| !values.is_empty()))
            .return_values(returned)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let mut retry = 0;
        loop {
            // On the heap: whoever awaits this awaits it inside of much else.
            let sent = Box::pin(request.clone().send()).await;
            let error = match sent {
                Ok(answer) => return Ok(Write::Done(answer.attributes.unwrap_or_default())),
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(met)) => {
                    return Ok(Write::Refused(met.item.clone().filter(|item| !item.is_empty())));
                }
                Some(UpdateItemError::TransactionConflictException(_)) if retry < CONFLICT_RETRIES => {
                    retry += 1;
                    tokio::time::sleep(pause(retry)).await;
                }
                _ => return Err(error.into()),
            }
        }
    }

    /// The update as a part of a transaction, which answers the item that its condition met.
    pub(crate) fn in_transaction(self) -> Result<TransactWriteItem, StoreError> {
        let update = types::Update::builder()
            .update_expression(self.expression())
            .table_name(self.table)
            .set_key(Some(self.key))
            .set_condition_expression(self.condition)
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values).filter(|values| !values.is_empty()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// An attribute's path, and the placeholder of its value.
    fn place(&mut self, name: &str) -> (String, String) {
        let path: Vec<_> = name.split('.').map(|part| self.name(part)).collect();
        (path.join("."), format!(":{}", name.replace('.', "_")))
    }

    fn name(&mut self, name: &str) -> String {
        let placeholder = format!("#{name}");
        self.names.insert(placeholder.clone(), name.to_owned());
        placeholder
    }

    fn expression(&self) -> String {
        let clauses = [("SET", &self.set), ("REMOVE", &self.remove), ("ADD", &self.add), ("DELETE", &self.delete)];
        let clauses = clauses.into_iter().filter(|(_, parts)| !parts.is_empty());
        clauses.map(|(verb, parts)| format!("{verb} {}", parts.join(", "))).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::{key, text};

    #[test]
    fn an_update_names_all_that_it_speaks_of_and_nothing_else() {
        let update = Update::of("table", key("a", "b"))
            .set("state", text("new"))
            .set("lease.until", number(1))
            .increment("version")
            .append("timeline", text("note"))
            .set_or_remove("due_at", None)
            .add("posts", text("post"))
            .delete("tags", text("tag"))
            .when("#version = :seen")
            .when("#lease.#owner = :owner");
        let expected = "SET #state = :state, #lease.#until = :lease_until, #version = #version + :one, \
                        #timeline = list_append(if_not_exists(#timeline, :empty), :timeline) \
                        REMOVE #due_at ADD #posts :posts DELETE #tags :tags";
        assert_eq!(update.expression(), expected);
        assert_eq!(update.condition.as_deref(), Some("#version = :seen AND #lease.#owner = :owner"));
        let mut names: Vec<_> =
            update.names.iter().map(|(placeholder, name)| (&placeholder[1..], name.as_str())).collect();
        names.sort_unstable();
        let spoken_of = ["due_at", "lease", "owner", "posts", "state", "tags", "timeline", "until", "version"];
        assert_eq!(names, spoken_of.map(|name| (name, name)));
    }

    #[test]
    fn a_number_is_more_only_where_it_has_room() {
        for (more, most, room) in [(3, 10, Some(7)), (10, 10, Some(0)), (11, 10, None)] {
            let update = Update::of("table", key("a", "b")).add_up_to("used", more, most);
            assert_eq!(update.expression(), "ADD #used :used");
            let condition = match room {
                Some(_) => "(attribute_not_exists(#used) OR #used <= :room_used)",
                None => "attribute_exists(pk) AND attribute_not_exists(pk)",
            };
            assert_eq!(update.condition.as_deref(), Some(condition), "{more} of {most}");
            assert_eq!(
                update.values.get(":room_used"),
                room.map(|room: u64| number(room)).as_ref(),
                "{more} of {most}"
            );
        }
    }
}
