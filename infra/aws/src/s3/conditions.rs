//! `If-Match` and its kin.

use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3Error, S3Result, s3_error};

use super::object::ObjectRecord;

/// Under which conditions an object is read.
#[derive(Debug, Default)]
#[expect(clippy::struct_field_names, reason = "the names of the headers")]
pub(super) struct ReadConditions {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_none_match: Option<ETagCondition>,
    pub(super) if_modified_since: Option<Timestamp>,
    pub(super) if_unmodified_since: Option<Timestamp>,
}

impl ReadConditions {
    /// Refuses with 412 or 304. A condition on the tag wins over the one on the date beside it, as in RFC 9110.
    pub(super) fn check(&self, object: &ObjectRecord) -> S3Result<()> {
        match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) if !matches(condition, &object.tag()) => {
                return Err(failed("If-Match"));
            }
            (None, Some(since)) if object.modified() > *since => {
                return Err(failed("If-Unmodified-Since"));
            }
            _ => {}
        }
        match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) if matches(condition, &object.tag()) => Err(not_modified(object)),
            (None, Some(since)) if object.modified() <= *since => Err(not_modified(object)),
            _ => Ok(()),
        }
    }
}

/// Refuses a write to where `existing` is: `If-None-Match: *` wants nothing there, `If-Match` that very object.
pub(super) fn check_write(
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
    existing: Option<&ObjectRecord>,
) -> S3Result<()> {
    match (if_match, existing) {
        (Some(_), None) => return Err(s3_error!(NoSuchKey, "The specified key does not exist.")),
        (Some(condition), Some(object)) if !matches(condition, &object.tag()) => {
            return Err(failed("If-Match"));
        }
        _ => {}
    }
    match (if_none_match, existing) {
        (Some(ETagCondition::ETag(_)), _) => Err(s3_error!(NotImplemented, "A write takes If-None-Match with * only")),
        (Some(ETagCondition::Any), Some(_)) => Err(failed("If-None-Match")),
        _ => Ok(()),
    }
}

fn matches(condition: &ETagCondition, tag: &ETag) -> bool {
    condition.as_etag().is_none_or(|wanted| wanted.value() == tag.value())
}

fn failed(condition: &str) -> S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold: {condition}")
}

fn not_modified(object: &ObjectRecord) -> S3Error {
    let mut error = s3_error!(NotModified);
    let mut headers = http::HeaderMap::new();
    if let Ok(tag) = object.tag().to_http_header() {
        headers.insert(http::header::ETAG, tag);
    }
    error.set_headers(headers);
    error
}

#[cfg(test)]
mod tests {
    use s3s::S3ErrorCode;

    use super::super::object::{Checksums, StoredHeaders, timestamp};
    use super::*;

    const MODIFIED_MS: i64 = 1_700_000_000_500;

    fn object() -> ObjectRecord {
        ObjectRecord {
            segments: vec![],
            e_tag: "aa".to_owned(),
            modified_ms: MODIFIED_MS,
            headers: StoredHeaders::default(),
            checksums: Checksums::default(),
        }
    }

    fn tag(value: &str) -> ETagCondition {
        ETagCondition::ETag(ETag::Strong(value.to_owned()))
    }

    #[test]
    fn reads_are_refused_by_the_stronger_condition_of_each_pair() {
        let earlier = || Some(timestamp(MODIFIED_MS - 2000));
        let same = || Some(timestamp(MODIFIED_MS));
        let none = ReadConditions::default;
        let cases = [
            (none(), None),
            (ReadConditions { if_match: Some(tag("aa")), ..none() }, None),
            (ReadConditions { if_match: Some(ETagCondition::Any), ..none() }, None),
            (ReadConditions { if_match: Some(tag("bb")), ..none() }, Some(S3ErrorCode::PreconditionFailed)),
            (ReadConditions { if_match: Some(tag("aa")), if_unmodified_since: earlier(), ..none() }, None),
            (ReadConditions { if_unmodified_since: earlier(), ..none() }, Some(S3ErrorCode::PreconditionFailed)),
            (ReadConditions { if_unmodified_since: same(), ..none() }, None),
            (ReadConditions { if_none_match: Some(tag("aa")), ..none() }, Some(S3ErrorCode::NotModified)),
            (ReadConditions { if_none_match: Some(tag("bb")), if_modified_since: same(), ..none() }, None),
            (ReadConditions { if_modified_since: same(), ..none() }, Some(S3ErrorCode::NotModified)),
            (ReadConditions { if_modified_since: earlier(), ..none() }, None),
        ];
        for (conditions, refusal) in cases {
            let result = conditions.check(&object()).map_err(|error| error.code().clone());
            assert_eq!(result.err(), refusal, "{conditions:?}");
        }
    }

    #[test]
    fn writes_are_refused_when_what_is_there_is_not_what_was_expected() {
        let there = object();
        let any = ETagCondition::Any;
        assert!(check_write(None, Some(&any), None).is_ok());
        assert!(check_write(None, Some(&any), Some(&there)).is_err());
        assert!(check_write(Some(&tag("aa")), None, Some(&there)).is_ok());
        assert!(check_write(Some(&tag("bb")), None, Some(&there)).is_err());
        assert!(check_write(Some(&tag("aa")), None, None).is_err());
        assert!(check_write(None, None, Some(&there)).is_ok());
    }
}
