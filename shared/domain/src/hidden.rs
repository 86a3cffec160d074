//! What `Debug` must not show.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

/// A value that `Debug` does not show: a secret, or somebody else's words. It is stored and answered as it is.
///
/// Whatever holds one derives `Debug` like any other type. A secret that is never stored or answered is a `SecretString`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(transparent)]
pub struct Hidden<T>(pub T);

impl<T> fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(..)")
    }
}

impl<T> Deref for Hidden<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Hidden<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_stored_and_answered_but_not_printed() {
        let hidden = Hidden("whsec_MfKQ".to_owned());
        assert_eq!(format!("{:?}", Some(&hidden)), "Some((..))");
        let stored = serde_json::to_string(&hidden).unwrap();
        assert_eq!(stored, r#""whsec_MfKQ""#);
        assert_eq!(serde_json::from_str::<Hidden<String>>(&stored).unwrap(), hidden);
    }
}
