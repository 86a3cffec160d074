//! Which target.

use serde::{Deserialize, Serialize};

use crate::{AccountId, PostId, TenantId};

/// A target's name: all that a message says about it. Everything else is read from the store, which may be ahead.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TargetRef {
    /// Whose.
    pub tenant: TenantId,
    /// The post.
    pub post: PostId,
    /// The target's account.
    pub account: AccountId,
}
