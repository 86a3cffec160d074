use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use crate::support::{BUCKET, Stack, code, noise};

const MIB: usize = 1024 * 1024;

struct Upload<'a> {
    stack: &'a Stack,
    id: String,
}

impl<'a> Upload<'a> {
    async fn begin(stack: &'a Stack) -> Self {
        let begin = stack.s3.create_multipart_upload().bucket(BUCKET).key("big").content_type("video/mp4");
        Self { stack, id: begin.send().await.unwrap().upload_id.unwrap() }
    }

    async fn part(&self, number: i32, bytes: &[u8]) -> CompletedPart {
        let part = self.stack.s3.upload_part().bucket(BUCKET).key("big").upload_id(&self.id).part_number(number);
        let sent = part.body(ByteStream::from(bytes.to_vec())).send().await.unwrap();
        CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).build()
    }

    fn complete(
        &self,
        parts: &[&CompletedPart],
    ) -> aws_sdk_s3::operation::complete_multipart_upload::builders::CompleteMultipartUploadFluentBuilder {
        let parts = parts.iter().map(|part| (*part).clone()).collect();
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        self.stack.s3.complete_multipart_upload().bucket(BUCKET).key("big").upload_id(&self.id).multipart_upload(parts)
    }
}

#[tokio::test]
async fn parts_become_one_object_that_is_read_across_their_seams() {
    let stack = Stack::start().await;
    let bytes = noise(11 * MIB);
    let upload = Upload::begin(&stack).await;
    // A part sent twice counts once, in its later form.
    upload.part(1, &noise(MIB)).await;
    let third = upload.part(7, &bytes[10 * MIB..]).await;
    let first = upload.part(1, &bytes[..5 * MIB]).await;
    let second = upload.part(2, &bytes[5 * MIB..10 * MIB]).await;
    upload.part(9, b"left out").await;

    let list = stack.s3.list_parts().bucket(BUCKET).key("big").upload_id(&upload.id).max_parts(3).send().await.unwrap();
    let listed: Vec<_> = list.parts().iter().map(|part| (part.part_number.unwrap(), part.size.unwrap())).collect();
    let mib = i64::try_from(MIB).unwrap();
    assert_eq!(listed, [(1, 5 * mib), (2, 5 * mib), (7, mib)]);
    assert_eq!((list.is_truncated, list.next_part_number_marker.as_deref()), (Some(true), Some("7")));

    let tag = upload.complete(&[&first, &second, &third]).send().await.unwrap().e_tag.unwrap();
    assert!(tag.ends_with("-3\""), "{tag}");
    let got = stack.s3.get_object().bucket(BUCKET).key("big").send().await.unwrap();
    assert_eq!((got.content_type.as_deref(), got.e_tag.as_deref()), (Some("video/mp4"), Some(tag.as_str())));
    assert!(got.body.collect().await.unwrap().to_vec() == bytes);
    let (start, end) = (5 * MIB - 1, 10 * MIB + 1);
    let range = stack.s3.get_object().bucket(BUCKET).key("big").range(format!("bytes={start}-{}", end - 1));
    assert!(range.send().await.unwrap().body.collect().await.unwrap().to_vec() == bytes[start..end]);

    assert_eq!(code(upload.complete(&[&first]).send().await), "NoSuchUpload");
}

#[tokio::test]
async fn an_upload_is_not_completed_with_small_wrong_or_disordered_parts() {
    let stack = Stack::start().await;
    let upload = Upload::begin(&stack).await;
    let small = upload.part(1, &noise(5 * MIB - 1)).await;
    let last = upload.part(2, b"end").await;
    assert_eq!(code(upload.complete(&[&small, &last]).send().await), "EntityTooSmall");
    assert_eq!(code(upload.complete(&[&last, &small]).send().await), "InvalidPartOrder");
    let wrong = CompletedPart::builder().part_number(2).e_tag("\"00\"").build();
    assert_eq!(code(upload.complete(&[&wrong]).send().await), "InvalidPart");
    let missing = CompletedPart::builder().part_number(3).e_tag("\"00\"").build();
    assert_eq!(code(upload.complete(&[&missing]).send().await), "InvalidPart");
    let zero = stack.s3.upload_part().bucket(BUCKET).key("big").upload_id(&upload.id).part_number(0);
    assert_eq!(code(zero.body(ByteStream::from_static(b"x")).send().await), "InvalidArgument");

    // Nothing of this has used the upload up.
    upload.part(1, &noise(5 * MIB)).await;
    let enough = upload.part(1, &noise(5 * MIB)).await;
    upload.complete(&[&enough, &last]).if_none_match("*").send().await.unwrap();
    let again = Upload::begin(&stack).await;
    let only = again.part(1, b"x").await;
    assert_eq!(code(again.complete(&[&only]).if_none_match("*").send().await), "PreconditionFailed");
}

#[tokio::test]
async fn an_aborted_upload_takes_no_more_parts() {
    let stack = Stack::start().await;
    let upload = Upload::begin(&stack).await;
    let part = upload.part(1, b"x").await;
    let abort = || stack.s3.abort_multipart_upload().bucket(BUCKET).key("big").upload_id(&upload.id).send();
    abort().await.unwrap();
    assert_eq!(code(abort().await), "NoSuchUpload");
    assert_eq!(code(upload.complete(&[&part]).send().await), "NoSuchUpload");
    let late = stack.s3.upload_part().bucket(BUCKET).key("big").upload_id(&upload.id).part_number(2);
    assert_eq!(code(late.body(ByteStream::from_static(b"x")).send().await), "NoSuchUpload");
}
