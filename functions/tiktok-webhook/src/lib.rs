#![doc = include_str!("../README.md")]

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;
use slipway_contract::queue::NotificationMessage;
use slipway_contract::service::Received;
use slipway_contract::{ApiError, ErrorCode};
use slipway_domain::limits::TIKTOK_WEBHOOK_MAX_BYTES;
use slipway_http::{Answer, ErrorResponse, json, serve};
use slipway_queue::Queue;
use slipway_runtime::aws::SdkConfig;
use slipway_runtime::config;
use slipway_runtime::config::{Name, Secret};
use slipway_runtime::metric;
use slipway_tiktok::webhook::{self, SignatureError};

config! {
    /// What template.yaml tells this function.
    pub struct Config {
        /// The app's secret.
        pub client_secret: Secret = "TIKTOK_CLIENT_SECRET",
        /// The app's key.
        pub client_key: Name = "TIKTOK_CLIENT_KEY",
        /// Where events wait to be worked on.
        pub events: Name = "TIKTOK_EVENTS_QUEUE_URL",
    }
}

/// What the route needs.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The app's secret: the key of TikTok's signatures.
    pub client_secret: SecretString,
    /// The app's key: an event for another app is none of ours.
    pub client_key: String,
    /// Where events wait to be worked on.
    pub events: Queue,
}

impl Webhook {
    /// Builds all clients. Calls nobody.
    pub fn new(aws: &SdkConfig, config: Config) -> Self {
        Self {
            client_secret: config.client_secret.0,
            client_key: config.client_key.into_string(),
            events: Queue::new(slipway_queue::client(aws), config.events.into_string()),
        }
    }
}

/// The routes.
pub fn router(webhook: Webhook) -> Router {
    serve(Router::new().route("/webhooks/tiktok", post(receive)).with_state(Arc::new(webhook)))
}

async fn receive(State(webhook): State<Arc<Webhook>>, headers: HeaderMap, body: Body) -> Answer {
    let refused = |why: &str, message: &str| {
        metric::count(REFUSED, "reason", why);
        ErrorResponse(ApiError::new(ErrorCode::InvalidKey, message))
    };
    let body = to_bytes(body, TIKTOK_WEBHOOK_MAX_BYTES).await.map_err(|_| {
        metric::count(REFUSED, "reason", "huge");
        ErrorResponse(ApiError::new(ErrorCode::BodyInvalid, "The body is too large for a webhook of TikTok's."))
    })?;
    let signature = headers.get(webhook::SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
    let signature = signature.ok_or_else(|| refused("unsigned", "The TikTok-Signature header is missing."))?;
    webhook::verify(&webhook.client_secret, signature, &body, Timestamp::now(), webhook::MAX_AGE)
        .map_err(|error| refused(name(&error), "The signature does not hold."))?;
    let notification = match webhook::parse(&body) {
        Ok(notification) => notification,
        Err(error) => {
            // It is TikTok's all the same; a repetition would read no better.
            tracing::error!(%error, "a signed webhook does not read");
            metric::count(REFUSED, "reason", "unreadable");
            return Ok(json(StatusCode::OK, &RECEIVED));
        }
    };
    if notification.client_key != webhook.client_key {
        tracing::warn!("a signed webhook is for another app");
        metric::count(REFUSED, "reason", "another_app");
        return Ok(json(StatusCode::OK, &RECEIVED));
    }
    let group = notification.user_openid.as_ref().map_or("nobody", |open_id| open_id.as_str());
    let message = NotificationMessage { body: String::from_utf8_lossy(&body).into_owned().into() };
    // Without the queue's word the event is not kept: TikTok is to send it again.
    webhook
        .events
        .send(&group_of(group), &message, Duration::ZERO)
        .await
        .map_err(|error| ErrorResponse::internal(&error))?;
    Ok(json(StatusCode::OK, &RECEIVED))
}

/// What TikTok is told: it need not send the event again.
const RECEIVED: Received = Received { received: true };

/// The metric of webhooks that come to nothing. All that a stranger can cause is a line of it.
const REFUSED: &str = "RefusedTikTokWebhooks";

/// Why a signature does not hold, as a dimension of the metric.
const fn name(error: &SignatureError) -> &'static str {
    match error {
        SignatureError::Malformed => "malformed",
        SignatureError::Mismatch => "forged",
        SignatureError::Late { .. } => "old",
        SignatureError::Early { .. } => "early",
    }
}

/// A fair-queue group takes at most 128 characters of a few kinds; `open_id` is TikTok's and opaque.
fn group_of(open_id: &str) -> String {
    let group: String =
        open_id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(128).collect();
    if group.is_empty() { "nobody".to_owned() } else { group }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("TikTokWebhookFunction");
    }
}
