#![doc = include_str!("../README.md")]

mod cache;
mod context;
mod data_key;
mod error;
mod limits;
mod sealed;

use std::sync::Arc;

use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use aws_types::SdkConfig;
use jiff::Timestamp;
use secrecy::SecretString;
use slipway_domain::TenantId;

pub use context::{Context, Owner, Purpose};
pub use error::VaultError;
pub use limits::Limits;
pub use slipway_domain::Sealed;

use cache::{KeyCache, Slot};
use data_key::DataKey;
use sealed::Envelope;

/// The name under which KMS is told whose data key it makes or unwraps.
const TENANT_CONTEXT: &str = "tenant";

/// Seals and opens secrets. Cheap to clone; clones share the data-key cache.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    kms: aws_sdk_kms::Client,
    key_id: String,
    limits: Limits,
    cache: KeyCache,
}

/// A client of KMS. Calls nobody.
pub fn client(aws: &SdkConfig) -> aws_sdk_kms::Client {
    aws_sdk_kms::Client::new(aws)
}

/// Seals for one tenant without asking KMS, hence without a way to fail for want of it.
///
/// Take one *before* asking somebody for a secret that is given only once, such as a rotated refresh token.
#[derive(Clone)]
pub struct Sealer {
    tenant: TenantId,
    key: Arc<DataKey>,
}

impl Vault {
    /// A vault on this KMS key (its id or ARN) with the usual [`Limits`]. Asks KMS nothing yet.
    pub fn new(kms: aws_sdk_kms::Client, key_id: String) -> Self {
        Self::with_limits(kms, key_id, Limits::default())
    }

    /// A vault that keeps data keys as `limits` say.
    pub fn with_limits(kms: aws_sdk_kms::Client, key_id: String, limits: Limits) -> Self {
        Self { inner: Arc::new(Inner { kms, key_id, limits, cache: KeyCache::new(limits) }) }
    }

    /// Seals `secret` for this place and no other.
    pub async fn seal(&self, context: &Context, secret: &SecretString) -> Result<Sealed, VaultError> {
        self.sealer(&context.tenant).await?.seal(context, secret)
    }

    /// Gets hold of the tenant's data key, so that what follows can be sealed without KMS.
    pub async fn sealer(&self, tenant: &TenantId) -> Result<Sealer, VaultError> {
        let key = self.sealing_key(tenant).await?;
        if key.age(Timestamp::now()) < self.inner.limits.seal_with_key_for {
            return Ok(Sealer { tenant: tenant.clone(), key });
        }
        // It was young when it was cached and is not any more.
        self.inner.cache.forget(&Slot::Sealing(tenant.clone()));
        Ok(Sealer { tenant: tenant.clone(), key: self.sealing_key(tenant).await? })
    }

    /// Opens what was sealed for exactly this place.
    pub async fn open(&self, context: &Context, sealed: &Sealed) -> Result<SecretString, VaultError> {
        let envelope = Envelope::parse(sealed)?;
        let slot = Slot::Opening(context.tenant.clone(), envelope.key_made_at, envelope.wrapped_key.into());
        let key = self.inner.cache.get(slot, || self.unwrap(&context.tenant, &envelope)).await?;
        let secret = key.open(context, &envelope)?;
        // Only after the envelope proved genuine: its date is among what was proved.
        if key.age(Timestamp::now()) < self.inner.limits.seal_with_key_for {
            self.inner.cache.offer(Slot::Sealing(context.tenant.clone()), key);
        }
        Ok(secret)
    }

    async fn sealing_key(&self, tenant: &TenantId) -> Result<Arc<DataKey>, VaultError> {
        self.inner.cache.get(Slot::Sealing(tenant.clone()), || self.generate(tenant)).await
    }

    /// Asks KMS for a new data key; what it seals opens again without another question.
    fn generate(&self, tenant: &TenantId) -> impl Future<Output = Result<Arc<DataKey>, VaultError>> + Send + use<> {
        let (inner, tenant) = (Arc::clone(&self.inner), tenant.clone());
        async move {
            let made_at = Timestamp::now();
            let answer = inner
                .kms
                .generate_data_key()
                .key_id(&inner.key_id)
                .key_spec(DataKeySpec::Aes256)
                .encryption_context(TENANT_CONTEXT, tenant.as_str())
                .send()
                .await
                .map_err(VaultError::from_generate)?;
            let wrapped = answer.ciphertext_blob.ok_or_else(|| VaultError::incomplete_answer("GenerateDataKey"))?;
            let plaintext = answer.plaintext.ok_or_else(|| VaultError::incomplete_answer("GenerateDataKey"))?;
            let key = Arc::new(DataKey::new(plaintext, &sealed::encode(wrapped.as_ref()), made_at.as_second())?);
            inner.cache.offer(Slot::Opening(tenant, made_at.as_second(), key.wrapped().into()), Arc::clone(&key));
            Ok(key)
        }
    }

    /// Asks KMS for the data key inside an envelope.
    fn unwrap(
        &self,
        tenant: &TenantId,
        envelope: &Envelope<'_>,
    ) -> impl Future<Output = Result<Arc<DataKey>, VaultError>> + Send + use<> {
        let (inner, tenant) = (Arc::clone(&self.inner), tenant.clone());
        let (wrapped, made_at) = (envelope.wrapped_key.to_owned(), envelope.key_made_at);
        async move {
            let blob = sealed::decode(&wrapped)?;
            let answer = inner
                .kms
                .decrypt()
                .key_id(&inner.key_id)
                .ciphertext_blob(Blob::new(blob))
                .encryption_context(TENANT_CONTEXT, tenant.as_str())
                .send()
                .await
                .map_err(VaultError::from_decrypt)?;
            let plaintext = answer.plaintext.ok_or_else(|| VaultError::incomplete_answer("Decrypt"))?;
            Ok(Arc::new(DataKey::new(plaintext, &wrapped, made_at)?))
        }
    }
}

impl Sealer {
    /// Seals `secret` for this place and no other. Local: it asks nobody.
    ///
    /// A context of another tenant is refused as [`VaultError::Internal`]: its data key would not open it.
    pub fn seal(&self, context: &Context, secret: &SecretString) -> Result<Sealed, VaultError> {
        if context.tenant != self.tenant {
            return Err(VaultError::Internal("a sealer was used for another tenant"));
        }
        self.key.seal(context, secret)
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("key_id", &self.inner.key_id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}
