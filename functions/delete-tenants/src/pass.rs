//! One way over everything that a tenant has left.

use std::collections::HashSet;
use std::fmt::Display;
use std::time::Instant;

use jiff::SignedDuration;
use slipway_domain::{AccountId, MediaId};
use slipway_store::Erased;

/// What was found on the way.
#[derive(Debug)]
pub(crate) struct Pass {
    /// When to begin nothing any more.
    pub(crate) until: Instant,
    /// How long the deletion has been under way.
    pub(crate) age: SignedDuration,
    /// How much was found, and deleted.
    pub(crate) found: usize,
    /// How much has to end by itself.
    pub(crate) waits: usize,
    /// Whether it has come to the end of everything, and nothing failed.
    pub(crate) is_whole: bool,
    /// The media of posts whose bytes are on the way.
    pub(crate) on_the_way: HashSet<MediaId>,
    /// The accounts of such posts.
    pub(crate) busy: HashSet<AccountId>,
    /// Whether all posts of the space were read: what is not known to be free stays.
    pub(crate) knows_posts: bool,
}

impl Pass {
    pub(crate) fn until(until: Instant, age: SignedDuration) -> Self {
        Self {
            until,
            age,
            found: 0,
            waits: 0,
            is_whole: true,
            on_the_way: HashSet::new(),
            busy: HashSet::new(),
            knows_posts: false,
        }
    }

    /// Whether its time is up. What is left then is for the next one.
    pub(crate) fn is_over(&mut self) -> bool {
        let is_over = Instant::now() >= self.until;
        self.is_whole &= !is_over;
        is_over
    }

    /// Notes what was erased, or that it failed.
    pub(crate) fn step(&mut self, what: &'static str, erased: Result<Erased, impl Display>) {
        match erased {
            Ok(Erased { items, is_all }) => {
                self.found += items;
                self.is_whole &= is_all;
            }
            Err(error) => self.failed(what, &error),
        }
    }

    /// Notes that something could not be deleted: it is tried again.
    pub(crate) fn failed(&mut self, what: &'static str, error: &impl Display) {
        tracing::error!(%error, what, "could not be deleted; it is tried again");
        self.is_whole = false;
    }
}
