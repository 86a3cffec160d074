//! A faithful TikTok on loopback: Login Kit, the Content Posting API, its upload host, the Display API and webhooks.
//!
//! It refuses what TikTok refuses, in the same words, and goes wrong on demand. Where TikTok's documentation is
//! silent, a setting of [`Config`] chooses between the behaviours people have met. A [`Ledger`] tells what it received:
//! its [`published`](Ledger::published) is the truth about "exactly once".
//!
//! ```no_run
//! # async fn example() -> Result<(), tiktok_sim::StartError> {
//! use tiktok_sim::{Action, Config, Endpoint, Fault, Simulator};
//! let tiktok = Simulator::start(Config::default()).await?;
//! tiktok.fault(Fault::on(Endpoint::VideoInit, Action::RateLimited).times(2));
//! println!("{}/v2/auth/authorize/", tiktok.url());
//! # Ok(()) }
//! ```
//!
//! Time is simulated: [`Simulator::advance`] lets an hour pass at once. Nothing is ever fetched from beyond this machine.

mod answer;
mod api;
mod call;
mod cli;
mod clock;
mod config;
mod control;
mod endpoint;
mod fault;
mod ids;
mod ledger;
mod limits;
mod media;
mod oauth;
mod publish;
mod pull;
mod scope;
mod server;
mod shared;
mod simulator;
mod upload;
mod user;
mod webhook;
mod world;

pub use cli::Arguments;
pub use clock::Moment;
pub use config::{
    ChunkLimits, ClientSecret, Config, Consent, ErrorBody, InvalidParamsCode, MediaCheck, MissingRangeStatus,
    OauthErrorStatus, PostIdForm, ProgressHeader, RateLimits, UnauditedLevelCode, UnknownPathCode,
};
pub use endpoint::Endpoint;
pub use fault::{Action, ActiveFault, Fault, FaultId, Match};
pub use ledger::{
    AccessTokenRecord, AttemptRecord, AuthorizationRecord, ByteCount, ChunkPlan, ChunkRecord, FailReason, GrantRecord,
    Ledger, Medium, Mode, Outcome, PhotoRecord, PublishRecord, PublishState, RequestRecord, Source, WebhookRecord,
    WebhookState,
};
pub use publish::PublishCommand;
pub use scope::Scope;
pub use simulator::{Simulator, StartError};
pub use user::{Privacy, User};
