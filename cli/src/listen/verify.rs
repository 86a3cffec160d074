//! Whether a delivery is what it says: by Standard Webhooks, as a receiver does it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Why a delivery is not to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Doubt {
    /// A header is missing.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// The secret is none.
    #[error("the secret is none")]
    Secret,
    /// No signature holds.
    #[error("no signature holds")]
    Signature,
}

/// Believes a delivery that one of its signatures holds for.
pub(crate) fn verify(secret: &str, headers: &BTreeMap<String, String>, body: &str) -> Result<(), Doubt> {
    let header = |name: &'static str| headers.get(name).map(String::as_str).ok_or(Doubt::Missing(name));
    let (id, at) = (header("webhook-id")?, header("webhook-timestamp")?);
    let key = secret.strip_prefix("whsec_").and_then(|text| BASE64_STANDARD.decode(text).ok()).ok_or(Doubt::Secret)?;
    let signed = |signature: &str| {
        let signature = signature.strip_prefix("v1,").and_then(|text| BASE64_STANDARD.decode(text).ok());
        let mac = Hmac::<Sha256>::new_from_slice(&key).ok();
        let parts = [id, ".", at, ".", body];
        let mac = mac.map(|mac| parts.iter().fold(mac, Hmac::chain_update));
        mac.zip(signature).is_some_and(|(mac, signature)| mac.verify_slice(&signature).is_ok())
    };
    if header("webhook-signature")?.split(' ').any(signed) { Ok(()) } else { Err(Doubt::Signature) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &str = r#"{"event":"post.published","data":{}}"#;

    fn headers() -> BTreeMap<String, String> {
        // Computed by Python's hmac and base64.
        let headers = [
            ("webhook-id", "dlv_1"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", "v1,AAAA v1,e5XGYLkZihwo7CWNVruAFGx6ORnG1NT4P0NHBQMSsCo="),
        ];
        headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn a_delivery_is_believed_as_it_was_signed_and_in_no_other_form() {
        assert_eq!(verify(SECRET, &headers(), BODY), Ok(()));
        assert_eq!(verify("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &headers(), BODY), Err(Doubt::Signature));
        assert_eq!(verify("secret", &headers(), BODY), Err(Doubt::Secret));
        assert_eq!(verify(SECRET, &headers(), "{}"), Err(Doubt::Signature));
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            let (mut missing, mut altered) = (headers(), headers());
            missing.remove(name);
            assert_eq!(verify(SECRET, &missing, BODY), Err(Doubt::Missing(name)));
            altered.insert(name.to_owned(), "1".to_owned());
            assert_eq!(verify(SECRET, &altered, BODY), Err(Doubt::Signature), "{name}");
        }
    }
}
