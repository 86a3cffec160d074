//! S3's operations, as `s3s` calls them.

use std::sync::Arc;

use async_trait::async_trait;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CopyObjectInput, CopyObjectOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectInput,
    DeleteObjectOutput, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, ListObjectsV2Input,
    ListObjectsV2Output, ListPartsInput, ListPartsOutput, PutObjectInput, PutObjectOutput, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3Request, S3Response, S3Result};

use super::conditions::check_write;
use super::object::{ObjectRecord, StoredHeaders};
use super::upload::Incoming;
use super::{ObjectStore, index, internal};

/// The store as `s3s` wants it.
pub(super) struct Operations(pub(super) Arc<ObjectStore>);

#[async_trait]
impl s3s::S3 for Operations {
    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let mut input = request.input;
        let store = &self.0;
        store.check_bucket(&input.bucket)?;
        let headers = StoredHeaders::from(&input);
        let incoming = Incoming::of_put(&mut input, &request.headers, request.trailing_headers)?;
        let received = incoming.receive(&store.blobs).await?;
        let record = ObjectRecord {
            segments: vec![received.segment],
            e_tag: hex::encode(received.md5),
            modified_ms: jiff::Timestamp::now().as_millisecond(),
            headers,
            checksums: received.checksums,
        };
        store.replace(&input.bucket, &input.key, &record, |existing| {
            check_write(input.if_match.as_ref(), input.if_none_match.as_ref(), existing)
        })?;
        received.draft.keep();
        Ok(S3Response::new(PutObjectOutput {
            e_tag: Some(record.tag()),
            checksum_crc32: record.checksums.crc32,
            checksum_crc32c: record.checksums.crc32c,
            checksum_crc64nvme: record.checksums.crc64nvme,
            checksum_sha1: record.checksums.sha1,
            checksum_sha256: record.checksums.sha256,
            ..PutObjectOutput::default()
        }))
    }

    async fn copy_object(&self, request: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        self.0.copy(request.input).await.map(S3Response::new)
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        self.0.get(request.input).map(S3Response::new)
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        self.0.head(request.input).map(S3Response::new)
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.0.check_bucket(&request.input.bucket)?;
        self.0.delete(&request.input.bucket, &request.input.key)?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.0.list(request.input).map(S3Response::new)
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.0.create_upload(request.input).map(S3Response::new)
    }

    async fn upload_part(&self, request: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        self.0.upload_part(request.input, &request.headers, request.trailing_headers).await.map(S3Response::new)
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        self.0.complete_upload(request.input).map(S3Response::new)
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.0.abort_upload(&request.input)?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        self.0.list_parts(request.input).map(S3Response::new)
    }
}

impl ObjectStore {
    /// Puts `record` in place of what is there, if `condition` allows it, and discards the files of the old object.
    pub(super) fn replace(
        &self,
        bucket: &str,
        key: &str,
        record: &ObjectRecord,
        condition: impl FnOnce(Option<&ObjectRecord>) -> S3Result<()>,
    ) -> S3Result<()> {
        let existing = {
            let mut index = self.index.lock();
            let transaction = index.transaction().map_err(internal)?;
            let existing = index::object(&transaction, bucket, key).map_err(internal)?;
            condition(existing.as_ref())?;
            index::put_object(&transaction, bucket, key, record).map_err(internal)?;
            transaction.commit().map_err(internal)?;
            existing
        };
        existing.into_iter().flat_map(|object| object.segments).for_each(|old| self.blobs.discard(&old.blob));
        Ok(())
    }

    fn delete(&self, bucket: &str, key: &str) -> S3Result<()> {
        let existing = {
            let mut index = self.index.lock();
            let transaction = index.transaction().map_err(internal)?;
            let existing = index::object(&transaction, bucket, key).map_err(internal)?;
            index::delete_object(&transaction, bucket, key).map_err(internal)?;
            transaction.commit().map_err(internal)?;
            existing
        };
        existing.into_iter().flat_map(|object| object.segments).for_each(|old| self.blobs.discard(&old.blob));
        Ok(())
    }
}
