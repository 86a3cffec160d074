//! Where a secret belongs.

use slipway_domain::{AccountId, TenantId, WebhookId};

/// What a secret is for. A secret sealed for one purpose does not open for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// A TikTok access token.
    AccessToken,
    /// A TikTok refresh token.
    RefreshToken,
    /// The URL that takes a video's bytes.
    UploadUrl,
    /// What a webhook's deliveries are signed with.
    WebhookSecret,
}

impl Purpose {
    /// The name that is authenticated with the ciphertext. Changing one makes stored records unreadable.
    const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
            Self::UploadUrl => "upload_url",
            Self::WebhookSecret => "webhook_secret",
        }
    }
}

/// What a sealed secret opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// An account.
    Account(AccountId),
    /// A webhook endpoint.
    Webhook(WebhookId),
}

impl Owner {
    /// The id, which is authenticated with the ciphertext.
    fn as_str(&self) -> &str {
        match self {
            Self::Account(account) => account.as_str(),
            Self::Webhook(webhook) => webhook.as_str(),
        }
    }
}

impl From<AccountId> for Owner {
    fn from(account: AccountId) -> Self {
        Self::Account(account)
    }
}

impl From<WebhookId> for Owner {
    fn from(webhook: WebhookId) -> Self {
        Self::Webhook(webhook)
    }
}

/// The one place where a sealed secret opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Whose secret it is. Also KMS's encryption context of the data key.
    pub tenant: TenantId,
    /// What it opens.
    pub owner: Owner,
    /// What it is for.
    pub purpose: Purpose,
}

impl Context {
    /// That of an endpoint's secret.
    pub fn of_webhook(tenant: &TenantId, webhook: &WebhookId) -> Self {
        Self { tenant: tenant.clone(), owner: webhook.clone().into(), purpose: Purpose::WebhookSecret }
    }

    /// That of the URL that takes the bytes of an account's video.
    pub fn of_upload_url(tenant: &TenantId, account: &AccountId) -> Self {
        Self { tenant: tenant.clone(), owner: account.clone().into(), purpose: Purpose::UploadUrl }
    }

    /// The associated data: every part with its length in front, so that no two contexts give the same bytes.
    ///
    /// The data key's date is in it too: it decides whether the key may go on sealing, so nobody may alter it.
    pub(crate) fn associated_data(&self, key_made_at: i64) -> Vec<u8> {
        let made_at = key_made_at.to_string();
        let parts = ["slipway.v1", self.tenant.as_str(), self.owner.as_str(), self.purpose.as_str(), &made_at];
        parts.into_iter().flat_map(|part| (part.len() as u64).to_be_bytes().into_iter().chain(part.bytes())).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn contexts_that_read_alike_when_joined_are_told_apart() {
        let mut seen = HashSet::new();
        for (tenant, account) in [("ten_1", "acc_23"), ("ten_12", "acc_3"), ("ten_1acc", "acc_23")] {
            for purpose in [Purpose::AccessToken, Purpose::RefreshToken, Purpose::UploadUrl] {
                for made_at in [1, 12] {
                    let context = Context {
                        tenant: tenant.parse().unwrap(),
                        owner: account.parse::<AccountId>().unwrap().into(),
                        purpose,
                    };
                    assert!(seen.insert(context.associated_data(made_at)), "{context:?} {made_at}");
                }
            }
        }
    }
}
