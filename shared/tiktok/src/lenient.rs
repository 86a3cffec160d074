//! Reading fields that TikTok sends in more than one form. An odd optional field must not hide an outcome.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use slipway_domain::VideoId;

/// Text; absent, null, empty or no text at all is nothing.
pub(crate) fn text<'de, D: Deserializer<'de>, T: From<String>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) if !text.is_empty() => Some(text.into()),
        _ => None,
    })
}

/// A whole number of at least 0, as number or text; anything else is nothing.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(as_count(&Value::deserialize(deserializer)?))
}

/// A truth value; anything else is nothing.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(Value::deserialize(deserializer)?.as_bool())
}

/// A post's id, as number or text.
pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<VideoId>, D::Error> {
    Ok(as_id(&Value::deserialize(deserializer)?))
}

/// Post ids: a list, or a single one where a list was promised.
pub(crate) fn ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<VideoId>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(items) => items.iter().filter_map(as_id).collect(),
        single => as_id(&single).into_iter().collect(),
    })
}

fn as_count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Ids have 19 digits: as 64-bit integers they are exact, as floating-point numbers they lead to another post.
/// So a number that is no 64-bit integer is nothing. 0 and the empty text stand for "none yet".
pub(crate) fn as_id(value: &Value) -> Option<VideoId> {
    match value {
        Value::Number(number) => number.as_u64().filter(|id| *id > 0).map(|id| VideoId::new(id.to_string())),
        Value::String(text) if !text.is_empty() && text != "0" => Some(VideoId::new(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_each_of_its_digits() {
        for (json, expected) in [
            ("7678907398077074696", Some("7678907398077074696")),
            ("9223372036854775807", Some("9223372036854775807")),
            ("18446744073709551615", Some("18446744073709551615")),
            (r#""7678907398077074696""#, Some("7678907398077074696")),
            ("7.678907398077075e18", None),
            ("184467440737095516150", None),
            ("-5", None),
            ("0", None),
            (r#""0""#, None),
            (r#""""#, None),
            ("null", None),
            ("{}", None),
        ] {
            let read = as_id(&serde_json::from_str(json).unwrap());
            assert_eq!(read.as_ref().map(VideoId::as_str), expected, "{json}");
        }
    }
}
