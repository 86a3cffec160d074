//! The reference: the API's description for programs, for people and for agents. It loads nothing from another host.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};

/// A file of the reference.
struct File {
    content_type: &'static str,
    content: &'static str,
    /// The beginning of its digest.
    etag: HeaderValue,
}

/// Scripts, styles and data of the page's own address, and nothing else; nobody may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What does not change until the next deployment may be kept for a while.
const FOR_A_WHILE: &str = "public, max-age=300";

impl File {
    fn of(content_type: &'static str, content: &'static str) -> Self {
        let tag = Sha256::digest(content).iter().take(8).fold(0_u64, |tag, byte| tag << 8 | u64::from(*byte));
        let etag = HeaderValue::from_str(&format!("\"{tag:016x}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        Self { content_type, content, etag }
    }

    fn answer(&self, asked: &HeaderMap) -> Response {
        let headers: [(HeaderName, HeaderValue); 5] = [
            (CONTENT_TYPE, HeaderValue::from_static(self.content_type)),
            (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
            (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff")),
            (CACHE_CONTROL, HeaderValue::from_static(FOR_A_WHILE)),
            (ETAG, self.etag.clone()),
        ];
        if self.is_known(asked) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        (headers, self.content).into_response()
    }

    /// Whether the caller has it already. What is between caller and us may have weakened the tag.
    fn is_known(&self, asked: &HeaderMap) -> bool {
        let known = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let mut tags = known.flat_map(|tags| tags.split(',')).map(str::trim);
        tags.any(|tag| tag == "*" || tag.trim_start_matches("W/").as_bytes() == self.etag.as_bytes())
    }
}

macro_rules! files {
    ($($(#[$doc:meta])* $name:ident = $content_type:literal, $path:literal;)+) => {
        $(
            $(#[$doc])*
            pub(crate) async fn $name(asked: HeaderMap) -> Response {
                static FILE: LazyLock<File> = LazyLock::new(|| File::of($content_type, include_str!($path)));
                FILE.answer(&asked)
            }
        )+
    };
}

files! {
    /// The description for programs.
    openapi = "application/json", "../../../openapi.json";
    /// The description for agents.
    llms = "text/plain; charset=utf-8", "../../../llms.txt";
    /// The page for people.
    page = "text/html; charset=utf-8", "../reference/index.html";
    /// What the page does.
    script = "text/javascript; charset=utf-8", "../reference/reference.js";
    /// How the page looks.
    style = "text/css; charset=utf-8", "../reference/reference.css";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_nothing_inline_and_names_no_other_host() {
        let page = include_str!("../reference/index.html");
        for inline in ["<style", " style=", "<script>", " onclick=", "http://", "https://", "javascript:"] {
            assert!(!page.contains(inline), "the page's policy forbids {inline}");
        }
        for file in [include_str!("../reference/reference.js"), include_str!("../reference/reference.css")] {
            for word in ["http://", "https://", "innerHTML", "eval(", "@import"] {
                assert!(!file.contains(word), "{word}");
            }
        }
    }

    #[tokio::test]
    async fn the_page_may_load_its_own_files_and_nobody_may_frame_it() {
        for status in [200, 304] {
            let known = (status == 304).then(|| (IF_NONE_MATCH, HeaderValue::from_static("*")));
            let answer = page(known.into_iter().collect()).await;
            assert_eq!(answer.status(), status);
            let policy = answer.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
            let mut rules: Vec<_> = policy.split(';').map(str::trim).collect();
            rules.sort_unstable();
            let wanted = [
                "base-uri 'none'",
                "connect-src 'self'",
                "default-src 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
                "img-src 'self'",
                "script-src 'self'",
                "style-src 'self'",
            ];
            assert_eq!(rules, wanted, "{status}");
            assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{status}");
        }
    }

    #[tokio::test]
    async fn what_the_caller_has_already_is_not_sent_again() {
        let first = openapi(HeaderMap::new()).await;
        assert_eq!(
            (first.status(), first.headers()[CONTENT_TYPE].as_bytes()),
            (StatusCode::OK, &b"application/json"[..])
        );
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        for (asked, status) in [
            (tag.clone(), 304),
            (format!("W/{tag}"), 304),
            (format!("\"other\", {tag}"), 304),
            ("*".to_owned(), 304),
            ("\"other\"".to_owned(), 200),
        ] {
            let headers = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_str(&asked).unwrap())]);
            let answer = openapi(headers).await;
            assert_eq!(answer.status(), status, "{asked}");
            assert_eq!(answer.headers()[ETAG], *tag, "{asked}");
        }
    }
}
