//! API keys: `slip_live_` or `slip_test_`, 32 random characters, whose key it is, and a checksum that tells a mistyped key
//! from a wrong one before anything is looked up.

use sha2::{Digest, Sha256};
use slipway_domain::ids::LONGEST_ID;
use slipway_domain::{Mode, TenantId};
use slipway_runtime::{NoRandomness, random};
use slipway_store::tenants::KeyHash;

use crate::ErrorResponse;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM: usize = 32;
const CHECKSUM: usize = 6;
const MOST_AFTER_PREFIX: usize = RANDOM + LONGEST_ID + CHECKSUM;

/// A key's secret. It is shown once, when it is made, and never stored.
pub struct RawKey(String);

impl std::fmt::Debug for RawKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RawKey(..)")
    }
}

/// The text can't be a key: wrong prefix, length, characters or checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a Slipway API key")]
pub struct NotAKey;

impl From<NoRandomness> for ErrorResponse {
    fn from(error: NoRandomness) -> Self {
        Self::internal(&error)
    }
}

impl RawKey {
    /// A new key of this space. About 190 bits of it are random. Fails only if the system has no randomness to give.
    pub fn generate(tenant: &TenantId) -> Result<Self, NoRandomness> {
        let mut secret = String::with_capacity(RANDOM);
        while secret.len() < RANDOM {
            let bytes: [u8; RANDOM] = random()?;
            // Bytes from 248 = 4 * 62 on would make some characters likelier than others.
            let fair =
                bytes.iter().filter(|byte| **byte < 248).map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
            secret.extend(fair.take(RANDOM - secret.len()));
        }
        let owner = tenant.owner();
        let owner = owner.as_str().strip_prefix(TenantId::PREFIX).unwrap_or_default();
        let text = format!("{}{secret}{owner}", prefix(tenant.mode()));
        let checksum = checksum(&text);
        Ok(Self(text + &checksum))
    }

    /// Checks the form of a key that somebody sent.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let (_, rest) = divided(text).ok_or(NotAKey)?;
        let fits = (RANDOM + CHECKSUM..=MOST_AFTER_PREFIX).contains(&rest.len());
        if !fits || !rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(NotAKey);
        }
        let (body, found) = text.split_at(text.len() - CHECKSUM);
        if checksum(body) == found { Ok(Self(text.to_owned())) } else { Err(NotAKey) }
    }

    /// The space that it says it opens. That is no proof: anybody can make up such a text. Keys of an earlier version don't
    /// say it.
    pub fn claimed_tenant(&self) -> Option<TenantId> {
        let (mode, rest) = divided(&self.0)?;
        let owner = rest.get(RANDOM..rest.len() - CHECKSUM)?;
        let owner: TenantId = format!("{}{owner}", TenantId::PREFIX).parse().ok()?;
        Some(owner.owner().in_mode(mode))
    }

    /// What the store knows it by.
    pub fn hash(&self) -> KeyHash {
        KeyHash(hex::encode(Sha256::digest(self.0.as_bytes())))
    }

    /// Enough to tell keys apart, too little to use one.
    pub fn preview(&self) -> String {
        format!("{}…{}", &self.0[..14], &self.0[self.0.len() - 4..])
    }

    /// The secret itself, for the one answer that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// The mode of a key, and what follows.
fn divided(text: &str) -> Option<(Mode, &str)> {
    Mode::ALL.into_iter().find_map(|mode| Some((mode, text.strip_prefix(prefix(mode))?)))
}

const fn prefix(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "slip_live_",
        Mode::Test => "slip_test_",
    }
}

fn checksum(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .take(CHECKSUM)
        .map(|byte| char::from(ALPHABET[usize::from(byte % 62)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn key(mode: Mode) -> RawKey {
        RawKey::generate(&TenantId::from_uuid(Uuid::max()).in_mode(mode)).unwrap()
    }

    #[test]
    fn a_new_key_is_well_formed_and_never_the_same() {
        let (one, two) = (key(Mode::Live), key(Mode::Live));
        assert_ne!(one.reveal(), two.reveal());
        assert_eq!(RawKey::parse(one.reveal()).unwrap().hash(), one.hash());
        assert_eq!(format!("{one:?}"), "RawKey(..)");
        let test = key(Mode::Test);
        assert!(one.reveal().starts_with("slip_live_") && test.reveal().starts_with("slip_test_"));
        assert!(RawKey::parse(test.reveal()).is_ok());
        assert!(!one.preview().contains(&one.reveal()[14..40]));
    }

    #[test]
    fn a_key_says_which_space_it_opens() {
        let owner = TenantId::from_uuid(Uuid::max());
        for mode in Mode::ALL {
            assert_eq!(RawKey::parse(key(mode).reveal()).unwrap().claimed_tenant(), Some(owner.in_mode(mode)));
        }
    }

    #[test]
    fn a_key_of_an_earlier_version_is_a_key_that_says_no_space() {
        let text = format!("slip_live_{}", "a".repeat(RANDOM));
        let earlier = RawKey::parse(&format!("{text}{}", checksum(&text))).unwrap();
        assert_eq!(earlier.claimed_tenant(), None);
    }

    #[test]
    fn a_mistyped_key_is_refused_without_a_lookup() {
        let key = key(Mode::Test);
        let text = key.reveal();
        let swapped = format!("{}{}", &text[..text.len() - 1], if text.ends_with('a') { 'b' } else { 'a' });
        let long = format!("slip_test_{}", "a".repeat(RANDOM + LONGEST_ID + 1));
        for wrong in [
            "",
            "slip_live_",
            "Bearer",
            &text[1..],
            &text[..text.len() - 1],
            &swapped,
            &format!("{text}x"),
            &format!("{long}{}", checksum(&long)),
            "slip_live_ünïcode",
        ] {
            assert!(RawKey::parse(wrong).is_err(), "{wrong}");
        }
    }
}
