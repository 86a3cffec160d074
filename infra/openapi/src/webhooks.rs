//! What customers' endpoints are told.

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};
use slipway_contract::event::{
    AccountConnectedData, AccountEndedData, MediaEventData, PostEventData, PostScheduledData, WebhookDisabledData,
    WebhookPingData,
};
use slipway_domain::webhook::ATTEMPT_TAKES;
use slipway_domain::{EventCategory, EventType};

use crate::examples::Examples;
use crate::operation::SchemaOf;
use crate::schemas::Schemas;

/// Every event that an endpoint can be told of, as an operation of the endpoint's.
pub(crate) fn webhooks(schemas: &mut Schemas, examples: &Examples) -> Value {
    let told = EventType::ALL.iter().filter(|event| event.is_delivered());
    Value::Object(told.map(|event| (event.as_str().to_owned(), webhook(*event, schemas, examples))).collect())
}

/// The `data` of an event.
fn data(event: EventType) -> SchemaOf {
    match (event, event.category()) {
        (EventType::PostScheduled, _) => SchemaGenerator::subschema_for::<PostScheduledData>,
        (EventType::AccountConnected, _) => SchemaGenerator::subschema_for::<AccountConnectedData>,
        (EventType::WebhookDisabled, _) => SchemaGenerator::subschema_for::<WebhookDisabledData>,
        (_, EventCategory::Post) => SchemaGenerator::subschema_for::<PostEventData>,
        (_, EventCategory::Media) => SchemaGenerator::subschema_for::<MediaEventData>,
        (_, EventCategory::Account) => SchemaGenerator::subschema_for::<AccountEndedData>,
        (_, EventCategory::Webhook | EventCategory::Key) => SchemaGenerator::subschema_for::<WebhookPingData>,
    }
}

fn webhook(event: EventType, schemas: &mut Schemas, examples: &Examples) -> Value {
    let schema = json!({
        "type": "object",
        "required": ["event", "data"],
        "properties": {
            "event": {"type": "string", "const": event.as_str()},
            "data": schemas.answered(data(event)),
        },
    });
    let mut content = Map::from_iter([("schema".to_owned(), schema)]);
    if let Some(example) = examples.told(event.as_str()) {
        content.insert("example".to_owned(), example.clone());
    }
    let accepted = format!(
        "Accepted. Any other answer, or none within {} seconds, is a failure, and the delivery is retried.",
        ATTEMPT_TAKES.as_secs()
    );
    let name: String = event.as_str().split(['.', '_']).map(capitalised).collect();
    json!({
        "post": {
            "operationId": format!("on{name}"),
            "summary": event.description().trim_end_matches('.'),
            "tags": ["Webhooks"],
            "security": [],
            "parameters": signature_headers(),
            "requestBody": {"required": true, "content": {"application/json": content}},
            "responses": {
                "2XX": {"description": accepted},
            },
        },
    })
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

fn signature_headers() -> Value {
    let headers = [
        ("webhook-id", "The delivery's id, the same in every attempt."),
        ("webhook-timestamp", "The time of the attempt, in seconds since 1970."),
        (
            "webhook-signature",
            "`v1,` and the Base64 HMAC-SHA256 of `<id>.<timestamp>.<body>`, as Standard Webhooks has it; \
            two of them with a space between while an old secret counts, too.",
        ),
        ("X-SocialAPI-Event", "The event's type."),
        ("X-SocialAPI-Delivery", "The delivery's id."),
        ("X-SocialAPI-Timestamp", "The time of the attempt, in seconds since 1970."),
        ("X-SocialAPI-Signature", "`sha256=` and the hex HMAC-SHA256 of the body."),
        ("X-SocialAPI-Signature-V2", "`sha256=` and the hex HMAC-SHA256 of `<timestamp>.<body>`."),
    ];
    let headers = headers.map(|(name, about)| {
        json!({"name": name, "in": "header", "required": true, "description": about, "schema": {"type": "string"}})
    });
    json!(headers)
}
