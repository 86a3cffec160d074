//! Tools about posts.

use slipway_domain::{ApiScope, PostAct, PostStatus};

use crate::inside::Room::Posts;
use crate::tool::{Effect, Route, Tool};
use crate::wait::Unsettled;

/// What agents may say about a post: one dialect of the two, in which nothing is published that nobody asked for.
const POST: &[&str] = &[
    "text",
    "title",
    "media_ids",
    "media",
    "targets",
    "platform_data",
    "publish_now",
    "scheduled_at",
    "skip_duplicate_check",
];

/// An older dialect names accounts in other fields, which tools do not take.
const TARGETS: &[(&str, &str)] = &[("targets", "Name each account: [{\"account_id\": \"acc_…\"}]. See list_accounts.")];

/// The post that a tool names.
const ONE: Route = Route::get(Posts, "/v1/posts/{id}", "post_id");

pub(super) const TOOLS: &[Tool] = &[
    Tool::of(
        Route::get(Posts, "/v1/posts/validate", ""),
        "get_post_rules",
        "Show what TikTok takes",
        "Shows what TikTok takes, in numbers: length of captions, sizes and durations of videos and photos.",
    ),
    Tool::of(
        Route::post(Posts, "/v1/posts/validate", ""),
        "validate_post",
        "Check a post",
        "Says what create_post would say to the same arguments, and does nothing: every problem with its cure, what \
         would be published in effective, and how the accounts and files stand. Call it before create_post and show \
         the result to the creator.",
    )
    .taking(POST)
    .needing(TARGETS)
    .with_effect(Effect::Reads)
    .open(),
    Tool::of(
        Route::post(Posts, "/v1/posts", ""),
        "create_post",
        "Create a post",
        "Creates a post for one or more accounts: a draft, or at a time with scheduled_at, or published at once with \
         publish_now true, which can't be undone through this API. Before you call it the creator must have told \
         you, for this post: who may see it (platform_data.tiktok.privacy_level, one of get_creator_info's options: \
         never choose it yourself and never assume a public level), whether it promotes the creator's own business \
         (brand_organic_toggle) or is paid for by others (brand_content_toggle; not with SELF_ONLY), whether it is \
         made by AI (is_aigc), and whether comments, duets and stitches are wanted (off unless disable_comment, \
         disable_duet or disable_stitch is false). Ask for whatever you were not told. Name accounts in targets and \
         files in media_ids. Send an idempotency_key, so that a repeated call can't post twice; use dry_run to see \
         what would happen. skip_duplicate_check is for a creator who says that the same is wanted twice.",
    )
    .taking(POST)
    .needing(TARGETS)
    .with_effect(Effect::Changes)
    .keyed()
    .open()
    .or_dry(
        Route::post(Posts, "/v1/posts/validate", ""),
        ApiScope::PostsWrite,
        "The post would be created, if answer.valid is true; answer.errors has what stands against it.",
    ),
    Tool::of(
        ONE,
        "get_post",
        "Show a post",
        "Shows a post with its targets, one for each account. Its status is draft, scheduled, publishing, published, \
         partial, failed or cancelled; targets[].error has the reason of a failure, targets[].metadata.state the \
         precise state. With wait_seconds it answers as soon as the post is no longer publishing; call it again \
         while it is.",
    )
    .waiting_while(Unsettled::Post(PostStatus::Publishing)),
    Tool::of(
        Route::get(Posts, "/v1/posts", ""),
        "list_posts",
        "List posts",
        "Lists posts, the newest first. Narrow it by status, account_ids, a time or words of the caption.",
    )
    .taking(&["status", "account_ids", "brand_ids", "from", "to", "search", "sort", "limit", "cursor"]),
    Tool::of(
        Route::patch(Posts, "/v1/posts/{id}", "post_id"),
        "update_post",
        "Change a post",
        "Changes a post that is a draft, waits for its time, or has failed. What is not said stays; targets names \
         all accounts that are to stay. With scheduled_at a draft or failed post is scheduled: it will be published \
         then, which can't be undone through this API, so have the creator confirm it first. Whoever may see it and \
         what it discloses is the creator's choice here, too.",
    )
    .taking(&["text", "title", "media_ids", "media", "targets", "platform_data", "scheduled_at", "skip_duplicate_check"])
    .acting(PostAct::Update, ONE, "The post would be changed, and published at scheduled_at if that is said."),
    Tool::of(
        Route::post(Posts, "/v1/posts/{id}/publish", "post_id"),
        "publish_post",
        "Publish a draft",
        "Publishes a draft, or a post that waits for its time, at once. It can't be undone through this API: have \
         the creator confirm privacy level and disclosure of this very post first.",
    )
    .taking(&["skip_duplicate_check"])
    .acting(PostAct::Publish, ONE, "Every target that is a draft or scheduled would be published at once."),
    Tool::of(
        Route::post(Posts, "/v1/posts/{id}/retry", "post_id"),
        "retry_post",
        "Try a failed post again",
        "Tries the targets of a post again that have failed: they are published at once, which can't be undone through \
         this API. Ask the creator first, and have the creator confirm privacy level and disclosure of this very post. \
         Read targets[].error before: what the creator or the request has to change fails again otherwise.",
    )
    .taking(&["skip_duplicate_check"])
    .acting(PostAct::Retry, ONE, "Every target that has failed would be tried again."),
    Tool::of(
        Route::post(Posts, "/v1/posts/{id}/cancel", "post_id"),
        "cancel_post",
        "Call a post off",
        "Calls off what is not at TikTok yet. What is published stays: only its creator can take it down, in TikTok's app.",
    )
    .with_effect(Effect::Changes)
    .keyed()
    .open(),
    Tool::of(
        Route::get(Posts, "/v1/posts/{id}/timeline", "post_id"),
        "get_post_timeline",
        "Show what happened to a post",
        "Shows every step of a post: when it began, each call of TikTok with the id that TikTok's support asks for, \
         and why it waits or failed. Use it to explain a delay or a failure.",
    )
    .taking(&["limit", "cursor"]),
];
