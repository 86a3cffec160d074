//! TikTok's authorization page, as far as no person is needed: where its redirects lead.

use std::time::Duration;

use reqwest::Url;
use reqwest::redirect::Policy;

use super::api::{http, innermost};
use super::run_error::RunError;

const STEP: &str = "connecting the account";
/// More redirects than any login has.
const HOPS: usize = 12;
const TIMEOUT: Duration = Duration::from_secs(35);
/// Where TikTok sends browsers back to the API.
const CALLBACK: &str = "/oauth/callback/tiktok";

/// Where a link has led.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Back to the API, which has answered.
    Callback,
    /// To a page that wants something of a person.
    Page,
}

/// Opens the link and follows its redirects.
pub(crate) async fn visit(link: &str) -> Result<End, RunError> {
    let answer = http(Policy::limited(HOPS))?.get(link).timeout(TIMEOUT).send().await.map_err(|error| {
        let whom = error.url().map_or_else(|| "TikTok's page".to_owned(), address);
        let problem = format!("{whom} got no answer ({})", innermost(&error));
        RunError::new(STEP, problem, "see whether that server runs, and whether --tiktok-url is right")
    })?;
    if !answer.status().is_success() {
        let problem = format!("{} answered {}", address(answer.url()), answer.status());
        return Err(RunError::new(STEP, problem, format!("open {link} in a browser to see more")));
    }
    let is_back = answer.url().path().trim_end_matches('/') == CALLBACK;
    Ok(if is_back { End::Callback } else { End::Page })
}

/// A URL as people may see it: queries carry codes and states.
fn address(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}
