//! The router over the stand-ins, without its process: what is refused, what a refusal leaves behind, and who may do
//! what. That a post reaches TikTok is told in the stories.
#![expect(clippy::unwrap_used, reason = "what a test can not set up fails the test")]

mod acts;
mod at_once;
mod brands;
mod costs;
mod creator;
mod full;
mod guards;
mod handover;
mod import;
mod list;
mod partial;
mod parts;
mod patch;
mod photos;
mod plan;
mod preflight;
mod races;
mod random;
mod refused;
mod repeats;
mod retry;
mod said;
mod targets;
mod timeline;
mod times;
mod velocity;
mod world;
