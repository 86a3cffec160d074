//! What differs from life to life, in the same words each time: an example is no diff.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// The ids that were met, each with the number that stands for it.
#[derive(Default)]
pub(super) struct Samples(BTreeMap<String, usize>);

/// When all that is new has happened.
const NOW: &str = "2026-11-25T19:54:35.546Z";
const HOST: &str = "https://slipway.example.com";
const PREFIXES: [&str; 11] = ["post_", "acc_", "med_", "wh_", "key_", "brand_", "dlv_", "evt_", "inv_", "uri_", "ten_"];
/// Values that differ each time, by their names.
const BY_NAME: [(&str, &str); 13] = [
    ("raw_key", "slip_live_5cX2uJp0h4Yq8rTbN1wZ"),
    ("preview", "slip_live_5cX2…N1wZ"),
    ("secret", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
    ("secret_hint", "whsec_C2FV…"),
    ("request_id", "01a2036237697186847d2d79bb676181"),
    ("next_cursor", "eyJhZnRlciI6IjAxYTIifQ"),
    ("tiktok_log_id", "20261125195435010245080000000000"),
    ("publish_id", "v_pub_file~v2.7576544000000000001"),
    ("platform_user_id", "-000000000000000000000000000000000001"),
    ("token", "7Vt2kQzW9s"),
    ("auth_url", "https://www.tiktok.com/v2/auth/authorize/?client_key=…&state=…"),
    ("webhook-signature", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="),
    ("etag", "…"),
];

impl Samples {
    pub(super) fn of(mut self, got: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
        got.into_iter().map(|(name, example)| (name, self.value("", example))).collect()
    }

    fn value(&mut self, name: &str, value: Value) -> Value {
        match value {
            Value::Object(object) => {
                let object = object.into_iter().map(|(name, value)| {
                    let value = self.value(&name, value);
                    (self.text(&name), value)
                });
                Value::Object(object.collect())
            }
            Value::Array(list) => Value::Array(list.into_iter().map(|value| self.value(name, value)).collect()),
            Value::String(text) => self.string(name, &text),
            Value::Number(_) if name.ends_with("_ms") && name != "video_cover_timestamp_ms" => json!(42),
            other => other,
        }
    }

    fn string(&mut self, name: &str, text: &str) -> Value {
        if let Some((_, sample)) = BY_NAME.iter().find(|(known, _)| *known == name) {
            return json!(sample);
        }
        if name == "state" && text.len() > 30 {
            return json!("K7sPq0vR2mXw4yZ6");
        }
        // TikTok's; those of errors have no such sign.
        if name == "code" && text.contains('!') {
            return json!("hP6qV2tXw8ZrK0sLmN4y*3!5021.e1");
        }
        if let Some(time) = time(text) {
            return json!(time);
        }
        json!(self.text(text))
    }

    /// A text whose ids, hosts and signatures are samples.
    fn text(&mut self, text: &str) -> String {
        // The customer's own page, which TikTok knows.
        let mut sample = text.replace("http://localhost:3000", "https://app.example.com");
        for prefix in PREFIXES {
            let mut from = 0;
            while let Some(at) = sample[from..].find(prefix).map(|at| from + at + prefix.len()) {
                let rest = &sample[at..];
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
                from = at;
                if end >= 20 {
                    let known = self.0.len() + 1;
                    let number = *self.0.entry(rest[..end].to_owned()).or_insert(known);
                    sample = format!("{}01a20362{number:024x}{}", &sample[..at], &rest[end..]);
                }
            }
        }
        while let Some(at) = sample.find("http://127.0.0.1:") {
            let rest = &sample[at + "http://127.0.0.1:".len()..];
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            sample = format!("{}{HOST}{}", &sample[..at], &rest[end..]);
        }
        match sample.split_once('?') {
            Some((address, query)) if query.contains("X-Amz-") => format!("{address}?X-Amz-Signature=…"),
            _ => sample,
        }
    }
}

/// The same time in a life that began at [`NOW`], to five minutes.
fn time(text: &str) -> Option<String> {
    let time: Timestamp = text.parse().ok()?;
    let minutes = time.duration_since(Timestamp::now()).as_secs().checked_div(60)?;
    let fives = (minutes + minutes.signum() * 2) / 5;
    let now: Timestamp = NOW.parse().unwrap();
    Some(format!("{:.3}", now + SignedDuration::from_mins(fives * 5)))
}
