#![doc = include_str!("../README.md")]
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a story fails by panicking")]

mod support;

mod accounts;
mod acts;
mod agents;
mod bad_input;
mod budgets;
mod crashes;
mod deletion;
mod described;
mod dialects;
mod disconnect;
mod faults;
mod free_tier;
mod hooks;
mod imports;
mod isolation;
mod keyed;
mod leaks;
mod limits;
mod list;
mod lists;
mod media_life;
mod memory;
mod nets;
mod outcomes;
mod pace;
mod photos;
mod publish;
mod pull;
mod repeats;
mod rights;
mod rules;
mod scheduled;
mod test_mode;
mod tokens;
mod uploads;
