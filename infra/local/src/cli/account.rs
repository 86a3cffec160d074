//! The connected TikTok account.

use reqwest::Method;
use serde_json::{Value as Json, json};
use url::Url;

use super::{api::Api, browser, failure::Failure, say::Say, world::World};

const STEP: &str = "connecting the account";

/// An account that can post.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// Its id.
    pub(crate) id: String,
    /// Its handle or name.
    pub(crate) name: String,
}

/// The account that the data folder remembers, if it is connected and TikTok still takes its tokens.
pub(crate) async fn known(world: &World, api: &Api) -> Result<Option<Account>, Failure> {
    let Some(id) = world.kept.remembered().account_id else { return Ok(None) };
    let Some(account) = active(api, world).await?.into_iter().find(|account| account.id == id) else { return Ok(None) };
    let info = api.send(STEP, Method::GET, &format!("/v1/accounts/{id}/creator-info"), None).await?;
    // A simulator that was started anew does not know the tokens of the one before: connecting again mends it.
    Ok(info.is_success().then_some(account))
}

/// Connects an account as its creator does: from the API's link over TikTok's page back to the API.
pub(crate) async fn connect(world: &World, api: &Api, say: &Say) -> Result<Account, Failure> {
    let step = say.begin("connect an account");
    let cure = world.see_log();
    let answer =
        api.expect(STEP, &cure, Method::POST, "/v1/accounts/connect", Some(&json!({"platform": "tiktok"}))).await?;
    let auth_url = answer.text(STEP, &cure, "/auth_url")?;
    let callback = Url::parse(&format!("{}/oauth/callback/tiktok", api.base()))
        .map_err(|error| Failure::new(STEP, error, "this is a mistake of the local stack"))?;
    browser::visit(api.http(), auth_url, &callback).await?;
    let before = world.kept.remembered().account_id;
    let accounts = active(api, world).await?;
    let known = accounts.iter().find(|account| Some(&account.id) == before.as_ref());
    let account = known.or(accounts.first()).cloned().ok_or_else(|| {
        Failure::new(STEP, "TikTok's page led back to the API, but GET /v1/accounts answered no active account", &cure)
    })?;
    world.kept.remember(|kept| kept.account_id = Some(account.id.clone()))?;
    step.done(&format!("{} {}", account.name, say.dim(&account.id)));
    say.event(&json!({"event": "connected", "account_id": account.id, "name": account.name}));
    Ok(account)
}

async fn active(api: &Api, world: &World) -> Result<Vec<Account>, Failure> {
    let answer = api.expect(STEP, &world.see_log(), Method::GET, "/v1/accounts", None).await?;
    let list = answer.body["data"].as_array();
    Ok(list.into_iter().flatten().filter_map(read).collect())
}

fn read(account: &Json) -> Option<Account> {
    let id = account["id"].as_str()?.to_owned();
    let handle = account["username"].as_str().filter(|handle| !handle.is_empty()).map(|handle| format!("@{handle}"));
    let name =
        handle.or_else(|| Some(account["name"].as_str()?.to_owned())).unwrap_or_else(|| "TikTok account".to_owned());
    (account["status"] == "active").then_some(Account { id, name })
}
