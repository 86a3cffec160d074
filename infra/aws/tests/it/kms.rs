use std::collections::HashMap;

use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;

use crate::support::{Stack, code};

fn context(tenant: &str) -> HashMap<String, String> {
    HashMap::from([("tenant".to_owned(), tenant.to_owned()), ("purpose".to_owned(), "tokens".to_owned())])
}

#[tokio::test]
async fn a_data_key_is_unsealed_with_its_context_only() {
    let stack = Stack::start().await;
    let arn = stack.aws.create_key("tokens").unwrap();
    let made = stack
        .kms
        .generate_data_key()
        .key_id(&arn)
        .key_spec(DataKeySpec::Aes256)
        .set_encryption_context(Some(context("t1")))
        .send()
        .await
        .unwrap();
    let (plaintext, sealed) = (made.plaintext.unwrap(), made.ciphertext_blob.unwrap());
    assert_eq!(plaintext.as_ref().len(), 32);
    assert_eq!(stack.aws.data_keys(), [plaintext.as_ref()], "for those who look for leaks");
    assert_eq!(made.key_id.as_deref(), Some(arn.as_str()));

    let decrypt = |context| stack.kms.decrypt().ciphertext_blob(sealed.clone()).set_encryption_context(context).send();
    let opened = decrypt(Some(context("t1"))).await.unwrap();
    assert_eq!(opened.plaintext.unwrap(), plaintext);
    assert_eq!(opened.key_id.as_deref(), Some(arn.as_str()));
    assert_eq!(code(decrypt(Some(context("t2"))).await), "InvalidCiphertextException");
    assert_eq!(code(decrypt(None).await), "InvalidCiphertextException");
}

#[tokio::test]
async fn a_tampered_or_foreign_blob_is_refused() {
    let stack = Stack::start().await;
    let arn = stack.aws.create_key("one").unwrap();
    let other = stack.aws.create_key("two").unwrap();
    let made = stack.kms.generate_data_key().key_id("one").number_of_bytes(32).send().await.unwrap();
    let sealed = made.ciphertext_blob.unwrap();
    let mut tampered = sealed.clone().into_inner();
    *tampered.last_mut().unwrap() ^= 1;

    let decrypt = |blob: &Blob| stack.kms.decrypt().ciphertext_blob(blob.clone());
    assert_eq!(code(decrypt(&Blob::new(tampered)).send().await), "InvalidCiphertextException");
    assert_eq!(code(decrypt(&Blob::new("nonsense")).send().await), "InvalidCiphertextException");
    assert_eq!(code(decrypt(&sealed).key_id(&other).send().await), "IncorrectKeyException");
    assert!(decrypt(&sealed).key_id(&arn).send().await.is_ok());
}

#[tokio::test]
async fn limits_and_unknown_keys_are_refused_as_kms_does() {
    let stack = Stack::start().await;
    stack.aws.create_key("k").unwrap();
    let generate = || stack.kms.generate_data_key().key_id("k");
    assert_eq!(code(generate().send().await), "ValidationException");
    assert_eq!(code(generate().key_spec(DataKeySpec::Aes256).number_of_bytes(32).send().await), "ValidationException");
    assert_eq!(code(generate().number_of_bytes(1025).send().await), "ValidationException");
    assert_eq!(generate().number_of_bytes(64).send().await.unwrap().plaintext.unwrap().as_ref().len(), 64);
    assert_eq!(code(stack.kms.generate_data_key().key_id("?").number_of_bytes(8).send().await), "NotFoundException");
    assert!(stack.aws.create_key("not a key id").is_err());
}
