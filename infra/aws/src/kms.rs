//! KMS: keys that never leave, and the envelope encryption built on them.

mod operations;
mod rights;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;
use rusqlite::{OptionalExtension, params};

use crate::sqlite::Database;
use crate::{ACCOUNT_ID, REGION};

pub(crate) use rights::rights;

/// Name-value pairs that a ciphertext is bound to. Sorted, so that their order never matters.
pub(crate) type EncryptionContext = BTreeMap<String, String>;

const MASTER_KEY_LEN: usize = 32;
/// First byte of every ciphertext blob, so that another layout can follow one day.
const BLOB_VERSION: u8 = 1;

/// All keys.
#[derive(Debug)]
pub(crate) struct Kms {
    database: Database,
    /// Every data key that was handed out in clear, so that tests can look for leaks.
    shown: Mutex<Vec<Vec<u8>>>,
}

/// One key and what it is made of.
struct MasterKey {
    id: String,
    cipher: LessSafeKey,
}

/// Why KMS refuses.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KmsError {
    #[error("Key '{0}' does not exist")]
    NotFound(String),
    /// Deliberately says nothing: neither whether the blob or the context is wrong.
    #[error("")]
    InvalidCiphertext,
    #[error("The key ID in the request does not identify a CMK that can perform this operation.")]
    IncorrectKey,
    #[error("{0}")]
    Validation(String),
    #[error("the key store failed: {0}")]
    Storage(#[from] rusqlite::Error),
    #[error("the cipher failed")]
    Cipher,
}

impl From<Unspecified> for KmsError {
    fn from(_: Unspecified) -> Self {
        Self::Cipher
    }
}

impl Kms {
    pub(crate) fn open(file: Option<&Path>) -> rusqlite::Result<Self> {
        let schema = "CREATE TABLE IF NOT EXISTS keys (
            id TEXT PRIMARY KEY, material BLOB NOT NULL, created_ms INTEGER NOT NULL) STRICT;";
        Ok(Self { database: Database::open(file, schema)?, shown: Mutex::default() })
    }

    /// Every data key that was handed out in clear so far.
    pub(crate) fn data_keys(&self) -> Vec<Vec<u8>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes the key `id` unless there is one, and returns its ARN.
    pub(crate) fn ensure_key(&self, id: &str) -> Result<String, KmsError> {
        let well_formed = (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !well_formed {
            return Err(KmsError::Validation(format!("{id:?} is no key id")));
        }
        let mut material = [0_u8; MASTER_KEY_LEN];
        rand::fill(&mut material)?;
        self.database.lock().execute(
            "INSERT INTO keys (id, material, created_ms) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING",
            params![id, material, jiff::Timestamp::now().as_millisecond()],
        )?;
        Ok(arn(id))
    }

    /// Encrypts, bound to `context`. Returns the blob and the key's ARN.
    fn encrypt(&self, key: &str, context: &EncryptionContext, plaintext: &[u8]) -> Result<(Vec<u8>, String), KmsError> {
        let key = self.key(key)?;
        let mut nonce = [0_u8; NONCE_LEN];
        rand::fill(&mut nonce)?;
        let mut sealed = plaintext.to_vec();
        let aad = Aad::from(associated_data(&key.id, context));
        key.cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)?;
        let id_len = u8::try_from(key.id.len()).map_err(|_| KmsError::Cipher)?;
        let blob = [&[BLOB_VERSION, id_len], key.id.as_bytes(), &nonce, &sealed].concat();
        Ok((blob, arn(&key.id)))
    }

    /// Decrypts what [`encrypt`](Self::encrypt) made with the same context. Returns the plaintext and the key's ARN.
    ///
    /// `expected_key` is for callers that name the key they trust; a blob of another key is refused.
    fn decrypt(
        &self,
        expected_key: Option<&str>,
        context: &EncryptionContext,
        blob: &[u8],
    ) -> Result<(Vec<u8>, String), KmsError> {
        let (id, nonce, sealed) = split_blob(blob).ok_or(KmsError::InvalidCiphertext)?;
        let key = self.key(id).map_err(|error| match error {
            KmsError::NotFound(_) => KmsError::InvalidCiphertext,
            other => other,
        })?;
        if let Some(expected) = expected_key
            && self.key(expected)?.id != key.id
        {
            return Err(KmsError::IncorrectKey);
        }
        let mut opened = sealed.to_vec();
        let aad = Aad::from(associated_data(&key.id, context));
        let length = key
            .cipher
            .open_in_place(Nonce::assume_unique_for_key(nonce), aad, &mut opened)
            .map_err(|_| KmsError::InvalidCiphertext)?
            .len();
        opened.truncate(length);
        Ok((opened, arn(&key.id)))
    }

    /// The key that `name` means: its id or its ARN.
    fn key(&self, name: &str) -> Result<MasterKey, KmsError> {
        let id = name.strip_prefix(&arn("")).unwrap_or(name);
        let database = self.database.lock();
        let stored: Option<Vec<u8>> =
            database.query_row("SELECT material FROM keys WHERE id = ?1", [id], |row| row.get(0)).optional()?;
        let material = stored.ok_or_else(|| KmsError::NotFound(arn(id)))?;
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &material)?);
        Ok(MasterKey { id: id.to_owned(), cipher })
    }
}

fn arn(id: &str) -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/{id}")
}

/// Key id and context as bytes, each part with its length in front so that no two contexts are alike.
fn associated_data(key_id: &str, context: &EncryptionContext) -> Vec<u8> {
    let parts = context.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    std::iter::once(key_id)
        .chain(parts)
        .flat_map(|part| part.len().to_be_bytes().into_iter().chain(part.bytes()))
        .collect()
}

fn split_blob(blob: &[u8]) -> Option<(&str, [u8; NONCE_LEN], &[u8])> {
    let (&[version, id_len], rest) = blob.split_first_chunk()?;
    let (id, rest) = rest.split_at_checked(usize::from(id_len))?;
    let (nonce, sealed) = rest.split_first_chunk()?;
    (version == BLOB_VERSION).then_some((str::from_utf8(id).ok()?, *nonce, sealed))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn contexts_that_read_alike_when_joined_are_told_apart() {
        let one = associated_data("k", &context(&[("a", "bc")]));
        let other = associated_data("k", &context(&[("ab", "c")]));
        assert_ne!(one, other);
    }

    proptest! {
        #[test]
        fn whatever_is_encrypted_comes_back_and_no_flipped_bit_goes_unnoticed(
            plaintext in prop::collection::vec(any::<u8>(), 1..200),
            place in any::<prop::sample::Index>(),
            bit in 0..8_u8,
        ) {
            let kms = Kms::open(None).unwrap();
            kms.ensure_key("one").unwrap();
            let context = context(&[("tenant", "t1")]);
            let (mut blob, _) = kms.encrypt("one", &context, &plaintext).unwrap();
            let (opened, key) = kms.decrypt(None, &context, &blob).unwrap();
            prop_assert_eq!(&opened, &plaintext);
            prop_assert_eq!(key, arn("one"));

            let place = place.index(blob.len());
            blob[place] ^= 1 << bit;
            prop_assert!(matches!(kms.decrypt(None, &context, &blob), Err(KmsError::InvalidCiphertext)));
        }

        #[test]
        fn no_blob_is_too_odd_to_be_refused(blob in prop::collection::vec(any::<u8>(), 0..64)) {
            let kms = Kms::open(None).unwrap();
            prop_assert!(matches!(kms.decrypt(None, &EncryptionContext::new(), &blob), Err(KmsError::InvalidCiphertext)));
        }
    }
}
