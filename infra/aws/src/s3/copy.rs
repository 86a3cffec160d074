//! Copies an object to another key of the same store.

use s3s::dto::{CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, MetadataDirective};
use s3s::{S3Result, s3_error};
use tokio::io::AsyncWriteExt as _;

use super::conditions::ReadConditions;
use super::object::{ObjectRecord, Segment, StoredHeaders};
use super::{ObjectStore, internal};

impl ObjectStore {
    /// The bytes of the copy are files of their own. Its tag is kept; S3 counts another one for a copy of parts.
    pub(super) async fn copy(&self, input: CopyObjectInput) -> S3Result<CopyObjectOutput> {
        let CopySource::Bucket { bucket, key, version_id: None } = &input.copy_source else {
            return Err(s3_error!(NotImplemented, "The stand-in copies from buckets, and knows no versions"));
        };
        self.check_bucket(&input.bucket)?;
        let (object, blobs) = self.find(bucket, key)?;
        let conditions = ReadConditions { if_match: input.copy_source_if_match.clone(), ..ReadConditions::default() };
        conditions.check(&object)?;
        let mut draft = self.blobs.draft().await.map_err(internal)?;
        for blob in &blobs {
            let mut file = blob.open().await.map_err(internal)?;
            tokio::io::copy(&mut file, &mut draft.file).await.map_err(internal)?;
        }
        draft.file.flush().await.map_err(internal)?;
        let replaces = input.metadata_directive.as_ref().map(MetadataDirective::as_str) == Some("REPLACE");
        let record = ObjectRecord {
            segments: vec![Segment { blob: draft.name.clone(), size: object.size() }],
            modified_ms: jiff::Timestamp::now().as_millisecond(),
            headers: if replaces { StoredHeaders::from(&input) } else { object.headers.clone() },
            ..object
        };
        self.replace(&input.bucket, &input.key, &record, |_| Ok(()))?;
        draft.keep();
        let result = CopyObjectResult {
            e_tag: Some(record.tag()),
            last_modified: Some(record.modified()),
            ..CopyObjectResult::default()
        };
        Ok(CopyObjectOutput { copy_object_result: Some(result), ..CopyObjectOutput::default() })
    }
}
