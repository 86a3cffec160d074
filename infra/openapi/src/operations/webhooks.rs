//! Endpoints of customers, what each was told, and the log.

use slipway_contract::delivery::{DeliveryDetailView, DeliveryView, ReplayedView, TestedView};
use slipway_contract::listen::ListenView;
use slipway_contract::log::{EventListView, EventSummaryView};
use slipway_contract::service::OkView;
use slipway_contract::webhook::{CatalogueView, CreatedView, RotatedView, WebhookDetailView, WebhookView};
use slipway_contract::{ErrorCode, Page};
use slipway_domain::webhook::MAX_FILTERS;
use slipway_domain::{AccountId, ApiScope, BrandId, EventCategory};

use crate::operation::{delete, get, patch, post};
use crate::parameter::{Parameter, accounts, delivered_events, ids, page, platform, text, time, word, words};
use crate::requests::{ChangeWebhook, CreateWebhook, RotateSecret, TestWebhook};
use crate::{Needs, Operation};

/// What is wrong with what an endpoint is narrowed to.
const NARROWED: [ErrorCode; 2] = [ErrorCode::AccountNotFound, ErrorCode::BrandNotFound];

pub(super) fn endpoints() -> Vec<Operation> {
    let manage = ApiScope::WebhooksManage;
    let statuses = ["pending", "delivered", "failed", "success"];
    let of_accounts = "Only events of these accounts; repeated, or with commas between.";
    let of_brands = "Only events of these brands; repeated, or with commas between.";
    vec![
        post("createWebhook", "/v1/webhooks", manage, "Create a webhook")
            .about("The address must answer a signed `webhook.test` with a 2xx, or nothing is created.")
            .json::<CreateWebhook>()
            .once()
            .answers::<CreatedView>(201, "The webhook. Its secret is shown once.")
            .refuses(&NARROWED)
            .refuses(&[ErrorCode::WebhookVerificationFailed, ErrorCode::Conflict]),
        get("listWebhooks", "/v1/webhooks", manage, "List webhooks")
            .query(page(50))
            .answers::<Page<WebhookView>>(200, "The webhooks."),
        get("listEventTypes", "/v1/webhooks/events", Needs::AnyKey, "List the events that webhooks can receive")
            .answers::<CatalogueView>(200, "The events."),
        get("listen", "/v1/webhooks/listen", manage, "Receive deliveries by polling, without a public address")
            .about("The first call answers the secret and no deliveries. From then on send `next_cursor` as `cursor`, again and again.")
            .query(page(50))
            .query([
                words("events", "Only these events.", &delivered_events()),
                ids("account_ids", of_accounts, AccountId::PREFIX, MAX_FILTERS),
                ids("brand_ids", of_brands, BrandId::PREFIX, MAX_FILTERS),
            ])
            .answers::<ListenView>(200, "The deliveries.")
            .refuses(&NARROWED),
        get("getWebhook", "/v1/webhooks/{id}", manage, "Get a webhook with its delivery statistics")
            .answers::<WebhookDetailView>(200, "The webhook."),
        patch("updateWebhook", "/v1/webhooks/{id}", manage, "Change a webhook")
            .json_if_any::<ChangeWebhook>()
            .answers::<WebhookView>(200, "The webhook.")
            .refuses(&NARROWED)
            .refuses(&[ErrorCode::WebhookVerificationFailed, ErrorCode::Conflict]),
        delete("deleteWebhook", "/v1/webhooks/{id}", manage, "Delete a webhook")
            .answers::<OkView>(200, "It is gone."),
        post("rotateWebhookSecret", "/v1/webhooks/{id}/rotate-secret", manage, "Rotate a webhook's secret")
            .json_if_any::<RotateSecret>()
            .once()
            .answers::<RotatedView>(200, "The secret. It is shown once."),
        post("testWebhook", "/v1/webhooks/{id}/test", manage, "Send a test event to a webhook")
            .json::<TestWebhook>()
            .once()
            .answers::<TestedView>(200, "What the address answered."),
        post("replayEvents", "/v1/webhooks/{id}/replay", manage, "Replay events to a webhook: send all since a time again")
            .query([time("since", "The time from which events are sent again. By default a day ago.")])
            .query(page(100))
            .once()
            .answers::<ReplayedView>(202, "How many deliveries were queued.")
            .refuses(&[ErrorCode::Conflict]),
        get("listDeliveries", "/v1/webhooks/{id}/deliveries", manage, "List a webhook's deliveries")
            .query(page(50))
            .query([
                word("status", "Only deliveries of this status.", &statuses),
                word("event_type", "Only deliveries of this event.", &delivered_events()),
            ])
            .answers::<Page<DeliveryView>>(200, "The deliveries."),
        get("getDelivery", "/v1/webhooks/{id}/deliveries/{delivery}", manage, "Get a delivery with its attempts")
            .answers::<DeliveryDetailView>(200, "The delivery."),
        post("retryDelivery", "/v1/webhooks/{id}/deliveries/{delivery}/retry", manage, "Retry a delivery")
            .once()
            .answers::<DeliveryDetailView>(202, "The delivery is queued.")
            .refuses(&[ErrorCode::Conflict]),
    ]
}

/// What both routes of the log are narrowed by.
fn filters() -> Vec<Parameter> {
    let categories: Vec<_> = EventCategory::ALL.iter().map(|category| category.as_str()).collect();
    let mut filters = vec![
        words("category", "Only entries of these categories.", &categories),
        words(
            "status",
            "Only entries of this status. `ok` is another word for `success`.",
            &["success", "ok", "failed"],
        ),
        platform(),
        text("resource_id", "Only entries about the post, media item, account, webhook or key with this id."),
        text("action", "Only entries of this action, such as `published`, or of this event, such as `post.published`."),
        time("from", "Only entries from this time on."),
        time("to", "Only entries until this time."),
    ];
    filters.extend(accounts());
    filters
}

pub(super) fn log() -> Vec<Operation> {
    let read = ApiScope::AnalyticsRead;
    let [limit, _] = page(50);
    let behind = text("cursor", "Only entries behind it: a `next_cursor` of `GET /v1/events`, unchanged.");
    vec![
        get("listEvents", "/v1/events", read, "List the entries of the event log, the newest first")
            .query(page(50))
            .query(filters())
            .answers::<EventListView>(200, "The entries."),
        get("summariseEvents", "/v1/events/summary", read, "Get counts of the event log")
            .query([limit, behind])
            .query(filters())
            .answers::<EventSummaryView>(200, "The figures."),
    ]
}
