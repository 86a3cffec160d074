//! Authorizations under way: what we must remember while a creator is on TikTok's page.

use aws_sdk_dynamodb::types::{CancellationReason, ReturnValue};
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::millisecond;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use slipway_domain::lifetimes::ENDED_AUTHORIZATION;
use slipway_domain::{AccountId, BrandId, ConnectFailure, Hidden, Reach, TenantId};

use super::{Accounts, reach_of};
use crate::guards::{Guard, Hindrance, Repeated};
use crate::item::{EXPIRES_AT, Item, key, read, seconds, text, text_of};
use crate::quota::{Exceeded, Quota};
use crate::transact::{did_not_hold, put, transact};
use crate::update::Update;
use crate::{StoreError, Write};

/// What a state that TikTok brings back stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorization {
    /// Into which tenant the account goes.
    pub tenant: TenantId,
    /// Into which brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<BrandId>,
    /// Who receives the code.
    pub flow: Flow,
    /// The redirect URI that TikTok was given; the exchange must name the same.
    pub redirect_uri: Hidden<String>,
    /// The caller's own state, echoed at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_state: Option<Hidden<String>>,
    /// When it stops being good. DynamoDB's TTL only tidies up, hours or days later.
    #[serde(with = "millisecond::required")]
    pub good_until: Timestamp,
}

impl Authorization {
    /// Where the account that it ends in is found.
    pub fn reach(&self) -> Reach {
        reach_of(&self.tenant, &self.brand)
    }
}

/// Who receives TikTok's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Flow {
    /// We do; then the creator is sent on to the caller's page, if there is one.
    Callback {
        /// The caller's page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        return_to: Option<Hidden<String>>,
    },
    /// The caller does, and hands it to us.
    Proxy,
}

/// How an authorization ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizationEnd {
    /// This account is connected.
    Connected(AccountId),
    /// There is no account, for this reason.
    Failed(ConnectFailure),
}

/// Why an authorization can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotTaken {
    /// It was taken, but its time is over.
    Expired(Authorization),
    /// Somebody took it before: the state is replayed.
    Used(Authorization, AuthorizationUse),
    /// No such state was ever given out, or so long ago that it is forgotten; or it is not of the flow that asks.
    Unknown,
}

/// What is known of whoever took an authorization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorizationUse {
    /// When it was taken, for the last time.
    pub taken_at: Option<Timestamp>,
    /// How it ended, unless the taker is still at it, or died.
    pub end: Option<AuthorizationEnd>,
}

/// An authorization in the hands of one taker. What is written for it holds only as long as nobody took it over.
#[derive(Debug, Clone)]
pub struct Taken {
    pk: String,
    taker: String,
}

impl Taken {
    /// The authorization of this state, in the hands of this taker.
    pub fn by(taker: &str, state: &str) -> Self {
        Self { pk: state_pk(state), taker: taker.to_owned() }
    }

    /// How it ended, if it is still in these hands and has no end yet.
    pub(super) fn end(&self, table: &str, end: &AuthorizationEnd) -> Result<Update, StoreError> {
        Ok(Update::of(table, key(&self.pk, STATE))
            .set(END, serde_dynamo::to_attribute_value(end)?)
            .when("#taker = :taker AND attribute_not_exists(#end)")
            .with(":taker", text(&self.taker)))
    }
}

const STATE: &str = "STATE";
/// When it was taken. Those of an earlier version do not say.
const TAKEN_AT: &str = "taken_at";
const END: &str = "end";
/// Nobody has taken it, or it is this taker's.
const UNTAKEN: &str = "attribute_exists(pk) AND (attribute_not_exists(#taker) OR #taker = :taker)";
/// The name of [`Flow::Callback`], as it is stored.
const OURS: &str = "callback";

impl Accounts {
    /// Remembers an authorization under its state. The state itself is not stored, only its hash.
    pub async fn begin_authorization(&self, state: &str, authorization: &Authorization) -> Result<(), StoreError> {
        let item = authorization_item(state, authorization)?;
        self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await?;
        Ok(())
    }

    /// The same, unless the guard of its request stands.
    pub async fn begin_authorization_once(
        &self,
        guard: &Guard,
        state: &str,
        authorization: &Authorization,
        now: Timestamp,
    ) -> Result<Write<(), Repeated>, StoreError> {
        let item = put(&self.table, authorization_item(state, authorization)?)?;
        match self.guards().transact([guard], vec![item], now).await? {
            Write::Done(()) => Ok(Write::Done(())),
            Write::Refused(Hindrance::Repeated(repeated)) => Ok(Write::Refused(repeated)),
            Write::Refused(Hindrance::Reasons(reasons)) => Err(unexpected(&reasons)),
        }
    }

    /// The same if none of these quotas is used up, which it counts against. All of it is one write.
    pub async fn begin_authorization_within(
        &self,
        quotas: &[Quota],
        state: &str,
        authorization: &Authorization,
        now: Timestamp,
    ) -> Result<Write<(), Exceeded>, StoreError> {
        let mut items = Vec::with_capacity(quotas.len().saturating_add(1));
        for quota in quotas {
            items.push(quota.count(&self.table, now)?);
        }
        items.push(put(&self.table, authorization_item(state, authorization)?)?);
        match transact(&self.client, items).await? {
            Write::Done(()) => Ok(Write::Done(())),
            Write::Refused(reasons) => quotas
                .iter()
                .zip(&reasons)
                .filter(|(_, reason)| did_not_hold(reason))
                .map(|(quota, _)| quota.exceeded(now))
                .max_by_key(|exceeded| exceeded.until)
                .map(Write::Refused)
                .ok_or_else(|| unexpected(&reasons)),
        }
    }

    /// Writes down how an authorization ended, for whoever brings its state again. If it was taken over, or has an end
    /// already, that stays.
    pub async fn end_authorization(
        &self,
        taken: &Taken,
        end: &AuthorizationEnd,
    ) -> Result<Write<(), AuthorizationUse>, StoreError> {
        let written = taken.end(&self.table, end)?.send(&self.client, ReturnValue::None).await?;
        Ok(match written {
            Write::Done(_) => Write::Done(()),
            Write::Refused(met) => {
                Write::Refused(met.map(|mut item| use_of(&mut item)).transpose()?.unwrap_or_default())
            }
        })
    }

    /// What became of an authorization.
    pub async fn authorization_use(&self, state: &str) -> Result<AuthorizationUse, StoreError> {
        Ok(self.known_authorization(state).await?.map(|(_, used)| used).unwrap_or_default())
    }

    /// An authorization, and what became of it.
    pub async fn known_authorization(
        &self,
        state: &str,
    ) -> Result<Option<(Authorization, AuthorizationUse)>, StoreError> {
        let Some(mut item) = self.item(&state_pk(state), STATE).await? else { return Ok(None) };
        let used = use_of(&mut item)?;
        Ok(Some((read(item)?, used)))
    }

    /// Reads an authorization without taking it, if its account will be one of the brands within reach.
    pub async fn authorization(&self, reach: &Reach, state: &str) -> Result<Option<Authorization>, StoreError> {
        let found: Option<Authorization> = self.item(&state_pk(state), STATE).await?.map(read).transpose()?;
        Ok(found.filter(|known| known.tenant == *reach.tenant() && reach.owns(known.brand.as_slice())))
    }

    /// Takes an authorization: of all who bring the state, one gets it. `taker` is a random name of this attempt,
    /// by which a repetition after a lost answer knows its own work.
    pub async fn take_authorization(
        &self,
        state: &str,
        taker: &str,
        now: Timestamp,
    ) -> Result<Write<Authorization, NotTaken>, StoreError> {
        self.take(state, taker, now, UNTAKEN, |update| update).await
    }

    /// The same for who has no key: whoever brings the state, as TikTok sends a creator back with it. A state that its
    /// caller is to exchange is unknown here, and stays as it is.
    pub async fn take_authorization_of_anybody(
        &self,
        state: &str,
        taker: &str,
        now: Timestamp,
    ) -> Result<Write<Authorization, NotTaken>, StoreError> {
        let ours = format!("{UNTAKEN} AND #flow.#name = :ours");
        let written = self.take(state, taker, now, &ours, |update| update.with(":ours", text(OURS))).await?;
        Ok(match written {
            Write::Refused(NotTaken::Used(known, _)) if known.flow == Flow::Proxy => Write::Refused(NotTaken::Unknown),
            other => other,
        })
    }

    /// Takes over an authorization from whoever took it at exactly this time, and has left it without an end.
    pub async fn take_left_authorization(
        &self,
        state: &str,
        taker: &str,
        left: Timestamp,
        now: Timestamp,
    ) -> Result<Write<Authorization, NotTaken>, StoreError> {
        let condition = "attribute_not_exists(#end) AND (#taken_at = :left OR #taker = :taker)";
        self.take(state, taker, now, condition, |update| update.with(":left", text(left.to_string()))).await
    }

    async fn take(
        &self,
        state: &str,
        taker: &str,
        now: Timestamp,
        condition: &str,
        with: impl FnOnce(Update) -> Update,
    ) -> Result<Write<Authorization, NotTaken>, StoreError> {
        let update = Update::of(&self.table, key(state_pk(state), STATE))
            .set("taker", text(taker))
            .set(TAKEN_AT, text(now.to_string()))
            .when(condition);
        match with(update).send(&self.client, ReturnValue::AllOld).await? {
            Write::Done(item) => {
                let authorization: Authorization = read(item)?;
                let good = now < authorization.good_until;
                Ok(if good { Write::Done(authorization) } else { Write::Refused(NotTaken::Expired(authorization)) })
            }
            Write::Refused(Some(mut item)) => {
                let used = use_of(&mut item)?;
                Ok(Write::Refused(NotTaken::Used(read(item)?, used)))
            }
            Write::Refused(None) => Ok(Write::Refused(NotTaken::Unknown)),
        }
    }
}

fn authorization_item(state: &str, authorization: &Authorization) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(authorization)?;
    item.extend(key(state_pk(state), STATE));
    item.insert(EXPIRES_AT.to_owned(), seconds(authorization.good_until + ENDED_AUTHORIZATION));
    Ok(item)
}

/// What is known of whoever took it, out of the authorization's item.
fn use_of(item: &mut Item) -> Result<AuthorizationUse, StoreError> {
    Ok(AuthorizationUse {
        taken_at: text_of(item, TAKEN_AT).and_then(|text| text.parse().ok()),
        end: item.remove(END).map(serde_dynamo::from_attribute_value).transpose()?,
    })
}

fn state_pk(state: &str) -> String {
    format!("STATE#{}", hex::encode(Sha256::digest(state.as_bytes())))
}

fn unexpected(reasons: &[CancellationReason]) -> StoreError {
    StoreError::refused("an authorization", reasons)
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;

    #[test]
    fn why_there_is_no_account_is_stored_by_its_word() {
        for (word, failure) in
            [("brand_gone", ConnectFailure::BrandGone), ("of_tiktok", ConnectFailure::of_tiktok("of_tiktok"))]
        {
            let mut item =
                Item::from([(END.to_owned(), AttributeValue::M([("failed".to_owned(), text(word))].into()))]);
            let end = AuthorizationEnd::Failed(failure);
            let stored = serde_dynamo::to_attribute_value::<_, AttributeValue>(&end).unwrap();
            assert_eq!(item.get(END), Some(&stored), "{word}");
            assert_eq!(use_of(&mut item).unwrap().end, Some(end), "{word}");
        }
    }
}
