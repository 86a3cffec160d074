//! What deliveries are signed with.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::future::try_join_all;
use secrecy::{ExposeSecret as _, SecretString};
use slipway_domain::Sealed;
use slipway_runtime::{NoRandomness, random};
use slipway_vault::{Context, Vault, VaultError};

/// What every secret begins with.
const PREFIX: &str = "whsec_";
/// How many random bytes it has: Standard Webhooks wants 24 to 64.
const BYTES: usize = 32;

/// The secret of an endpoint: `whsec_` and base64. It is never printed.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// A new one.
    pub fn random() -> Result<Self, NoRandomness> {
        Ok(Self::of(&random()?))
    }

    /// The one of these bytes.
    pub fn of(bytes: &[u8; BYTES]) -> Self {
        Self(format!("{PREFIX}{}", BASE64_STANDARD.encode(bytes)).into())
    }

    /// Those of an endpoint out of the vault, in their order.
    pub async fn opened(
        vault: &Vault,
        context: &Context,
        sealed: impl Iterator<Item = &Sealed>,
    ) -> Result<Vec<Self>, VaultError> {
        let opened = try_join_all(sealed.map(|sealed| vault.open(context, sealed))).await?;
        Ok(opened.into_iter().map(Self::from).collect())
    }

    /// The whole text, for whoever may see it: the vault, and once its owner.
    pub const fn text(&self) -> &SecretString {
        &self.0
    }

    /// The beginning of it, by which its owner knows it again.
    pub fn hint(&self) -> String {
        let text: String = self.0.expose_secret().chars().take(PREFIX.len() + 4).collect();
        format!("{text}…")
    }

    /// The key of Standard Webhooks: what the base64 says.
    pub(crate) fn key(&self) -> Vec<u8> {
        let text = self.0.expose_secret();
        let encoded = text.strip_prefix(PREFIX).unwrap_or(text);
        // What is no base64 is signed with as it stands. None of ours is.
        BASE64_STANDARD.decode(encoded).unwrap_or_else(|_| encoded.as_bytes().to_vec())
    }
}

impl From<SecretString> for Secret {
    fn from(text: SecretString) -> Self {
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_secret_is_long_enough_and_like_no_other() {
        let [one, two] = [Secret::random().unwrap(), Secret::random().unwrap()];
        assert_eq!((one.key().len(), two.key().len()), (32, 32));
        assert_ne!(one.key(), two.key());
        assert!(one.text().expose_secret().starts_with("whsec_"));
    }

    #[test]
    fn a_secret_is_not_printed_and_its_hint_gives_little_away() {
        let secret = Secret::from(SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        assert!(!format!("{secret:?}").contains("MfKQ"));
        assert_eq!(secret.hint(), "whsec_MfKQ…");
    }
}
