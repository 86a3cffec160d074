//! A secret as it is stored.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A sealed secret as it is stored: `v1.<data key's date>.<wrapped data key>.<nonce>.<ciphertext>`.
///
/// The date is in seconds of the Unix epoch, the rest base64url without padding. It is not secret, yet kept out of
/// logs all the same. Whether it is genuine is known only when the vault has opened it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

impl Sealed {
    /// Takes a stored text; it is checked when it is opened.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text to store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text to store.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(..)")
    }
}
