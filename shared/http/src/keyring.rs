//! What only this deployment knows.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac::{HMAC_SHA256, Key, Tag, sign};

/// The keys of what the API gives out and takes back. They are derived from a secret of the operator's that functions
/// have anyhow, so that they are asked for nowhere. With another secret, cursors that were given out before are refused
/// and answers that were kept are not given again; nothing else is lost.
#[derive(Clone)]
pub struct Keyring(Arc<Keys>);

struct Keys {
    cursors: Tag,
    answers: Tag,
    secrets: Key,
}

/// What is sealed. Each has a key of its own, since so many cursors are given out: a key is good for 2^32 of them (NIST SP
/// 800-38D, 8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// Where a page of a list begins.
    Cursor,
    /// The first answer to a request that may be repeated.
    Answer,
}

/// The cipher failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cipher does not work")]
pub(crate) struct NoCipher;

impl From<Unspecified> for NoCipher {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(..)")
    }
}

impl Keyring {
    /// The keys that follow from this secret, and do not lead back to it.
    pub fn of(secret: &str) -> Self {
        let of_secret = Key::new(HMAC_SHA256, secret.as_bytes());
        let secrets = Key::new(HMAC_SHA256, sign(&of_secret, b"slipway secrets 1").as_ref());
        Self(Arc::new(Keys {
            cursors: sign(&of_secret, b"slipway cursors 2"),
            answers: sign(&of_secret, b"slipway answers 1"),
            secrets,
        }))
    }

    /// A secret of this name, the same whenever it is asked for: whoever is shown it learns no other.
    pub fn secret(&self, name: &str) -> [u8; 32] {
        let mut secret = [0; 32];
        secret.iter_mut().zip(sign(&self.0.secrets, name.as_bytes()).as_ref()).for_each(|(to, from)| *to = *from);
        secret
    }

    /// The text, so that only [`open`](Self::open) reads it, and only as what it is and under this name.
    pub(crate) fn seal(&self, what: What, name: &str, text: &str) -> Result<Vec<u8>, NoCipher> {
        let mut buffer = text.as_bytes().to_vec();
        let nonce = self.cipher(what)?.seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut buffer)?;
        Ok([nonce.as_ref().as_slice(), &buffer].concat())
    }

    /// What was sealed under this name, if it was.
    pub(crate) fn open(&self, what: What, name: &str, mut sealed: Vec<u8>) -> Option<String> {
        let (nonce, text) = sealed.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let opened = self.cipher(what).ok()?.open_in_place(nonce, Aad::from(name.as_bytes()), text).ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }

    fn cipher(&self, what: What) -> Result<RandomizedNonceKey, NoCipher> {
        let key = match what {
            What::Cursor => &self.0.cursors,
            What::Answer => &self.0.answers,
        };
        Ok(RandomizedNonceKey::new(&AES_256_GCM, key.as_ref())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_follows_from_its_name_and_the_deployment() {
        let (one, other) = (Keyring::of("one"), Keyring::of("other"));
        assert_eq!(one.secret("name"), Keyring::of("one").secret("name"));
        assert!(one.secret("name") != other.secret("name") && one.secret("name") != one.secret("names"));
        assert_eq!(format!("{one:?}"), "Keyring(..)");
    }

    #[test]
    fn what_is_sealed_opens_under_its_name_and_secret_alone() {
        let (one, other) = (Keyring::of("one"), Keyring::of("other"));
        let sealed = one.seal(What::Answer, "name", "text").unwrap();
        assert_eq!(Keyring::of("one").open(What::Answer, "name", sealed.clone()).as_deref(), Some("text"));
        assert_eq!(
            (one.open(What::Answer, "another", sealed.clone()), other.open(What::Answer, "name", sealed.clone())),
            (None, None)
        );
        assert_eq!(one.open(What::Cursor, "name", sealed.clone()), None);
        assert_eq!(
            (one.open(What::Answer, "name", Vec::new()), one.open(What::Answer, "name", sealed[3..].to_vec())),
            (None, None)
        );
        assert!(!sealed.ends_with(b"text") && sealed != one.seal(What::Answer, "name", "text").unwrap());
    }
}
