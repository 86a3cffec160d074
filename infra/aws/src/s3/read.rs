//! Reads an object or a range of it, as a stream.

use std::collections::VecDeque;
use std::io;
use std::io::SeekFrom;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use s3s::dto::{ChecksumMode, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, StreamingBlob};
use s3s::{Body, S3Result, s3_error};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::blobs::Blob;
use super::conditions::ReadConditions;
use super::object::{Checksums, ObjectRecord, length};
use super::{ObjectStore, index, internal};

/// Bytes read from a file at a time, and so about all that a read holds of an object.
const BUFFER_BYTES: usize = 256 * 1024;

impl ObjectStore {
    pub(super) fn get(&self, input: GetObjectInput) -> S3Result<GetObjectOutput> {
        let (mut output, pieces) = self.read(input)?;
        self.ledger.add_object_bytes(pieces.iter().map(|piece| piece.length).sum());
        let body = Body::http_body_unsync(http_body_util::StreamBody::new(stream(pieces)));
        output.body = Some(StreamingBlob::from(body));
        Ok(output)
    }

    /// A read without the body.
    pub(super) fn head(&self, input: HeadObjectInput) -> S3Result<HeadObjectOutput> {
        let (read, _) = self.read(GetObjectInput {
            bucket: input.bucket,
            key: input.key,
            if_match: input.if_match,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
            part_number: input.part_number,
            range: input.range,
            checksum_mode: input.checksum_mode,
            ..GetObjectInput::default()
        })?;
        Ok(HeadObjectOutput {
            accept_ranges: read.accept_ranges,
            content_length: read.content_length,
            content_range: read.content_range,
            e_tag: read.e_tag,
            last_modified: read.last_modified,
            content_type: read.content_type,
            content_disposition: read.content_disposition,
            content_encoding: read.content_encoding,
            content_language: read.content_language,
            cache_control: read.cache_control,
            metadata: read.metadata,
            checksum_crc32: read.checksum_crc32,
            checksum_crc32c: read.checksum_crc32c,
            checksum_crc64nvme: read.checksum_crc64nvme,
            checksum_sha1: read.checksum_sha1,
            checksum_sha256: read.checksum_sha256,
            ..HeadObjectOutput::default()
        })
    }

    /// What a read answers but for the body, and what the body consists of.
    fn read(&self, input: GetObjectInput) -> S3Result<(GetObjectOutput, VecDeque<Piece>)> {
        let conditions = ReadConditions {
            if_match: input.if_match,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        };
        if input.part_number.is_some() {
            return Err(s3_error!(NotImplemented, "The stand-in reads no single parts"));
        }
        let (object, blobs) = self.find(&input.bucket, &input.key)?;
        conditions.check(&object)?;
        let size = object.size();
        let range = input.range.map(|range| range.check(size)).transpose()?;
        let wanted = range.clone().unwrap_or(0..size);
        let checksums = shown_checksums(&object, input.checksum_mode.as_ref(), range.is_some());
        let output = GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: Some(length(wanted.end - wanted.start)?),
            content_range: range.map(|range| format!("bytes {}-{}/{size}", range.start, range.end - 1)),
            e_tag: Some(object.tag()),
            last_modified: Some(object.modified()),
            content_type: object.headers.content_type.clone(),
            content_disposition: object.headers.content_disposition.clone(),
            content_encoding: object.headers.content_encoding.clone(),
            content_language: object.headers.content_language.clone(),
            cache_control: object.headers.cache_control.clone(),
            metadata: object.headers.metadata.clone(),
            checksum_crc32: checksums.crc32,
            checksum_crc32c: checksums.crc32c,
            checksum_crc64nvme: checksums.crc64nvme,
            checksum_sha1: checksums.sha1,
            checksum_sha256: checksums.sha256,
            ..GetObjectOutput::default()
        };
        Ok((output, pieces(&object, blobs, &wanted)))
    }

    /// The object and a hold on each of its files.
    pub(super) fn find(&self, bucket: &str, key: &str) -> S3Result<(ObjectRecord, Vec<Arc<Blob>>)> {
        self.check_bucket(bucket)?;
        let index = self.index.lock();
        let object = index::object(&index, bucket, key)
            .map_err(internal)?
            .ok_or_else(|| s3_error!(NoSuchKey, "The specified key does not exist."))?;
        let blobs = object.segments.iter().map(|segment| self.blobs.hold(&segment.blob)).collect();
        Ok((object, blobs))
    }
}

/// Checksums are shown only to those who ask, and never beside a part of what they are of.
fn shown_checksums(object: &ObjectRecord, mode: Option<&ChecksumMode>, is_range: bool) -> Checksums {
    let asked = mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
    if asked && !is_range { object.checksums.clone() } else { Checksums::default() }
}

/// A stretch of one file.
#[derive(Debug)]
struct Piece {
    blob: Arc<Blob>,
    start: u64,
    length: u64,
}

/// The stretches that `wanted` covers.
fn pieces(object: &ObjectRecord, blobs: Vec<Arc<Blob>>, wanted: &Range<u64>) -> VecDeque<Piece> {
    let mut offset = 0;
    object
        .segments
        .iter()
        .zip(blobs)
        .filter_map(|(segment, blob)| {
            let here = offset..offset + segment.size;
            offset = here.end;
            let start = wanted.start.max(here.start);
            let end = wanted.end.min(here.end);
            (start < end).then(|| Piece { blob, start: start - here.start, length: end - start })
        })
        .collect()
}

/// Reads the pieces one after the other.
fn stream(pieces: VecDeque<Piece>) -> impl Stream<Item = io::Result<http_body::Frame<Bytes>>> + Send {
    futures_util::stream::try_unfold((pieces, None::<Reading>), |(mut pieces, reading)| async move {
        let mut reading = match reading {
            Some(reading) => reading,
            None => match pieces.pop_front() {
                Some(piece) => Reading::begin(piece).await?,
                None => return Ok(None),
            },
        };
        let bytes = reading.next().await?;
        let rest = (reading.left > 0).then_some(reading);
        Ok(Some((http_body::Frame::data(bytes), (pieces, rest))))
    })
}

/// A piece being read.
struct Reading {
    file: tokio::fs::File,
    left: u64,
    /// Keeps the file from being deleted.
    _blob: Arc<Blob>,
}

impl Reading {
    async fn begin(piece: Piece) -> io::Result<Self> {
        let mut file = piece.blob.open().await?;
        file.seek(SeekFrom::Start(piece.start)).await?;
        Ok(Self { file, left: piece.length, _blob: piece.blob })
    }

    async fn next(&mut self) -> io::Result<Bytes> {
        let most = usize::try_from(self.left).unwrap_or(BUFFER_BYTES).min(BUFFER_BYTES);
        let mut buffer = BytesMut::with_capacity(most);
        let read = (&mut self.file).take(most as u64).read_buf(&mut buffer).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(buffer.freeze())
    }
}
