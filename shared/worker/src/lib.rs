#![doc = include_str!("../README.md")]

#[cfg(feature = "queues")]
mod batch;
#[cfg(feature = "queues")]
mod claim;
#[cfg(feature = "queues")]
mod handled;
#[cfg(feature = "queues")]
mod messages;
mod schedule;
#[cfg(feature = "queues")]
mod stream;
mod turns;

#[cfg(feature = "queues")]
pub use batch::{receive_count, work};
#[cfg(feature = "queues")]
pub use claim::{Claim, ClaimTime, Claimable, Received, wait_for_claim};
#[cfg(feature = "queues")]
pub use handled::{About, Handled};
#[cfg(feature = "queues")]
pub use messages::on_messages;
pub use schedule::on_schedule;
#[cfg(feature = "queues")]
pub use stream::{Incoming, on_stream_and_messages};
pub use turns::in_turns;
