//! The shapes of request bodies, for their schemas alone: the functions read bodies field by field.
#![expect(dead_code, reason = "nothing is ever read into these")]

mod accounts;
mod agents;
pub(crate) mod media;
mod posts;
mod tenant;
mod webhooks;

pub(crate) use self::accounts::{ConnectAccount, ExchangeCode, NewBrand, NewInvite, NewRedirectUri};
pub(crate) use self::agents::ToolCall;
pub(crate) use self::media::{AnnounceMedia, ImportMedia};
pub(crate) use self::posts::{CreatePost, NoFields, PatchPost, PublishAtOnce, ResolvePost};
pub(crate) use self::tenant::{ChangeKey, ChangeUser, CreateKey, RotateSecret, SignUp};
pub(crate) use self::webhooks::{ChangeWebhook, CreateWebhook, TestWebhook};
