//! What a function that works on queues or on a schedule stands on.

#[cfg(feature = "queues")]
mod batch;
mod deadline;
#[cfg(feature = "queues")]
mod messages;
mod schedule;

#[cfg(feature = "queues")]
pub use batch::{Handled, work};
pub use deadline::Deadline;
#[cfg(feature = "queues")]
pub use messages::on_messages;
pub use schedule::on_schedule;
