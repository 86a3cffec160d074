//! The shapes of request bodies, for their schemas alone: the functions read bodies field by field. Beside what agents
//! send stands how their protocol refuses it, which no type of ours is written as either.
#![expect(dead_code, reason = "nothing is ever read into these")]

mod accounts;
mod agents;
pub(crate) mod media;
mod posts;
mod tenant;
mod webhooks;

pub(crate) use self::accounts::{ConnectAccount, ExchangeCode, NewBrand, NewInvite, NewRedirectUri};
pub(crate) use self::agents::{JsonRpcError, PROTOCOL_VERSIONS, ToolCall};
pub(crate) use self::media::{AnnounceMedia, ImportMedia};
pub(crate) use self::posts::{CreatePost, NoFields, PatchPost, PublishAtOnce, ResolvePost};
pub(crate) use self::tenant::{ChangeKey, ChangeUser, CreateKey, RotateSecret, SignUp};
pub(crate) use self::webhooks::{ChangeWebhook, CreateWebhook, TestWebhook};
