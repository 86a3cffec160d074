#![doc = include_str!("../README.md")]

mod document;
mod examples;
mod links;
mod markdown;
mod operation;
mod operations;
mod page;
mod parameter;
mod requests;
mod responses;
mod schemas;
mod webhooks;

pub use document::document;
pub use markdown::llms;
pub use operation::{Needs, Operation};
pub use operations::operations;
pub use page::page;
