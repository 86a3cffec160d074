//! The body and the headers of a delivery.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::header::{CONTENT_TYPE, InvalidHeaderValue};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use sha2::Sha256;
use slipway_domain::{DeliveryId, EventType, JsonText};

use crate::Secret;

#[derive(Serialize)]
struct Body<'a> {
    event: EventType,
    data: &'a JsonText,
}

/// What is sent: the event's type and its data.
pub fn body(event: EventType, data: &JsonText) -> Result<Bytes, serde_json::Error> {
    Ok(serde_json::to_vec(&Body { event, data })?.into())
}

/// The headers of an attempt that is made at `now`. `secrets` are those that count, the newest first.
pub fn headers(
    secrets: &[Secret],
    delivery: &DeliveryId,
    event: EventType,
    body: &[u8],
    now: Timestamp,
) -> Result<HeaderMap, InvalidHeaderValue> {
    let seconds = now.as_second().to_string();
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut set = |name: &'static str, value: &str| -> Result<(), InvalidHeaderValue> {
        headers.insert(name, HeaderValue::from_str(value)?);
        Ok(())
    };
    set("x-socialapi-event", event.as_str())?;
    set("x-socialapi-delivery", delivery.as_str())?;
    set("x-socialapi-timestamp", &seconds)?;
    if let Some(newest) = secrets.first() {
        let key = newest.text().expose_secret().as_bytes();
        set("x-socialapi-signature", &format!("sha256={}", hex::encode(mac(key, &[body]))))?;
        let timed = mac(key, &[seconds.as_bytes(), b".", body]);
        set("x-socialapi-signature-v2", &format!("sha256={}", hex::encode(timed)))?;
    }
    set("webhook-id", delivery.as_str())?;
    set("webhook-timestamp", &seconds)?;
    let signatures = secrets.iter().map(|secret| {
        let signed = mac(&secret.key(), &[delivery.as_str().as_bytes(), b".", seconds.as_bytes(), b".", body]);
        format!("v1,{}", BASE64_STANDARD.encode(signed))
    });
    set("webhook-signature", &signatures.collect::<Vec<_>>().join(" "))?;
    Ok(headers)
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of any length.
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    parts.iter().fold(mac, Hmac::chain_update).finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use secrecy::SecretString;

    use super::*;

    fn shown(secrets: &[&str], delivery: &str, body: &[u8], at: i64) -> String {
        let secrets: Vec<_> = secrets.iter().map(|text| Secret::from(SecretString::from(*text))).collect();
        let at = Timestamp::from_second(at).unwrap();
        let delivery = delivery.parse().unwrap();
        let headers = headers(&secrets, &delivery, EventType::PostPublished, body, at).unwrap();
        headers.iter().fold(String::new(), |mut text, (name, value)| {
            writeln!(text, "{name}: {}", value.to_str().unwrap()).unwrap();
            text
        })
    }

    #[test]
    fn both_sets_of_headers_are_of_one_secret() {
        // Computed by Python's hmac and base64.
        let headers = shown(
            &["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
            "dlv_1",
            br#"{"event":"post.published","data":{}}"#,
            1_614_265_330,
        );
        insta::assert_snapshot!(headers, @r"
        content-type: application/json
        x-socialapi-event: post.published
        x-socialapi-delivery: dlv_1
        x-socialapi-timestamp: 1614265330
        x-socialapi-signature: sha256=a074cea3763280e1862631e88674f90c363e9b6c8fbce59a9c0d4b8391c5fb63
        x-socialapi-signature-v2: sha256=29058517e09a293a7c0777bd200b60ea9fbf01edaaac8039b221fd86bb765355
        webhook-id: dlv_1
        webhook-timestamp: 1614265330
        webhook-signature: v1,e5XGYLkZihwo7CWNVruAFGx6ORnG1NT4P0NHBQMSsCo=
        ");
    }

    #[test]
    fn two_secrets_sign_side_by_side_where_there_is_room() {
        let [new, old] = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"];
        let line = |text: &str, name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
            line.unwrap().to_owned()
        };
        let [both, one, other] = [&[new, old][..], &[new], &[old]].map(|secrets| shown(secrets, "dlv_1", b"{}", 1));
        let signatures = [&one, &other].map(|text| line(text, "webhook-signature")).join(" ");
        assert_eq!(line(&both, "webhook-signature"), signatures);
        assert_eq!(line(&both, "x-socialapi-signature"), line(&one, "x-socialapi-signature"));
        assert_eq!(line(&both, "x-socialapi-signature-v2"), line(&one, "x-socialapi-signature-v2"));
    }
}
