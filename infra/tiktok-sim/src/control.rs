//! The control API under `/_sim/`, for drivers in other processes.

use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::config::Config;
use crate::fault::{Fault, FaultId};
use crate::form::{decode_form, param};
use crate::oauth;
use crate::publish::PublishCommand;
use crate::shared::Shared;
use crate::user::User;
use crate::world::World;

/// What the control API can do, for people.
pub(crate) const HELP: &str = "\
GET    /_sim/                    this text
GET    /_sim/ledger              requests, publishes, grants, webhooks
GET    /_sim/ledger/published    publishes that became a post
GET    /_sim/config              settings
POST   /_sim/config              settings to change, such as {\"audited\":false,\"processing_delay_ms\":50}
GET    /_sim/users               users
POST   /_sim/users               a user to add, or to replace if open_id is known
POST   /_sim/login               {\"user\":\"open id or handle\"}: who the authorization page sees
GET    /_sim/faults              rules in force
POST   /_sim/faults              {\"match\":{\"endpoint\":\"upload\",\"chunk\":2,\"times\":1},\"action\":{\"type\":\"status_after\",\"status\":503}}
DELETE /_sim/faults[?id=1]       one rule, or all
POST   /_sim/advance             {\"seconds\":3600}: moves the clock
POST   /_sim/tokens/expire       {\"open_id\":\"…\"}, or {} for all users: access tokens expire now
POST   /_sim/tokens/revoke       {\"open_id\":\"…\",\"reason\":1}: the user removes the app
POST   /_sim/publish             {\"publish_id\":\"…\",\"command\":{\"type\":\"post_draft\",\"privacy_level\":\"SELF_ONLY\"}}
                                 (fail, unstick, post_draft, make_public, make_private, expire_upload)
POST   /_sim/reset               forgets everything but the settings
";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    user: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expire {
    #[serde(default)]
    open_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoke {
    open_id: String,
    #[serde(default = "by_user")]
    reason: u8,
}

fn by_user() -> u8 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Command {
    publish_id: String,
    command: PublishCommand,
}

/// What is wrong with a control request: a status and a sentence.
type Complaint = (StatusCode, String);

/// Answers a control request.
pub(crate) fn answer(shared: &Shared, parts: &Parts, body: &Bytes) -> Answer {
    let mut world = shared.world();
    let path = parts.uri.path().trim_end_matches('/');
    if (&parts.method, path) == (&Method::GET, "/_sim") {
        return Answer::new(StatusCode::OK, "ok", "text/plain; charset=utf-8", HELP);
    }
    match world.control(&parts.method, path, parts.uri.query().unwrap_or_default(), body) {
        Ok(value) => Answer::json(StatusCode::OK, "ok", &value),
        Err((status, why)) => Answer::json(status, "control", &json!({"error": why})),
    }
}

impl World {
    fn control(&mut self, method: &Method, path: &str, query: &str, body: &Bytes) -> Result<Value, Complaint> {
        let now = self.settle();
        match (method.as_str(), path) {
            ("GET", "/_sim/ledger") => shown(&self.ledger()),
            ("GET", "/_sim/ledger/published") => shown(&self.ledger().published()),
            ("GET", "/_sim/config") => shown(&self.config),
            ("POST", "/_sim/config") => {
                let patched = patch(&self.config, read(body)?)?;
                self.reconfigure(patched).map_err(bad)?;
                shown(&self.config)
            }
            ("GET", "/_sim/users") => shown(&self.accounts.iter().map(|account| &account.user).collect::<Vec<_>>()),
            ("POST", "/_sim/users") => Ok(json!({"open_id": self.put_user(read::<User>(body)?)})),
            ("POST", "/_sim/login") => {
                let Login { user } = read(body)?;
                let open_id = self.find_user(&user).map(str::to_owned).ok_or_else(|| unknown("user"))?;
                self.logged_in = Some(open_id.clone());
                Ok(json!({"open_id": open_id}))
            }
            ("GET", "/_sim/faults") => shown(&self.faults.list()),
            ("POST", "/_sim/faults") => Ok(json!({"id": self.faults.add(read::<Fault>(body)?)})),
            ("DELETE", "/_sim/faults") => match param(&decode_form(query.as_bytes()), "id") {
                None => {
                    self.faults.clear();
                    Ok(json!({}))
                }
                Some(id) => {
                    let id = id.parse().map(FaultId).map_err(|_| bad("id must be a number"))?;
                    if self.faults.remove(id) { Ok(json!({})) } else { Err(unknown("fault")) }
                }
            },
            ("POST", "/_sim/advance") => {
                let Advance { seconds } = read(body)?;
                self.clock.advance(Duration::try_from_secs_f64(seconds).map_err(bad)?);
                Ok(json!({"now": self.settle()}))
            }
            ("POST", "/_sim/tokens/expire") => {
                self.expire_access_tokens(read::<Expire>(body)?.open_id.as_deref(), now);
                Ok(json!({}))
            }
            ("POST", "/_sim/tokens/revoke") => {
                let Revoke { open_id, reason } = read(body)?;
                Ok(json!({"revoked": self.remove_authorization(&open_id, reason, now)}))
            }
            ("POST", "/_sim/publish") => {
                let Command { publish_id, command } = read(body)?;
                if self.command(&publish_id, command, now) {
                    Ok(json!({}))
                } else {
                    Err((StatusCode::CONFLICT, "no such publish, or not in a state for it".to_owned()))
                }
            }
            ("POST", "/_sim/reset") => {
                self.reset();
                Ok(json!({}))
            }
            _ => Err((StatusCode::NOT_FOUND, "no such control; see GET /_sim/".to_owned())),
        }
    }

    /// Takes new settings, if they are sound.
    pub(crate) fn reconfigure(&mut self, config: Config) -> Result<(), String> {
        oauth::check_registered(&config.redirect_uris)?;
        self.config = config;
        self.settle();
        Ok(())
    }
}

/// The settings with some of them replaced. What is left out stays, the secret included.
fn patch(config: &Config, changes: serde_json::Map<String, Value>) -> Result<Config, Complaint> {
    let keeps_secret = !changes.contains_key("client_secret");
    if let Some(fixed) = ["port", "users"].into_iter().find(|name| changes.contains_key(*name)) {
        return Err(bad(format!("{fixed} can not be changed while running")));
    }
    let mut settings = shown(config)?;
    if let Some(settings) = settings.as_object_mut() {
        settings.extend(changes);
    }
    let mut patched: Config = serde_json::from_value(settings).map_err(bad)?;
    if keeps_secret {
        patched.client_secret = config.client_secret.clone();
    }
    Ok(patched)
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Complaint> {
    serde_json::from_slice(body).map_err(bad)
}

fn shown(value: &impl serde::Serialize) -> Result<Value, Complaint> {
    serde_json::to_value(value).map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "by value it fits `map_err`")]
fn bad(why: impl ToString) -> Complaint {
    (StatusCode::BAD_REQUEST, why.to_string())
}

fn unknown(what: &str) -> Complaint {
    (StatusCode::NOT_FOUND, format!("no such {what}"))
}
