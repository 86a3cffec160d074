//! Tools about what is told to others, and about what the tenant uses.

use crate::inside::Room::{Webhooks, Workspace};
use crate::tool::{Route, Tool};

pub(super) const TOOLS: &[Tool] = &[
    Tool::of(
        Route::get(Webhooks, "/v1/webhooks", ""),
        "list_webhooks",
        "List webhooks",
        "Lists the addresses that are told what happens.",
    )
    .taking(&["limit", "cursor"]),
    Tool::of(
        Route::post(Webhooks, "/v1/webhooks", ""),
        "create_webhook",
        "Create a webhook",
        "Has a public https address told what happens to posts and accounts. The address must answer a signed test \
         with a 2xx while this call waits. The answer shows the secret once: give it to whoever runs the address, \
         and repeat it to nobody else.",
    )
    .taking(&["url", "events", "account_ids", "brand_ids"])
    .keyed()
    .open(),
    Tool::of(
        Route::get(Webhooks, "/v1/webhooks/{id}/deliveries", "webhook_id"),
        "list_deliveries",
        "List what a webhook was told",
        "Lists what an address was told and whether it took it, the newest first.",
    )
    .taking(&["status", "event_type", "limit", "cursor"]),
    Tool::of(
        Route::get(Workspace, "/v1/usage", ""),
        "get_usage",
        "Show what the plan has left",
        "Shows how many brands and posts are used, and how many the plan allows; -1 means as many as one likes.",
    ),
];
