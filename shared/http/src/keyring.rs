//! What only this deployment knows.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};

/// The key of what the API gives out and takes back. It is derived from a secret of the operator's that functions have
/// anyhow, so that it is asked for nowhere. With another secret, cursors that were given out before are refused; nothing
/// else is lost.
#[derive(Clone)]
pub struct Keyring(Arc<Key>);

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(..)")
    }
}

impl Keyring {
    /// The key that follows from this secret, and does not lead back to it.
    pub fn of(secret: &str) -> Self {
        let of_secret = Key::new(HMAC_SHA256, secret.as_bytes());
        Self(Arc::new(Key::new(HMAC_SHA256, sign(&of_secret, b"slipway cursors 1").as_ref())))
    }

    /// What nobody else can write under this text: 32 hex digits.
    pub(crate) fn check(&self, text: &str) -> String {
        sign(&self.0, text.as_bytes())
            .as_ref()
            .iter()
            .take(16)
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_follows_from_text_and_secret_and_shows_neither() {
        let (one, other) = (Keyring::of("one"), Keyring::of("other"));
        assert_eq!(one.check("text"), Keyring::of("one").check("text"));
        assert_ne!(one.check("text"), other.check("text"));
        assert_ne!(one.check("text"), one.check("texts"));
        assert_eq!((one.check("text").len(), format!("{one:?}")), (32, "Keyring(..)".to_owned()));
    }
}
