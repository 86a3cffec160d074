//! The multipart upload of a file in S3: begun, followed, put together, given up.

use std::collections::BTreeMap;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use slipway_domain::chain;
use slipway_http::ErrorResponse;
use slipway_runtime::AwsFailure;
use slipway_store::media::{MediaRecord, MultipartUpload};

use crate::App;
use crate::part_plan::{PART_SIZE, Part, PartPlan};

/// A part that S3 has.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stored {
    size: u64,
    etag: String,
}

/// How far an upload has come.
#[derive(Debug)]
pub(crate) struct Progress {
    /// Each part of the plan, with its `ETag` once S3 has it in its full size.
    parts: Vec<(Part, Option<String>)>,
}

impl Progress {
    fn new(plan: PartPlan, mut stored: BTreeMap<i32, Stored>) -> Self {
        let mut etag = |part: Part| stored.remove(&part.number).filter(|found| found.size == part.size);
        Self { parts: plan.parts().map(|part| (part, etag(part).map(|found| found.etag))).collect() }
    }

    /// Of an upload with no part yet, nor any to come.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self { parts: Vec::new() }
    }

    /// Each part, and whether it is there.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (Part, bool)> {
        self.parts.iter().map(|(part, etag)| (*part, etag.is_some()))
    }

    /// Numbers of the parts that are not there.
    pub(crate) fn missing(&self) -> Vec<i32> {
        self.parts().filter(|(_, is_there)| !is_there).map(|(part, _)| part.number).collect()
    }

    /// Bytes that are there.
    pub(crate) fn uploaded_bytes(&self) -> u64 {
        self.parts().filter(|(_, is_there)| *is_there).map(|(part, _)| part.size).sum()
    }
}

/// What came of putting the parts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Completed {
    /// The parts are one object.
    Done,
    /// There is nothing to put together any more: it was done before, or given up.
    NoSuchUpload,
    /// There is an object already, from a PUT of the whole file. It was left as it is.
    ObjectExists,
    /// Somebody sends a part again at this very moment.
    Changing,
}

/// Begins an upload for a file that is large enough for parts.
///
/// It comes before the record: if we die in between, nobody knows it, and the bucket's lifecycle removes it.
pub(crate) async fn begin(app: &App, record: &MediaRecord) -> Result<MultipartUpload, ErrorResponse> {
    let begun = app.s3.create_multipart_upload().bucket(&app.bucket).key(&record.s3_key);
    let begun = begun.content_type(&record.declared_type).send().await.map_err(failure)?;
    let upload_id = begun.upload_id.ok_or_else(|| ErrorResponse::internal(&"S3 began an upload without an id"))?;
    Ok(MultipartUpload { upload_id, part_size: PART_SIZE })
}

/// How far the upload has come; nothing if S3 does not know it any more.
pub(crate) async fn progress(
    app: &App,
    record: &MediaRecord,
    upload: &MultipartUpload,
) -> Result<Option<Progress>, ErrorResponse> {
    let plan = plan(record, upload)?;
    let mut stored = BTreeMap::new();
    let mut marker = None;
    loop {
        let page = app
            .s3
            .list_parts()
            .bucket(&app.bucket)
            .key(&record.s3_key)
            .upload_id(&upload.upload_id)
            .set_part_number_marker(marker)
            .send()
            .await;
        let page = match page {
            Ok(page) => page,
            Err(error) if is_unknown_upload(&error) => return Ok(None),
            Err(error) => return Err(failure(error)),
        };
        stored.extend(page.parts().iter().filter_map(|part| {
            let size = part.size.and_then(|size| u64::try_from(size).ok())?;
            Some((part.part_number?, Stored { size, etag: part.e_tag.clone()? }))
        }));
        marker = page.next_part_number_marker.filter(|_| page.is_truncated == Some(true));
        if marker.is_none() {
            return Ok(Some(Progress::new(plan, stored)));
        }
    }
}

/// The plan by which the file is cut.
pub(crate) fn plan(record: &MediaRecord, upload: &MultipartUpload) -> Result<PartPlan, ErrorResponse> {
    let plan = record.declared_size.and_then(|size| PartPlan::new(size, upload.part_size));
    plan.ok_or_else(|| ErrorResponse::internal(&"a multipart upload whose parts can't be told"))
}

/// Puts all parts together, unless there is an object already.
///
/// So a verified object is never replaced under the record that knows it. Safe to run twice and next to a twin.
pub(crate) async fn complete(
    app: &App,
    record: &MediaRecord,
    upload: &MultipartUpload,
    progress: &Progress,
) -> Result<Completed, ErrorResponse> {
    let part = |(part, etag): &(Part, Option<String>)| {
        CompletedPart::builder().part_number(part.number).set_e_tag(etag.clone()).build()
    };
    let parts = progress.parts.iter().map(part).collect();
    let sent = app
        .s3
        .complete_multipart_upload()
        .bucket(&app.bucket)
        .key(&record.s3_key)
        .upload_id(&upload.upload_id)
        .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
        .if_none_match("*")
        .send()
        .await;
    let Err(error) = sent else { return Ok(Completed::Done) };
    match error.code() {
        Some("NoSuchUpload") => Ok(Completed::NoSuchUpload),
        Some("PreconditionFailed") => Ok(Completed::ObjectExists),
        Some("InvalidPart" | "ConditionalRequestConflict") => Ok(Completed::Changing),
        _ => Err(failure(error)),
    }
}

/// Gives the upload up, with all its parts. Safe to run twice, and on one that was completed.
pub(crate) async fn abort(app: &App, record: &MediaRecord, upload: &MultipartUpload) -> Result<(), ErrorResponse> {
    let sent = app.s3.abort_multipart_upload().bucket(&app.bucket).key(&record.s3_key).upload_id(&upload.upload_id);
    match sent.send().await {
        Ok(_) => Ok(()),
        Err(error) if is_unknown_upload(&error) => Ok(()),
        Err(error) => Err(failure(error)),
    }
}

/// Gives up what nobody needs any more. The caller has what it wanted, so a failure is only logged: the bucket's
/// lifecycle removes what is left.
pub(crate) async fn tidy(app: &App, record: &MediaRecord, upload: &MultipartUpload) {
    if abort(app, record, upload).await.is_err() {
        tracing::warn!(media.id = %record.id, "unused parts are left to the bucket's lifecycle");
    }
}

fn is_unknown_upload<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    error.code() == Some("NoSuchUpload")
}

fn failure<E: std::error::Error + Send + Sync + 'static>(error: SdkError<E>) -> ErrorResponse {
    ErrorResponse::internal(&chain(&AwsFailure::from(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_another_size_is_missing() {
        let plan = PartPlan::new(2 * PART_SIZE + 7, PART_SIZE).unwrap();
        let stored = |number, size| (number, Stored { size, etag: format!("\"{number}\"") });
        for (parts, missing, uploaded) in [
            (vec![], vec![1, 2, 3], 0),
            (vec![stored(1, PART_SIZE), stored(2, PART_SIZE), stored(3, 7)], vec![], 2 * PART_SIZE + 7),
            (vec![stored(1, PART_SIZE - 1), stored(3, 7)], vec![1, 2], 7),
            (vec![stored(2, PART_SIZE), stored(3, 8), stored(4, 7)], vec![1, 3], PART_SIZE),
        ] {
            let progress = Progress::new(plan, parts.into_iter().collect());
            assert_eq!((progress.missing(), progress.uploaded_bytes()), (missing, uploaded));
        }
    }
}
