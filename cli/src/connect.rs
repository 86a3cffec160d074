//! `slipway connect`: TikTok's page for a creator, and the account that comes of it.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;

use crate::Session;
use crate::accounts;
use crate::args::Connect;
use crate::exit::Exit;
use crate::live::Line;
use crate::problem::Problem;

/// So long TikTok's page is good.
const PATIENCE: Duration = Duration::from_mins(10);
const PAUSE: Duration = Duration::from_secs(2);

/// A connection that was begun.
#[derive(Deserialize)]
pub(crate) struct Begun {
    /// Where the creator consents.
    pub(crate) auth_url: String,
    /// What the connection is known by.
    pub(crate) state: String,
}

/// Runs the command.
pub(crate) async fn run(session: &Session, wanted: &Connect) -> Result<(), Problem> {
    let Begun { auth_url, state } = begin(session).await?;
    session.say.event(&json!({"event": "authorize", "url": auth_url}));
    session.say.note("Open this link in the creator's browser; it is good for ten minutes and for one connection:");
    session.say.result(&auth_url);
    if wanted.no_wait {
        return Ok(());
    }
    session.say.if_interrupted("The link stays good for its ten minutes; slipway accounts shows what is connected.");
    connected(session, &state).await
}

/// Begins a connection.
pub(crate) async fn begin(session: &Session) -> Result<Begun, Problem> {
    session.api.post("/v1/accounts/connect", Some(&json!({"platform": "tiktok"}))).await?.read()
}

/// Waits for the account that comes of a connection, and shows it.
pub(crate) async fn connected(session: &Session, state: &str) -> Result<(), Problem> {
    let begun = Instant::now();
    let mut line = Line::new(&session.say);
    while begun.elapsed() < PATIENCE {
        line.show("waits for the creator");
        let Some(account) = accounts::connected_by(session, state).await? else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        drop(line);
        session.say.event(&json!({"event": "connected", "account": account}));
        let account = accounts::read(account)?;
        session.say.done(&format!("{} is connected", account.name()));
        for why in account.why_less() {
            session.say.note(&format!("{}: {why}", account.name()));
        }
        session.say.result(&account.id);
        return Ok(());
    }
    let problem = Problem::new(Exit::Unfinished, "nobody has connected an account within ten minutes");
    Err(problem.with_next_step("slipway connect gives another link"))
}
