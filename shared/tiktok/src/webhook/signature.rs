//! TikTok's webhook signatures.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// A delivery that TikTok signed just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// When it was signed.
    pub signed_at: Timestamp,
}

/// Why a delivery is not taken for TikTok's, or not for a fresh one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header is not `t=seconds,s=hex`.
    #[error("the signature header is malformed")]
    Malformed,
    /// Somebody else signed it, or something was changed on the way.
    #[error("the signature does not fit")]
    Mismatch,
    /// TikTok signed it, longer ago than is tolerated. Whether a repeated delivery is signed again is not documented,
    /// so this may be one; taking it is safe where events are applied only once.
    #[error("the signature fits but is too old")]
    Late {
        /// When it was signed.
        signed_at: Timestamp,
    },
    /// TikTok signed it, further in the future than is tolerated: one of the clocks is wrong.
    #[error("the signature fits but lies in the future")]
    Early {
        /// When it was signed.
        signed_at: Timestamp,
    },
}

/// Checks `TikTok-Signature: t=1633174587,s=…` over the raw body: `s` is the hexadecimal HMAC-SHA256 of `t`, a full stop
/// and the body, with the app's client secret as key. Compared in constant time; the age is judged after the signature.
pub fn verify(
    secret: &SecretString,
    header: &str,
    body: &[u8],
    now: Timestamp,
    tolerance: Duration,
) -> Result<Verified, SignatureError> {
    let Header { time, signed_at, signatures } = Header::parse(header).ok_or(SignatureError::Malformed)?;
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .map_err(|_| SignatureError::Mismatch)?
        .chain_update(time)
        .chain_update(b".")
        .chain_update(body);
    if !signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok()) {
        return Err(SignatureError::Mismatch);
    }
    let age = now.as_second().saturating_sub(signed_at.as_second());
    let too_far = age.unsigned_abs() > tolerance.as_secs();
    match age {
        0.. if too_far => Err(SignatureError::Late { signed_at }),
        ..0 if too_far => Err(SignatureError::Early { signed_at }),
        _ => Ok(Verified { signed_at }),
    }
}

struct Header<'a> {
    /// As it was sent: it is part of what is signed.
    time: &'a str,
    signed_at: Timestamp,
    signatures: Vec<Vec<u8>>,
}

impl<'a> Header<'a> {
    fn parse(header: &'a str) -> Option<Self> {
        let mut time = None;
        let mut signatures = Vec::new();
        for part in header.split(',') {
            match part.trim().split_once('=')? {
                ("t", _) if time.is_some() => return None,
                ("t", value) => time = Some(value),
                ("s", value) => signatures.push(hex::decode(value).ok()?),
                // Room for what TikTok may add.
                _ => {}
            }
        }
        let time = time.filter(|time| !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit()))?;
        let signed_at = Timestamp::from_second(time.parse().ok()?).ok()?;
        (!signatures.is_empty()).then_some(Self { time, signed_at, signatures })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOLERANCE: Duration = Duration::from_mins(5);

    fn sign(secret: &str, time: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(time.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        hex::encode(mac.finalize().into_bytes())
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn check(header: &str, body: &[u8], now: i64) -> Result<Verified, SignatureError> {
        verify(&SecretString::from("client-secret"), header, body, at(now), TOLERANCE)
    }

    /// Made apart from this code:
    /// `printf '%s' '1633174587.{"event":"x"}' | openssl dgst -sha256 -hmac client-secret`
    const KNOWN: &str = "0652ad3c28bd3f6687c5b50ffb58a9b744101a841f57de48bee12b86aecd96b6";

    #[test]
    fn a_signature_made_by_another_tool_fits() {
        let body = br#"{"event":"x"}"#;
        let expected = Ok(Verified { signed_at: at(1_633_174_587) });
        assert_eq!(check(&format!("t=1633174587,s={KNOWN}"), body, 1_633_174_600), expected);
        assert_eq!(check(&format!("s={KNOWN}, t=1633174587,v=2"), body, 1_633_174_600), expected);
        assert_eq!(check(&format!("t=1633174587,s={}", KNOWN.to_uppercase()), body, 1_633_174_600), expected);
        assert_eq!(check(&format!("t=1633174587,s=00,s={KNOWN}"), body, 1_633_174_600), expected);
    }

    #[test]
    fn a_late_delivery_is_told_apart_from_a_forged_one() {
        let body = br#"{"event":"x"}"#;
        let header = format!("t=1633174587,s={KNOWN}");
        let signed_at = at(1_633_174_587);
        for (age, expected) in [
            (0, Ok(Verified { signed_at })),
            (300, Ok(Verified { signed_at })),
            (-300, Ok(Verified { signed_at })),
            (301, Err(SignatureError::Late { signed_at })),
            (72 * 3600, Err(SignatureError::Late { signed_at })),
            (-301, Err(SignatureError::Early { signed_at })),
        ] {
            assert_eq!(check(&header, body, 1_633_174_587 + age), expected, "{age}");
        }
        assert_eq!(check(&header, b"{}", 1_733_174_587), Err(SignatureError::Mismatch), "forged goes before late");
    }

    #[test]
    fn a_malformed_header_is_refused() {
        for header in [
            "",
            "t=1633174587",
            "s=00",
            "t=,s=00",
            "t=x,s=00",
            "t=-5,s=00",
            "t=+5,s=00",
            "t=1633174587,s=zz",
            "t=1633174587,s=0",
            "t=99999999999999999999,s=00",
            "t=9999999999999999,s=00",
            "t=1,t=2,s=00",
            "t=1633174587;s=00",
            "nonsense",
        ] {
            assert_eq!(check(header, b"{}", 1_633_174_587), Err(SignatureError::Malformed), "{header:?}");
        }
        assert_eq!(check("t=1633174587,s=", b"{}", 1_633_174_587), Err(SignatureError::Mismatch));
        assert_eq!(check("t=1633174587,s=00", b"{}", 1_633_174_587), Err(SignatureError::Mismatch));
    }

    proptest! {
        #[test]
        fn what_is_signed_verifies_and_any_change_to_it_does_not(
            secret in "[ -~]{1,80}",
            body in proptest::collection::vec(any::<u8>(), 0..300),
            time in 0..4_000_000_000i64,
            position in any::<prop::sample::Index>(),
            bit in 0..8u8,
        ) {
            let header = format!("t={time},s={}", sign(&secret, time, &body));
            let key = SecretString::from(secret.clone());
            let now = at(time);
            prop_assert!(verify(&key, &header, &body, now, TOLERANCE).is_ok());
            let other = SecretString::from(format!("{secret}x"));
            prop_assert!(verify(&other, &header, &body, now, TOLERANCE).is_err());
            let later = format!("t={},s={}", time + 1, sign(&secret, time, &body));
            prop_assert!(verify(&key, &later, &body, now, TOLERANCE).is_err());
            if !body.is_empty() {
                let mut changed = body.clone();
                changed[position.index(body.len())] ^= 1 << bit;
                prop_assert!(verify(&key, &header, &changed, now, TOLERANCE).is_err());
            }
        }

        #[test]
        fn no_header_makes_it_panic(header in "\\PC{0,60}|(t=|s=|,|[0-9a-f]){0,20}") {
            let _ = check(&header, b"body", 1_633_174_587);
        }
    }
}
