//! `slipway keys`, `slipway brands` and `slipway usage`: what belongs to a tenant as a whole.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::Session;
use crate::api::new_key;
use crate::args::{Brands, BrandsCommand, Keys, KeysCommand};
use crate::problem::Problem;
use crate::text;

#[derive(Deserialize)]
struct Key {
    id: String,
    name: String,
    preview: String,
    is_active: bool,
    #[serde(default)]
    last_used_at: Option<Timestamp>,
    #[serde(default)]
    scopes: Vec<String>,
}

#[derive(Deserialize)]
struct NewKey {
    id: String,
    raw_key: String,
}

#[derive(Deserialize)]
struct Brand {
    id: String,
    name: String,
    #[serde(default)]
    accounts_count: u64,
}

/// Runs `slipway keys`.
pub(crate) async fn keys(session: &Session, wanted: &Keys) -> Result<(), Problem> {
    let Session { api, say } = session;
    match &wanted.command {
        KeysCommand::List { test } => {
            let list = api.list(if *test { "/v1/keys?mode=test" } else { "/v1/keys" }).await?;
            for key in &list {
                say.event(&json!({"event": "key", "key": key}));
            }
            let now = Timestamp::now();
            let rows = read::<Key>(list)?.into_iter().map(|key| {
                let scopes = if key.scopes.is_empty() { "everything".to_owned() } else { key.scopes.join(" ") };
                let state = if key.is_active { "active" } else { "off" }.to_owned();
                let used = key.last_used_at.map_or_else(|| "never".to_owned(), |at| text::from_now(at, now));
                [key.id, text::cut(&text::line(&key.name), 40), key.preview, state, used, scopes]
            });
            for line in text::table(["ID", "NAME", "KEY", "STATE", "LAST USED", "MAY DO"], rows) {
                say.result(&line);
            }
        }
        KeysCommand::Create { name, scopes, brands, test } => {
            let mut body = json!({"name": name, "scopes": scopes, "brand_ids": brands});
            if *test {
                body["mode"] = json!("test");
            }
            let made = api.post_once("/v1/keys", body.to_string(), &new_key()).await?.success()?;
            shown(session, made)?;
            if *test {
                say.note("next: put it into SLIPWAY_API_KEY, then slipway test connect");
            }
        }
        KeysCommand::Rotate { key, overlap } => {
            let body = json!({"overlap_seconds": overlap});
            let path = format!("/v1/keys/{key}/rotate");
            let made = api.post_once(&path, body.to_string(), &new_key()).await?.success()?;
            shown(session, made)?;
        }
        KeysCommand::Revoke { key } => {
            api.delete(&format!("/v1/keys/{key}")).await?.success()?;
            say.event(&json!({"event": "revoked", "key_id": key.to_string()}));
            say.done(&format!("Revoked {key}"));
        }
    }
    Ok(())
}

/// Shows a secret, the one time that it is there.
fn shown(session: &Session, made: Json) -> Result<(), Problem> {
    session.say.event(&json!({"event": "key", "key": made}));
    let NewKey { id, raw_key } = one(made)?;
    session.say.done(&format!("Made a secret of {id}. Keep it: it is shown only now."));
    session.say.result(&raw_key);
    Ok(())
}

/// Runs `slipway brands`.
pub(crate) async fn brands(session: &Session, wanted: &Brands) -> Result<(), Problem> {
    let Session { api, say } = session;
    match &wanted.command {
        BrandsCommand::List => {
            let list = api.list("/v1/brands").await?;
            for brand in &list {
                say.event(&json!({"event": "brand", "brand": brand}));
            }
            let rows = read::<Brand>(list)?.into_iter();
            let rows = rows.map(|brand| [brand.id, brand.accounts_count.to_string(), text::line(&brand.name)]);
            for line in text::table(["ID", "ACCOUNTS", "NAME"], rows) {
                say.result(&line);
            }
        }
        BrandsCommand::Create { name } => {
            let body = json!({"name": name});
            let made = api.post_once("/v1/brands", body.to_string(), &new_key()).await?.success()?;
            say.event(&json!({"event": "brand", "brand": made}));
            let Brand { id, name, .. } = one(made)?;
            say.done(&format!("Made the brand {}", text::line(&name)));
            say.result(&id);
        }
        BrandsCommand::Rename { brand, name } => {
            let changed = api.patch(&format!("/v1/brands/{brand}"), &json!({"name": name})).await?.success()?;
            say.event(&json!({"event": "brand", "brand": changed}));
            say.done(&format!("Renamed {brand} to {}", text::line(&one::<Brand>(changed)?.name)));
        }
        BrandsCommand::Delete { brand } => {
            api.delete(&format!("/v1/brands/{brand}")).await?.success()?;
            say.event(&json!({"event": "deleted", "brand_id": brand.to_string()}));
            say.done(&format!("Deleted {brand} with its accounts"));
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    plan: String,
    brands_used: i64,
    brands_limit: i64,
    posts_used: i64,
    posts_limit: i64,
}

#[derive(Deserialize)]
struct Storage {
    used_bytes: u64,
    limit_bytes: i64,
}

/// Runs `slipway usage`.
pub(crate) async fn usage(session: &Session) -> Result<(), Problem> {
    let usage = session.api.get("/v1/usage").await?.success()?;
    let storage = session.api.get("/v1/media/storage").await?.success()?;
    session.say.event(&json!({"event": "usage", "usage": usage, "storage": storage}));
    let (usage, storage): (Usage, Storage) = (one(usage)?, one(storage)?);
    for line in used(&usage, &storage) {
        session.say.result(&line);
    }
    Ok(())
}

fn used(usage: &Usage, storage: &Storage) -> Vec<String> {
    let most = |limit: i64| if limit < 0 { "no limit".to_owned() } else { limit.to_string() };
    let room = u64::try_from(storage.limit_bytes).map_or_else(|_| "no limit".to_owned(), text::bytes);
    let rows = [
        ["brands".to_owned(), usage.brands_used.to_string(), most(usage.brands_limit)],
        ["posts in 30 days".to_owned(), usage.posts_used.to_string(), most(usage.posts_limit)],
        ["storage".to_owned(), text::bytes(storage.used_bytes), room],
    ];
    let plan = if usage.plan.is_empty() { "PLAN".to_owned() } else { format!("PLAN {}", usage.plan) };
    text::table([plan.as_str(), "USED", "LIMIT"], rows)
}

fn read<T: for<'de> Deserialize<'de>>(list: Vec<Json>) -> Result<Vec<T>, Problem> {
    list.into_iter().map(one).collect()
}

/// What the API showed, as what the contract says it is.
pub(crate) fn one<T: for<'de> Deserialize<'de>>(value: Json) -> Result<T, Problem> {
    serde_json::from_value(value).map_err(|error| Problem::failure(format!("the API's answer can't be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stands_beside_its_limit() {
        let usage = Usage { plan: "hobby".to_owned(), brands_used: 1, brands_limit: 2, posts_used: 3, posts_limit: 10 };
        let lines = used(&usage, &Storage { used_bytes: 0, limit_bytes: -1 });
        assert_eq!(lines.len(), 4, "{lines:?}");
        assert!(lines[0].starts_with("PLAN hobby") && lines[3].ends_with("no limit"), "{lines:?}");
    }
}
