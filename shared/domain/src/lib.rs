#![doc = include_str!("../README.md")]

pub mod caption;
pub mod carousel;
pub mod chain;
pub mod chunk_plan;
mod codes;
pub mod connect_failure;
pub mod content;
pub mod delivery;
pub mod disclosure;
pub mod event_type;
pub mod fail_reason;
pub mod file_kind;
pub mod hidden;
pub mod ids;
pub mod json_text;
pub mod lifetimes;
pub mod limits;
pub mod log_key;
pub mod loopback;
pub mod media;
pub mod mode;
pub mod pace;
pub mod part_plan;
pub mod plan;
pub mod post;
pub mod privacy;
pub mod publish_status;
pub mod pull;
pub mod reach;
pub mod reconnect;
pub mod repeats;
pub mod rules;
pub mod schedule;
pub mod scopes;
pub mod script;
pub mod sealed;
pub mod settings;
pub mod shares;
pub mod target;
pub mod target_ref;
pub mod test_creator;
pub mod tiktok_code;
pub mod video_codec;
pub mod webhook;

pub use caption::{Caption, Description, PhotoTitle, TextTooLong};
pub use carousel::{Carousel, NoCarousel};
pub use chain::{Chain, chain};
pub use chunk_plan::{ByteRange, ChunkPlan, PlanError, Progress};
pub use connect_failure::ConnectFailure;
pub use content::{Content, MediaKind};
pub use delivery::DeliveryStatus;
pub use disclosure::{BrandedContentIsPrivate, Disclosure};
pub use event_type::{EventCategory, EventType};
pub use fail_reason::FailReason;
pub use file_kind::FileKind;
pub use hidden::Hidden;
pub use ids::{
    AccountId, BrandId, DeliveryId, EventId, IdError, InviteId, KeyId, LogId, MediaId, OpenId, PostId, PublishId,
    RedirectUriId, TenantId, UploadId, VideoId, WebhookId, WorkerId,
};
pub use json_text::JsonText;
pub use log_key::LogKey;
pub use loopback::is_loopback;
pub use mode::{Mode, NoSuchMode};
pub use pace::{Held, Line, Pace, PaceLimits, Turn, Window};
pub use part_plan::{Part, PartPlan};
pub use plan::{NoPlans, NoSuchPlan, POST_DAYS, Plan, PlanLimits, Plans, Terms};
pub use post::{NotAllowed, PostAct, PostStatus};
pub use privacy::PrivacyLevel;
pub use publish_status::PublishStatus;
pub use pull::{CopyKey, MediaTransfer, Pull};
pub use reach::Reach;
pub use reconnect::ReconnectReason;
pub use scopes::{ApiScope, KeyScope, KeyScopes};
pub use script::{NoSuchScript, Refusal, Script};
pub use sealed::Sealed;
pub use settings::{Interactions, PhotoSettings, PostMode, VideoSettings};
pub use shares::Shares;
pub use target::{
    DeferReason, Event, Evidence, Failure, Outcome, Phase, Refused, StateName, StepState, TargetState, Worker, apply,
};
pub use target_ref::TargetRef;
pub use test_creator::{NoTestCreator, Persona, TestCreator};
pub use tiktok_code::{ApiErrorCode, OAuthErrorCode, StatusWord, TikTokCode};
pub use video_codec::VideoCodec;
