//! SQS's operations over the wire.

mod attributes;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::limits::{MAX_DELAY, MAX_MESSAGE_BYTES, MAX_VISIBILITY, MAX_WAIT, seconds};
use super::message::md5_of_attributes;
use super::queue::name_in_url;
use super::{MessageAttribute, NewMessage, Received, Sent, Sqs, SqsError, batch, store};
use crate::aws_json::{Refusal, parse, render};

impl Sqs {
    /// Carries out `operation`.
    pub(crate) async fn call(&self, operation: &str, body: &[u8]) -> Result<Bytes, Refusal> {
        let answer = match operation {
            "SendMessage" => self.send_call(parse(body)?),
            "SendMessageBatch" => self.send_batch(parse(body)?),
            "ReceiveMessage" => self.receive_call(parse(body)?).await,
            "DeleteMessage" => self.delete_call(&parse(body)?),
            "DeleteMessageBatch" => self.delete_batch(&parse(body)?),
            "ChangeMessageVisibility" => self.change_visibility_call(&parse(body)?),
            "ChangeMessageVisibilityBatch" => self.change_visibility_batch(&parse(body)?),
            "CreateQueue" => self.create_queue_call(&parse(body)?),
            "GetQueueUrl" => self.get_queue_url(&parse(body)?),
            "GetQueueAttributes" => self.get_queue_attributes(&parse(body)?),
            "ListQueues" => self.list_queues(&parse(body)?),
            "PurgeQueue" => self.purge(name_in_url(&parse::<OfQueue>(body)?.queue_url)).map(|()| json!({})),
            "DeleteQueue" => self.delete_queue(&parse(body)?),
            _ => return Err(Refusal::unknown_operation()),
        };
        render(&answer?)
    }

    fn send_call(&self, request: SendMessage) -> Result<Value, SqsError> {
        let queue = request.queue_url.clone();
        let sent = self.send(name_in_url(&queue), &request.message.into_message()?)?;
        Ok(sent_json(&sent))
    }

    fn send_batch(&self, request: OfBatch<SendEntry>) -> Result<Value, SqsError> {
        batch::check(&request.entries)?;
        let queue = name_in_url(&request.queue_url);
        store::queue(&self.engine.database.lock(), queue)?;
        let messages: Vec<SendEntryParsed> = request.entries.into_iter().map(SendEntryParsed::from).collect();
        let total: usize = messages.iter().flat_map(|entry| &entry.message).map(NewMessage::bytes).sum();
        if total > MAX_MESSAGE_BYTES {
            return Err(SqsError::BatchTooLong(total));
        }
        let answer = batch::run(&messages, |entry| match &entry.message {
            Ok(message) => self.send(queue, message).map(|sent| sent_json(&sent)),
            Err(reason) => Err(SqsError::InvalidParameterValue(reason.clone())),
        });
        Ok(serde_json::to_value(answer)?)
    }

    async fn receive_call(&self, request: ReceiveMessage) -> Result<Value, SqsError> {
        let queue = name_in_url(&request.queue_url);
        let spec = store::queue(&self.engine.database.lock(), queue)?;
        let wait = match request.wait_time_seconds {
            Some(wait) => seconds("WaitTimeSeconds", wait, Duration::ZERO..=MAX_WAIT)?,
            None => spec.receive_wait,
        };
        let visibility = request
            .visibility_timeout
            .map(|visibility| seconds("VisibilityTimeout", visibility, Duration::ZERO..=MAX_VISIBILITY))
            .transpose()?;
        let max = usize::try_from(request.max_number_of_messages.unwrap_or(1)).unwrap_or_default();
        let received = self.receive_for(queue, max, wait, visibility).await?;
        if received.is_empty() {
            return Ok(json!({}));
        }
        let messages: Vec<Value> = received.iter().map(|message| request.show(message)).collect();
        Ok(json!({ "Messages": messages }))
    }

    fn delete_call(&self, request: &DeleteMessage) -> Result<Value, SqsError> {
        self.delete(name_in_url(&request.queue_url), &request.receipt_handle)?;
        Ok(json!({}))
    }

    fn delete_batch(&self, request: &OfBatch<DeleteEntry>) -> Result<Value, SqsError> {
        batch::check(&request.entries)?;
        let queue = name_in_url(&request.queue_url);
        store::queue(&self.engine.database.lock(), queue)?;
        let answer = batch::run(&request.entries, |entry| {
            self.delete(queue, &entry.receipt_handle)?;
            Ok(json!({}))
        });
        Ok(serde_json::to_value(answer)?)
    }

    fn change_visibility_call(&self, request: &ChangeMessageVisibility) -> Result<Value, SqsError> {
        let visibility = seconds("VisibilityTimeout", request.visibility_timeout, Duration::ZERO..=MAX_VISIBILITY)?;
        self.change_visibility(name_in_url(&request.queue_url), &request.receipt_handle, visibility)?;
        Ok(json!({}))
    }

    fn change_visibility_batch(&self, request: &OfBatch<ChangeVisibilityEntry>) -> Result<Value, SqsError> {
        batch::check(&request.entries)?;
        let queue = name_in_url(&request.queue_url);
        store::queue(&self.engine.database.lock(), queue)?;
        let answer = batch::run(&request.entries, |entry| {
            let visibility = seconds("VisibilityTimeout", entry.visibility_timeout, Duration::ZERO..=MAX_VISIBILITY)?;
            self.change_visibility(queue, &entry.receipt_handle, visibility)?;
            Ok(json!({}))
        });
        Ok(serde_json::to_value(answer)?)
    }

    fn get_queue_url(&self, request: &GetQueueUrl) -> Result<Value, SqsError> {
        store::queue(&self.engine.database.lock(), &request.queue_name)?;
        Ok(json!({ "QueueUrl": self.address(&request.queue_name).url }))
    }

    fn list_queues(&self, request: &ListQueues) -> Result<Value, SqsError> {
        let prefix = request.queue_name_prefix.as_deref().unwrap_or_default();
        let urls: Vec<String> = store::queue_names(&self.engine.database.lock())?
            .iter()
            .filter(|name| name.starts_with(prefix))
            .map(|name| self.address(name).url)
            .collect();
        Ok(if urls.is_empty() { json!({}) } else { json!({ "QueueUrls": urls }) })
    }

    fn delete_queue(&self, request: &OfQueue) -> Result<Value, SqsError> {
        let queue = name_in_url(&request.queue_url);
        self.write(|database| {
            store::queue(database, queue)?;
            store::delete_queue(database, queue)
        })?;
        Ok(json!({}))
    }
}

fn sent_json(sent: &Sent) -> Value {
    let mut answer = json!({ "MessageId": sent.message_id, "MD5OfMessageBody": sent.md5_of_body });
    if let Some(md5) = &sent.md5_of_attributes {
        answer["MD5OfMessageAttributes"] = md5.as_str().into();
    }
    answer
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OfQueue {
    queue_url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfBatch<E> {
    queue_url: String,
    #[serde(default = "Vec::new")]
    entries: Vec<E>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessage {
    queue_url: String,
    #[serde(flatten)]
    message: MessageMembers,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEntry {
    id: String,
    #[serde(flatten)]
    message: MessageMembers,
}

/// What a message looks like in a request, alone or in a batch.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MessageMembers {
    #[serde(default)]
    message_body: String,
    delay_seconds: Option<i64>,
    message_group_id: Option<String>,
    #[serde(default)]
    message_attributes: BTreeMap<String, MessageAttribute>,
}

impl MessageMembers {
    fn into_message(self) -> Result<NewMessage, SqsError> {
        let delay = self.delay_seconds.map(|delay| seconds("DelaySeconds", delay, Duration::ZERO..=MAX_DELAY));
        Ok(NewMessage {
            body: self.message_body,
            delay: delay.transpose()?,
            group_id: self.message_group_id,
            attributes: self.message_attributes,
        })
    }
}

/// An entry whose message is read, or the reason why it can't be.
struct SendEntryParsed {
    id: String,
    message: Result<NewMessage, String>,
}

impl From<SendEntry> for SendEntryParsed {
    fn from(entry: SendEntry) -> Self {
        Self { id: entry.id, message: entry.message.into_message().map_err(|error| error.to_string()) }
    }
}

impl batch::Entry for SendEntry {
    fn id(&self) -> &str {
        &self.id
    }
}

impl batch::Entry for SendEntryParsed {
    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiveMessage {
    queue_url: String,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    /// The older name of the next one; callers use either.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

impl ReceiveMessage {
    /// A message with the attributes that were asked for.
    fn show(&self, message: &Received) -> Value {
        let mut answer = json!({
            "MessageId": message.message_id,
            "ReceiptHandle": message.receipt_handle,
            "MD5OfBody": message.md5_of_body,
            "Body": message.body,
        });
        let mut asked = self.attribute_names.iter().chain(&self.message_system_attribute_names);
        let everything = asked.clone().any(|name| name == "All");
        let system: BTreeMap<&String, &String> =
            message.attributes.iter().filter(|(name, _)| everything || asked.clone().any(|one| one == *name)).collect();
        if asked.next().is_some() && !system.is_empty() {
            answer["Attributes"] = json!(system);
        }
        let shown: BTreeMap<String, MessageAttribute> = message
            .message_attributes
            .iter()
            .filter(|(name, _)| self.message_attribute_names.iter().any(|pattern| matches(pattern, name)))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if let Some(md5) = md5_of_attributes(&shown) {
            answer["MD5OfMessageAttributes"] = md5.into();
            answer["MessageAttributes"] = json!(shown);
        }
        answer
    }
}

/// Whether a requested name covers an attribute: `All`, `.*`, `prefix.*` or the name itself.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern {
        "All" | ".*" => true,
        _ => pattern.strip_suffix(".*").map_or(pattern == name, |prefix| name.starts_with(prefix)),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteMessage {
    queue_url: String,
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteEntry {
    id: String,
    receipt_handle: String,
}

impl batch::Entry for DeleteEntry {
    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeMessageVisibility {
    queue_url: String,
    receipt_handle: String,
    visibility_timeout: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeVisibilityEntry {
    id: String,
    receipt_handle: String,
    visibility_timeout: i64,
}

impl batch::Entry for ChangeVisibilityEntry {
    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetQueueUrl {
    queue_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListQueues {
    queue_name_prefix: Option<String>,
}
