use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{BUCKET, Stack, code, noise, status};

async fn put(stack: &Stack, key: &str, bytes: Vec<u8>) -> String {
    let put = stack.s3.put_object().bucket(BUCKET).key(key).body(ByteStream::from(bytes));
    put.send().await.unwrap().e_tag.unwrap()
}

async fn get(stack: &Stack, key: &str) -> Vec<u8> {
    let object = stack.s3.get_object().bucket(BUCKET).key(key).send().await.unwrap();
    object.body.collect().await.unwrap().to_vec()
}

#[tokio::test]
async fn an_object_comes_back_with_what_was_said_of_it() {
    let stack = Stack::start().await;
    let bytes = noise(3_000_000);
    let key = "media/ä b+c=1/clip.mp4";
    let sent = stack
        .s3
        .put_object()
        .bucket(BUCKET)
        .key(key)
        .content_type("video/mp4")
        .cache_control("no-store")
        .content_disposition("inline")
        .metadata("tenant", "t1")
        .body(ByteStream::from(bytes.clone()))
        .send()
        .await
        .unwrap();
    let got = stack.s3.get_object().bucket(BUCKET).key(key).send().await.unwrap();
    assert_eq!(got.content_type.as_deref(), Some("video/mp4"));
    assert_eq!(got.cache_control.as_deref(), Some("no-store"));
    assert_eq!(got.content_disposition.as_deref(), Some("inline"));
    assert_eq!(got.content_encoding, None);
    assert_eq!(got.metadata.as_ref().unwrap()["tenant"], "t1");
    assert_eq!(got.content_length, Some(3_000_000));
    assert_eq!(got.e_tag, sent.e_tag);
    assert!(got.body.collect().await.unwrap().to_vec() == bytes);

    let head = stack.s3.head_object().bucket(BUCKET).key(key).send().await.unwrap();
    assert_eq!((head.content_length, head.e_tag), (Some(3_000_000), sent.e_tag));
    assert_eq!(head.content_type.as_deref(), Some("video/mp4"));
}

#[tokio::test]
async fn ranges_are_cut_to_the_object_and_refused_beyond_it() {
    let stack = Stack::start().await;
    let bytes = noise(1_000_000);
    put(&stack, "k", bytes.clone()).await;
    let range = |range: &str| stack.s3.get_object().bucket(BUCKET).key("k").range(range).send();
    for (header, expected) in [
        ("bytes=0-0", 0..1),
        ("bytes=300000-699999", 300_000..700_000),
        ("bytes=999999-", 999_999..1_000_000),
        ("bytes=900000-2000000", 900_000..1_000_000),
        ("bytes=-10", 999_990..1_000_000),
    ] {
        let got = range(header).await.unwrap();
        let described = format!("bytes {}-{}/1000000", expected.start, expected.end - 1);
        assert_eq!(got.content_range.as_deref(), Some(described.as_str()));
        assert!(got.body.collect().await.unwrap().to_vec() == bytes[expected], "{header}");
    }
    assert_eq!(status(range("bytes=1000000-").await), 416);
    stack.aws.reset_counts();
    range("bytes=0-99").await.unwrap();
    assert_eq!(stack.aws.object_bytes_served(), 100);
}

#[tokio::test]
async fn entity_tags_differ_with_the_content_and_conditions_on_them_hold() {
    let stack = Stack::start().await;
    let first = put(&stack, "k", b"one".to_vec()).await;
    assert_eq!(put(&stack, "other", b"one".to_vec()).await, first);
    let second = put(&stack, "k", b"two".to_vec()).await;
    assert_ne!(first, second);

    let get = || stack.s3.get_object().bucket(BUCKET).key("k");
    let head = || stack.s3.head_object().bucket(BUCKET).key("k");
    assert!(get().if_match(&second).send().await.is_ok());
    assert_eq!(code(get().if_match(&first).send().await), "PreconditionFailed");
    assert_eq!(status(get().if_none_match(&second).send().await), 304);
    assert!(get().if_none_match(&first).send().await.is_ok());
    assert!(head().if_match(&second).send().await.is_ok());
    assert_eq!(status(head().if_match(&first).send().await), 412);
    assert_eq!(status(head().if_none_match(&second).send().await), 304);
}

#[tokio::test]
async fn a_write_that_must_not_replace_does_not_and_of_many_at_once_one_wins() {
    let stack = Stack::start().await;
    let create = |body: &'static str| {
        stack
            .s3
            .put_object()
            .bucket(BUCKET)
            .key("once")
            .if_none_match("*")
            .body(ByteStream::from_static(body.as_bytes()))
            .send()
    };
    let results = futures_util::future::join_all((0..16).map(|_| create("first"))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(code(create("second").await), "PreconditionFailed");
    assert_eq!(get(&stack, "once").await, b"first");
}

#[tokio::test]
async fn missing_buckets_and_keys_are_told_apart() {
    let stack = Stack::start().await;
    assert_eq!(code(stack.s3.get_object().bucket(BUCKET).key("none").send().await), "NoSuchKey");
    assert_eq!(code(stack.s3.get_object().bucket("nowhere").key("k").send().await), "NoSuchBucket");
    let head = stack.s3.head_object().bucket(BUCKET).key("none").send().await.unwrap_err().into_service_error();
    assert!(matches!(head, HeadObjectError::NotFound(_)), "{head:?}");
    let put = stack.s3.put_object().bucket("nowhere").key("k").body(ByteStream::from_static(b"x")).send().await;
    assert_eq!(code(put), "NoSuchBucket");
    assert!(stack.aws.create_bucket("No_Bucket").is_err());
}

#[tokio::test]
async fn an_object_is_deleted_and_to_delete_it_again_does_nothing() {
    let stack = Stack::start().await;
    put(&stack, "a", b"x".to_vec()).await;
    let delete = |key| stack.s3.delete_object().bucket(BUCKET).key(key).send();
    delete("a").await.unwrap();
    delete("a").await.unwrap();
    let left = stack.s3.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    assert_eq!(left.contents().len(), 0);
}

#[tokio::test]
async fn listings_go_page_by_page_and_fold_what_lies_behind_a_delimiter() {
    let stack = Stack::start().await;
    for key in ["a.txt", "media/t1/1", "media/t1/2", "media/t2/1", "media/z", "n"] {
        put(&stack, key, b"x".to_vec()).await;
    }
    let list = || stack.s3.list_objects_v2().bucket(BUCKET);
    let mut seen = Vec::new();
    let mut pages = list().max_keys(4).into_paginator().send();
    while let Some(page) = pages.next().await {
        seen.extend(page.unwrap().contents.unwrap_or_default().into_iter().map(|object| object.key.unwrap()));
    }
    assert_eq!(seen, ["a.txt", "media/t1/1", "media/t1/2", "media/t2/1", "media/z", "n"]);

    let mut folded = Vec::new();
    let mut pages = list().prefix("media/").delimiter("/").max_keys(1).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        assert_eq!(page.key_count, Some(1));
        folded.extend(page.common_prefixes().iter().map(|common| common.prefix().unwrap().to_owned()));
        folded.extend(page.contents().iter().map(|object| object.key().unwrap().to_owned()));
    }
    assert_eq!(folded, ["media/t1/", "media/t2/", "media/z"]);

    let after = list().start_after("media/t2/1").send().await.unwrap();
    assert_eq!(after.contents().iter().map(|object| object.key().unwrap()).collect::<Vec<_>>(), ["media/z", "n"]);
}

#[tokio::test]
async fn checksums_are_checked_kept_and_shown_only_when_asked_for() {
    let stack = Stack::start().await;
    let put = || stack.s3.put_object().bucket(BUCKET).key("k").body(ByteStream::from_static(b"hello"));
    let wrong = put().checksum_sha256("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").send().await;
    assert_eq!(code(wrong), "BadDigest");
    assert_eq!(code(put().content_md5("AAAAAAAAAAAAAAAAAAAAAA==").send().await), "BadDigest");
    assert_eq!(code(stack.s3.head_object().bucket(BUCKET).key("k").send().await), "NotFound");

    let sha256 = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
    put().checksum_sha256(sha256).send().await.unwrap();
    let head = || stack.s3.head_object().bucket(BUCKET).key("k");
    assert_eq!(head().send().await.unwrap().checksum_sha256, None);
    let asked = head().checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
    assert_eq!(asked.checksum_sha256.as_deref(), Some(sha256));

    for algorithm in
        [ChecksumAlgorithm::Crc32, ChecksumAlgorithm::Crc32C, ChecksumAlgorithm::Crc64Nvme, ChecksumAlgorithm::Sha1]
    {
        put().checksum_algorithm(algorithm).send().await.unwrap();
        assert_eq!(get(&stack, "k").await, b"hello");
    }
}

#[tokio::test]
async fn an_upload_that_is_cut_off_leaves_the_object_as_it_was() {
    let stack = Stack::start().await;
    put(&stack, "k", b"old".to_vec()).await;
    let presigned = stack
        .s3
        .put_object()
        .bucket(BUCKET)
        .key("k")
        .presigned(aws_sdk_s3::presigning::PresigningConfig::expires_in(std::time::Duration::from_mins(1)).unwrap())
        .await
        .unwrap();
    let address = stack.aws.endpoint().strip_prefix("http://").unwrap();
    let path = presigned.uri().split_once(address).unwrap().1;
    let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!("PUT {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 1000000\r\n\r\n");
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(&noise(500_000)).await.unwrap();
    connection.shutdown().await.unwrap();
    let mut answer = Vec::new();
    // The stand-in answers with an error or just closes; either way it is done with the upload.
    let _ = connection.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(get(&stack, "k").await, b"old");
}

#[tokio::test]
async fn a_reader_finishes_with_the_object_it_began_though_it_is_replaced() {
    let stack = Stack::start().await;
    let bytes = noise(20_000_000);
    put(&stack, "k", bytes.clone()).await;
    let mut reading = stack.s3.get_object().bucket(BUCKET).key("k").send().await.unwrap().body;
    let mut read = reading.next().await.unwrap().unwrap().to_vec();
    put(&stack, "k", b"new".to_vec()).await;
    while let Some(chunk) = reading.next().await {
        read.extend_from_slice(&chunk.unwrap());
    }
    assert!(read == bytes);
    assert_eq!(get(&stack, "k").await, b"new");
    let gone = stack.s3.get_object().bucket(BUCKET).key("other").send().await.unwrap_err().into_service_error();
    assert_eq!(gone.code(), Some("NoSuchKey"));
}
