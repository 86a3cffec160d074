//! `slipway test`: creators who consent at once, and what posts of test mode can be made to end as.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use url::Url;

use crate::Session;
use crate::args::{TestCommand, TestMode};
use crate::connect::{self, Begun};
use crate::problem::Problem;
use crate::tenant::one;
use crate::text;

#[derive(Deserialize)]
struct Outcomes {
    data: Vec<Outcome>,
    creators: Vec<Creator>,
}

#[derive(Deserialize)]
struct Outcome {
    caption: String,
    description: String,
}

#[derive(Deserialize)]
struct Creator {
    name: String,
    description: String,
}

/// Runs the command.
pub(crate) async fn run(session: &Session, wanted: &TestMode) -> Result<(), Problem> {
    match &wanted.command {
        TestCommand::Outcomes => outcomes(session).await,
        TestCommand::Connect { name } => connect(session, name).await,
    }
}

async fn outcomes(session: &Session) -> Result<(), Problem> {
    let shown = session.api.get("/v1/test/outcomes").await?.success()?;
    session.say.event(&json!({"event": "outcomes", "outcomes": shown}));
    let Outcomes { data, creators } = one(shown)?;
    let rows = data.into_iter().map(|outcome| [text::line(&outcome.caption), text::line(&outcome.description)]);
    for line in text::table(["IN THE CAPTION", "WHAT BECOMES OF THE POST"], rows) {
        session.say.result(&line);
    }
    session.say.result("");
    let rows = creators.into_iter().map(|creator| [text::line(&creator.name), text::line(&creator.description)]);
    for line in text::table(["CREATOR", "WHAT IS SPECIAL"], rows) {
        session.say.result(&line);
    }
    Ok(())
}

/// Begins a connection and consents to it in the creator's name, as nobody could for a real creator.
async fn connect(session: &Session, name: &str) -> Result<(), Problem> {
    let Begun { auth_url, state } = connect::begin(session).await?;
    let Some(consent) = consent(&auth_url, name) else {
        let problem = Problem::refused("this key is live: only TikTok's own creators can connect with it".to_owned());
        return Err(problem.with_next_step("slipway keys create NAME --test makes a key for test mode"));
    };
    let failed =
        |error: reqwest::Error| Problem::failure(format!("the connection did not end: {}", error.without_url()));
    let consent = session.api.http().get(consent).timeout(PATIENCE);
    let status = consent.send().await.map_err(failed)?.status();
    // To a page of the caller's own the browser is sent on.
    if !status.is_success() && !status.is_redirection() {
        let why = format!("the creator's consent was answered with {status}; another brand may have this creator");
        return Err(Problem::refused(why));
    }
    connect::connected(session, &state).await
}

/// The address by which this creator consents. Nothing if TikTok is to ask the creator.
fn consent(auth_url: &str, name: &str) -> Option<Url> {
    let url: Url = auth_url.parse().ok()?;
    let is_test = url.query_pairs().any(|(field, value)| field == "code" && value.starts_with(CODE));
    let said = url.query_pairs().map(|(field, value)| match field.as_ref() {
        "code" => (field.into_owned(), format!("{CODE}{name}")),
        _ => (field.into_owned(), value.into_owned()),
    });
    let said: Vec<_> = said.collect();
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(said);
    is_test.then_some(url)
}

/// So long the API may take.
const PATIENCE: Duration = Duration::from_secs(35);
/// With what the codes of test creators begin.
const CODE: &str = "test.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_creator_of_test_mode_consents_and_no_other() {
        let url = "https://api.example.com/oauth/callback/tiktok?code=test.creator&state=a%26b";
        let expected = "https://api.example.com/oauth/callback/tiktok?code=test.anna&state=a%26b";
        assert_eq!(consent(url, "anna").unwrap().as_str(), expected);
        assert_eq!(consent("https://www.tiktok.com/v2/auth/authorize/?client_key=k&state=s", "anna"), None);
        assert_eq!(consent("no address", "anna"), None);
    }
}
