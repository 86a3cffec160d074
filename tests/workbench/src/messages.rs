//! Messages: what a step sent, and what a step is given.

use std::time::Duration;

use aws_lambda_events::event::sqs::SqsMessage;
use aws_stand_in::{NewMessage, Received};
use serde_json::Value;

use crate::Bench;

impl Bench {
    /// The bodies of all messages that stand in a queue, whether they can be received yet or not.
    pub fn messages(&self, queue: &str) -> Vec<Value> {
        let name = self.deployment.queue(queue).expect("a queue of the template");
        let bodies = self.deployment.aws().sqs().peek(name).expect("the queue is there");
        bodies.iter().map(|body| serde_json::from_str(body).expect("a message in JSON")).collect()
    }

    /// Puts a message into a queue and receives it, as Lambda would for a function.
    pub async fn hand_out(&self, queue: &str, body: &impl ToString) -> SqsMessage {
        let name = self.deployment.queue(queue).expect("a queue of the template");
        let sqs = self.deployment.aws().sqs();
        sqs.send(name, &NewMessage::new(body.to_string())).expect("it is sent");
        let mut messages = sqs.receive(name, 1, Duration::ZERO).await.expect("the queue is there");
        received(messages.pop().expect("it can be received"))
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
