//! What is not taken for TikTok's, and leaves no trace.

use axum::body::Body;
use http::{HeaderValue, Request, StatusCode};
use jiff::{SignedDuration, Timestamp};

use crate::support::{World, signature};

const REFUSED: (u16, &str) = (401, "auth.invalid_key");

#[tokio::test]
async fn a_body_without_a_readable_signature_is_refused() {
    let world = World::start().await;
    let body = world.event("open-1").to_string();
    let unsigned = Request::post("/webhooks/tiktok").body(Body::from(body.clone())).unwrap();
    assert_eq!(world.send(unsigned).await.refusal(), REFUSED);
    let no_text = HeaderValue::from_bytes(b"t=1,s=\xff").unwrap();
    let request = Request::post("/webhooks/tiktok").header("TikTok-Signature", no_text);
    assert_eq!(world.send(request.body(Body::from(body.clone())).unwrap()).await.refusal(), REFUSED);
    let good = world.signature(Timestamp::now(), &body);
    let (time, tag) = good.split_once(',').unwrap();
    for header in
        ["", "nonsense", time, tag, &format!("{time},s=zz"), &format!("t=soon,{tag}"), &good.replace(',', ";")]
    {
        assert_eq!(world.deliver(header, &body).await.refusal(), REFUSED, "{header}");
    }
    assert!(world.kept().is_empty());
}

#[tokio::test]
async fn a_forged_signature_is_refused() {
    let world = World::start().await;
    let (body, now) = (world.event("open-1").to_string(), Timestamp::now());
    let good = world.signature(now, &body);
    let forged = [
        (signature("another secret", now, &body), body.clone()),
        (signature("", now, &body), body.clone()),
        (good.clone(), world.event("open-2").to_string()),
        (good.clone(), format!("{body} ")),
        (good.clone(), String::new()),
        // Of another second than the one that was signed.
        (good.replace(&now.as_second().to_string(), &(now.as_second() + 1).to_string()), body.clone()),
        (format!("t={},s=", now.as_second()), body.clone()),
    ];
    for (header, body) in forged {
        assert_eq!(world.deliver(&header, &body).await.refusal(), REFUSED, "{header}");
    }
    assert!(world.kept().is_empty());
    assert_eq!(world.deliver(&good, &body).await.status, StatusCode::OK, "the real one");
}

#[tokio::test]
async fn an_event_that_is_older_than_any_repeat_is_refused() {
    let world = World::start().await;
    let body = world.event("open-1").to_string();
    for hours in [74, 24 * 30, 24 * 365 * 10] {
        assert_eq!(world.signed_ago(SignedDuration::from_hours(hours), &body).await.refusal(), REFUSED, "{hours}");
    }
    assert!(world.kept().is_empty());
}

#[tokio::test]
async fn an_event_from_the_future_is_refused() {
    let world = World::start().await;
    let body = world.event("open-1").to_string();
    for hours in [74, 24 * 30, 24 * 365 * 10] {
        assert_eq!(world.signed_ago(SignedDuration::from_hours(-hours), &body).await.refusal(), REFUSED, "{hours}");
    }
    assert!(world.kept().is_empty());
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_however_well_it_is_signed() {
    const MOST: usize = 64 * 1024;
    let world = World::start().await;
    let event = world.event("open-1").to_string();
    let of_size = |size: usize| event.clone() + &" ".repeat(size - event.len());
    assert_eq!(world.signed(&of_size(MOST + 1)).await.refusal(), (400, "validation.body_invalid"));
    assert_eq!(world.signed(&of_size(100 * MOST)).await.refusal(), (400, "validation.body_invalid"));
    assert!(world.kept().is_empty());
    assert_eq!(world.signed(&of_size(MOST)).await.status, StatusCode::OK);
    assert_eq!(world.kept().len(), 1);
}
