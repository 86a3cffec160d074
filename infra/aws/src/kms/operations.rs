//! KMS's operations over the wire.

use std::sync::PoisonError;

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{EncryptionContext, Kms, KmsError};
use crate::aws_json::{Refusal, parse, render};

impl Kms {
    /// Carries out `operation`.
    pub(crate) fn call(&self, operation: &str, body: &[u8]) -> Result<Bytes, Refusal> {
        let answer = match operation {
            "GenerateDataKey" => self.generate_data_key(&parse(body)?),
            "Decrypt" => self.decrypt_call(&parse(body)?),
            _ => return Err(Refusal::unknown_operation()),
        };
        render(&answer?)
    }

    fn generate_data_key(&self, request: &GenerateDataKey) -> Result<Value, KmsError> {
        let length = match (request.key_spec.as_deref(), request.number_of_bytes) {
            (Some("AES_256"), None) => 32,
            (Some("AES_128"), None) => 16,
            (None, Some(length @ 1..=1024)) => length,
            (Some(_), Some(_)) | (None, None) => {
                let message = "Please specify either number of bytes or key spec, and not both.";
                return Err(KmsError::Validation(message.to_owned()));
            }
            (Some(_), None) => {
                return Err(KmsError::Validation("KeySpec is AES_256 or AES_128".to_owned()));
            }
            (None, Some(_)) => {
                return Err(KmsError::Validation("NumberOfBytes is 1 to 1024".to_owned()));
            }
        };
        let mut data_key = vec![0_u8; length];
        rand::fill(&mut data_key)?;
        let (blob, key) = self.encrypt(&request.key_id, &request.encryption_context, &data_key)?;
        let plaintext = STANDARD.encode(&data_key);
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).push(data_key);
        Ok(json!({ "CiphertextBlob": STANDARD.encode(blob), "KeyId": key, "Plaintext": plaintext }))
    }

    fn decrypt_call(&self, request: &Decrypt) -> Result<Value, KmsError> {
        let blob = binary(&request.ciphertext_blob)?;
        let (plaintext, key) = self.decrypt(request.key_id.as_deref(), &request.encryption_context, &blob)?;
        Ok(json!({
            "Plaintext": STANDARD.encode(plaintext), "KeyId": key, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        }))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GenerateDataKey {
    key_id: String,
    key_spec: Option<String>,
    number_of_bytes: Option<usize>,
    #[serde(default)]
    encryption_context: EncryptionContext,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Decrypt {
    key_id: Option<String>,
    ciphertext_blob: String,
    #[serde(default)]
    encryption_context: EncryptionContext,
}

fn binary(text: &str) -> Result<Vec<u8>, KmsError> {
    STANDARD.decode(text).map_err(|_| KmsError::Validation("binary members are base64".to_owned()))
}

impl From<KmsError> for Refusal {
    fn from(error: KmsError) -> Self {
        let kind = match error {
            KmsError::NotFound(_) => "NotFoundException",
            KmsError::InvalidCiphertext => "InvalidCiphertextException",
            KmsError::IncorrectKey => "IncorrectKeyException",
            KmsError::Validation(_) => "ValidationException",
            KmsError::Storage(_) | KmsError::Cipher => return Self::internal(&error),
        };
        Self::new(StatusCode::BAD_REQUEST, kind, &error.to_string())
    }
}
