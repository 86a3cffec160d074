//! What S3 takes as parts, and how an upload is resumed.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use slipway_store::media::MediaState;

use super::{
    PART, VIDEO, begin, complete, content, follow, part, put, put_parts, put_whole, record, resume, uploads_in_progress,
};
use crate::service::{Service, fixture};

#[tokio::test]
async fn an_interrupted_upload_goes_on_with_what_is_missing() {
    let service = Service::start().await;
    let answer = begin(&service, VIDEO.len()).await;
    put_parts(&answer, &[2]).await;
    // Interrupted. Later, perhaps in another process, the media id is all that is known.
    let path = format!("/v1/media/{}/upload", answer.text("media_id"));
    let state = service.get(&path).await;
    assert_eq!(state.status, 200, "{:#}", state.body);
    assert_eq!((state.text("status"), &state.body["uploaded_bytes"]), ("pending", &PART.into()));
    assert_eq!(state.body["size_bytes"], VIDEO.len());
    let parts = state.body["parts"].as_array().unwrap();
    let shown: Vec<_> = parts.iter().map(|part| (part["uploaded"] == true, part["url"].is_string())).collect();
    assert_eq!(shown, [(false, true), (true, false), (false, true)]);

    let early = complete(&service, &answer).await;
    assert_eq!(early.refused(409), "resource.conflict");
    let meta = &early.body["error"]["meta"];
    assert_eq!((&meta["missing_parts"], &meta["uploaded_bytes"]), (&json!([1, 3]), &PART.into()));
    assert!(meta["next_step"].as_str().unwrap().ends_with("/upload"));

    put_parts(&state, &[1, 3]).await;
    let done = follow(&service, Method::POST, state.text("complete_url")).await;
    assert_eq!((done.status.as_u16(), done.text("status")), (200, "ready"), "{:#}", done.body);
    assert_eq!((&done.body["success"], &done.body["size_bytes"]), (&true.into(), &VIDEO.len().into()));
    let kept = record(&service, &answer).await.unwrap();
    let object = service.s3.get_object().bucket(&service.bucket).key(&kept.s3_key).send().await.unwrap();
    assert_eq!(object.content_type.as_deref(), Some("video/mp4"));
    assert_eq!(kept.state.object().map(|object| object.etag.clone()), object.e_tag);
    assert!(object.body.collect().await.unwrap().into_bytes() == *VIDEO);

    let late = service.get(&path).await;
    assert_eq!(late.refused(409), "resource.conflict");
}

#[tokio::test]
async fn s3_refuses_a_part_of_another_size_and_one_of_another_upload() {
    let service = Service::start().await;
    let (answer, other) = (begin(&service, VIDEO.len()).await, begin(&service, VIDEO.len()).await);
    let first = &part(&answer, 1)["url"];
    let longer: Bytes = [&content(1)[..], b"x"].concat().into();
    for body in [content(1).slice(1..), longer, content(3), Bytes::from_static(b"")] {
        assert!(put(first, body).await.is_client_error());
    }
    let elsewhere = Value::from(first.as_str().unwrap().replace(answer.text("media_id"), other.text("media_id")));
    let as_second = Value::from(first.as_str().unwrap().replace("partNumber=1", "partNumber=2"));
    for url in [elsewhere, as_second] {
        assert_ne!(&url, first);
        assert_eq!(put(&url, content(1)).await, 403);
    }
    assert_eq!(resume(&service, &answer).await.body["uploaded_bytes"], 0);
    assert_eq!(resume(&service, &other).await.body["uploaded_bytes"], 0);
    assert_eq!(put(first, content(1)).await, 200);
}

#[tokio::test]
async fn a_part_that_is_stored_in_another_size_counts_as_missing() {
    let service = Service::start().await;
    let answer = begin(&service, VIDEO.len()).await;
    put_parts(&answer, &[1, 2, 3]).await;
    let kept = record(&service, &answer).await.unwrap();
    let upload_id = kept.multipart.unwrap().upload_id;
    let part =
        service.s3.upload_part().bucket(&service.bucket).key(kept.s3_key).upload_id(upload_id.as_str()).part_number(2);
    part.body(Bytes::from_static(b"short").into()).send().await.unwrap();
    assert_eq!(complete(&service, &answer).await.body["error"]["meta"]["missing_parts"], json!([2]));
    put_parts(&answer, &[2]).await;
    assert_eq!(complete(&service, &answer).await.text("status"), "ready");
}

#[tokio::test]
async fn one_put_of_the_whole_file_makes_the_parts_needless() {
    let service = Service::start().await;
    for (via, parts) in [("verify_url", &[1, 2, 3][..]), ("complete_url", &[1, 2, 3]), ("complete_url", &[2])] {
        let answer = begin(&service, VIDEO.len()).await;
        put_parts(&answer, parts).await;
        assert_eq!(put_whole(&answer, VIDEO.clone()).await, 200);
        let before = record(&service, &answer).await.unwrap();
        let object = service.s3.head_object().bucket(&service.bucket).key(&before.s3_key).send().await.unwrap();
        assert_eq!(follow(&service, Method::POST, answer.text(via)).await.text("status"), "ready", "{via}");
        let found = record(&service, &answer).await.unwrap().state.object().map(|object| object.etag.clone());
        assert_eq!(found, object.e_tag, "{via}: what was PUT whole is left as it is");
        assert!(!uploads_in_progress(&service, &before).await, "{via}");
    }
}

#[tokio::test]
async fn what_was_put_together_is_not_replaced_by_a_whole_file() {
    let service = Service::start().await;
    let answer = begin(&service, VIDEO.len()).await;
    put_parts(&answer, &[1, 2, 3]).await;
    assert_eq!(complete(&service, &answer).await.text("status"), "ready");
    let before = record(&service, &answer).await.unwrap();
    assert_eq!(put_whole(&answer, vec![7; VIDEO.len()].into()).await, 412);
    assert_eq!(complete(&service, &answer).await.text("status"), "ready");
    assert_eq!(record(&service, &answer).await.unwrap(), before);
}

#[tokio::test]
async fn an_object_of_another_size_than_announced_fails_though_it_is_a_video() {
    let service = Service::start().await;
    let content = fixture("index_last.mp4");
    let answer = begin(&service, content.len() + 1).await;
    let kept = record(&service, &answer).await.unwrap();
    // Not through an URL of ours, which would refuse it.
    let put = service.s3.put_object().bucket(&service.bucket).key(&kept.s3_key).body(content.clone().into());
    put.send().await.unwrap();
    let found = follow(&service, Method::POST, answer.text("verify_url")).await;
    assert_eq!((found.status.as_u16(), found.text("status")), (200, "failed"));
    let reason = &found.body["reasons"][0];
    assert_eq!(reason["code"], "size_mismatch");
    let number = |value: &Value| value.to_string().strip_suffix(".0").unwrap().parse::<usize>().unwrap();
    assert_eq!((number(&reason["measured"]), number(&reason["allowed"]["min"])), (content.len(), content.len() + 1));
    assert!(matches!(record(&service, &answer).await.unwrap().state, MediaState::Failed { findings: Some(_), .. }));
}
