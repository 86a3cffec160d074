//! Messages: what a step sent, and what a step is given.

use std::time::Duration;

use aws_lambda_events::event::sqs::SqsMessage;
use aws_stand_in::{NewMessage, Received};
use serde_json::Value;

use crate::Bench;

/// A message as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// What it says.
    pub body: Value,
    /// Whose it is: the queue is fair between groups.
    pub group: Option<String>,
    /// How long it is hidden.
    pub delay: Duration,
}

impl Bench {
    /// The bodies of all messages that stand in a queue, whether they can be received yet or not.
    pub fn messages(&self, queue: &str) -> Vec<Value> {
        let name = self.deployment.queue(queue).expect("a queue of the template");
        let bodies = self.deployment.aws().sqs().peek(name).expect("the queue is there");
        bodies.iter().map(|body| serde_json::from_str(body).expect("a message in JSON")).collect()
    }

    /// All messages that stand in a queue, the oldest first, as they were sent.
    pub fn sent(&self, queue: &str) -> Vec<Sent> {
        let name = self.deployment.queue(queue).expect("a queue of the template");
        let waiting = self.deployment.aws().sqs().waiting(name).expect("the queue is there");
        waiting
            .into_iter()
            .map(|message| Sent {
                body: serde_json::from_str(&message.body).expect("a message in JSON"),
                group: message.group_id,
                delay: message.hidden_for,
            })
            .collect()
    }

    /// Lets this much time pass in SQS and receives what can be received of a queue then, one message at most.
    pub async fn receive_after(&self, queue: &str, time: Duration) -> Option<SqsMessage> {
        let name = self.deployment.queue(queue).expect("a queue of the template");
        let sqs = self.deployment.aws().sqs();
        sqs.advance(time);
        let mut messages = sqs.receive(name, 1, Duration::ZERO).await.expect("the queue is there");
        let mut message = received(messages.pop()?);
        message.event_source_arn = Some(sqs.address(name).arn);
        Some(message)
    }

    /// Puts a message into a queue and receives it, as Lambda would for a function.
    pub async fn hand_out(&self, queue: &str, body: &impl ToString) -> SqsMessage {
        let name = self.deployment.queue(queue).expect("a queue of the template");
        let sqs = self.deployment.aws().sqs();
        sqs.send(name, &NewMessage::new(body.to_string())).expect("it is sent");
        self.receive_after(queue, Duration::ZERO).await.expect("it can be received")
    }
}

/// A received message as Lambda gives it to a function.
pub fn received(message: Received) -> SqsMessage {
    let mut record = SqsMessage::default();
    record.message_id = Some(message.message_id);
    record.receipt_handle = Some(message.receipt_handle);
    record.body = Some(message.body);
    record.attributes = message.attributes.into_iter().collect();
    record
}
