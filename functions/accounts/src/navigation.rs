//! Whether a browser opens an address for a person. What only looks ahead must not use a link up.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};

use crate::page::{Page, Tone};

/// A request by which a browser goes to an address. Anything that says that it is something else is refused: a HEAD, a
/// prefetch or preview, an image or a script.
///
/// Programs and old browsers (Safari before 16.4) say nothing; they are believed. A page in between would stop people who
/// have no other browser, and little is lost without it: the address exists once TikTok has sent the creator's own browser
/// to it, and whoever opens it first only finishes what the creator agreed to. The person who comes after sees that end.
#[derive(Debug)]
pub(crate) struct Navigation;

impl<S: Sync> FromRequestParts<S> for Navigation {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Response> {
        if parts.method == Method::GET && navigates(&parts.headers) { Ok(Self) } else { Err(refusal()) }
    }
}

fn navigates(headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default().to_ascii_lowercase());
    let looks_ahead = ["sec-purpose", "purpose", "x-purpose", "x-moz"].into_iter().filter_map(said);
    let looks_ahead =
        looks_ahead.into_iter().any(|purpose| purpose.contains("prefetch") || purpose.contains("preview"));
    let is = |name, allowed: &[&str]| said(name).is_none_or(|said| allowed.contains(&said.as_str()));
    !looks_ahead
        && is("sec-fetch-mode", &["navigate"])
        && is("sec-fetch-dest", &["document", "iframe", "frame", "fencedframe"])
}

/// An error, so that no browser keeps it for the moment in which the person comes.
fn refusal() -> Response {
    Page {
        status: StatusCode::FORBIDDEN,
        tone: Tone::Failure,
        title: "Open this address in a browser".to_owned(),
        text: "This address works once a person opens it. Nothing has happened so far.".to_owned(),
        notes: Vec::new(),
    }
    .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_person_who_goes_there_navigates() {
        for (headers, goes) in [
            (&[][..], true),
            (&[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"), ("sec-fetch-site", "cross-site")], true),
            (&[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")], true),
            (&[("sec-purpose", "prefetch")], false),
            (&[("sec-purpose", "prefetch;prerender"), ("sec-fetch-mode", "navigate")], false),
            (&[("purpose", "Prefetch")], false),
            (&[("x-purpose", "preview")], false),
            (&[("x-moz", "prefetch")], false),
            (&[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")], false),
            (&[("sec-fetch-mode", "cors")], false),
            (&[("sec-fetch-dest", "script")], false),
        ] {
            let map = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            assert_eq!(navigates(&map.collect()), goes, "{headers:?}");
        }
    }
}
