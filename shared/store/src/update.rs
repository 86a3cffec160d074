//! An update of one item, sent by itself or as a part of a transaction.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    self, AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};

use crate::conflicts::{Tried, despite_conflicts};
use crate::item::{Item, number};
use crate::{StoreError, Write};

/// An update of one item. Every attribute goes by a placeholder, since many of the names are reserved words: `#name`
/// in the expressions is the attribute `name`. Attributes inside of others are written as `outer.inner`.
pub(crate) struct Update {
    table: String,
    key: Item,
    set: Clauses,
    remove: Clauses,
    add: Clauses,
    delete: Clauses,
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
            set: Clauses::default(),
            remove: Clauses::default(),
            add: Clauses::default(),
            delete: Clauses::default(),
            condition: None,
            names: HashMap::with_capacity(USUAL),
            values: Item::with_capacity(USUAL),
        }
    }

    /// The attribute has this value afterwards.
    pub(crate) fn set(mut self, name: &str, value: AttributeValue) -> Self {
        let (place, placeholder) = self.place(name);
        self.set.push(format_args!("{place} = {placeholder}"));
        self.with(placeholder, value)
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
        let (place, _) = self.place(name);
        self.remove.push(format_args!("{place}"));
        self
    }

    /// The number is one more afterwards.
    pub(crate) fn increment(mut self, name: &str) -> Self {
        let (place, _) = self.place(name);
        self.set.push(format_args!("{place} = {place} + :one"));
        self.with(":one", number(1))
    }

    /// The attribute has this value afterwards, if it was not there.
    pub(crate) fn set_if_absent(mut self, name: &str, value: AttributeValue) -> Self {
        let (place, placeholder) = self.place(name);
        self.set.push(format_args!("{place} = if_not_exists({place}, {placeholder})"));
        self.with(placeholder, value)
    }

    /// The list has these entries at its end afterwards, whether it was there or not.
    pub(crate) fn append(mut self, name: &str, list: AttributeValue) -> Self {
        let (place, placeholder) = self.place(name);
        self.set.push(format_args!("{place} = list_append(if_not_exists({place}, :empty), {placeholder})"));
        self.with(placeholder, list).with(":empty", AttributeValue::L(Vec::new()))
    }

    /// The number is more by this afterwards, or the set has these members, whether it was there or not.
    pub(crate) fn add(mut self, name: &str, value: AttributeValue) -> Self {
        let (place, placeholder) = self.place(name);
        self.add.push(format_args!("{place} {placeholder}"));
        self.with(placeholder, value)
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
            .with(format!(":room_{name}"), number(others))
    }

    /// The set has none of these members afterwards.
    pub(crate) fn delete(mut self, name: &str, set: AttributeValue) -> Self {
        let (place, placeholder) = self.place(name);
        self.delete.push(format_args!("{place} {placeholder}"));
        self.with(placeholder, set)
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
    pub(crate) fn with(mut self, placeholder: impl Into<String>, value: AttributeValue) -> Self {
        self.values.insert(placeholder.into(), value);
        self
    }

    /// Sends it by itself, again if it met a transaction. Answers the item that `returned` says; if the condition did not
    /// hold, the item that it met.
    pub(crate) async fn send(
        self,
        client: &Client,
        returned: ReturnValue,
    ) -> Result<Write<Item, Option<Item>>, StoreError> {
        let request = self.request(client, returned);
        despite_conflicts(|| sent(request.clone())).await
    }

    /// [`send`](Self::send) once. For whoever makes the update again for each try, which costs less than to copy it for the
    /// first one.
    pub(crate) async fn try_send(
        self,
        client: &Client,
        returned: ReturnValue,
    ) -> Result<Tried<Write<Item, Option<Item>>>, StoreError> {
        sent(self.request(client, returned)).await
    }

    fn request(self, client: &Client, returned: ReturnValue) -> UpdateItemFluentBuilder {
        client
            .update_item()
            .update_expression(self.expression())
            .table_name(self.table)
            .set_key(Some(self.key))
            .set_condition_expression(self.condition)
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values).filter(|values| !values.is_empty()))
            .return_values(returned)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
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
    fn place<'a>(&mut self, name: &'a str) -> (Place<'a>, String) {
        name.split('.').for_each(|part| self.name(part));
        (Place(name), if name.contains('.') { format!(":{}", name.replace('.', "_")) } else { format!(":{name}") })
    }

    fn name(&mut self, name: &str) {
        self.names.insert(format!("#{name}"), name.to_owned());
    }

    fn expression(&self) -> String {
        let clauses = [("SET", &self.set), ("REMOVE", &self.remove), ("ADD", &self.add), ("DELETE", &self.delete)];
        let clauses = clauses.into_iter().filter(|(_, Clauses(text))| !text.is_empty());
        clauses.map(|(verb, Clauses(text))| format!("{verb} {text}")).collect::<Vec<_>>().join(" ")
    }
}

async fn sent(request: UpdateItemFluentBuilder) -> Result<Tried<Write<Item, Option<Item>>>, StoreError> {
    let error = match request.send().await {
        Ok(answer) => return Ok(Tried::Answered(Write::Done(answer.attributes.unwrap_or_default()))),
        Err(error) => error,
    };
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(met)) => {
            Ok(Tried::Answered(Write::Refused(met.item.clone().filter(|item| !item.is_empty()))))
        }
        Some(UpdateItemError::TransactionConflictException(_)) => Ok(Tried::Conflict(error.into())),
        _ => Err(error.into()),
    }
}

/// How many attributes an update of a target speaks of as a rule: room for so many is made at once.
const USUAL: usize = 14;

/// What one verb of the expression does. In one text: a target's update has a dozen clauses, and each by itself would be
/// some allocations more.
#[derive(Default)]
struct Clauses(String);

impl Clauses {
    fn push(&mut self, clause: fmt::Arguments<'_>) {
        let between = if self.0.is_empty() { "" } else { ", " };
        // A text takes whatever is written into it.
        let _ = write!(self.0, "{between}{clause}");
    }
}

/// Where an attribute is: its path of placeholders.
#[derive(Clone, Copy)]
struct Place<'a>(&'a str);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, part) in self.0.split('.').enumerate() {
            f.write_str(if depth == 0 { "#" } else { ".#" })?;
            f.write_str(part)?;
        }
        Ok(())
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
