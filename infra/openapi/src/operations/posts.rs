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
        post("createPost", "/v1/posts", write, "Create a post: publish it now, schedule it, or keep it as a draft")
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
                words("status", "Only posts of these statuses.", &STATUSES),
                platform(),
                time("from", "Only posts from this time on."),
                time("to", "Only posts until this time."),
                text("search", "Only posts whose text or title contains this."),
                word("sort", "The order, by time of creation or by scheduled time. The last two list scheduled posts only.", &SORTS),
                flag("hidden", "`true` lists hidden posts, too."),
            ])
            .answers::<Page<PostView>>(200, "The posts."),
        get("getPost", "/v1/posts/{id}", read, "Get a post with its targets").answers::<PostView>(200, "The post."),
        patch("updatePost", "/v1/posts/{id}", write, "Change a draft, a scheduled post or a failed one")
            .about("Fields that you send replace the old values, fields that you leave out stay. `targets` must name every account that the post keeps.")
            .json_if_any::<PatchPost>()
            .once()
            .answers::<PostView>(200, "The post.")
            .refuses(&REFUSED)
            .refuses(&NOT_NOW)
            .refuses(&[ErrorCode::PostStateInvalid]),
        delete("deletePost", "/v1/posts/{id}", write, "Delete a post, as far as it is not on TikTok")
            .once()
            .answers::<DeletedView>(200, "The result for each target."),
        post("publishPost", "/v1/posts/{id}/publish", write, "Publish a draft or a scheduled post now")
            .json_if_any::<PublishAtOnce>()
            .once()
            .answers::<PostView>(201, "The post.")
            .answers::<PostView>(207, "The post; some of its accounts can't publish it.")
            .answers::<PostRefusedView>(422, "No account can publish it: the post, and the error.")
            .refuses(&REFUSED)
            .refuses(&NOT_NOW)
            .refuses(&[ErrorCode::PostStateInvalid, ErrorCode::AllFailed]),
        post("retryPost", "/v1/posts/{id}/retry", write, "Retry the targets that have failed")
            .json_if_any::<PublishAtOnce>()
            .once()
            .answers::<DoneView>(200, "The targets are retried.")
            .refuses(&REFUSED)
            .refuses(&NOT_NOW)
            .refuses(&[ErrorCode::NoRetryableDeliveries, ErrorCode::PostStateInvalid, ErrorCode::AllFailed]),
        post("cancelPost", "/v1/posts/{id}/cancel", write, "Cancel a post, as far as TikTok does not have it yet")
            .json_if_any::<NoFields>()
            .once()
            .answers::<PostView>(200, "The post.")
            .refuses(&[ErrorCode::PostStateInvalid, ErrorCode::AccountNotFound])
            .refuses(&NOT_ASKED),
        post("resolvePost", "/v1/posts/{id}/resolve", write, "Report whether an `unconfirmed` target was published")
            .json::<ResolvePost>()
            .once()
            .answers::<PostView>(200, "The post.")
            .refuses(&[ErrorCode::PostStateInvalid]),
        post("unpublishPost", "/v1/posts/{id}/unpublish", write, "Not supported: TikTok's API can't take a post down")
            .json_if_any::<NoFields>()
            .answer(501, "TikTok has no way to do this.", crate::operation::Content::Nothing)
            .refuses(&[ErrorCode::NotSupported]),
        get("getPostMetrics", "/v1/posts/{id}/metrics", read, "Get a post's targets with the metrics of their public videos")
            .answers::<DataView<MetricsView>>(200, "The targets."),
        get("getPostTimeline", "/v1/posts/{id}/timeline", read, "List the steps of each target of a post")
            .about("Every chunk, status check and webhook, with TikTok's log ids. Of a very long timeline only the first and the last steps are kept.")
            .query(page(50))
            .query(accounts())
            .answers::<Page<TimelineView>>(200, "The steps."),
        post("importPosts", "/v1/posts/import", write, "Create a post from each row of a CSV file")
            .query([flag("dry_run", "`true` creates nothing, and reports what would be created.")])
            .file("A CSV file in UTF-8 with up to 500 rows.", 4_500_000)
            .once()
            .answers::<ImportView>(200, "The result of each row.")
            .refuses(&[ErrorCode::PostLimitExhausted, ErrorCode::PostLimit]),
        post("validatePost", "/v1/posts/validate", write, "Validate a post without creating it")
            .json_if_any::<CreatePost>()
            .answers::<ValidationView>(200, "Every problem and warning, and the present state of accounts and media.")
            .refuses(&[ErrorCode::TikTokRateLimit]),
        get("getPostConstraints", "/v1/posts/validate", read, "Get TikTok's constraints on posts")
            .query([word("platform", "The platform; `tiktok` is the only one.", &["tiktok"])])
            .answers::<DataView<ConstraintsView>>(200, "The figures.")
            .refuses(&[ErrorCode::UnsupportedPlatform]),
    ]
}
