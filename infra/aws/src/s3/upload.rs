//! Receives a body into a file and checks it on the way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use http::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{PutObjectInput, StreamingBlob, UploadPartInput};
use s3s::{S3Result, TrailingHeaders, s3_error};
use tokio::io::AsyncWriteExt as _;

use super::blobs::{Blobs, Draft};
use super::object::{Checksums, Segment};
use super::{MAX_PUT_BYTES, internal};

/// A body that arrived whole and was what its sender said.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) draft: Draft,
    pub(super) segment: Segment,
    pub(super) md5: [u8; 16],
    pub(super) checksums: Checksums,
}

/// A body and what its sender says of it.
pub(super) struct Incoming {
    body: StreamingBlob,
    content_md5: Option<String>,
    claimed: Checksums,
    /// Where checksums arrive that were counted while the body was sent.
    trailers: Option<TrailingHeaders>,
    announced_trailer: Option<String>,
}

/// Takes the body out of a request that brings one; each says the same of it.
macro_rules! incoming_of {
    ($($name:ident: $input:ty),+) => {
        impl Incoming {$(
            pub(super) fn $name(
                input: &mut $input,
                headers: &HeaderMap,
                trailers: Option<TrailingHeaders>,
            ) -> S3Result<Self> {
                let claimed = Checksums {
                    crc32: input.checksum_crc32.take(),
                    crc32c: input.checksum_crc32c.take(),
                    crc64nvme: input.checksum_crc64nvme.take(),
                    sha1: input.checksum_sha1.take(),
                    sha256: input.checksum_sha256.take(),
                };
                let (body, length, md5) = (input.body.take(), input.content_length, input.content_md5.take());
                Self::new(body, length, md5, claimed, headers, trailers)
            }
        )+}
    };
}
incoming_of!(of_put: PutObjectInput, of_part: UploadPartInput);

impl Incoming {
    fn new(
        body: Option<StreamingBlob>,
        content_length: Option<i64>,
        content_md5: Option<String>,
        claimed: Checksums,
        headers: &HeaderMap,
        trailers: Option<TrailingHeaders>,
    ) -> S3Result<Self> {
        // S3 takes no body of unknown length; `Transfer-Encoding: chunked` without a length is refused.
        let length = content_length.ok_or_else(|| s3_error!(MissingContentLength))?;
        if u64::try_from(length).is_ok_and(|length| length > MAX_PUT_BYTES) {
            return Err(s3_error!(EntityTooLarge, "Your proposed upload exceeds the maximum allowed size"));
        }
        let announced = headers.get("x-amz-trailer").and_then(|value| value.to_str().ok());
        Ok(Self {
            body: body.ok_or_else(|| s3_error!(IncompleteBody))?,
            content_md5,
            claimed,
            trailers,
            announced_trailer: announced.map(str::to_lowercase),
        })
    }

    /// Writes the body to a new blob. Whatever goes wrong, the blob is gone with the error.
    pub(super) async fn receive(mut self, blobs: &Blobs) -> S3Result<Received> {
        let mut draft = blobs.draft().await.map_err(internal)?;
        let mut md5 = Md5::new();
        let mut hasher = self.hasher();
        let mut size = 0_u64;
        while let Some(chunk) = self.body.next().await {
            // A connection that broke, a body that ends early, a chunk or body whose signed hash is another's.
            let chunk = chunk.map_err(|error| s3_error!(IncompleteBody, "The body can't be read: {error}"))?;
            size += chunk.len() as u64;
            md5.update(&chunk);
            hasher.update(&chunk);
            draft.file.write_all(&chunk).await.map_err(internal)?;
        }
        draft.file.flush().await.map_err(internal)?;

        let md5 = md5.finalize();
        if let Some(claimed) = &self.content_md5
            && STANDARD.decode(claimed).ok().as_deref() != Some(md5.as_slice())
        {
            return Err(s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received."));
        }
        let counted = Checksums::from(hasher.finalize());
        self.add_trailers();
        if counted != self.claimed {
            return Err(s3_error!(BadDigest, "The checksum you specified did not match the calculated checksum."));
        }
        let segment = Segment { blob: draft.name.clone(), size };
        Ok(Received { draft, segment, md5, checksums: counted })
    }

    /// Counts every checksum the sender gave or announced.
    fn hasher(&self) -> ChecksumHasher {
        let wanted = |given: &Option<String>, trailer: &str| {
            given.is_some() || self.announced_trailer.as_deref() == Some(trailer)
        };
        let mut hasher = ChecksumHasher::default();
        if wanted(&self.claimed.crc32, "x-amz-checksum-crc32") {
            hasher.crc32 = Some(s3s::crypto::Crc32::new());
        }
        if wanted(&self.claimed.crc32c, "x-amz-checksum-crc32c") {
            hasher.crc32c = Some(s3s::crypto::Crc32c::new());
        }
        if wanted(&self.claimed.crc64nvme, "x-amz-checksum-crc64nvme") {
            hasher.crc64nvme = Some(s3s::crypto::Crc64Nvme::new());
        }
        if wanted(&self.claimed.sha1, "x-amz-checksum-sha1") {
            hasher.sha1 = Some(s3s::crypto::Sha1::new());
        }
        if wanted(&self.claimed.sha256, "x-amz-checksum-sha256") {
            hasher.sha256 = Some(s3s::crypto::Sha256::new());
        }
        hasher
    }

    fn add_trailers(&mut self) {
        let Some(trailers) = self.trailers.as_ref().and_then(TrailingHeaders::take) else {
            return;
        };
        let trailer = |name: &str| trailers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let claimed = &mut self.claimed;
        claimed.crc32 = claimed.crc32.take().or_else(|| trailer("x-amz-checksum-crc32"));
        claimed.crc32c = claimed.crc32c.take().or_else(|| trailer("x-amz-checksum-crc32c"));
        claimed.crc64nvme = claimed.crc64nvme.take().or_else(|| trailer("x-amz-checksum-crc64nvme"));
        claimed.sha1 = claimed.sha1.take().or_else(|| trailer("x-amz-checksum-sha1"));
        claimed.sha256 = claimed.sha256.take().or_else(|| trailer("x-amz-checksum-sha256"));
    }
}

impl From<s3s::dto::Checksum> for Checksums {
    fn from(counted: s3s::dto::Checksum) -> Self {
        Self {
            crc32: counted.checksum_crc32,
            crc32c: counted.checksum_crc32c,
            crc64nvme: counted.checksum_crc64nvme,
            sha1: counted.checksum_sha1,
            sha256: counted.checksum_sha256,
        }
    }
}
