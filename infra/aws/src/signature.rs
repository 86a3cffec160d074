//! Checks the Signature Version 4 of requests to the AWS JSON services. S3's are checked by `s3s`.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use http::{HeaderMap, StatusCode, header, request};

use crate::aws_json::Refusal;
use crate::iam::Principals;

/// The access key id of whoever signed a request. Refuses, as AWS would, what nobody signed that we know.
///
/// The age of the signature is not checked: caller and stand-in share one clock.
pub(crate) fn check(parts: &request::Parts, body: &[u8], principals: &Principals) -> Result<String, Refusal> {
    let authorization = text(&parts.headers, header::AUTHORIZATION.as_str()).ok_or_else(|| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "MissingAuthenticationTokenException",
            "Request is missing Authentication Token",
        )
    })?;
    let presented = Presented::parse(authorization).ok_or_else(|| {
        Refusal::new(StatusCode::BAD_REQUEST, "IncompleteSignatureException", "Authorization header can't be read")
    })?;
    let secret = principals.secret(presented.access_key_id).ok_or_else(|| {
        let message = "The security token included in the request is invalid.";
        Refusal::new(StatusCode::FORBIDDEN, "UnrecognizedClientException", message)
    })?;
    let string_to_sign = string_to_sign(parts, body, &presented);
    let key = signing_key(&secret, presented.scope);
    let signature = hex::decode(presented.signature).unwrap_or_default();
    hmac::verify(&key, string_to_sign.as_bytes(), &signature).map_err(|_| {
        let message = "The request signature we calculated does not match the signature you provided.";
        Refusal::new(StatusCode::FORBIDDEN, "InvalidSignatureException", message)
    })?;
    Ok(presented.access_key_id.to_owned())
}

/// Whose access key a request claims to be signed with in its headers, unchecked.
pub(crate) fn claimed(headers: &HeaderMap) -> Option<&str> {
    Some(Presented::parse(text(headers, header::AUTHORIZATION.as_str())?)?.access_key_id)
}

/// What an `Authorization` header claims.
#[derive(Debug, PartialEq, Eq)]
struct Presented<'a> {
    access_key_id: &'a str,
    /// `date/region/service/aws4_request`
    scope: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Presented<'a> {
    fn parse(authorization: &'a str) -> Option<Self> {
        let fields = authorization.strip_prefix("AWS4-HMAC-SHA256 ")?;
        let field = |name: &str| fields.split(',').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='));
        let (access_key_id, scope) = field("Credential")?.split_once('/')?;
        Some(Self { access_key_id, scope, signed_headers: field("SignedHeaders")?, signature: field("Signature")? })
    }
}

fn string_to_sign(parts: &request::Parts, body: &[u8], presented: &Presented<'_>) -> String {
    let headers: Vec<String> = presented
        .signed_headers
        .split(';')
        .map(|name| {
            let values = parts.headers.get_all(name).iter();
            let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).map(str::trim).collect();
            format!("{name}:{}\n", values.join(","))
        })
        .collect();
    let headers = headers.concat();
    let canonical_request = format!(
        "{}\n{}\n{}\n{headers}\n{}\n{}",
        parts.method,
        parts.uri.path(),
        // The JSON services take no query, so there is nothing to sort.
        parts.uri.query().unwrap_or_default(),
        presented.signed_headers,
        sha256_hex(body),
    );
    let date = text(&parts.headers, "x-amz-date").unwrap_or_default();
    format!("AWS4-HMAC-SHA256\n{date}\n{}\n{}", presented.scope, sha256_hex(canonical_request.as_bytes()))
}

fn signing_key(secret: &str, scope: &str) -> hmac::Key {
    scope.split('/').fold(hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4{secret}").as_bytes()), |key, part| {
        hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref())
    })
}

fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest(&SHA256, bytes))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signing_key_is_that_of_the_example_in_the_guide() {
        let key = signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830/us-east-1/iam/aws4_request");
        let string_to_sign = "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n\
            f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59";
        assert_eq!(
            hex::encode(hmac::sign(&key, string_to_sign.as_bytes())),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }

    #[test]
    fn an_authorization_header_is_read_whatever_the_spaces_between_its_fields() {
        let expected = Presented {
            access_key_id: "AKIA",
            scope: "d/r/s/aws4_request",
            signed_headers: "host;x",
            signature: "00ff",
        };
        for header in [
            "AWS4-HMAC-SHA256 Credential=AKIA/d/r/s/aws4_request, SignedHeaders=host;x, Signature=00ff",
            "AWS4-HMAC-SHA256 Credential=AKIA/d/r/s/aws4_request,SignedHeaders=host;x,Signature=00ff",
        ] {
            assert_eq!(Presented::parse(header).as_ref(), Some(&expected));
        }
        assert_eq!(Presented::parse("Bearer abc"), None);
        assert_eq!(Presented::parse("AWS4-HMAC-SHA256 Credential=AKIA, SignedHeaders=x, Signature=00"), None);
    }
}
