//! `POST /v1/webhooks`: an endpoint, if it answers a signed test.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use slipway_contract::fields::Fields;
use slipway_contract::{ApiError, Diagnostics, ErrorCode};
use slipway_domain::webhook::{ATTEMPT_COUNTS_AS, MAX_WEBHOOKS};
use slipway_domain::{DeliveryId, EventType, Hidden, WebhookId};
use slipway_http::limits::Meter;
use slipway_http::repeat::text;
use slipway_http::{Answer, Carried, ErrorResponse, Once, unknown_fields};
use slipway_store::Write;
use slipway_store::webhooks::{EndpointNotAdded, WebhookRecord};
use slipway_webhooks::{Secret, Told};
use uuid::Uuid;

use crate::log::terms;
use crate::{App, fields, view};

pub(crate) async fn create(State(app): State<Arc<App>>, meter: Meter, request: Once) -> Answer {
    let (id, now) = (WebhookId::from_uuid(Uuid::now_v7()), Timestamp::now());
    let creating = request.answer(app.webhooks.guards(), (id.to_string(), now), StatusCode::CREATED, async |own| {
        let caller = &request.caller;
        let mut noted = Diagnostics::default();
        let root = Fields::root(&request.body.object);
        fields::required(&root, &mut noted.issues);
        let url = fields::url(&app, &root, &mut noted.issues);
        let events = fields::events(&root, &mut noted.issues);
        let accounts = fields::accounts(&root, &mut noted.issues).unwrap_or_default();
        let brands = fields::brands(&root, &mut noted.issues).unwrap_or_default();
        noted.unknown(&root);
        let warnings = noted.finish(unknown_fields(&request.headers))?;
        let (Some(url), Some(events)) = (url, events) else {
            return Err(ErrorResponse::internal(&"a missing field of the endpoint was not reported"));
        };
        fields::must_be_known(&app, caller, &accounts, &brands).await?;
        // A restricted key's endpoints are restricted as it is.
        let brands = if brands.is_empty() { caller.reach.brands().to_vec() } else { brands };
        let secret = Secret::random()?;
        let sealed = app.sealed(caller.tenant(), &id, &secret).await?;
        ping((&app, &meter), &url, &id, std::slice::from_ref(&secret)).await?;

        let webhook = WebhookRecord {
            accounts,
            brands,
            ..WebhookRecord::new(caller.tenant().clone(), id, Hidden(url), events, (sealed, secret.hint()), now)
        };
        let answer = text(&view::created(&webhook, &secret, warnings))?;
        let entry = view::changed(&webhook, EventType::WebhookCreated, now)?.by(terms(&app, caller));
        match app.webhooks.add(&webhook, &entry, own.keep(&answer)?.as_ref(), now).await? {
            Write::Done(()) => {
                tracing::info!(webhook.id = %webhook.id, tenant.id = %webhook.tenant, "an endpoint was made");
                Ok(Carried::Out(answer))
            }
            Write::Refused(EndpointNotAdded::Repeated(repeated)) => Ok(Carried::Before(repeated)),
            Write::Refused(EndpointNotAdded::TooMany) => {
                let message = format!("There are {MAX_WEBHOOKS} endpoints, the most there may be. Delete one first.");
                Err(ErrorResponse(ApiError::no_more(ErrorCode::Conflict, message, MAX_WEBHOOKS, "/v1/webhooks")))
            }
        }
    });
    creating.await
}

/// Refuses an address that does not answer a signed test with a 2xx.
pub(crate) async fn ping(
    (app, meter): (&App, &Meter),
    url: &str,
    id: &WebhookId,
    secrets: &[Secret],
) -> Result<(), ErrorResponse> {
    meter.count_as(ATTEMPT_COUNTS_AS).await?;
    let address = app.endpoints.parse(url).map_err(|error| ErrorResponse::internal(&error))?;
    let delivery = DeliveryId::from_uuid(Uuid::now_v7());
    let data = view::ping(id)?;
    let told = Told { delivery: &delivery, event: EventType::WebhookTest, data: &data };
    let attempt = app.endpoints.attempt(&address, secrets, told).await;
    if attempt.is_success() {
        return Ok(());
    }
    let message = format!(
        "The address did not answer a signed test with a 2xx: {}. Have it answer webhook.test, then try again.",
        attempt.problem()
    );
    let error = ApiError::new(ErrorCode::WebhookVerificationFailed, message).with_field("url");
    let status = attempt.answered.as_ref().ok().map(|answered| answered.status);
    let body = attempt.answered.as_ref().ok().map(|answered| answered.body.clone());
    Err(ErrorResponse(error.with_response_status_code(status).with_response_body(body).with_retryable(true)))
}
