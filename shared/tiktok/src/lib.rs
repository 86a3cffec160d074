#![doc = include_str!("../README.md")]

mod answer;
mod client;
mod config;
mod creator;
mod display;
mod double;
mod error;
mod exact_body;
mod lenient;
mod oauth;
mod paths;
mod publish;
mod status;
mod token;
mod upload;
mod upload_url;
mod user;
pub mod webhook;

pub use client::Client;
pub use config::{BuildError, CallTimeout, CallTimeoutError, Config};
pub use creator::CreatorInfo;
pub use display::{Video, VideoPage};
pub use double::{Memory, Remembered};
pub use error::{Class, Error, TransportKind};
pub use exact_body::BodyError;
pub use oauth::Grant;
pub use publish::Init;
pub use slipway_domain::scopes::tiktok::{Scope, Scopes};
pub use slipway_domain::{ApiErrorCode, OAuthErrorCode, PublishStatus};
pub use status::StatusReport;
pub use token::{AccessToken, RefreshToken};
pub use upload::ChunkAnswer;
pub use upload_url::{UploadUrl, UploadUrlError};
pub use user::UserInfo;
