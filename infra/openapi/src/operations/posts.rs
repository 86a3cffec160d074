//! Posts.

use slipway_contract::import::ImportView;
use slipway_contract::post::{
    ConstraintsView, DeletedView, DoneView, MetricsView, PostRefusedView, PostView, TimelineView, ValidationView,
};
use slipway_contract::{DataView, ErrorCode, Page};
use slipway_domain::ApiScope;

use super::accounts::NOT_ASKED;
use crate::Operation;
use crate::operation::{delete, get, patch, post};
use crate::parameter::{accounts, brands, flag, page, platform, text, time, word, words};
use crate::requests::{CreatePost, NoFields, PatchPost, PublishAtOnce, ResolvePost};

const STATUSES: [&str; 7] = ["draft", "scheduled", "publishing", "published", "partial", "failed", "cancelled"];
const SORTS: [&str; 4] = ["created_desc", "created_asc", "scheduled_asc", "scheduled_desc"];

/// What is wrong with a post by itself.
const REFUSED: [ErrorCode; 12] = [
    ErrorCode::FieldRequired,
    ErrorCode::BrandInvalid,
    ErrorCode::MediaTypeMismatch,
    ErrorCode::UnsupportedPhotoFormat,
    ErrorCode::PrivacyLevelUnsupported,
    ErrorCode::UnsupportedPlatform,
    ErrorCode::MediaRequired,
    ErrorCode::AccountNotFound,
    ErrorCode::MediaNotFound,
    ErrorCode::MediaUnsupportedSource,
    ErrorCode::MediaMixing,
    ErrorCode::MediaRejected,
];

/// What keeps a post from being published at this moment.
const NOT_NOW: [ErrorCode; 8] = [
    ErrorCode::ReconnectionRequired,
    ErrorCode::TikTokAuth,
    ErrorCode::Conflict,
    ErrorCode::StorageQuota,
    ErrorCode::PostLimitExhausted,
    ErrorCode::VelocityLimit,
    ErrorCode::TikTokRateLimit,
    ErrorCode::TikTokApiError,
];

pub(super) fn operations() -> Vec<Operation> {
    let (read, write) = (ApiScope::PostsRead, ApiScope::PostsWrite);
    vec![
        post("createPost", "/v1/posts", write, "Create a post: now, at a time, or as a draft")
            .about(
                "Checks everything before anything is made, and reports all problems at once. Without an \
                 `Idempotency-Key` the same body within 60 seconds gets the first answer again.",
            )
            .json::<CreatePost>()
            .once()
            .answers::<PostView>(201, "The post.")
            .answers::<PostView>(207, "The post; some of its accounts can't publish it, and their targets say why.")
            .answers::<PostRefusedView>(422, "No account can publish it: the post, and the error.")
            .refuses(&REFUSED)
            .refuses(&NOT_NOW)
            .refuses(&[ErrorCode::AllFailed, ErrorCode::Gone]),
        get("listPosts", "/v1/posts", read, "List posts")
            .query(page(25))
            .query(accounts())
            .query(brands())
            .query([
                words("status", "Only posts of one of these statuses.", &STATUSES),
                platform(),
                time("from", "Only posts from this time on."),
                time("to", "Only posts until this time."),
                text("search", "Only posts with this in their text or title."),
                word("sort", "By which time, and in which order. The last two list only posts that have a time.", &SORTS),
                flag("hidden", "Also posts that were put away."),
            ])
            .answers::<Page<PostView>>(200, "The posts."),
        get("getPost", "/v1/posts/{id}", read, "Show a post with its targets").answers::<PostView>(200, "The post."),
        patch("updatePost", "/v1/posts/{id}", write, "Change a draft, a post that waits for its time, or a failed one")
            .about("What is said wins, what is not said stays. `targets` names all accounts that are to stay.")
            .json_if_any::<PatchPost>()
            .answers::<PostView>(200, "The post.")
            .refuses(&REFUSED)
            .refuses(&NOT_NOW)
            .refuses(&[ErrorCode::PostStateInvalid]),
        delete("deletePost", "/v1/posts/{id}", write, "Call off and forget what TikTok does not have")
            .answers::<DeletedView>(200, "What has become of each target."),
        post("publishPost", "/v1/posts/{id}/publish", write, "Publish a draft, or what waits for its time, at once")
            .json_if_any::<PublishAtOnce>()
            .once()
            .answers::<PostView>(201, "The post.")
            .answers::<PostView>(207, "The post; some of its accounts can't publish it.")
            .answers::<PostRefusedView>(422, "No account can publish it: the post, and the error.")
            .refuses(&REFUSED)
            .refuses(&NOT_NOW)
            .refuses(&[ErrorCode::PostStateInvalid, ErrorCode::AllFailed]),
        post("retryPost", "/v1/posts/{id}/retry", write, "Try the targets again that have failed")
            .json_if_any::<PublishAtOnce>()
            .once()
            .answers::<DoneView>(200, "They are tried again.")
            .refuses(&REFUSED)
            .refuses(&NOT_NOW)
            .refuses(&[ErrorCode::NoRetryableDeliveries, ErrorCode::PostStateInvalid, ErrorCode::AllFailed]),
        post("cancelPost", "/v1/posts/{id}/cancel", write, "Call off what is not at TikTok yet")
            .json_if_any::<NoFields>()
            .once()
            .answers::<PostView>(200, "The post.")
            .refuses(&[ErrorCode::PostStateInvalid, ErrorCode::AccountNotFound])
            .refuses(&NOT_ASKED),
        post("resolvePost", "/v1/posts/{id}/resolve", write, "Say what became of a target that is `unconfirmed`")
            .json::<ResolvePost>()
            .once()
            .answers::<PostView>(200, "The post.")
            .refuses(&[ErrorCode::PostStateInvalid]),
        post("unpublishPost", "/v1/posts/{id}/unpublish", write, "Refused: TikTok's API can't take a post down")
            .json_if_any::<NoFields>()
            .once()
            .answer(501, "TikTok has no way to do this.", crate::operation::Content::Nothing)
            .refuses(&[ErrorCode::NotSupported]),
        get("getPostMetrics", "/v1/posts/{id}/metrics", read, "Show the targets with the figures of their public videos")
            .answers::<DataView<MetricsView>>(200, "The targets."),
        get("getPostTimeline", "/v1/posts/{id}/timeline", read, "List every step of every target")
            .about("Each chunk, status and webhook, with TikTok's log ids. Of very many steps the first and last are kept.")
            .query(page(50))
            .query(accounts())
            .answers::<Page<TimelineView>>(200, "The steps."),
        post("importPosts", "/v1/posts/import", write, "Make a post of each row of a CSV file")
            .query([flag("dry_run", "Make nothing, and say what would be made.")])
            .file("A CSV file in UTF-8 with up to 500 rows.", 4_500_000)
            .once()
            .answers::<ImportView>(200, "What came of each row.")
            .refuses(&[ErrorCode::PostLimitExhausted, ErrorCode::PostLimit]),
        post("validatePost", "/v1/posts/validate", write, "Say what creating a post would say, and make nothing")
            .json_if_any::<CreatePost>()
            .answers::<ValidationView>(200, "Every problem and warning, and how accounts and media are now.")
            .refuses(&[ErrorCode::TikTokRateLimit]),
        get("getPostConstraints", "/v1/posts/validate", read, "Show what TikTok takes, in numbers")
            .query([text("platform", "`tiktok` is the only one.")])
            .answers::<DataView<ConstraintsView>>(200, "The numbers.")
            .refuses(&[ErrorCode::UnsupportedPlatform]),
    ]
}
