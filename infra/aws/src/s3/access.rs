//! Who may call S3, and what goes wrong with it.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use http::StatusCode;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use crate::credentials::Credentials;
use crate::ledger::{Fault, Ledger};

/// Tells the front what was planned for a request once its operation is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Planned(Arc<OnceLock<Fault>>);

impl Planned {
    pub(super) fn loses_answer(&self) -> bool {
        self.0.get() == Some(&Fault::LostAnswer)
    }
}

/// Knows the one secret key.
pub(super) struct OnlyKey(pub(super) Credentials);

#[async_trait]
impl S3Auth for OnlyKey {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == self.0.access_key_id {
            Ok(SecretKey::from(self.0.secret_access_key.as_str()))
        } else {
            Err(s3_error!(InvalidAccessKeyId, "The AWS Access Key Id you provided does not exist in our records."))
        }
    }
}

/// Refuses the unsigned, counts the others and fails those that a test asked to fail.
pub(super) struct Gate(pub(super) Arc<Ledger>);

#[async_trait]
impl S3Access for Gate {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        if context.credentials().is_none() {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        check_presigned_headers(context)?;
        let operation = context.s3_op().name();
        match self.0.record(&format!("S3.{operation}")) {
            Some(Fault::Status(status)) => Err(planned_error(status)),
            Some(fault @ Fault::LostAnswer) => {
                if let Some(planned) = context.extensions_mut().get::<Planned>() {
                    // Set once: a request is checked once.
                    planned.0.get_or_init(|| fault);
                }
                Ok(())
            }
            // S3 has no transactions.
            Some(Fault::Conflict) | None => Ok(()),
        }
    }
}

/// S3 refuses a presigned request with an `x-amz-` header that was not signed. Else whoever was handed the URL could
/// add metadata, or a checksum of other content, to what they were allowed to do.
fn check_presigned_headers(context: &S3AccessContext<'_>) -> S3Result<()> {
    let query = context.uri().query().unwrap_or_default();
    let Some(signed) = query.split('&').find_map(|pair| pair.strip_prefix("X-Amz-SignedHeaders=")) else {
        return Ok(());
    };
    let signed = signed.to_lowercase();
    let signed: Vec<&str> = signed.split("%3b").flat_map(|names| names.split(';')).collect();
    let unsigned = context
        .headers()
        .keys()
        .map(http::HeaderName::as_str)
        // Clients that hash every body send this one unsigned, and S3 then checks it.
        .find(|name| name.starts_with("x-amz-") && *name != "x-amz-content-sha256" && !signed.contains(name));
    match unsigned {
        Some(name) => {
            Err(s3_error!(AccessDenied, "There were headers present in the request which were not signed: {name}"))
        }
        None => Ok(()),
    }
}

fn planned_error(status: u16) -> S3Error {
    let code = match status {
        403 => S3ErrorCode::AccessDenied,
        503 | 429 => S3ErrorCode::SlowDown,
        500..=599 => S3ErrorCode::InternalError,
        _ => S3ErrorCode::InvalidRequest,
    };
    let mut error = S3Error::with_message(code, "Refused because a test asked for it");
    if let Ok(status) = StatusCode::from_u16(status) {
        error.set_status_code(status);
    }
    error
}
