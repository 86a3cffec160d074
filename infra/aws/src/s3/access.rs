//! Who may call S3, and what goes wrong with it.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use http::StatusCode;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::ObjectStore;
use super::rights::Call;
use crate::iam::Principals;
use crate::ledger::{Fault, Ledger};
use crate::meanwhile::Interludes;

/// Tells the front what was planned for a request once its operation is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Planned(Arc<OnceLock<Fault>>);

impl Planned {
    pub(super) fn loses_answer(&self) -> bool {
        self.0.get() == Some(&Fault::LostAnswer)
    }
}

/// Knows everybody's secret key.
pub(super) struct SecretKeys(pub(super) Arc<Principals>);

#[async_trait]
impl S3Auth for SecretKeys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let secret = self.0.secret(access_key).ok_or_else(|| {
            s3_error!(InvalidAccessKeyId, "The AWS Access Key Id you provided does not exist in our records.")
        })?;
        Ok(SecretKey::from(secret))
    }
}

/// Refuses the unsigned, counts the others, fails those that a test asked to fail, and refuses those whose signer has no
/// right to them. Of a presigned URL that is who made it, when it is used.
pub(super) struct Gate {
    pub(super) ledger: Arc<Ledger>,
    pub(super) principals: Arc<Principals>,
    pub(super) store: Arc<ObjectStore>,
    pub(super) interludes: Arc<Interludes>,
}

#[async_trait]
impl S3Access for Gate {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let Some(credentials) = context.credentials() else {
            // What comes through the CDN is no call of ours: it is not counted, and nothing goes wrong with it.
            if matches!(context.s3_op().name(), "GetObject" | "HeadObject")
                && let Some((bucket, key)) = context.s3_path().as_object()
                && self.store.is_served(bucket, key)?
            {
                return Ok(());
            }
            return Err(s3_error!(AccessDenied, "Access Denied"));
        };
        let signer = credentials.access_key.clone();
        check_presigned_headers(context)?;
        let name = format!("S3.{}", context.s3_op().name());
        self.interludes.before(&name).await;
        match self.ledger.record(&name) {
            Some(Fault::Status(status)) => return Err(planned_error(status)),
            Some(fault @ Fault::LostAnswer) => {
                if let Some(planned) = context.extensions_mut().get::<Planned>() {
                    // Set once: a request is checked once.
                    planned.0.get_or_init(|| fault);
                }
            }
            // S3 has no transactions.
            Some(Fault::Conflict) | None => {}
        }
        self.authorize(&signer, context)
    }
}

impl Gate {
    fn authorize(&self, signer: &str, context: &S3AccessContext<'_>) -> S3Result<()> {
        let path = context.s3_path();
        let object = path.as_object();
        let bucket = path.as_bucket().or_else(|| object.map(|(bucket, _)| bucket));
        let bucket_key = bucket.and_then(|bucket| self.store.key(bucket));
        let call = Call {
            operation: context.s3_op().name(),
            path,
            headers: context.headers(),
            bucket_key: bucket_key.as_deref(),
            exists: object.map(|(bucket, key)| self.store.has_object(bucket, key)).transpose()?.unwrap_or(false),
        };
        let denied = self.principals.authorize(signer, &call.rights());
        denied.map_err(|denial| S3Error::with_message(S3ErrorCode::AccessDenied, denial.to_string()))
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
