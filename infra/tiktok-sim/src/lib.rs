#![doc = include_str!("../README.md")]

mod answer;
mod api;
mod call;
mod clock;
mod config;
mod content_range;
mod control;
mod endpoint;
mod fault;
mod form;
mod ids;
mod kept;
mod ledger;
mod limits;
mod loopback;
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

pub use clock::Moment;
pub use config::{ClientSecret, Config, Consent, MediaCheck, OauthErrorStatus, ProgressHeader, RateLimits};
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
