//! The connected TikTok account.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::{Instant, sleep};

use super::api::Api;
use super::authorize::{self, End};
use super::run_error::RunError;
use super::say::Say;
use super::world::World;

const STEP: &str = "connecting the account";
/// So long the API's link to TikTok's page is good.
const PATIENCE: Duration = Duration::from_mins(10);

/// The privacy level of a post that nobody but its creator sees.
const ALONE: &str = "SELF_ONLY";

/// An account that can post.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// Its id.
    pub(crate) id: String,
    /// Its handle or name.
    pub(crate) name: String,
    /// When its creator last connected it.
    pub(crate) connected_at: Json,
}

/// The account that the data folder remembers, if it is connected and TikTok still takes its tokens.
pub(crate) async fn known(world: &World, api: &Api) -> Result<Option<Account>, RunError> {
    let Some(id) = world.kept.remembered().account_id else { return Ok(None) };
    let Some(account) = active(world, api).await?.into_iter().find(|account| account.id == id) else { return Ok(None) };
    // A simulator that was restarted does not know the tokens of the one before: connecting again mends it.
    let info = api.get(STEP, &format!("/v1/accounts/{id}/creator-info")).await?;
    Ok(info.is_success().then_some(account))
}

/// Connects an account: from the API's link over TikTok's page back to the API. If that page asks, a person has to
/// answer it.
pub(crate) async fn connect(world: &World, api: &Api, say: &Say) -> Result<Account, RunError> {
    let step = say.begin("connect an account");
    let before = active(world, api).await?;
    let asked = api.post(STEP, "/v1/accounts/connect", &json!({"platform": "tiktok"})).await?;
    let asked = asked.success(STEP, &world.see_log())?;
    let link = asked["auth_url"].as_str().unwrap_or_default();
    let account = match authorize::visit(link).await? {
        End::Callback => connected(world, api, &before).await?.ok_or_else(|| {
            let problem = "TikTok's page led back to the API, but no account was connected";
            RunError::new(STEP, problem, world.see_log())
        })?,
        End::Page => by_a_person(world, api, &before, link, say).await?,
    };
    world.kept.remember(|kept| kept.account_id = Some(account.id.clone()))?;
    step.done(&format!("{} {}", account.name, say.dim(&account.id)));
    say.event(&json!({"event": "connected", "account_id": account.id, "name": account.name}));
    Ok(account)
}

/// The privacy level for a post that is nothing for the public: the creator alone, if TikTok offers that.
pub(crate) async fn privacy_level(world: &World, api: &Api, account: &Account) -> Result<String, RunError> {
    let info = api.get(STEP, &format!("/v1/accounts/{}/creator-info", account.id)).await?;
    let info = info.success(STEP, &world.see_log())?;
    let offered = || info["privacy_level_options"].as_array().into_iter().flatten().filter_map(Json::as_str);
    let chosen = offered().find(|level| *level == ALONE).or_else(|| offered().next());
    Ok(chosen.unwrap_or(ALONE).to_owned())
}

/// Shows the link, and waits until somebody has answered TikTok's page.
async fn by_a_person(world: &World, api: &Api, before: &[Account], link: &str, say: &Say) -> Result<Account, RunError> {
    say.event(&json!({"event": "authorize", "url": link}));
    say.line("");
    say.line("  TikTok wants a person to decide. Open this link in a browser; it is good for ten minutes:");
    say.line(link);
    say.line("");
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(account) = connected(world, api, before).await? {
            return Ok(account);
        }
        sleep(Duration::from_millis(500)).await;
    }
    let problem = format!("nobody has connected an account for {} minutes", PATIENCE.as_secs() / 60);
    Err(RunError::new(STEP, problem, "start again, and open the link that is shown"))
}

/// The account that was connected since.
async fn connected(world: &World, api: &Api, before: &[Account]) -> Result<Option<Account>, RunError> {
    let is_new =
        |now: &Account| before.iter().all(|before| before.id != now.id || before.connected_at != now.connected_at);
    Ok(active(world, api).await?.into_iter().find(is_new))
}

async fn active(world: &World, api: &Api) -> Result<Vec<Account>, RunError> {
    let answer = api.get(STEP, "/v1/accounts").await?.success(STEP, &world.see_log())?;
    let list = answer["data"].as_array();
    Ok(list.into_iter().flatten().filter_map(read).collect())
}

fn read(account: &Json) -> Option<Account> {
    let id = account["id"].as_str()?.to_owned();
    let handle = account["username"].as_str().filter(|handle| !handle.is_empty()).map(|handle| format!("@{handle}"));
    let name =
        handle.or_else(|| Some(account["name"].as_str()?.to_owned())).unwrap_or_else(|| "TikTok account".to_owned());
    let connected_at = account["connected_at"].clone();
    (account["status"] == "active").then_some(Account { id, name, connected_at })
}
