//! The page that tells a creator how a connection ended. It loads nothing from anywhere.

use axum::response::{IntoResponse, Response};
use http::StatusCode;

/// A page with one message.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) tone: Tone,
    pub(crate) title: String,
    pub(crate) text: String,
    /// What the creator should know besides.
    pub(crate) notes: Vec<&'static str>,
}

/// How things ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tone {
    Success,
    Warning,
    Failure,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }

    /// A drawing on a field of 24 by 24.
    const fn path(self) -> &'static str {
        match self {
            Self::Success => "M5 12.5l4.5 4.5L19 7.5",
            Self::Warning => "M12 6v7.5M12 17.5v.01",
            Self::Failure => "M7 7l10 10M17 7L7 17",
        }
    }
}

/// The page holds text and one style sheet, so nothing else is allowed to it; and nobody may frame it.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let headers = [
            ("content-type", "text/html; charset=utf-8"),
            ("content-security-policy", POLICY),
            ("x-content-type-options", "nosniff"),
            // This page's address holds TikTok's code.
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
        ];
        (self.status, headers, self.html()).into_response()
    }
}

impl Page {
    fn html(&self) -> String {
        let (title, text) = (escape(&self.title), escape(&self.text));
        let notes: Vec<String> = self.notes.iter().map(|note| format!("<li>{}</li>", escape(note))).collect();
        let notes = if notes.is_empty() { String::new() } else { format!("<ul>{}</ul>", notes.concat()) };
        let (class, path) = (self.tone.class(), self.tone.path());
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
             <body>\n<main class=\"{class}\">\n\
             <svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"{path}\"/></svg>\n\
             <h1>{title}</h1>\n<p>{text}</p>\n{notes}\n</main>\n</body>\n</html>\n"
        )
    }
}

const STYLE: &str = "\
:root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--ink:#16181d;--soft:#5b616e;--line:#e4e6ea;--tone:#0f8a4f}\
@media(prefers-color-scheme:dark){:root{--page:#0e1014;--card:#171a20;--ink:#f2f3f5;--soft:#a3a9b5;--line:#262a33;--tone:#3ecf8e}}\
*{box-sizing:border-box}\
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--page);color:var(--ink);\
font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\
main{width:100%;max-width:440px;padding:40px 32px;text-align:center;background:var(--card);border:1px solid var(--line);\
border-radius:16px;box-shadow:0 12px 40px rgb(0 0 0/.08)}\
main.warning{--tone:#c77700}main.failure{--tone:#d13438}\
svg{width:64px;height:64px;padding:14px;border-radius:50%;fill:none;stroke:var(--tone);stroke-width:2.4;\
stroke-linecap:round;stroke-linejoin:round;background:color-mix(in srgb,var(--tone) 14%,transparent)}\
h1{margin:20px 0 8px;font-size:1.45rem;line-height:1.25;overflow-wrap:anywhere}\
p{margin:0;color:var(--soft)}\
ul{margin:20px 0 0;padding:16px 16px 16px 34px;text-align:left;font-size:.92rem;border:1px solid var(--line);border-radius:12px}\
li+li{margin-top:8px}";

/// Text as it may stand between tags and in attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_can_write_html() {
        let page = Page {
            status: StatusCode::OK,
            tone: Tone::Success,
            title: "</title><script>alert('x')</script> & \"co\" is connected".to_owned(),
            text: "<b>".to_owned(),
            notes: vec!["<i>"],
        };
        let html = page.html();
        for broken in ["<script", "<b>", "<i>", "\"co\"", " & "] {
            assert!(!html.contains(broken), "{broken} in {html}");
        }
        assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;co&quot; is connected"));
    }

    #[test]
    fn the_page_loads_nothing() {
        let page = Page {
            status: StatusCode::OK,
            tone: Tone::Failure,
            title: String::new(),
            text: String::new(),
            notes: Vec::new(),
        };
        let html = page.html();
        for loading in ["http:", "https:", "src=", "href=", "url(", "@import"] {
            assert!(!html.contains(loading), "{loading}");
        }
    }
}
