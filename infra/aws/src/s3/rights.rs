//! What a call of S3 must be allowed, by "Required permissions for Amazon S3 API operations" of its user guide, and by
//! "Using server-side encryption with AWS KMS keys" for buckets that are encrypted.

use http::HeaderMap;
use s3s::path::S3Path;

use crate::REGION;
use crate::iam::Right;

/// What is called, and what S3 finds there.
pub(super) struct Call<'a> {
    pub(super) operation: &'a str,
    pub(super) path: &'a S3Path,
    pub(super) headers: &'a HeaderMap,
    /// The ARN of the key that the bucket's objects are sealed with.
    pub(super) bucket_key: Option<&'a str>,
    /// Whether there is an object at the path.
    pub(super) exists: bool,
}

impl Call<'_> {
    /// The rights that the call needs. An operation that the stand-in does not know needs a right that
    /// nobody can be given by its name.
    pub(super) fn rights(&self) -> Vec<Right> {
        let has = |name: &str| self.headers.contains_key(name);
        let mut rights = vec![self.right(action(self.operation))];
        // That there is no such object is told only to those who may list the bucket.
        let reads = matches!(self.operation, "GetObject" | "HeadObject");
        if reads && !self.exists {
            rights.push(Right::new("s3:ListBucket", self.bucket()));
            return rights;
        }
        if matches!(self.operation, "PutObject" | "CompleteMultipartUpload") && has("if-match") {
            rights.push(self.right("GetObject"));
        }
        if let Some(source) = self.headers.get("x-amz-copy-source").and_then(|source| source.to_str().ok()) {
            let source = source.trim_start_matches('/');
            rights.push(Right::new("s3:GetObject", format!("arn:aws:s3:::{source}")));
        }
        let by_s3 = self.headers.get("x-amz-server-side-encryption").is_some_and(|by| by == "AES256");
        let keys: &[&str] = match self.operation {
            // The copy has to be sealed only if S3's own key is not named for it.
            "CopyObject" if by_s3 => &["Decrypt"],
            "CopyObject" => &["Decrypt", "GenerateDataKey"],
            "PutObject" => &["GenerateDataKey"],
            "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" => &["GenerateDataKey", "Decrypt"],
            "GetObject" => &["Decrypt"],
            // Checksums are sealed with the object, what else a head shows is not.
            "HeadObject" if has("x-amz-checksum-mode") => &["Decrypt"],
            _ => &[],
        };
        let bucket_key = self.bucket_key.into_iter().flat_map(|key| keys.iter().map(move |action| (key, action)));
        rights.extend(bucket_key.map(|(key, action)| Right {
            action: format!("kms:{action}"),
            resource: key.to_owned(),
            via: Some(format!("s3.{REGION}.amazonaws.com")),
        }));
        rights
    }

    fn right(&self, action: &str) -> Right {
        let object = self.path.as_object().map(|(bucket, key)| format!("arn:aws:s3:::{bucket}/{key}"));
        Right::new(format!("s3:{action}"), object.unwrap_or_else(|| self.bucket()))
    }

    fn bucket(&self) -> String {
        let bucket = self.path.as_bucket().or_else(|| self.path.as_object().map(|(bucket, _)| bucket));
        format!("arn:aws:s3:::{}", bucket.unwrap_or_default())
    }
}

/// The action that an operation is, where it is not one of its own name.
fn action(operation: &str) -> &str {
    match operation {
        "HeadObject" => "GetObject",
        "CopyObject" | "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" => "PutObject",
        "ListParts" => "ListMultipartUploadParts",
        "ListObjectsV2" => "ListBucket",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(operation: &str, exists: bool, headers: &[&'static str]) -> Vec<String> {
        let path = S3Path::object("b", "media/x");
        let headers = headers.iter().map(|name| (name.parse().unwrap(), "x".parse().unwrap())).collect();
        let call = Call { operation, path: &path, headers: &headers, bucket_key: Some("key"), exists };
        let rights = call.rights().into_iter();
        rights.map(|right| format!("{} {}", right.action, right.resource.trim_start_matches("arn:aws:s3:::"))).collect()
    }

    #[test]
    fn each_operation_needs_its_own_right_and_those_to_the_buckets_key() {
        let (generate, decrypt) = ("kms:GenerateDataKey key", "kms:Decrypt key");
        let put = "s3:PutObject b/media/x";
        for (operation, expected) in [
            ("PutObject", &[put, generate][..]),
            ("CreateMultipartUpload", &[put, generate, decrypt]),
            ("UploadPart", &[put, generate, decrypt]),
            ("CompleteMultipartUpload", &[put, generate, decrypt]),
            ("GetObject", &["s3:GetObject b/media/x", decrypt]),
            ("HeadObject", &["s3:GetObject b/media/x"]),
            ("DeleteObject", &["s3:DeleteObject b/media/x"]),
            ("ListParts", &["s3:ListMultipartUploadParts b/media/x"]),
            ("AbortMultipartUpload", &["s3:AbortMultipartUpload b/media/x"]),
        ] {
            assert_eq!(needed(operation, true, &[]), expected, "{operation}");
        }
        let head = needed("HeadObject", true, &["x-amz-checksum-mode"]);
        assert_eq!(head, ["s3:GetObject b/media/x", decrypt]);
        let copied = needed("CopyObject", false, &["x-amz-copy-source"]);
        assert_eq!(copied, [put, "s3:GetObject x", decrypt, generate]);
        assert_eq!(needed("PutObject", true, &["if-match"]), [put, "s3:GetObject b/media/x", generate]);
    }

    #[test]
    fn only_who_may_list_the_bucket_learns_that_an_object_is_missing() {
        for operation in ["GetObject", "HeadObject"] {
            assert_eq!(needed(operation, false, &[]), ["s3:GetObject b/media/x", "s3:ListBucket b"]);
        }
    }
}
