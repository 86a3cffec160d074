//! `slipway accounts`, and which account is meant.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::Session;
use crate::problem::Problem;
use crate::text;

/// A connected account.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) username: String,
    pub(crate) status: String,
    #[serde(default)]
    reconnect_reason: Option<String>,
    #[serde(default)]
    reconnect_message: Option<String>,
    /// What its creator allowed, by TikTok's names.
    #[serde(default)]
    scopes: Option<Vec<String>>,
    #[serde(default)]
    token: Token,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Token {
    access_expires_at: Option<Timestamp>,
    refresh_expires_at: Option<Timestamp>,
}

/// How to connect one.
const CONNECT: &str = "slipway connect";

/// What a post asks of its account's creator, by TikTok's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// To post by itself.
    Publish,
    /// To leave drafts in the inbox.
    Drafts,
}

impl Needs {
    const fn scope(self) -> &'static str {
        match self {
            Self::Publish => "video.publish",
            Self::Drafts => "video.upload",
        }
    }
}

/// Runs `slipway accounts disconnect`.
pub(crate) async fn disconnect(session: &Session, wanted: &str) -> Result<(), Problem> {
    let account = find(session, Some(wanted)).await?;
    session.api.delete(&format!("/v1/accounts/{}", account.id)).await?.success()?;
    session.say.event(&json!({"event": "disconnected", "account_id": account.id}));
    session.say.done(&format!("Disconnected {} ({})", account.name(), account.id));
    Ok(())
}

/// Runs `slipway accounts` and `slipway accounts list`.
pub(crate) async fn show(session: &Session) -> Result<(), Problem> {
    let list = list(session).await?;
    for account in &list {
        session.say.event(&json!({"event": "account", "account": account}));
    }
    let accounts = list.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    if accounts.is_empty() {
        session.say.note(&format!("No account is connected. To connect one: {CONNECT}."));
    }
    for line in table(&accounts, Timestamp::now()) {
        session.say.result(&line);
    }
    for account in &accounts {
        for why in account.why_not().into_iter().chain(account.why_less()) {
            session.say.note(&format!("{}: {why}", account.name()));
        }
    }
    Ok(())
}

/// The account that is meant by an id, a username or nothing, if it can post.
pub(crate) async fn choose(session: &Session, wanted: Option<&str>, needs: Needs) -> Result<Account, Problem> {
    let account = find(session, wanted).await?;
    match account.why_not().or_else(|| account.lacks(needs)) {
        None => Ok(account),
        Some(why) => {
            let problem = Problem::refused(format!("{} can't post: {why}", account.name()));
            Err(problem.with_code("account.reconnection_required").with_next_step(CONNECT))
        }
    }
}

/// The account that is meant by an id, a username or nothing.
pub(crate) async fn find(session: &Session, wanted: Option<&str>) -> Result<Account, Problem> {
    let accounts = list(session).await?.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    pick(accounts, wanted)
}

fn pick(accounts: Vec<Account>, wanted: Option<&str>) -> Result<Account, Problem> {
    let all: Vec<String> = accounts.iter().map(|account| format!("{} ({})", account.name(), account.id)).collect();
    let all = text::cut(&all.join(", "), 600);
    if accounts.is_empty() {
        return Err(Problem::refused("no TikTok account is connected").with_next_step(CONNECT));
    }
    let fits = |account: &Account| match wanted {
        None => true,
        Some(wanted) => {
            let name = wanted.strip_prefix('@').unwrap_or(wanted);
            account.id == wanted || (!name.is_empty() && account.username.eq_ignore_ascii_case(name))
        }
    };
    let mut fitting = accounts.into_iter().filter(fits);
    match (fitting.next(), fitting.next(), wanted) {
        (Some(only), None, _) => Ok(only),
        (Some(_), Some(_), None) => {
            Err(Problem::usage(format!("there is more than one account; name one with --account: {all}")))
        }
        (Some(_), Some(_), Some(wanted)) => {
            Err(Problem::usage(format!("more than one account is called {wanted}; give its id: {all}")))
        }
        (None, _, wanted) => {
            Err(Problem::usage(format!("there is no account {}; there are {all}", wanted.unwrap_or_default())))
        }
    }
}

/// The accounts' names by their ids, for what is shown of others; none if they can't be read.
pub(crate) async fn names(session: &Session) -> HashMap<String, String> {
    let accounts = list(session).await.unwrap_or_default().into_iter().filter_map(|account| read(account).ok());
    accounts.map(|account| (account.id.clone(), account.name())).collect()
}

/// The account that the connection with this state has ended in, if it has.
pub(crate) async fn connected_by(session: &Session, state: &str) -> Result<Option<Json>, Problem> {
    #[derive(Deserialize)]
    struct Page {
        data: Vec<Json>,
    }
    let state = text::encoded(state);
    let page: Page = session.api.get(&format!("/v1/accounts?limit=1&state={state}")).await?.read()?;
    Ok(page.data.into_iter().next())
}

pub(crate) async fn list(session: &Session) -> Result<Vec<Json>, Problem> {
    session.api.list("/v1/accounts").await
}

pub(crate) fn read(account: Json) -> Result<Account, Problem> {
    serde_json::from_value(account).map_err(|error| {
        Problem::failure(format!("the API describes an account in a way that makes no sense: {error}"))
    })
}

impl Account {
    /// As people know it.
    pub(crate) fn name(&self) -> String {
        format!("@{}", text::line(&self.username))
    }

    /// Why it can't post.
    fn why_not(&self) -> Option<String> {
        if self.status != "reconnect_required" {
            return None;
        }
        let reason = self.reconnect_message.as_deref().or(self.reconnect_reason.as_deref());
        let reason = reason.unwrap_or("its authorization is gone").trim_end_matches('.');
        Some(format!("its creator has to connect it again: {reason}"))
    }

    /// Why it can't do this: its creator left a box on TikTok's page unticked.
    fn lacks(&self, needs: Needs) -> Option<String> {
        let scope = needs.scope();
        let is_granted = self.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|granted| granted == scope));
        let what = match needs {
            Needs::Publish => "can't post by itself",
            Needs::Drafts => "takes no drafts",
        };
        (!is_granted).then(|| format!("{what}: its creator did not allow {scope}, and has to connect it again"))
    }

    /// What it can't do although it is connected.
    pub(crate) fn why_less(&self) -> Vec<String> {
        [Needs::Publish, Needs::Drafts].into_iter().filter_map(|needs| self.lacks(needs)).collect()
    }
}

fn table(accounts: &[Account], now: Timestamp) -> Vec<String> {
    let when = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| text::from_now(at, now));
    let rows = accounts.iter().map(|account| {
        let Token { access_expires_at, refresh_expires_at } = account.token;
        [account.id.clone(), account.name(), account.status.clone(), when(access_expires_at), when(refresh_expires_at)]
    });
    text::table(["ID", "USERNAME", "STATUS", "ACCESS ENDS", "AUTHORIZATION ENDS"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn account(id: &str, username: &str) -> Account {
        read(json!({"id": id, "username": username, "status": "active", "reconnect_reason": null,
            "token": {"access_expires_at": "1970-01-01T02:00:00Z", "refresh_expires_at": "1970-06-30T00:00:00Z"}}))
        .unwrap()
    }

    #[test]
    fn an_account_is_meant_by_its_id_or_a_name_that_only_it_has() {
        let accounts = || vec![account("acc_1", "Anna"), account("acc_2", "ben"), account("acc_3", "ben")];
        for (wanted, found) in [
            (Some("acc_2"), Ok("acc_2")),
            (Some("anna"), Ok("acc_1")),
            (Some("@ANNA"), Ok("acc_1")),
            (Some("ben"), Err("more than one account is called ben")),
            (Some("carl"), Err("there is no account carl; there are @Anna (acc_1), @ben (acc_2)")),
            (Some("@"), Err("there is no account @")),
            (None, Err("more than one account; name one")),
        ] {
            match (pick(accounts(), wanted), found) {
                (Ok(account), Ok(id)) => assert_eq!(account.id, id),
                (Err(problem), Err(part)) => {
                    assert_eq!(problem.exit, Exit::Usage);
                    assert!(problem.message.contains(part), "{}", problem.message);
                }
                (found, _) => panic!("{wanted:?}: {found:?}"),
            }
        }
        assert_eq!(pick(vec![account("acc_1", "anna")], None).unwrap().id, "acc_1");
        assert_eq!(pick(Vec::new(), None).unwrap_err().exit, Exit::Refused);
    }

    #[test]
    fn a_box_that_was_left_unticked_is_named() {
        let with = |scopes: Json| {
            let mut account = json!({"id": "acc_1", "username": "anna", "status": "active"});
            account["scopes"] = scopes;
            read(account).unwrap()
        };
        let all = with(json!(["video.publish", "video.upload"]));
        assert!(all.why_less().is_empty());
        let drafts = with(json!(["user.info.basic", "video.upload"]));
        assert!(drafts.lacks(Needs::Publish).unwrap().contains("video.publish"));
        assert_eq!(drafts.lacks(Needs::Drafts), None);
        assert!(with(Json::Null).why_less().is_empty(), "an API that does not say");
    }

    #[test]
    fn the_table_has_a_line_an_account() {
        let accounts = [account("acc_1", "anna"), account("acc_22", "ben\u{1b}[2J")];
        assert_eq!(
            table(&accounts, Timestamp::UNIX_EPOCH),
            [
                "ID      USERNAME  STATUS  ACCESS ENDS   AUTHORIZATION ENDS",
                "acc_1   @anna     active  in 2 h 0 min  in 180 days",
                "acc_22  @ben [2J  active  in 2 h 0 min  in 180 days",
            ]
        );
    }
}
