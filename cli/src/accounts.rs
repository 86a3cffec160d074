//! `slipway accounts`, and which account is meant.

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
    #[serde(default)]
    token: Token,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Token {
    access_expires_at: Option<Timestamp>,
    refresh_expires_at: Option<Timestamp>,
}

/// A page of a list.
#[derive(Deserialize)]
struct Page {
    data: Vec<Json>,
    #[serde(default)]
    next_cursor: Option<String>,
}

/// More accounts than that nobody has, and a cursor that leads in a circle must end.
const MAX_PAGES: usize = 200;

/// How to connect the first one.
const CONNECT: &str = "POST /v1/accounts/connect with {\"platform\": \"tiktok\"}, and open the auth_url of the answer";

/// Runs the command.
pub(crate) async fn run(session: &Session) -> Result<(), Problem> {
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
        if let Some(why) = account.why_not() {
            session.say.note(&format!("{}: {why}", account.name()));
        }
    }
    Ok(())
}

/// The account that is meant by an id, a username or nothing, if it can post.
pub(crate) async fn choose(session: &Session, wanted: Option<&str>) -> Result<Account, Problem> {
    let accounts = list(session).await?.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let account = pick(accounts, wanted)?;
    match account.why_not() {
        None => Ok(account),
        Some(why) => {
            let problem = Problem::refused(format!("{} can't post: {why}", account.name()));
            Err(problem.with_code("account.reconnection_required").with_next_step(CONNECT))
        }
    }
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
            Err(Problem::usage(format!("more than one account is called {wanted}; give its id with --account: {all}")))
        }
        (None, _, wanted) => {
            Err(Problem::usage(format!("there is no account {}; there are {all}", wanted.unwrap_or_default())))
        }
    }
}

async fn list(session: &Session) -> Result<Vec<Json>, Problem> {
    let mut all = Vec::new();
    let mut path = "/v1/accounts?limit=100".to_owned();
    for _ in 0..MAX_PAGES {
        let page: Page = session.api.get(&path).await?.read()?;
        all.extend(page.data);
        let Some(cursor) = page.next_cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(all) };
        let cursor: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
        path = format!("/v1/accounts?limit=100&cursor={cursor}");
    }
    Err(Problem::failure("the list of accounts has no end"))
}

fn read(account: Json) -> Result<Account, Problem> {
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
}

fn table(accounts: &[Account], now: Timestamp) -> Vec<String> {
    if accounts.is_empty() {
        return Vec::new();
    }
    let when = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| text::from_now(at, now));
    let head = ["ID", "USERNAME", "STATUS", "ACCESS ENDS", "AUTHORIZATION ENDS"].map(str::to_owned);
    let rows = accounts.iter().map(|account| {
        let Token { access_expires_at, refresh_expires_at } = account.token;
        [account.id.clone(), account.name(), account.status.clone(), when(access_expires_at), when(refresh_expires_at)]
    });
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let widths: Vec<usize> =
        (0..5).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    let line = |row: &[String; 5]| {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
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
