//! The multipart upload of a file in S3: begun, followed, put together, given up.

use std::collections::BTreeMap;

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::types::CompletedPart;
use slipway_domain::part_plan::PART_SIZE;
use slipway_domain::{Part, PartPlan};
use slipway_http::ErrorResponse;
use slipway_media::S3Error;
use slipway_store::media::{MediaRecord, MultipartUpload};

use crate::App;

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
    let begun = app.bucket.object(&record.s3_key).begin(Some(&record.declared_type)).await;
    let upload_id = begun.map_err(|error| ErrorResponse::internal(&error))?;
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
        let parts = app.bucket.object(&record.s3_key).parts(&upload.upload_id);
        let page = match parts.set_part_number_marker(marker).send().await.map_err(S3Error::from) {
            Ok(page) => page,
            Err(S3Error::Gone) => return Ok(None),
            Err(error) => return Err(ErrorResponse::internal(&error)),
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
    let complete = app.bucket.object(&record.s3_key).complete(&upload.upload_id, parts).if_none_match("*");
    let Err(error) = complete.send().await else { return Ok(Completed::Done) };
    if let Some("InvalidPart" | "ConditionalRequestConflict") = error.code() {
        return Ok(Completed::Changing);
    }
    match S3Error::from(error) {
        S3Error::Gone => Ok(Completed::NoSuchUpload),
        S3Error::Changed => Ok(Completed::ObjectExists),
        error => Err(ErrorResponse::internal(&error)),
    }
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
