//! Invites: links by which creators connect without an account with us.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use slipway_domain::lifetimes::ENDED_INVITE;
use slipway_domain::limits::OPEN_INVITES_PER_TENANT;
use slipway_domain::{BrandId, InviteId, Reach, TenantId};

use super::tally::{NotMade, Tally};
use super::{Accounts, FILTERED_AT_ONCE, MOST_EXAMINED, reach_of, tenant_pk};
use crate::guards::{Guard, Repeated};
use crate::item::{EXPIRES_AT, Item, key, read, seconds, text, text_of};
use crate::pages::{self, Most};
use crate::transact::delete;
use crate::{Epoch, StoreError, Write};

/// An invite. Its token is stored as a hash only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteRecord {
    /// Its id.
    pub id: InviteId,
    /// Whose.
    pub tenant: TenantId,
    /// The brand that accounts are connected into.
    pub brand: BrandId,
    /// SHA-256 of the token, in hex.
    pub token_hash: String,
    /// The token's first characters, to tell invites apart.
    pub preview: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops being good. DynamoDB's TTL only tidies up, much later.
    pub good_until: Timestamp,
}

const INVITE: &str = "INVITE";

/// Why an invite was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotInvited {
    /// As many as there may be are open.
    TooMany,
    /// The request repeats another one.
    Repeated(Repeated),
}

impl InviteRecord {
    /// What is found by whoever follows it.
    pub fn reach(&self) -> Reach {
        reach_of(&self.tenant, [&self.brand])
    }

    /// What is stored of a token.
    pub fn hash(token: &str) -> String {
        hex::encode(Sha256::digest(token.as_bytes()))
    }
}

impl Accounts {
    /// Keeps a new invite: in its tenant's list, and under its token. The two are written together, unless the guard of
    /// the request stands, or as many invites as there may be are open.
    pub async fn add_invite(
        &self,
        invite: &InviteRecord,
        guard: Option<&Guard>,
    ) -> Result<Write<(), NotInvited>, StoreError> {
        let mut listed: Item = serde_dynamo::to_item(invite)?;
        listed.insert(EXPIRES_AT.to_owned(), seconds(invite.good_until + ENDED_INVITE));
        let mut found = listed.clone();
        listed.extend(key(tenant_pk(&invite.tenant), listed_sk(&invite.id)));
        found.extend(key(token_pk(&invite.token_hash), INVITE));
        let items = vec![self.put_invite(listed)?, self.put_invite(found)?];
        let now = invite.created_at;
        let tally = Tally {
            name: "INVITES",
            prefix: LISTED,
            most: OPEN_INVITES_PER_TENANT,
            expire_after: Some(Epoch::from(now + ENDED_INVITE)),
        };
        match self.make_one_more(&invite.tenant, &tally, guard, &items, now).await? {
            Write::Done(()) => Ok(Write::Done(())),
            Write::Refused(NotMade::TooMany) => Ok(Write::Refused(NotInvited::TooMany)),
            Write::Refused(NotMade::Repeated(repeated)) => Ok(Write::Refused(NotInvited::Repeated(repeated))),
            Write::Refused(NotMade::Refused) => {
                Err(StoreError::unreadable("an invite of this id or token is there already"))
            }
        }
    }

    /// The invite with this token, expired or not.
    pub async fn invite(&self, token: &str) -> Result<Option<InviteRecord>, StoreError> {
        self.item(&token_pk(&InviteRecord::hash(token)), INVITE).await?.map(read).transpose()
    }

    /// Up to `limit` invites behind `after` that are within reach, by the time they were made, and where to go on if there
    /// may be more. Of some brands they may be fewer although there are more: only so many are read.
    pub async fn invites(
        &self,
        reach: &Reach,
        after: Option<&InviteId>,
        limit: usize,
    ) -> Result<(Vec<InviteRecord>, Option<InviteId>), StoreError> {
        let pk = tenant_pk(reach.tenant());
        let query = pages::under(&self.client, &self.table, &pk, LISTED);
        let at_once = (!reach.is_whole()).then_some(FILTERED_AT_ONCE);
        let most = Most { limit, at_once, examined: MOST_EXAMINED };
        let wanted = |invite: &InviteRecord| reach.has(&invite.brand);
        let after = after.map(|after| key(&*pk, listed_sk(after)));
        let (found, next) = pages::kept(query, after, most, |item| Ok(Some(read(item)?).filter(wanted))).await?;
        let next = next.and_then(|key| text_of(&key, "sk")?.strip_prefix(LISTED)?.parse().ok());
        Ok((found, next))
    }

    /// The invite of this id, if there is one within reach.
    pub async fn invite_by_id(&self, reach: &Reach, id: &InviteId) -> Result<Option<InviteRecord>, StoreError> {
        let item = self.item(&tenant_pk(reach.tenant()), &listed_sk(id)).await?;
        let found: Option<InviteRecord> = item.map(read).transpose()?;
        Ok(found.filter(|invite| reach.has(&invite.brand)))
    }

    /// Forgets an invite: its link leads nowhere from now on. Forgetting it twice is forgetting it once.
    pub async fn forget_invite(&self, invite: &InviteRecord) -> Result<(), StoreError> {
        let places = [key(tenant_pk(&invite.tenant), listed_sk(&invite.id)), key(token_pk(&invite.token_hash), INVITE)];
        let items = places.into_iter().map(|place| delete(&self.table, place)).collect::<Result<_, _>>()?;
        // No condition can be refused here: what is gone is deleted once more.
        let (Write::Done(()) | Write::Refused(_)) = self.transact(items).await?;
        Ok(())
    }

    fn put_invite(&self, item: Item) -> Result<TransactWriteItem, StoreError> {
        let id = item.get("id").cloned().unwrap_or_else(|| text(""));
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR id = :id")
            .expression_attribute_values(":id", id)
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

pub(super) const LISTED: &str = "INVITE#";

fn listed_sk(id: &InviteId) -> String {
    format!("{LISTED}{id}")
}

fn token_pk(hash: &str) -> String {
    format!("{LISTED}{hash}")
}
