//! What a caller prefers.

use http::HeaderMap;
use slipway_contract::diagnostics::UnknownFields;

/// What is to become of fields that nobody knows: `Prefer: handling=strict` refuses them.
pub fn unknown_fields(headers: &HeaderMap) -> UnknownFields {
    if is_strict(headers) { UnknownFields::Refuse } else { UnknownFields::Warn }
}

/// Whether the caller wants a request to be refused rather than read leniently (RFC 7240, section 4.4).
fn is_strict(headers: &HeaderMap) -> bool {
    let values = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split([',', ';'])).any(|part| part.trim().eq_ignore_ascii_case("handling=strict"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_is_one_preference_among_others() {
        for (value, strict) in [
            ("handling=strict", true),
            ("Handling=Strict", true),
            ("respond-async, handling=strict", true),
            ("handling=strict; x=1", true),
            ("handling=lenient", false),
            ("strict", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(http::HeaderName::from_static("prefer"), value.parse().unwrap())]);
            assert_eq!(is_strict(&headers), strict, "{value}");
        }
        assert!(!is_strict(&HeaderMap::new()));
    }
}
