//! Keys, and what an operator does, over the stand-ins.

#![expect(clippy::unwrap_used, reason = "all of this crate is tests, its helpers too")]

mod costs;
mod export;
mod guards;
mod keys;
mod limits;
mod operator;
mod plans;
mod signup;
mod support;
mod trigger;
mod users;
