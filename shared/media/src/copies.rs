//! Copies of media for TikTok to fetch: under keys that nobody can guess, and gone as soon as they are deleted.

use std::convert::Infallible;
use std::str::FromStr;

use aws_sdk_s3::types::{MetadataDirective, ServerSideEncryption};
use futures_util::future::try_join_all;
use slipway_domain::{CopyKey, FileKind, PostId};
use slipway_store::posts::MediaRef;
use uuid::Uuid;

use crate::{Bucket, S3Error};

/// The operator's domain from which TikTok may fetch copies. Without one nothing can be pulled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PullDomain(Option<String>);

/// Where copies of test mode are fetched instead: the local stack's domain leads nowhere. Anywhere else there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TestPullBase(Option<String>);

impl PullDomain {
    /// Whether there is one.
    pub const fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// Where TikTok fetches this copy, if it can.
    pub fn address(&self, copy: &CopyKey) -> Option<String> {
        self.0.as_ref().map(|domain| format!("https://{domain}/{}", copy.as_str()))
    }

    /// Where TikTok's double fetches this copy, if TikTok could.
    pub fn test_address(&self, base: &TestPullBase, copy: &CopyKey) -> Option<String> {
        let elsewhere = base.0.as_ref().filter(|_| self.is_set());
        elsewhere.map(|base| format!("{base}{}", copy.as_str())).or_else(|| self.address(copy))
    }
}

impl FromStr for PullDomain {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self((!text.is_empty()).then(|| text.to_owned())))
    }
}

impl FromStr for TestPullBase {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self((!text.is_empty()).then(|| text.to_owned())))
    }
}

impl Bucket {
    /// A key for a copy of such a file: 244 random bits.
    pub fn copy_key(kind: FileKind) -> CopyKey {
        let random = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        CopyKey::new(&random, kind.as_str())
    }

    /// Copies the very bytes that were verified to this key, inside of S3. `Gone` or `Changed` if they are not there any
    /// more.
    ///
    /// Whoever serves the copy can't use the key that seals all other objects, so it is encrypted by S3's own. It is
    /// served as what it is, not as what its uploader said it was.
    pub async fn copy(&self, media: &MediaRef, key: &CopyKey) -> Result<(), S3Error> {
        let copy = self.s3.copy_object().bucket(&self.name).key(key.as_str());
        let copy = copy.copy_source(format!("{}/{}", self.name, media.s3_key)).copy_source_if_match(&media.etag);
        let copy = copy.metadata_directive(MetadataDirective::Replace).content_type(media.kind.content_type());
        copy.server_side_encryption(ServerSideEncryption::Aes256).send().await?;
        Ok(())
    }

    /// Deletes copies, all at once. From then on nobody gets anything at their addresses. Safe to repeat.
    pub async fn remove_copies(&self, copies: &[CopyKey]) -> Result<(), S3Error> {
        try_join_all(copies.iter().map(|key| self.object(key.as_str()).delete())).await?;
        Ok(())
    }

    /// Deletes copies of this post's media that nothing will come of any more. If that fails, the bucket's lifecycle does
    /// it.
    pub async fn clear_copies(&self, copies: &[CopyKey], post: &PostId) {
        if let Err(error) = self.remove_copies(copies).await {
            tracing::warn!(%error, post.id = %post, "copies are left to the bucket's lifecycle");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_pulled_is_fetched_in_tests_and_elsewhere_if_so_said() {
        let copy = CopyKey::new("random", "mp4");
        let addresses = |domain: &str, base: &str| {
            let (domain, base): (PullDomain, TestPullBase) = (domain.parse().unwrap(), base.parse().unwrap());
            [domain.address(&copy), domain.test_address(&base, &copy)]
        };
        let at = |base: &str| Some(format!("{base}{}", copy.as_str()));
        let (domain, base) = ("https://media.example.com/", "http://127.0.0.1:1/bucket/");
        assert_eq!(addresses("media.example.com", ""), [at(domain), at(domain)]);
        assert_eq!(addresses("media.example.com", base), [at(domain), at(base)]);
        assert_eq!(addresses("", base), [None, None]);
    }
}
