//! Tools about accounts.

use crate::inside::Room::Accounts;
use crate::tool::{Route, Tool};

pub(super) const TOOLS: &[Tool] = &[
    Tool::of(
        Route::get(Accounts, "/v1/accounts", ""),
        "list_accounts",
        "List accounts",
        "Lists the TikTok accounts that posts can be published to. Begin here: every post names one of these ids. An \
         account whose status is reconnect_required can't publish until its creator has connected again; see \
         connect_account.",
    )
    .taking(&["brand_ids", "limit", "cursor"]),
    Tool::of(
        Route::post(Accounts, "/v1/accounts/connect", ""),
        "connect_account",
        "Connect an account",
        "Begins to connect a creator's TikTok account, or to connect one again. Answers auth_url, a link that works \
         once and for ten minutes. Give it to the creator, who has to open it in a browser and consent at TikTok: \
         you can't do that for anybody. list_accounts shows the account afterwards.",
    )
    .taking(&["platform", "brand_id", "redirect_uri", "state"])
    .keyed()
    .open(),
    Tool::of(
        Route::get(Accounts, "/v1/accounts/{id}/creator-info", "account_id"),
        "get_creator_info",
        "Ask what the creator may post",
        "Asks TikTok what this creator may post right now: nickname, whether posting is possible, the longest video, \
         and privacy_level_options. Call it before each post, show the creator nickname and options, and have the \
         creator choose who sees the post: no level may be assumed, least of all a public one. What \
         interaction_settings calls disabled stays disabled.",
    )
    .open(),
    Tool::of(
        Route::get(Accounts, "/v1/accounts/{id}/limits", "account_id"),
        "get_account_limits",
        "Show an account's limits",
        "Shows an account's limits as whole numbers: posts an hour and a day, longest caption, largest file.",
    ),
    Tool::of(
        Route::get(Accounts, "/v1/brands", ""),
        "list_brands",
        "List brands",
        "Lists the groups that accounts belong to. Only needed where there are several customers or teams.",
    )
    .taking(&["limit", "cursor"]),
];
