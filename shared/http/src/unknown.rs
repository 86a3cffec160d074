//! Fields of a request that nobody knows: accepted and named, or refused if the caller prefers it so.

use http::HeaderMap;
use slipway_contract::Issue;
use slipway_contract::fields::Fields;

/// Unknown fields are accepted with a warning each; with `Prefer: handling=strict` they are problems.
pub fn unknown(fields: &[&Fields<'_>], headers: &HeaderMap, issues: &mut Vec<Issue>) -> Vec<String> {
    let unknown = fields.iter().flat_map(|fields| fields.unknown());
    if is_strict(headers) {
        let cure = "Leave it out, or send the request without Prefer: handling=strict.";
        issues
            .extend(unknown.map(|field| Issue::invalid(field.clone(), format!("{field} is not a known field"), cure)));
        return Vec::new();
    }
    unknown.map(|field| format!("{field} is not a known field and was ignored")).collect()
}

/// Whether the caller wants a request to be refused rather than read leniently (RFC 7240, section 4.4).
pub fn is_strict(headers: &HeaderMap) -> bool {
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
