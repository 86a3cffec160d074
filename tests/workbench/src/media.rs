//! Media, as an upload leaves it.

use std::path::PathBuf;

use jiff::Timestamp;
use slipway_domain::{BrandId, MediaId, TenantId};
use slipway_store::Write;
use slipway_store::media::MediaRecord;
use uuid::Uuid;

use crate::Bench;

impl Bench {
    /// Media of this tenant's that was announced, for a URL that takes one file, and no more.
    pub async fn announced(&self, tenant: &TenantId) -> MediaRecord {
        self.announced_of(tenant, &[]).await
    }

    async fn announced_of(&self, tenant: &TenantId, brands: &[BrandId]) -> MediaRecord {
        let id = MediaId::from_uuid(Uuid::now_v7());
        let (name, declared_type) = ("video.mp4".to_owned(), "video/mp4".to_owned());
        let record = MediaRecord::new(tenant.clone(), id, name, declared_type, Timestamp::now());
        let record = MediaRecord { write_once: true, ..record }.of_brands(brands);
        assert_eq!(self.owner.media.put(&record).await.expect("the table answers"), Write::Done(()));
        record
    }

    /// Media of this tenant's that was uploaded and verified: ready, or failed, as its content has it.
    pub async fn uploaded(&self, tenant: &TenantId, content: Vec<u8>) -> MediaRecord {
        self.uploaded_of(tenant, &[], content).await
    }

    /// The same, by a key of these brands.
    pub async fn uploaded_of(&self, tenant: &TenantId, brands: &[BrandId], content: Vec<u8>) -> MediaRecord {
        let record = self.announced_of(tenant, brands).await;
        self.put_object(&record.s3_key, content).await;
        let verified = slipway_media::verify(&self.owner.media, &self.owner.bucket, &record).await;
        verified.expect("the content is read").done().expect("there is room")
    }
}

/// A real file, with which the reader of headers is tested.
pub fn fixture(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/video/fixtures");
    std::fs::read(folder.join(name)).expect("a fixture of that name")
}
