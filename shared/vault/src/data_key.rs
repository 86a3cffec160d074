//! A data key: what seals and opens, unwrapped in memory.

use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_sdk_kms::primitives::Blob;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use slipway_domain::schedule::OUR_CLOCKS_DIFFER_BY;
use zeroize::Zeroizing;

use crate::sealed::Envelope;
use crate::{Context, Sealed, VaultError};

/// An unwrapped data key with its wrapped form. The cipher wipes the key when it is dropped.
pub(crate) struct DataKey {
    cipher: RandomizedNonceKey,
    wrapped: String,
    made_at: i64,
}

impl DataKey {
    /// Takes KMS's answer; the plaintext is wiped before this returns.
    pub(crate) fn new(plaintext: Blob, wrapped: &str, made_at: i64) -> Result<Self, VaultError> {
        let plaintext = Zeroizing::new(plaintext.into_inner());
        let cipher = RandomizedNonceKey::new(&AES_256_GCM, &plaintext)
            .map_err(|_| VaultError::Internal("the data key is not 32 bytes"))?;
        Ok(Self { cipher, wrapped: wrapped.to_owned(), made_at })
    }

    /// The wrapped key, encoded.
    pub(crate) fn wrapped(&self) -> &str {
        &self.wrapped
    }

    /// How long ago KMS made it. A date in the future counts as infinitely old: no clock of ours wrote it.
    pub(crate) fn age(&self, now: Timestamp) -> Duration {
        let seconds = now.as_second().saturating_sub(self.made_at);
        if seconds < -OUR_CLOCKS_DIFFER_BY.as_secs() {
            Duration::MAX
        } else {
            Duration::from_secs(seconds.max(0).unsigned_abs())
        }
    }

    pub(crate) fn seal(&self, context: &Context, secret: &SecretString) -> Result<Sealed, VaultError> {
        let secret = secret.expose_secret().as_bytes();
        // Room for the tag from the start: a buffer that grows leaves a copy of the clear text behind.
        let mut buffer = Zeroizing::new(Vec::with_capacity(secret.len() + AES_256_GCM.tag_len()));
        buffer.extend_from_slice(secret);
        let aad = Aad::from(context.associated_data(self.made_at));
        let nonce = self
            .cipher
            .seal_in_place_append_tag(aad, &mut *buffer)
            .map_err(|_| VaultError::Internal("the cipher did not seal"))?;
        let envelope = Envelope {
            key_made_at: self.made_at,
            wrapped_key: &self.wrapped,
            nonce: *nonce.as_ref(),
            ciphertext: std::mem::take(&mut *buffer),
        };
        Ok(envelope.write())
    }

    pub(crate) fn open(&self, context: &Context, envelope: &Envelope<'_>) -> Result<SecretString, VaultError> {
        let mut buffer = Zeroizing::new(envelope.ciphertext.clone());
        let aad = Aad::from(context.associated_data(envelope.key_made_at));
        let nonce = Nonce::assume_unique_for_key(envelope.nonce);
        let opened = self
            .cipher
            .open_in_place(nonce, aad, &mut buffer)
            .map_err(|_| VaultError::Tampered("it was altered, or sealed for another account or purpose"))?;
        // Borrowed first: an owned copy that is not UTF-8 would be dropped without being wiped.
        let text = str::from_utf8(opened).map_err(|_| VaultError::Internal("the secret is not text"))?;
        Ok(SecretString::from(text))
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(..)")
    }
}
