//! What routes need of a caller.

use slipway_domain::ApiScope;

/// What a caller needs for a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// A key with this scope.
    Scope(ApiScope),
    /// A key without restrictions: others could otherwise make one that may do more than themselves.
    Unrestricted,
    /// A key, whatever it may do.
    AnyKey,
    /// Nothing.
    NoKey,
}

/// Says that a route needs no key: browsers come here, say.
#[derive(Debug, Clone, Copy)]
pub struct NoKey;

/// Says that a route needs a key, whatever that may do.
#[derive(Debug, Clone, Copy)]
pub struct AnyKey;

/// Says that a route needs a key without restrictions.
#[derive(Debug, Clone, Copy)]
pub struct Unrestricted;

impl From<Unrestricted> for Needs {
    fn from(Unrestricted: Unrestricted) -> Self {
        Self::Unrestricted
    }
}

impl From<AnyKey> for Needs {
    fn from(AnyKey: AnyKey) -> Self {
        Self::AnyKey
    }
}

impl From<ApiScope> for Needs {
    fn from(scope: ApiScope) -> Self {
        Self::Scope(scope)
    }
}

impl From<NoKey> for Needs {
    fn from(NoKey: NoKey) -> Self {
        Self::NoKey
    }
}
