//! Endpoints of customers, what each was told, and the log.

use slipway_contract::delivery::{DeliveryDetailView, DeliveryView, ReplayedView, TestedView};
use slipway_contract::listen::ListenView;
use slipway_contract::log::{EventListView, EventSummaryView};
use slipway_contract::webhook::{CatalogueView, CreatedView, OkView, RotatedView, WebhookDetailView, WebhookView};
use slipway_contract::{ErrorCode, Page};
use slipway_domain::{ApiScope, EventCategory};

use crate::operation::{delete, get, patch, post};
use crate::parameter::{Parameter, accounts, delivered_events, ids, page, platform, text, time, word, words};
use crate::requests::{ChangeWebhook, CreateWebhook, RotateSecret, TestWebhook};
use crate::{Needs, Operation};

/// What is wrong with what an endpoint is narrowed to.
const NARROWED: [ErrorCode; 2] = [ErrorCode::AccountNotFound, ErrorCode::BrandNotFound];

pub(super) fn endpoints() -> Vec<Operation> {
    let manage = ApiScope::WebhooksManage;
    let statuses = ["pending", "delivered", "failed", "success"];
    vec![
        post("createWebhook", "/v1/webhooks", manage, "Make an endpoint")
            .about("It must answer a signed `webhook.test` with a 2xx before it is made.")
            .json::<CreateWebhook>()
            .once()
            .answers::<CreatedView>(201, "The endpoint. Its secret is shown once.")
            .refuses(&NARROWED)
            .refuses(&[ErrorCode::WebhookVerificationFailed, ErrorCode::Conflict]),
        get("listWebhooks", "/v1/webhooks", manage, "List endpoints")
            .query(page(50))
            .answers::<Page<WebhookView>>(200, "The endpoints."),
        get("listEventTypes", "/v1/webhooks/events", Needs::AnyKey, "List the events that endpoints can be told of")
            .answers::<CatalogueView>(200, "The events."),
        get("listen", "/v1/webhooks/listen", manage, "Take deliveries without a public address")
            .about("Waits for a while for the first one. Go on with `next_cursor` as `cursor`.")
            .query(page(50))
            .query([
                words("events", "Only these events.", &delivered_events()),
                ids("account_ids", "Only what concerns these accounts.", "acc_"),
                ids("brand_ids", "Only what concerns accounts of these brands.", "brand_"),
            ])
            .answers::<ListenView>(200, "The deliveries.")
            .refuses(&NARROWED),
        get("getWebhook", "/v1/webhooks/{id}", manage, "Show an endpoint and how its deliveries end")
            .answers::<WebhookDetailView>(200, "The endpoint."),
        patch("updateWebhook", "/v1/webhooks/{id}", manage, "Change an endpoint")
            .json_if_any::<ChangeWebhook>()
            .answers::<WebhookView>(200, "The endpoint.")
            .refuses(&NARROWED)
            .refuses(&[ErrorCode::WebhookVerificationFailed, ErrorCode::Conflict]),
        delete("deleteWebhook", "/v1/webhooks/{id}", manage, "Delete an endpoint")
            .answers::<OkView>(200, "It is gone."),
        post("rotateWebhookSecret", "/v1/webhooks/{id}/rotate-secret", manage, "Give an endpoint a new secret")
            .json_if_any::<RotateSecret>()
            .once()
            .answers::<RotatedView>(200, "The secret. It is shown once."),
        post("testWebhook", "/v1/webhooks/{id}/test", manage, "Tell an endpoint something of your own making")
            .json::<TestWebhook>()
            .once()
            .answers::<TestedView>(200, "What it answered."),
        post("replayEvents", "/v1/webhooks/{id}/replay", manage, "Tell an endpoint again all since a time")
            .query([time("since", "Since when; a day ago unless said.")])
            .query(page(100))
            .once()
            .answers::<ReplayedView>(202, "How much is told again.")
            .refuses(&[ErrorCode::Conflict]),
        get("listDeliveries", "/v1/webhooks/{id}/deliveries", manage, "List what an endpoint was told")
            .query(page(50))
            .query([
                word("status", "Only deliveries of this status.", &statuses),
                word("event_type", "Only deliveries of this event.", &delivered_events()),
            ])
            .answers::<Page<DeliveryView>>(200, "The deliveries."),
        get("getDelivery", "/v1/webhooks/{id}/deliveries/{delivery}", manage, "Show one delivery with its attempts")
            .answers::<DeliveryDetailView>(200, "The delivery."),
        post("retryDelivery", "/v1/webhooks/{id}/deliveries/{delivery}/retry", manage, "Make a delivery again")
            .once()
            .answers::<DeliveryDetailView>(202, "It is on its way.")
            .refuses(&[ErrorCode::Conflict]),
    ]
}

/// What both routes of the log are narrowed by.
fn filters() -> Vec<Parameter> {
    let categories: Vec<_> = EventCategory::ALL.iter().map(|category| category.as_str()).collect();
    let mut filters = vec![
        words("category", "Only entries about one of these.", &categories),
        words("status", "Only entries that say that something went well, or wrong.", &["success", "ok", "failed"]),
        platform(),
        text("resource_id", "Only entries about this post, media, account, endpoint or key."),
        text("action", "Only entries that say that this was done."),
        time("from", "Only entries from this time on."),
        time("to", "Only entries until this time."),
    ];
    filters.extend(accounts());
    filters
}

pub(super) fn log() -> Vec<Operation> {
    let read = ApiScope::AnalyticsRead;
    vec![
        get("listEvents", "/v1/events", read, "Show the log of everything that happened, the newest first")
            .query(page(50))
            .query(filters())
            .answers::<EventListView>(200, "The entries."),
        get("summariseEvents", "/v1/events/summary", read, "Count what is in the log")
            .query(page(50))
            .query(filters())
            .answers::<EventSummaryView>(200, "The numbers."),
    ]
}
