//! A creator's browser, as far as connecting an account needs one: it follows redirects, keeps cookies, and sends the
//! first form of a page as it is.

use std::{collections::BTreeMap, time::Duration};

use reqwest::{
    Client, Method, Response,
    header::{COOKIE, LOCATION, SET_COOKIE},
};
use url::Url;

use super::{
    api::innermost,
    failure::Failure,
    form::{Form, first_form},
};

const STEP: &str = "connecting the account";
/// More pages and redirects than any login has.
const HOPS: usize = 12;
const TIMEOUT: Duration = Duration::from_secs(35);

/// Opens `start` and goes on until the page `end` has answered.
pub(crate) async fn visit(http: &Client, start: &str, end: &Url) -> Result<(), Failure> {
    let start_url = Url::parse(start)
        .map_err(|error| failed(format!("the authorization URL {start:?} is none ({error})"), start))?;
    let mut cookies = Cookies::default();
    let mut next = Visit { method: Method::GET, url: start_url, form: Vec::new() };
    for _ in 0..HOPS {
        let response = open(http, &next, &cookies).await.map_err(|error| {
            let problem = format!("{} got no answer ({})", address(&next.url), innermost(&error));
            Failure::new(STEP, problem, "see whether that server runs, and whether --tiktok-url is right")
        })?;
        cookies.take(&next.url, &response);
        let status = response.status();
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let keeps_method = matches!(status.as_u16(), 307 | 308);
        let text = response.text().await.unwrap_or_default();
        if is_at(&next.url, end) {
            return if status.as_u16() < 400 { Ok(()) } else { Err(refused(&next.url, status.as_u16(), &text, start)) };
        }
        next = if let Some(location) = location.filter(|_| status.is_redirection()) {
            let url = next.url.join(&location);
            let url =
                url.map_err(|error| failed(format!("{} redirects nowhere ({error})", address(&next.url)), start))?;
            if keeps_method { Visit { url, ..next } } else { Visit { method: Method::GET, url, form: Vec::new() } }
        } else {
            let form = first_form(&text).filter(|_| status.is_success());
            let form = form.ok_or_else(|| refused(&next.url, status.as_u16(), &text, start))?;
            Visit::of(form, &next.url).map_err(|error| failed(format!("a form leads nowhere ({error})"), start))?
        };
    }
    Err(failed(format!("{HOPS} pages and redirects did not lead back to the API"), start))
}

/// One request.
struct Visit {
    method: Method,
    url: Url,
    form: Vec<(String, String)>,
}

impl Visit {
    fn of(form: Form, page: &Url) -> Result<Self, url::ParseError> {
        let mut url = page.join(&form.action)?;
        if form.post {
            return Ok(Self { method: Method::POST, url, form: form.fields });
        }
        url.query_pairs_mut().clear().extend_pairs(form.fields);
        Ok(Self { method: Method::GET, url, form: Vec::new() })
    }
}

async fn open(http: &Client, visit: &Visit, cookies: &Cookies) -> reqwest::Result<Response> {
    let mut request = http.request(visit.method.clone(), visit.url.clone()).timeout(TIMEOUT);
    if let Some(header) = cookies.header(&visit.url) {
        request = request.header(COOKIE, header);
    }
    if visit.method == Method::POST {
        request = request.form(&visit.form);
    }
    request.send().await
}

/// Cookies by host, name and value; they all live as long as the visit.
#[derive(Default)]
struct Cookies(BTreeMap<String, BTreeMap<String, String>>);

impl Cookies {
    fn take(&mut self, url: &Url, response: &Response) {
        let own = self.0.entry(url.host_str().unwrap_or_default().to_owned()).or_default();
        for value in response.headers().get_all(SET_COOKIE) {
            let pair = value.to_str().ok().and_then(|text| text.split(';').next()?.split_once('='));
            if let Some((name, value)) = pair {
                own.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
    }

    fn header(&self, url: &Url) -> Option<String> {
        let own = self.0.get(url.host_str()?).filter(|own| !own.is_empty())?;
        Some(own.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; "))
    }
}

fn is_at(url: &Url, end: &Url) -> bool {
    url.origin() == end.origin() && url.path().trim_end_matches('/') == end.path().trim_end_matches('/')
}

/// A URL as people may see it: queries carry codes and states.
fn address(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}

fn refused(url: &Url, status: u16, text: &str, start: &str) -> Failure {
    failed(format!("{} answered {status}: {}", address(url), words(text)), start)
}

fn failed(problem: String, start: &str) -> Failure {
    Failure::new(STEP, problem, format!("open {start} in a browser to see more"))
}

/// The beginning of what a page says, without its markup.
fn words(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let unspoken = ["style", "script"].into_iter().find(|name| tag.starts_with(name));
        let inside = unspoken.and_then(|name| tag.split_once(&format!("</{name}"))).map_or(tag, |(_, after)| after);
        rest = inside.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
    if words.is_empty() { "an empty page".to_owned() } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_known_by_its_address_whatever_its_query() {
        let end: Url = "http://127.0.0.1:8787/oauth/callback/tiktok".parse().unwrap();
        for (url, there) in [
            ("http://127.0.0.1:8787/oauth/callback/tiktok?code=1&state=2", true),
            ("http://127.0.0.1:8787/oauth/callback/tiktok/?code=1", true),
            ("http://127.0.0.1:8788/oauth/callback/tiktok", false),
            ("http://127.0.0.1:8787/oauth/callback", false),
        ] {
            assert_eq!(is_at(&url.parse().unwrap(), &end), there, "{url}");
        }
    }

    #[test]
    fn a_form_goes_where_it_says_and_how_it_says() {
        let page: Url = "http://t.test/v2/auth/authorize/?a=1".parse().unwrap();
        let fields = vec![("x".to_owned(), "1 2".to_owned())];
        let visit = Visit::of(Form { action: String::new(), post: true, fields: fields.clone() }, &page).unwrap();
        assert_eq!((visit.method, visit.url.as_str()), (Method::POST, "http://t.test/v2/auth/authorize/?a=1"));
        let visit = Visit::of(Form { action: "/go?old=1".to_owned(), post: false, fields }, &page).unwrap();
        assert_eq!((visit.method, visit.url.as_str()), (Method::GET, "http://t.test/go?x=1+2"));
    }

    #[test]
    fn a_page_is_told_by_its_words() {
        assert_eq!(words("<h1>Something\n went wrong</h1><p>client_key"), "Something went wrong client_key");
        assert_eq!(words("<style>p > b {x:y}</style>Hello<script>if (a < b) {}</script> <b>you"), "Hello you");
        assert_eq!(words("<style>never closed"), "never closed");
        for page in ["<br>", "", "<", "<style></style>"] {
            assert_eq!(words(page), "an empty page", "{page}");
        }
    }
}
