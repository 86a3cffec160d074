//! What stories are made of.

mod agent;
mod answer;
mod clock;
mod death;
pub(crate) mod described;
mod export;
mod items;
pub(crate) mod large;
mod loopback;
mod receiver;
mod secrets;
mod site;
mod told;
mod video;
mod world;

pub(crate) use agent::Agent;
pub(crate) use answer::Answer;
pub(crate) use clock::Nets;
pub(crate) use death::{Victim, die_at, die_at_every_call, die_once, has_died};
pub(crate) use export::{EXPORT, exported, page_of};
pub(crate) use items::Items;
pub(crate) use receiver::{Delivered, Receiver, Reply};
pub(crate) use secrets::{Secret, leaks, secrets_in, secrets_of};
pub(crate) use site::{Page, Site};
pub(crate) use video::{sha256, video_of};
pub(crate) use world::{Setup, World, until};
