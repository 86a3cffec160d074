//! Every operation, by what it is about.

mod accounts;
mod media;
mod posts;
mod service;
mod tenant;
mod webhooks;

use crate::Operation;

/// The groups, in the order in which somebody meets them.
pub(crate) const GROUPS: [(&str, &str); 9] = [
    ("Posts", "Videos and photos on their way to TikTok."),
    ("Media", "Files that posts are made of."),
    ("Accounts", "Creators' TikTok accounts."),
    ("Brands", "Groups of accounts."),
    ("Webhooks", "Addresses of yours that are sent events as they happen."),
    ("Log", "The event log: everything that happened."),
    ("Keys", "API keys and what they may do."),
    ("Tenant", "The tenant, what it uses, and what it may use."),
    ("Service", "The service itself, and routes for browsers, agents and TikTok."),
];

/// Every operation under its group.
pub(crate) fn groups() -> Vec<(&'static str, Vec<Operation>)> {
    let all = [
        posts::operations(),
        media::operations(),
        accounts::accounts(),
        accounts::brands(),
        webhooks::endpoints(),
        webhooks::log(),
        tenant::keys(),
        tenant::tenant(),
        service::operations(),
    ];
    GROUPS.iter().map(|(name, _)| *name).zip(all).collect()
}

/// Every operation.
pub fn operations() -> Vec<Operation> {
    groups().into_iter().flat_map(|(_, operations)| operations).collect()
}
