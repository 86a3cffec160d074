//! The media bucket and what is in it.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, RequestChecksumCalculation, ResponseChecksumValidation};
use aws_sdk_s3::operation::complete_multipart_upload::builders::CompleteMultipartUploadFluentBuilder;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::operation::list_parts::builders::ListPartsFluentBuilder;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::operation::upload_part::builders::UploadPartFluentBuilder;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use aws_types::SdkConfig;
use slipway_domain::media::StoredObject;
use slipway_domain::{Chain, Hidden, UploadId};

use crate::S3Error;

/// The media bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// Calls S3.
    pub s3: Client,
    /// The bucket's name.
    pub name: String,
}

impl Bucket {
    /// The bucket of this name. Calls nobody.
    ///
    /// Answers' checksums are checked only where S3 demands it: a checked body loses its exact length, and a multipart
    /// object's checksum can't be checked over a range anyway. We compare `ETag` and length instead.
    pub fn new(aws: &SdkConfig, name: String) -> Self {
        let config = Builder::from(aws)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .build();
        Self { s3: Client::from_conf(config), name }
    }

    /// Up to a thousand objects whose keys begin with `prefix` and come behind `after`.
    pub async fn page(&self, prefix: &str, after: Option<&str>) -> Result<Page, S3Error> {
        let list = self.s3.list_objects_v2().bucket(&self.name).prefix(prefix);
        let page = list.set_start_after(after.map(str::to_owned)).send().await?;
        let is_last = page.is_truncated != Some(true);
        let listed = page.contents.unwrap_or_default().into_iter().map(|listed| {
            let (key, etag) = listed.key.zip(listed.e_tag)?;
            let size_bytes = listed.size.and_then(|size| u64::try_from(size).ok())?;
            Some(Listed { key, object: StoredObject { etag, size_bytes } })
        });
        let objects = listed.collect::<Option<_>>();
        let objects = objects.ok_or_else(|| S3Error::Failed(Chain::of("an object without key, ETag or size")))?;
        Ok(Page { objects, is_last })
    }

    /// What is under this key, or will be.
    pub const fn object<'a>(&'a self, key: &'a str) -> Object<'a> {
        Object { bucket: self, key: Hidden(key) }
    }
}

/// A page of what is in the bucket.
#[derive(Debug)]
pub struct Page {
    /// Objects in the order of their keys.
    pub objects: Vec<Listed>,
    /// Whether nothing comes behind them.
    pub is_last: bool,
}

/// An object as the bucket lists it.
#[derive(Debug)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its `ETag` and size.
    pub object: StoredObject,
}

/// One key of the media bucket: the object there, and the uploads in parts that may become it.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a> {
    bucket: &'a Bucket,
    key: Hidden<&'a str>,
}

impl Object<'_> {
    /// A request to read the object.
    pub fn get(self) -> GetObjectFluentBuilder {
        self.bucket.s3.get_object().bucket(&self.bucket.name).key(*self.key)
    }

    /// A request to put a whole object here.
    pub fn put(self) -> PutObjectFluentBuilder {
        self.bucket.s3.put_object().bucket(&self.bucket.name).key(*self.key)
    }

    /// A request to send one part of an upload, by its number from 1. A part that is sent again replaces the one before.
    pub fn part(self, upload_id: &UploadId, number: i32) -> UploadPartFluentBuilder {
        let part = self.bucket.s3.upload_part().bucket(&self.bucket.name).key(*self.key);
        part.upload_id(upload_id.as_str()).part_number(number)
    }

    /// A request for a page of the parts that S3 has.
    pub fn parts(self, upload_id: &UploadId) -> ListPartsFluentBuilder {
        self.bucket.s3.list_parts().bucket(&self.bucket.name).key(*self.key).upload_id(upload_id.as_str())
    }

    /// A request to make these parts the object.
    pub fn complete(self, upload_id: &UploadId, parts: Vec<CompletedPart>) -> CompleteMultipartUploadFluentBuilder {
        let complete = self.bucket.s3.complete_multipart_upload().bucket(&self.bucket.name).key(*self.key);
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        complete.upload_id(upload_id.as_str()).multipart_upload(parts)
    }

    /// The object's `ETag` and size; nothing if there is none.
    pub async fn head(self) -> Result<Option<StoredObject>, S3Error> {
        let head = match self.bucket.s3.head_object().bucket(&self.bucket.name).key(*self.key).send().await {
            Ok(head) => head,
            Err(error) => return S3Error::from(error).unless_gone(None),
        };
        let size_bytes = head.content_length.and_then(|length| u64::try_from(length).ok());
        let found = head.e_tag.zip(size_bytes).map(|(etag, size_bytes)| StoredObject { etag, size_bytes });
        found.map(Some).ok_or_else(|| S3Error::Failed(Chain::of("an answer without ETag or size")))
    }

    /// Begins an upload in parts, of this content type where one is known, and answers its id. Nothing is there before it
    /// is completed.
    pub async fn begin(self, content_type: Option<&str>) -> Result<UploadId, S3Error> {
        let request = self.bucket.s3.create_multipart_upload().bucket(&self.bucket.name).key(*self.key);
        let begun = request.set_content_type(content_type.map(str::to_owned)).send().await?;
        begun.upload_id.map(UploadId::new).ok_or_else(|| S3Error::Failed(Chain::of("an upload without id")))
    }

    /// Gives up an upload in parts: whoever is still at it can't complete it any more. Safe to repeat, and on one that
    /// was completed.
    pub async fn abort(self, upload_id: &UploadId) -> Result<(), S3Error> {
        let abort = self.bucket.s3.abort_multipart_upload().bucket(&self.bucket.name).key(*self.key);
        match abort.upload_id(upload_id.as_str()).send().await {
            Ok(_) => Ok(()),
            Err(error) => S3Error::from(error).unless_gone(()),
        }
    }

    /// Deletes the object, if there is one.
    pub async fn delete(self) -> Result<(), S3Error> {
        self.bucket.s3.delete_object().bucket(&self.bucket.name).key(*self.key).send().await?;
        Ok(())
    }
}
