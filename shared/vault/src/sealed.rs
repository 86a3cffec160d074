//! The text form of a sealed secret.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use slipway_domain::Sealed;

use crate::VaultError;

const VERSION: &str = "v1";
/// AES-GCM's nonce.
const NONCE_BYTES: usize = 12;

/// The parts of a [`Sealed`] text.
pub(crate) struct Envelope<'a> {
    /// When KMS made the data key, in seconds of the Unix epoch.
    pub(crate) key_made_at: i64,
    /// The wrapped data key, still encoded: it is also the cache's name for it.
    pub(crate) wrapped_key: &'a str,
    pub(crate) nonce: [u8; NONCE_BYTES],
    /// Ciphertext and tag.
    pub(crate) ciphertext: Vec<u8>,
}

impl<'a> Envelope<'a> {
    pub(crate) fn parse(sealed: &'a Sealed) -> Result<Self, VaultError> {
        let mut parts = sealed.as_str().split('.');
        let mut next = || parts.next().ok_or(VaultError::Tampered("it lacks a part"));
        if next()? != VERSION {
            return Err(VaultError::Tampered("it has an unknown version"));
        }
        let key_made_at = next()?.parse().map_err(|_| VaultError::Tampered("its date is none"))?;
        let wrapped_key = next()?;
        let nonce = decode(next()?)?.try_into().map_err(|_| VaultError::Tampered("its nonce has the wrong length"))?;
        let ciphertext = decode(next()?)?;
        if parts.next().is_some() {
            return Err(VaultError::Tampered("it has a part too many"));
        }
        Ok(Self { key_made_at, wrapped_key, nonce, ciphertext })
    }

    pub(crate) fn write(&self) -> Sealed {
        let (nonce, ciphertext) = (encode(&self.nonce), encode(&self.ciphertext));
        Sealed::from_stored(format!("{VERSION}.{}.{}.{nonce}.{ciphertext}", self.key_made_at, self.wrapped_key))
    }
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Result<Vec<u8>, VaultError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| VaultError::Tampered("a part of it is not base64url"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let envelope = Envelope { key_made_at: 7, wrapped_key: "AAEC", nonce: [9; 12], ciphertext: vec![1, 2, 3] };
        let sealed = envelope.write();
        let read = Envelope::parse(&sealed).unwrap();
        assert_eq!((read.key_made_at, read.wrapped_key), (7, "AAEC"));
        assert_eq!((read.nonce, read.ciphertext), ([9; 12], vec![1, 2, 3]));
    }

    #[test]
    fn no_text_is_too_odd_to_be_refused() {
        for text in
            ["", "v1", "v2.7.AAEC.CQkJ.AQ", "v1.x.AAEC.CQkJCQkJCQkJCQkJ.AQID", "v1.7.AAEC.CQkJ.AQID", "a.b.c.d.e.f"]
        {
            let refused = Envelope::parse(&Sealed::from_stored(text)).err();
            assert!(matches!(refused, Some(VaultError::Tampered(_))), "{text:?}");
        }
    }

    #[test]
    fn the_text_is_not_printed() {
        assert_eq!(format!("{:?}", Sealed::from_stored("v1.7.a.b.c")), "Sealed(..)");
    }
}
