//! How many there are of what a tenant may have only so many of.
//!
//! A tally counts what is made, in the transaction that makes it, and not what goes: some of it goes by its time being
//! over, which tells nobody. So it is never less than what is there. Where it has come to the most, what is there is
//! counted, and the tally says that from then on.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, Select, TransactWriteItem};
use jiff::Timestamp;
use slipway_domain::TenantId;

use super::{Accounts, tenant_pk};
use crate::guards::{Guard, Hindrance, Repeated};
use crate::item::{Item, count, key, number, seconds};
use crate::pages::{Pages, under};
use crate::transact::{did_not_hold, met};
use crate::update::Update;
use crate::{Epoch, StoreError, Write};

/// A kind of thing that is counted.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    /// Its name, in the tally's key.
    pub(super) name: &'static str,
    /// What the sort keys of the things begin with.
    pub(super) prefix: &'static str,
    /// The most that a tenant may have.
    pub(super) most: usize,
    /// Only things whose time-to-live is later than this count; nothing if all do.
    pub(super) expire_after: Option<Epoch>,
}

/// Why a thing was not made.
#[derive(Debug)]
pub(super) enum NotMade {
    /// There may be no more.
    TooMany,
    /// The request repeats another one, or many are made at this moment.
    Repeated(Repeated),
    /// The condition of another item did not hold.
    Refused,
}

/// How often a thing is made again whose tally was counted meanwhile.
const TRIES: u32 = 5;

impl Accounts {
    /// Writes these items and their guard if there may be one more of the kind.
    pub(super) async fn make_one_more(
        &self,
        tenant: &TenantId,
        tally: &Tally,
        guard: Option<&Guard>,
        items: &[TransactWriteItem],
        now: Timestamp,
    ) -> Result<Write<(), NotMade>, StoreError> {
        for _ in 0..TRIES {
            let mut all = vec![self.one_more(tenant, tally)?];
            all.extend_from_slice(items);
            let reasons = match self.guards().transact(guard, all, now).await {
                Ok(Write::Done(())) => return Ok(Write::Done(())),
                Ok(Write::Refused(Hindrance::Reasons(reasons))) => reasons,
                Ok(Write::Refused(Hindrance::Repeated(repeated))) => {
                    return Ok(Write::Refused(NotMade::Repeated(repeated)));
                }
                Err(StoreError::Busy(_)) => return Ok(Write::Refused(NotMade::Repeated(Repeated::Busy))),
                Err(error) => return Err(error),
            };
            if reasons.iter().skip(1).any(did_not_hold) {
                return Ok(Write::Refused(NotMade::Refused));
            }
            let seen = reasons.first().and_then(met).and_then(|tally| tally.get(COUNT));
            if !self.recount(tenant, tally, seen).await? {
                return Ok(Write::Refused(NotMade::TooMany));
            }
        }
        Ok(Write::Refused(NotMade::Repeated(Repeated::Busy)))
    }

    /// The write that counts one more: refused where there may be no more, or where nobody has counted yet.
    fn one_more(&self, tenant: &TenantId, tally: &Tally) -> Result<TransactWriteItem, StoreError> {
        Update::of(&self.table, tally_key(tenant, tally))
            .add(COUNT, number(1))
            .when("attribute_exists(pk) AND #count < :most")
            .with(":most", count(tally.most))
            .in_transaction()
    }

    /// Counts what is there, where the tally that was met said this. Answers whether there is room.
    async fn recount(
        &self,
        tenant: &TenantId,
        tally: &Tally,
        seen: Option<&AttributeValue>,
    ) -> Result<bool, StoreError> {
        let mut query = under(&self.client, &self.table, &tenant_pk(tenant), tally.prefix).select(Select::Count);
        if let Some(after) = tally.expire_after {
            query =
                query.filter_expression("expires_at > :after").expression_attribute_values(":after", seconds(after));
        }
        let (mut there, mut pages) = (0, Pages::of(query));
        while !pages.are_over && there < tally.most {
            there += usize::try_from(pages.next().await?.count).unwrap_or_default();
        }
        if there >= tally.most {
            return Ok(false);
        }
        let update = Update::of(&self.table, tally_key(tenant, tally)).set(COUNT, count(there));
        let update = match seen {
            Some(seen) => update.when("#count = :seen").with(":seen", seen.clone()),
            None => update.when("attribute_not_exists(pk)"),
        };
        // Where somebody else was first, the next try meets what that one wrote.
        let (Write::Done(_) | Write::Refused(_)) = update.send(&self.client, ReturnValue::None).await?;
        Ok(true)
    }
}

const COUNT: &str = "count";

fn tally_key(tenant: &TenantId, tally: &Tally) -> Item {
    key(tenant_pk(tenant), format!("TALLY#{}", tally.name))
}
