//! A form with one file, as `curl -F file=@name` sends it.

mod field;

use axum::body::Bytes;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request};
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use slipway_contract::{ApiError, Cause, Diagnostics, ErrorCode, Issue};
use slipway_domain::Hidden;
use slipway_domain::limits::REQUEST_FILE_MAX_BYTES;
use slipway_domain::media::shown_name;

use self::field::{content_type, parameter};
use crate::ErrorResponse;

/// A file as it came.
#[derive(Debug)]
pub struct FormFile {
    /// Its name, fit to be shown.
    pub name: String,
    /// What the caller says it is.
    pub declared_type: String,
    /// What is in it.
    pub content: Hidden<Bytes>,
}

/// A file that is larger than [`REQUEST_FILE_MAX_BYTES`], as far as it is known.
pub type TooLarge<'a> = Option<(&'a str, usize)>;

impl FormFile {
    /// Reads the one part `file` of a form, and notes the names of others. `refuse` says what becomes of a file that is
    /// too large, given its name and its size if they were seen.
    pub async fn read(
        mut request: Request,
        noted: &mut Diagnostics,
        refuse: impl Fn(TooLarge<'_>) -> ApiError,
    ) -> Result<Self, ErrorResponse> {
        if let Some(form) = request.headers().get(CONTENT_TYPE).and_then(content_type) {
            request.headers_mut().insert(CONTENT_TYPE, form);
        }
        let mut form = Multipart::from_request(request, &()).await.map_err(|_| {
            let message = "The body must be a form with a file. Send it as multipart/form-data with the part `file`.";
            ApiError::new(ErrorCode::Http415, message).with_field("body").with_cause(Cause::Caller)
        })?;
        let mut file = None;
        while let Some(part) = form.next_field().await.map_err(|error| unreadable(&error, &refuse))? {
            let name = says(&part, "name").unwrap_or_default();
            if !name.eq_ignore_ascii_case("file") {
                noted.unknown_part(&name);
                continue;
            }
            if file.is_some() {
                let issue =
                    Issue::invalid("file", "the form has more than one part `file`", "Send one file a request.");
                return Err(ApiError::from_issue(issue).into());
            }
            file = Some(Self::of(part, &refuse).await?);
        }
        let missing = || Issue::required("file", "Send the file as the form's part `file`.");
        file.ok_or_else(|| ApiError::from_issue(missing()).into())
    }

    async fn of(mut part: Field<'_>, refuse: impl Fn(TooLarge<'_>) -> ApiError) -> Result<Self, ErrorResponse> {
        let name = shown_name(&says(&part, "filename").unwrap_or_default());
        let declared_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
        let (mut content, mut size) = (Vec::new(), 0_usize);
        while let Some(chunk) = part.chunk().await.map_err(|error| unreadable(&error, &refuse))? {
            size = size.saturating_add(chunk.len());
            if size <= REQUEST_FILE_MAX_BYTES {
                content.extend_from_slice(&chunk);
            }
        }
        if size > REQUEST_FILE_MAX_BYTES {
            return Err(refuse(Some((&name, size))).into());
        }
        Ok(Self { name, declared_type, content: Bytes::from(content).into() })
    }
}

/// What a part says about itself.
fn says(part: &Field<'_>, name: &str) -> Option<String> {
    let field = part.headers().get(CONTENT_DISPOSITION)?;
    parameter(str::from_utf8(field.as_bytes()).ok()?, name)
}

fn unreadable(error: &MultipartError, refuse: impl Fn(TooLarge<'_>) -> ApiError) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return refuse(None);
    }
    let message = format!("the form can't be read: {}", error.body_text());
    let cure = "Send multipart/form-data whose boundary fits its Content-Type; most clients do that by themselves.";
    ApiError::from_issue(Issue::invalid("body", message, cure).with_code(ErrorCode::BodyInvalid))
}
