//! What a call of KMS must be allowed, by "AWS KMS permissions" of its developer guide.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{arn, split_blob};
use crate::iam::Right;

/// The rights that a call needs. A blob names the key that it is to be opened with; one that can't be read needs none,
/// because nobody can open it.
pub(crate) fn rights(operation: &str, body: &[u8]) -> Vec<Right> {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let named = |member: &str| request[member].as_str().map(key_arn);
    let sealed = || {
        let blob = STANDARD.decode(request["CiphertextBlob"].as_str()?).ok()?;
        split_blob(&blob).map(|(id, ..)| arn(id))
    };
    let key = match operation {
        "Decrypt" => named("KeyId").or_else(sealed),
        _ => Some(named("KeyId").unwrap_or_else(|| arn(""))),
    };
    key.into_iter().map(|key| Right::new(format!("kms:{operation}"), key)).collect()
}

/// The ARN of a key that is named by its id or its ARN.
fn key_arn(name: &str) -> String {
    if name.starts_with("arn:") { name.to_owned() } else { arn(name) }
}
