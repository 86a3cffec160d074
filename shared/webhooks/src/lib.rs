#![doc = include_str!("../README.md")]

mod attempt;
mod secret;
mod signed;

pub use attempt::{Answered, Attempt, Caller, Told};
pub use secret::Secret;
pub use signed::{body, headers};
