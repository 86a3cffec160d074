//! Sending a video's bytes, chunk by chunk.

use reqwest::Body;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderMap};
use slipway_domain::{ByteRange, FileKind, LogId};

use crate::answer::{Answer, Success};
use crate::exact_body::ExactBody;
use crate::paths::UPLOAD;
use crate::{Client, Error, UploadUrl};

/// What TikTok answers to a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkAnswer {
    /// This chunk is stored, more are missing (206).
    Stored {
        /// What TikTok has, as it reports: a number of bytes or the last byte's index, the guide does not say which.
        reported: Option<u64>,
    },
    /// Every byte has arrived (201).
    Complete,
    /// The chunk is not the one that comes next (416).
    WrongPosition {
        /// What TikTok has, as it reports, in the same two readings.
        reported: Option<u64>,
    },
    /// The URL's hour is over (403).
    UrlExpired,
    /// TikTok knows no such upload: it was never there, has ended or is complete (404).
    UnknownUpload,
}

impl Client {
    /// Sends one chunk: bytes `range` of a file of `total` bytes, which `body` must yield exactly, no byte more or less.
    ///
    /// The chunk is streamed; nothing bounds its time but the caller. Not safe to repeat blindly: ask for the progress
    /// first (send the next chunk and read the 416, or ask the status). After an [`Error`] the chunk, and with the last
    /// chunk the whole video, may have arrived. Beside the answer comes TikTok's log id of it.
    pub async fn put_chunk(
        &self,
        url: &UploadUrl,
        range: ByteRange,
        total: u64,
        kind: FileKind,
        body: Body,
    ) -> Result<(ChunkAnswer, Option<LogId>), Error> {
        let request = self
            .put(url)
            .header(CONTENT_TYPE, kind.content_type())
            .header(CONTENT_LENGTH, range.len())
            .header(CONTENT_RANGE, format!("bytes {}-{}/{total}", range.first, range.last))
            .body(Body::wrap(ExactBody::new(body, range.len())));
        self.call_logged(UPLOAD, request, |answer| read(answer, total)).await
    }
}

fn read(answer: Answer, total: u64) -> Result<Success<ChunkAnswer>, Error> {
    let reported = reported(&answer.headers, total);
    let value = match answer.http_status {
        201 => ChunkAnswer::Complete,
        206 => ChunkAnswer::Stored { reported },
        416 => ChunkAnswer::WrongPosition { reported },
        403 => ChunkAnswer::UrlExpired,
        404 => ChunkAnswer::UnknownUpload,
        _ => return Err(answer.refusal()),
    };
    Ok(Success { value, http_status: answer.http_status, log_id: answer.header_log_id() })
}

/// `N` of the progress header `Content-Range: bytes 0-N/total`. Nothing if it is absent, odd, or of another file.
fn reported(headers: &HeaderMap, total: u64) -> Option<u64> {
    let text = headers.get(CONTENT_RANGE)?.to_str().ok()?.trim();
    let range = text.strip_prefix("bytes")?.trim_start_matches([' ', '=']);
    let (bytes, size) = range.split_once('/')?;
    let (first, last) = bytes.split_once('-')?;
    let last = last.trim().parse().ok()?;
    let fits = first.trim() == "0" && size.trim().parse() == Ok(total) && last <= total;
    fits.then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;
    use crate::answer::tests::answer;

    fn with_progress(http_status: u16, progress: &str) -> Answer {
        let mut answer = answer(http_status, "");
        answer.headers.insert(CONTENT_RANGE, progress.parse().unwrap());
        answer
    }

    #[test]
    fn every_documented_status_is_an_answer_and_not_an_error() {
        let some = Some(32_000_000);
        for (http_status, expected) in [
            (201, ChunkAnswer::Complete),
            (206, ChunkAnswer::Stored { reported: some }),
            (416, ChunkAnswer::WrongPosition { reported: some }),
            (403, ChunkAnswer::UrlExpired),
            (404, ChunkAnswer::UnknownUpload),
        ] {
            let read = read(with_progress(http_status, "bytes 0-32000000/100000000"), 100_000_000);
            assert_eq!(read.map(|success| success.value).map_err(|error| error.to_string()), Ok(expected));
        }
    }

    #[test]
    fn a_progress_header_is_believed_only_if_it_is_about_this_file() {
        for (header, expected) in [
            ("bytes 0-0/100", Some(0)),
            ("bytes 0-99/100", Some(99)),
            ("bytes 0-100/100", Some(100)),
            ("bytes=0-50/100", Some(50)),
            ("bytes  0-50/100 ", Some(50)),
            ("bytes 0-101/100", None),
            ("bytes 0-50/200", None),
            ("bytes 10-50/100", None),
            ("bytes */100", None),
            ("bytes 0--1/100", None),
            ("0-50/100", None),
            ("bytes 0-99999999999999999999/100", None),
        ] {
            assert_eq!(reported(&with_progress(206, header).headers, 100), expected, "{header}");
        }
        assert_eq!(reported(&HeaderMap::new(), 100), None);
    }

    #[test]
    fn any_other_status_is_an_error_with_a_class() {
        for (http_status, body, retry, unknown) in [
            (500, "", true, true),
            (502, "<html>", true, true),
            (503, r#"{"error":{"code":"internal_error"}}"#, true, true),
            (429, "", true, false),
            (400, "", false, false),
            (302, "", false, false),
            (200, "", false, true),
            (200, r#"{"error":{"code":"ok"}}"#, false, true),
        ] {
            let Err(error) = read(answer(http_status, body), 100) else { panic!("{http_status} is an error") };
            assert_eq!(matches!(error.class(), Class::After(_)), retry, "{http_status} {body}");
            assert_eq!(error.outcome_unknown(), unknown, "{http_status} {body}");
        }
    }
}
