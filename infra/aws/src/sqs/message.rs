//! What goes into a queue and what comes out.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use s3s::crypto::{Checksum as _, Md5};
use serde::{Deserialize, Serialize};

use super::SqsError;
use super::limits::{MAX_ATTRIBUTES, MAX_DELAY, carries, whole_seconds};

/// A message to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewMessage {
    /// The text.
    pub body: String,
    /// Hidden for so long instead of the queue's own delay; whole seconds, 15 min at most.
    pub delay: Option<Duration>,
    /// Whose message it is. A standard queue serves groups fairly; it keeps no order within them.
    pub group_id: Option<String>,
    /// Ten at most; their bytes count towards the message's size.
    pub attributes: BTreeMap<String, MessageAttribute>,
}

/// A value beside the body. Exactly one of the two values is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttribute {
    /// `String`, `Number` or `Binary`, optionally with a dot and a label of your own.
    pub data_type: String,
    /// The value of a string or number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// The value of a binary, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

/// What a sender learns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The message's id, the same in every delivery.
    pub message_id: String,
    /// MD5 of the body, in hex.
    pub md5_of_body: String,
    /// MD5 of the attributes, in hex; none without attributes.
    pub md5_of_attributes: Option<String>,
}

/// One delivery of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The message's id, the same in every delivery.
    pub message_id: String,
    /// What deletes this delivery or changes how long it is hidden.
    pub receipt_handle: String,
    /// The text.
    pub body: String,
    /// MD5 of the body, in hex.
    pub md5_of_body: String,
    /// `ApproximateReceiveCount`, `SentTimestamp`, `ApproximateFirstReceiveTimestamp` (milliseconds since 1970),
    /// `SenderId`, and where there is one `MessageGroupId` and `DeadLetterQueueSourceArn`.
    pub attributes: BTreeMap<String, String>,
    /// The sender's values.
    pub message_attributes: BTreeMap<String, MessageAttribute>,
}

/// A message in its queue, as nobody who calls SQS can see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The text.
    pub body: String,
    /// Whose message it is.
    pub group_id: Option<String>,
    /// How long after it was sent it can be received, or received again.
    pub hidden_for: Duration,
}

impl NewMessage {
    /// A message with nothing but a body.
    pub fn new(body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }

    /// Bytes that count towards SQS's limit.
    pub(super) fn bytes(&self) -> usize {
        let attributes: usize = self.attributes.iter().map(|(name, value)| name.len() + value.bytes()).sum();
        self.body.len() + attributes
    }

    pub(super) fn check_size(&self, max: usize) -> Result<(), SqsError> {
        if self.bytes() > max {
            return Err(SqsError::InvalidParameterValue(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {max} bytes."
            )));
        }
        Ok(())
    }

    pub(super) fn check(&self) -> Result<(), SqsError> {
        if self.body.is_empty() {
            return Err(SqsError::MissingParameter("MessageBody"));
        }
        if !carries(&self.body) {
            return Err(SqsError::InvalidMessageContents);
        }
        if let Some(delay) = self.delay {
            whole_seconds("DelaySeconds", delay, Duration::ZERO..=MAX_DELAY)?;
        }
        if let Some(group) = &self.group_id {
            let well_formed = (1..=128).contains(&group.len()) && group.bytes().all(|b| b.is_ascii_graphic());
            if !well_formed {
                let reason =
                    "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.";
                return Err(SqsError::invalid("MessageGroupId", group, reason));
            }
        }
        if self.attributes.len() > MAX_ATTRIBUTES {
            return Err(SqsError::InvalidParameterValue(format!(
                "Number of message attributes [{}] exceeds the allowed maximum [10].",
                self.attributes.len()
            )));
        }
        self.attributes.iter().try_for_each(|(name, attribute)| attribute.check(name))
    }
}

impl MessageAttribute {
    /// A string attribute.
    pub fn string(value: impl Into<String>) -> Self {
        Self { data_type: "String".to_owned(), string_value: Some(value.into()), binary_value: None }
    }

    fn check(&self, name: &str) -> Result<(), SqsError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if !(1..=256).contains(&name.len()) || !name.bytes().all(plain) {
            let reason = format!("The message attribute name '{name}' is invalid.");
            return Err(SqsError::InvalidParameterValue(reason));
        }
        let kind = self.data_type.split('.').next().unwrap_or_default();
        let fits = match (kind, &self.string_value, &self.binary_value) {
            ("String", Some(text), None) => !text.is_empty() && carries(text),
            ("Number", Some(text), None) => text.parse::<f64>().is_ok(),
            ("Binary", None, Some(text)) => STANDARD.decode(text).is_ok_and(|bytes| !bytes.is_empty()),
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(SqsError::InvalidParameterValue(format!(
                "The message attribute '{name}' must contain a non-empty value of its type '{}'.",
                self.data_type
            )))
        }
    }

    fn bytes(&self) -> usize {
        self.data_type.len() + self.value().len()
    }

    fn value(&self) -> Vec<u8> {
        match (&self.string_value, &self.binary_value) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(base64)) => STANDARD.decode(base64).unwrap_or_default(),
            (None, None) => Vec::new(),
        }
    }
}

/// MD5 of a body, in hex.
pub(super) fn md5_of_body(body: &str) -> String {
    hex::encode(Md5::checksum(body.as_bytes()))
}

/// MD5 of attributes as SQS's developer guide lays them out: by name, each of name, type and value with its length
/// in four bytes in front, and one byte between type and value that says text or binary.
pub(super) fn md5_of_attributes(attributes: &BTreeMap<String, MessageAttribute>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut laid_out = Vec::new();
    for (name, attribute) in attributes {
        append(&mut laid_out, name.as_bytes());
        append(&mut laid_out, attribute.data_type.as_bytes());
        laid_out.push(if attribute.binary_value.is_some() { 2 } else { 1 });
        append(&mut laid_out, &attribute.value());
    }
    Some(hex::encode(Md5::checksum(&laid_out)))
}

fn append(laid_out: &mut Vec<u8>, part: &[u8]) {
    laid_out.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    laid_out.extend(part);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(message: &NewMessage) -> bool {
        message.check().is_err()
    }

    #[test]
    fn a_message_is_refused_for_what_its_body_delay_group_or_attributes_lack() {
        let good = NewMessage::new("hello");
        assert!(!refused(&good));
        assert!(!refused(&NewMessage { group_id: Some("tenant_1".to_owned()), ..good.clone() }));
        assert!(!refused(&NewMessage { delay: Some(MAX_DELAY), ..good.clone() }));

        assert!(refused(&NewMessage::new("")));
        assert!(refused(&NewMessage::new("\u{1}")));
        assert!(refused(&NewMessage { delay: Some(MAX_DELAY + Duration::from_secs(1)), ..good.clone() }));
        assert!(refused(&NewMessage { group_id: Some(String::new()), ..good.clone() }));
        assert!(refused(&NewMessage { group_id: Some("white space".to_owned()), ..good.clone() }));
        let empty = BTreeMap::from([("a".to_owned(), MessageAttribute::string(""))]);
        assert!(refused(&NewMessage { attributes: empty, ..good.clone() }));
        let many = (0..=MAX_ATTRIBUTES).map(|n| (format!("a{n}"), MessageAttribute::string("x"))).collect();
        assert!(refused(&NewMessage { attributes: many, ..good }));
    }

    #[test]
    fn attributes_count_towards_the_size_with_name_type_and_value() {
        let mut message = NewMessage::new("12345");
        message.attributes.insert("abc".to_owned(), MessageAttribute::string("xy"));
        assert_eq!(message.bytes(), 5 + 3 + "String".len() + 2);
        assert!(message.check_size(16).is_ok());
        assert!(message.check_size(15).is_err());
    }

    #[test]
    fn the_md5_of_attributes_covers_all_of_them_in_the_order_of_names() {
        let attributes = BTreeMap::from([
            (
                "b".to_owned(),
                MessageAttribute {
                    data_type: "Binary".to_owned(),
                    string_value: None,
                    binary_value: Some("AQI=".to_owned()),
                },
            ),
            ("a".to_owned(), MessageAttribute::string("v")),
        ]);
        let laid_out = b"\0\0\0\x01a\0\0\0\x06String\x01\0\0\0\x01v\0\0\0\x01b\0\0\0\x06Binary\x02\0\0\0\x02\x01\x02";
        assert_eq!(md5_of_attributes(&attributes), Some(hex::encode(Md5::checksum(laid_out))));
        assert_eq!(md5_of_attributes(&BTreeMap::new()), None);
    }
}
