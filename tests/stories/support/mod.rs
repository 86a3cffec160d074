//! What stories are made of.

mod answer;
mod secrets;
mod video;
mod world;

pub use answer::Answer;
pub use secrets::{leaks, secrets_of};
pub use video::{sha256, video_of};
pub use world::{Setup, World, until};
