//! What a caller without credentials can do with a presigned URL.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_stand_in::CorsRule;
use reqwest::{Client, Method, Response, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{BUCKET, Stack, noise};

const SHA256_OF_HELLO: &str = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
const SHA256_OF_OTHER: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

fn put(stack: &Stack) -> PutObjectFluentBuilder {
    stack.s3.put_object().bucket(BUCKET).key("media/t1/clip.mp4").content_type("video/mp4").content_length(5)
}

async fn presign(put: PutObjectFluentBuilder) -> PresignedRequest {
    put.presigned(PresigningConfig::expires_in(Duration::from_mins(15)).unwrap()).await.unwrap()
}

/// Sends `body` with the signed headers, but those in `changed` changed or added.
async fn send(presigned: &PresignedRequest, body: &[u8], changed: &[(&str, &str)]) -> Response {
    let mut request = Client::new().put(presigned.uri()).body(body.to_vec());
    let signed = presigned.headers().filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    for (name, value) in signed.chain(changed.iter().copied()).filter(|(name, _)| *name != "content-length") {
        request = request.header(name, value);
    }
    request.send().await.unwrap()
}

async fn refusal(response: Response) -> (StatusCode, String) {
    let status = response.status();
    let text = response.text().await.unwrap();
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code);
    (status, code.unwrap_or(&text).to_owned())
}

async fn exists(stack: &Stack) -> bool {
    stack.s3.head_object().bucket(BUCKET).key("media/t1/clip.mp4").send().await.is_ok()
}

#[tokio::test]
async fn a_presigned_put_stores_exactly_what_was_signed() {
    let stack = Stack::start().await;
    let presigned = presign(put(&stack).checksum_sha256(SHA256_OF_HELLO)).await;
    let answer = send(&presigned, b"hello", &[]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let tag = answer.headers()["etag"].to_str().unwrap().to_owned();

    let stored = stack.s3.get_object().bucket(BUCKET).key("media/t1/clip.mp4").send().await.unwrap();
    assert_eq!(stored.e_tag.as_deref(), Some(tag.as_str()));
    assert_eq!(stored.content_type.as_deref(), Some("video/mp4"));
    assert_eq!(stored.body.collect().await.unwrap().to_vec(), b"hello");
}

#[tokio::test]
async fn a_presigned_put_of_another_length_type_or_checksum_stores_nothing() {
    let stack = Stack::start().await;
    let presigned = presign(put(&stack).checksum_sha256(SHA256_OF_HELLO)).await;
    let mismatch = (StatusCode::FORBIDDEN, "SignatureDoesNotMatch".to_owned());
    for body in [&b"hell"[..], b"hello!"] {
        assert_eq!(refusal(send(&presigned, body, &[]).await).await, mismatch);
    }
    assert_eq!(refusal(send(&presigned, b"hello", &[("content-type", "text/html")]).await).await, mismatch);
    let other = [("x-amz-checksum-sha256", SHA256_OF_OTHER)];
    assert_eq!(refusal(send(&presigned, b"hello", &other).await).await, mismatch);
    let (status, code) = refusal(send(&presigned, b"olleh", &[]).await).await;
    assert_eq!((status, code.as_str()), (StatusCode::BAD_REQUEST, "BadDigest"));
    assert!(!exists(&stack).await);
}

#[tokio::test]
async fn a_presigned_put_needs_its_signed_headers_and_takes_no_others() {
    let stack = Stack::start().await;
    let presigned = presign(put(&stack)).await;
    let bare = Client::new().put(presigned.uri()).body("hello").send().await.unwrap();
    assert_eq!(bare.status(), StatusCode::FORBIDDEN);
    let (status, code) = refusal(send(&presigned, b"hello", &[("x-amz-meta-tenant", "other")]).await).await;
    assert_eq!((status, code.as_str()), (StatusCode::FORBIDDEN, "AccessDenied"));
    assert!(!exists(&stack).await);
}

#[tokio::test]
async fn a_presigned_put_that_must_not_replace_anything_takes_one_file() {
    let stack = Stack::start().await;
    let presigned = presign(put(&stack).if_none_match("*")).await;
    assert!(presigned.uri().contains("if-none-match"), "it is among the signed headers");
    assert!(send(&presigned, b"hello", &[]).await.status().is_success());
    let (status, code) = refusal(send(&presigned, b"olleh", &[]).await).await;
    assert_eq!((status, code.as_str()), (StatusCode::PRECONDITION_FAILED, "PreconditionFailed"));
    let bare =
        Client::new().put(presigned.uri()).header("content-type", "video/mp4").body("olleh").send().await.unwrap();
    assert_eq!(refusal(bare).await, (StatusCode::FORBIDDEN, "SignatureDoesNotMatch".to_owned()));
}

#[tokio::test]
async fn a_tampered_expired_or_misused_url_is_refused() {
    let stack = Stack::start().await;
    let presigned = presign(put(&stack)).await;
    let other_key = presigned.uri().replace("clip.mp4", "other.mp4");
    let longer = presigned.uri().replace("X-Amz-Expires=900", "X-Amz-Expires=9000");
    let signature = presigned.uri().split_once("X-Amz-Signature=").unwrap().1;
    let flipped: String = signature.chars().rev().collect();
    let forged = presigned.uri().replace(signature, &flipped);
    for url in [other_key, longer, forged] {
        assert_ne!(url, presigned.uri());
        let answer = Client::new().put(&url).header("content-type", "video/mp4").body("hello").send().await.unwrap();
        assert_eq!(refusal(answer).await, (StatusCode::FORBIDDEN, "SignatureDoesNotMatch".to_owned()));
    }
    let answer = Client::new().request(Method::DELETE, presigned.uri()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);

    let begun = SystemTime::now() - Duration::from_mins(2);
    let config = PresigningConfig::builder().start_time(begun).expires_in(Duration::from_mins(1)).build().unwrap();
    let expired = put(&stack).presigned(config).await.unwrap();
    let (status, code) = refusal(send(&expired, b"hello", &[]).await).await;
    assert_eq!((status, code.as_str()), (StatusCode::FORBIDDEN, "AccessDenied"));
    assert!(!exists(&stack).await);
}

#[tokio::test]
async fn a_sender_that_is_refused_early_may_finish_sending_and_then_hears_why() {
    let stack = Stack::start().await;
    let presigned = presign(put(&stack)).await;
    let address = stack.aws.endpoint().strip_prefix("http://").unwrap();
    let path = presigned.uri().split_once(address).unwrap().1;
    let body = noise(30_000_000);
    let head = format!("PUT {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n\r\n", body.len());

    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    // Far more than the system buffers between the two: it only goes through if the other side reads on.
    connection.write_all(&body).await.unwrap();
    let mut answer = String::new();
    while !answer.ends_with("</Error>") {
        let mut piece = [0; 4096];
        let length = connection.read(&mut piece).await.unwrap();
        assert_ne!(length, 0, "{answer}");
        answer.push_str(&String::from_utf8_lossy(&piece[..length]));
    }
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("SignatureDoesNotMatch"), "{answer}");
}

#[tokio::test]
async fn a_body_of_unknown_length_is_refused() {
    let stack = Stack::start().await;
    let unsized_put = stack.s3.put_object().bucket(BUCKET).key("media/t1/clip.mp4");
    let presigned = presign(unsized_put).await;
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("hel"), Ok("lo")]);
    let answer = Client::new().put(presigned.uri()).body(reqwest::Body::wrap_stream(chunks)).send().await.unwrap();
    assert_eq!(refusal(answer).await, (StatusCode::LENGTH_REQUIRED, "MissingContentLength".to_owned()));
    assert!(!exists(&stack).await);
}

#[tokio::test]
async fn browsers_may_do_what_the_buckets_rules_allow_and_no_more() {
    let stack = Stack::start().await;
    let texts = |text: &str| vec![text.to_owned()];
    let rule = CorsRule {
        allowed_origins: texts("*"),
        allowed_methods: texts("PUT"),
        allowed_headers: texts("*"),
        exposed_headers: texts("ETag"),
        max_age_seconds: None,
    };
    stack.aws.set_bucket_cors(BUCKET, vec![rule]);
    let presigned = presign(put(&stack)).await;
    let ask = |method: &'static str| {
        Client::new()
            .request(Method::OPTIONS, presigned.uri())
            .header("origin", "https://app.example")
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "content-type")
            .send()
    };
    let allowed = ask("PUT").await.unwrap();
    assert_eq!(allowed.status(), StatusCode::OK);
    assert_eq!(allowed.headers()["access-control-allow-origin"], "*");
    assert_eq!(allowed.headers()["access-control-allow-methods"], "PUT");
    assert_eq!(allowed.headers()["access-control-allow-headers"], "content-type");
    assert_eq!(ask("DELETE").await.unwrap().status(), StatusCode::FORBIDDEN);

    let answer = send(&presigned, b"hello", &[("origin", "https://app.example")]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert_eq!(answer.headers()["access-control-expose-headers"], "ETag");
    let refused = send(&presigned, b"too long", &[("origin", "https://app.example")]).await;
    assert_eq!(refused.headers()["access-control-allow-origin"], "*");

    stack.aws.set_bucket_cors(BUCKET, Vec::new());
    assert_eq!(ask("PUT").await.unwrap().status(), StatusCode::FORBIDDEN);
    let answer = send(&presigned, b"hello", &[("origin", "https://app.example")]).await;
    assert_eq!(answer.headers().get("access-control-allow-origin"), None, "the page does not see it");
}

#[tokio::test]
async fn a_presigned_part_is_taken_in_its_signed_length_place_and_time_only() {
    let stack = Stack::start().await;
    let begun = stack.s3.create_multipart_upload().bucket(BUCKET).key("media/t1/clip.mp4").send().await.unwrap();
    let upload_id = begun.upload_id.unwrap();
    let part = || {
        let part = stack.s3.upload_part().bucket(BUCKET).key("media/t1/clip.mp4").upload_id(&upload_id);
        part.part_number(1).content_length(5)
    };
    let lifetime = PresigningConfig::expires_in(Duration::from_mins(15)).unwrap();
    let presigned = part().presigned(lifetime).await.unwrap();
    let mismatch = (StatusCode::FORBIDDEN, "SignatureDoesNotMatch".to_owned());
    for body in [&b""[..], b"hell", b"hello!", b"a much longer body"] {
        let answer = Client::new().put(presigned.uri()).header("content-length", body.len()).body(body);
        assert_eq!(refusal(answer.send().await.unwrap()).await, mismatch, "{} bytes", body.len());
    }
    let second = presigned.uri().replace("partNumber=1", "partNumber=2");
    assert_eq!(refusal(Client::new().put(second).body("hello").send().await.unwrap()).await, mismatch);
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("hello")]);
    let unsized_body =
        Client::new().put(presigned.uri()).body(reqwest::Body::wrap_stream(chunks)).send().await.unwrap();
    assert!(unsized_body.status().is_client_error(), "{}", unsized_body.status());
    let begun = SystemTime::now() - Duration::from_mins(2);
    let config = PresigningConfig::builder().start_time(begun).expires_in(Duration::from_mins(1)).build().unwrap();
    let (status, code) = refusal(send(&part().presigned(config).await.unwrap(), b"hello", &[]).await).await;
    assert_eq!((status, code.as_str()), (StatusCode::FORBIDDEN, "AccessDenied"));

    let listed = stack.s3.list_parts().bucket(BUCKET).key("media/t1/clip.mp4").upload_id(&upload_id).send();
    assert!(listed.await.unwrap().parts().is_empty(), "nothing of this is kept");
    let typed = [("content-type", "video/mp4")];
    assert_eq!(send(&presigned, b"hello", &typed).await.status(), StatusCode::OK, "the type is not signed");
}
