//! Multipart uploads. A finished object consists of its parts' files, so that nothing is copied.

use http::HeaderMap;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{
    AbortMultipartUploadInput, CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag, ListPartsInput, ListPartsOutput, Part,
    UploadPartInput, UploadPartOutput,
};
use s3s::{S3Result, TrailingHeaders, s3_error};
use uuid::Uuid;

use super::conditions::check_write;
use super::index::{PartRecord, UploadRecord};
use super::object::{Checksums, ObjectRecord, StoredHeaders, length, timestamp};
use super::upload::Incoming;
use super::{MIN_PART_BYTES, ObjectStore, index, internal};

/// Parts are numbered from 1.
const MAX_PART_NUMBER: i32 = 10_000;

impl ObjectStore {
    pub(super) fn create_upload(&self, input: CreateMultipartUploadInput) -> S3Result<CreateMultipartUploadOutput> {
        self.check_bucket(&input.bucket)?;
        let id = Uuid::new_v4().simple().to_string();
        let headers = StoredHeaders::from(&input);
        let upload = UploadRecord { bucket: input.bucket.clone(), key: input.key.clone(), headers };
        index::create_upload(&self.index.lock(), &id, &upload).map_err(internal)?;
        Ok(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            checksum_algorithm: input.checksum_algorithm,
            checksum_type: input.checksum_type,
            ..CreateMultipartUploadOutput::default()
        })
    }

    pub(super) async fn upload_part(
        &self,
        mut input: UploadPartInput,
        headers: &HeaderMap,
        trailers: Option<TrailingHeaders>,
    ) -> S3Result<UploadPartOutput> {
        if !(1..=MAX_PART_NUMBER).contains(&input.part_number) {
            return Err(s3_error!(InvalidArgument, "Part number must be an integer between 1 and 10000, inclusive"));
        }
        self.open_upload(&input.bucket, &input.key, &input.upload_id)?;
        let received = Incoming::of_part(&mut input, headers, trailers)?.receive(&self.blobs).await?;
        let part = PartRecord {
            segment: received.segment,
            md5: received.md5,
            modified_ms: jiff::Timestamp::now().as_millisecond(),
            checksums: received.checksums,
        };
        let replaced = {
            let mut index = self.index.lock();
            let transaction = index.transaction().map_err(internal)?;
            // The upload may have been finished or given up while the part came in.
            index::upload(&transaction, &input.upload_id).map_err(internal)?.ok_or_else(no_such_upload)?;
            let replaced = index::part(&transaction, &input.upload_id, input.part_number).map_err(internal)?;
            index::put_part(&transaction, &input.upload_id, input.part_number, &part).map_err(internal)?;
            transaction.commit().map_err(internal)?;
            received.draft.keep();
            replaced
        };
        if let Some(replaced) = replaced {
            self.blobs.discard(&replaced.segment.blob);
        }
        Ok(UploadPartOutput {
            e_tag: Some(ETag::Strong(part.e_tag())),
            checksum_crc32: part.checksums.crc32,
            checksum_crc32c: part.checksums.crc32c,
            checksum_crc64nvme: part.checksums.crc64nvme,
            checksum_sha1: part.checksums.sha1,
            checksum_sha256: part.checksums.sha256,
            ..UploadPartOutput::default()
        })
    }

    pub(super) fn complete_upload(
        &self,
        input: CompleteMultipartUploadInput,
    ) -> S3Result<CompleteMultipartUploadOutput> {
        let upload = self.open_upload(&input.bucket, &input.key, &input.upload_id)?;
        let wanted = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let (record, unused) = {
            let mut index = self.index.lock();
            let transaction = index.transaction().map_err(internal)?;
            let stored = index::parts(&transaction, &input.upload_id, 0).map_err(internal)?;
            let chosen = choose(&wanted, &stored)?;
            let existing = index::object(&transaction, &input.bucket, &input.key).map_err(internal)?;
            check_write(input.if_match.as_ref(), input.if_none_match.as_ref(), existing.as_ref())?;
            let record = assemble(&chosen, upload.headers);
            index::put_object(&transaction, &input.bucket, &input.key, &record).map_err(internal)?;
            index::delete_upload(&transaction, &input.upload_id).map_err(internal)?;
            transaction.commit().map_err(internal)?;
            let left_out = stored.into_iter().map(|(_, part)| part.segment).filter(|s| !record.segments.contains(s));
            let replaced = existing.into_iter().flat_map(|object| object.segments);
            (record.clone(), left_out.chain(replaced).collect::<Vec<_>>())
        };
        for segment in &unused {
            self.blobs.discard(&segment.blob);
        }
        Ok(CompleteMultipartUploadOutput {
            location: Some(format!("/{}/{}", input.bucket, input.key)),
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(record.tag()),
            ..CompleteMultipartUploadOutput::default()
        })
    }

    pub(super) fn abort_upload(&self, input: &AbortMultipartUploadInput) -> S3Result<()> {
        self.open_upload(&input.bucket, &input.key, &input.upload_id)?;
        let parts = {
            let mut index = self.index.lock();
            let transaction = index.transaction().map_err(internal)?;
            let parts = index::parts(&transaction, &input.upload_id, 0).map_err(internal)?;
            index::delete_upload(&transaction, &input.upload_id).map_err(internal)?;
            transaction.commit().map_err(internal)?;
            parts
        };
        for (_, part) in &parts {
            self.blobs.discard(&part.segment.blob);
        }
        Ok(())
    }

    pub(super) fn list_parts(&self, input: ListPartsInput) -> S3Result<ListPartsOutput> {
        self.open_upload(&input.bucket, &input.key, &input.upload_id)?;
        let marker = input.part_number_marker.unwrap_or(0);
        let max_parts = input.max_parts.unwrap_or(1000).clamp(1, 1000);
        let mut stored = index::parts(&self.index.lock(), &input.upload_id, marker).map_err(internal)?;
        let page = usize::try_from(max_parts).map_err(internal)?;
        let truncated = stored.len() > page;
        stored.truncate(page);
        let next = stored.last().map(|(number, _)| *number).filter(|_| truncated);
        let parts = stored
            .into_iter()
            .map(|(number, part)| {
                Ok(Part {
                    part_number: Some(number),
                    size: Some(length(part.segment.size)?),
                    e_tag: Some(ETag::Strong(part.e_tag())),
                    last_modified: Some(timestamp(part.modified_ms)),
                    ..Part::default()
                })
            })
            .collect::<S3Result<Vec<_>>>()?;
        Ok(ListPartsOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            part_number_marker: Some(marker),
            max_parts: Some(max_parts),
            is_truncated: Some(truncated),
            next_part_number_marker: next,
            parts: Some(parts),
            ..ListPartsOutput::default()
        })
    }

    /// The upload, provided it is one of this very key.
    fn open_upload(&self, bucket: &str, key: &str, id: &str) -> S3Result<UploadRecord> {
        self.check_bucket(bucket)?;
        index::upload(&self.index.lock(), id)
            .map_err(internal)?
            .filter(|upload| upload.bucket == bucket && upload.key == key)
            .ok_or_else(no_such_upload)
    }
}

/// The stored parts that the caller lists, provided they are what it says and only the last one is small.
fn choose(wanted: &[CompletedPart], stored: &[(i32, PartRecord)]) -> S3Result<Vec<PartRecord>> {
    if wanted.is_empty() {
        return Err(s3_error!(MalformedXML, "You must specify at least one part"));
    }
    let mut chosen: Vec<PartRecord> = Vec::with_capacity(wanted.len());
    let mut previous = 0;
    for want in wanted {
        let number = want.part_number.ok_or_else(|| s3_error!(MalformedXML, "A part has no number"))?;
        if number <= previous {
            return Err(s3_error!(InvalidPartOrder, "The list of parts was not in ascending order."));
        }
        previous = number;
        let part = stored.iter().find(|(n, _)| *n == number).map(|(_, part)| part);
        match (part, &want.e_tag) {
            (Some(part), Some(tag)) if tag.value() == part.e_tag() => chosen.push(part.clone()),
            _ => {
                return Err(s3_error!(InvalidPart, "Part {number} was not found, or its entity tag is another one"));
            }
        }
    }
    let too_small = |part: &PartRecord| part.segment.size < MIN_PART_BYTES;
    if chosen.iter().rev().skip(1).any(too_small) {
        return Err(s3_error!(EntityTooSmall, "Your proposed upload is smaller than the minimum allowed size"));
    }
    Ok(chosen)
}

/// The object of these parts. Its tag is the MD5 of the parts' MD5s with the number of parts, as S3's is.
fn assemble(parts: &[PartRecord], headers: StoredHeaders) -> ObjectRecord {
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(&part.md5);
    }
    ObjectRecord {
        segments: parts.iter().map(|part| part.segment.clone()).collect(),
        e_tag: format!("{}-{}", hex::encode(md5.finalize()), parts.len()),
        modified_ms: jiff::Timestamp::now().as_millisecond(),
        headers,
        checksums: Checksums::default(),
    }
}

fn no_such_upload() -> s3s::S3Error {
    s3_error!(NoSuchUpload, "The specified upload does not exist. It may have been aborted or completed.")
}
