//! The object in S3, part by part.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use slipway_domain::Chain;
use slipway_runtime::AwsFailure;

/// S3 failed.
#[derive(Debug, thiserror::Error)]
#[error("S3: {0}")]
pub struct S3Error(#[source] Chain);

impl<E: std::error::Error + Send + Sync + 'static> From<SdkError<E>> for S3Error {
    fn from(error: SdkError<E>) -> Self {
        Self(Chain::of(AwsFailure::from(error)))
    }
}

/// One key of the media bucket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Object<'a> {
    pub(crate) s3: &'a Client,
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
}

/// The size of every part but the last: with 10,000 parts at most it is enough for files far beyond TikTok's.
pub(crate) const PART_BYTES: usize = 8 * 1024 * 1024;

impl Object<'_> {
    /// Begins an upload; nothing is there before it is completed.
    pub(crate) async fn begin(&self) -> Result<String, S3Error> {
        let begun = self.s3.create_multipart_upload().bucket(self.bucket).key(self.key).send().await?;
        begun.upload_id.ok_or_else(|| S3Error(Chain::of("an upload without id")))
    }

    /// Sends a part, from number 1. A part that is sent again replaces the one before.
    pub(crate) async fn part(&self, upload_id: &str, number: i32, bytes: Bytes) -> Result<CompletedPart, S3Error> {
        let sent = self
            .s3
            .upload_part()
            .bucket(self.bucket)
            .key(self.key)
            .upload_id(upload_id)
            .part_number(number)
            .body(ByteStream::from(bytes))
            .send()
            .await?;
        Ok(CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).build())
    }

    /// Makes these parts the object.
    pub(crate) async fn complete(&self, upload_id: &str, parts: Vec<CompletedPart>) -> Result<(), S3Error> {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let request = self.s3.complete_multipart_upload().bucket(self.bucket).key(self.key).upload_id(upload_id);
        request.multipart_upload(parts).send().await?;
        Ok(())
    }

    /// Gives an upload up: whoever is still at it can't complete it any more. Safe to repeat.
    pub(crate) async fn abort(&self, upload_id: &str) -> Result<(), S3Error> {
        let request = self.s3.abort_multipart_upload().bucket(self.bucket).key(self.key).upload_id(upload_id);
        match request.send().await {
            Err(error) if status(&error) != Some(404) => Err(error.into()),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Removes the object, if there is one.
    pub(crate) async fn delete(&self) -> Result<(), S3Error> {
        self.s3.delete_object().bucket(self.bucket).key(self.key).send().await?;
        Ok(())
    }

    /// Whether the object is there.
    pub(crate) async fn is_there(&self) -> Result<bool, S3Error> {
        match self.s3.head_object().bucket(self.bucket).key(self.key).send().await {
            Ok(_) => Ok(true),
            Err(error) if status(&error) == Some(404) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}
