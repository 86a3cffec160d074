//! How often TikTok is asked for the status of an account's posts: counted over all processes, before TikTok refuses.
//!
//! The count is kept by whole minutes of the clock, since one write can count up or begin again and not choose between the
//! two. TikTok's window of any sixty seconds meets two such minutes, so each has half of what TikTok allows. What this does
//! not count is the one call that is repeated after TikTok refused a token.

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::Timestamp;
use slipway_domain::limits::STATUS_CHECKS_PER_CLOCK_MINUTE;
use slipway_domain::{AccountId, TenantId};

use super::{ACCOUNT_TRIES, AccountRecord, Accounts, account_sk, tenant_pk};
use crate::item::{key, number, read};
use crate::update::Update;
use crate::{Minute, StoreError, Write};

/// Why TikTok is not to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallNotCounted {
    /// It was asked so often that it might refuse. It may be asked again at this time.
    Full(Timestamp),
    /// The account is not connected any more.
    Gone,
}

impl Accounts {
    /// Counts one more call for the status of one of the account's posts, and answers the account as it is now. As it is
    /// the reading of the account, the count costs no call: only who is not the first in a minute makes a second one.
    pub async fn count_status_call(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Write<AccountRecord, CallNotCounted>, StoreError> {
        let minute = Minute::of(now);
        let update = || {
            let update =
                Update::of(&self.table, key(tenant_pk(tenant), account_sk(account))).when("attribute_exists(pk)");
            update.with(":minute", number(minute))
        };
        let next = minute.end();
        for _ in 0..ACCOUNT_TRIES {
            let first = update()
                .set("status_minute", number(minute))
                .set("status_calls", number(1))
                .when("(attribute_not_exists(#status_minute) OR #status_minute < :minute)")
                .with(":minute", number(minute));
            let met = match first.send(&self.client, ReturnValue::AllNew).await? {
                Write::Done(item) => return Ok(Write::Done(read(item)?)),
                Write::Refused(Some(met)) => read::<AccountRecord>(met)?,
                Write::Refused(None) => return Ok(Write::Refused(CallNotCounted::Gone)),
            };
            // Whose clock is ahead counts in the next minute already.
            if met.status_minute > minute || met.status_calls >= STATUS_CHECKS_PER_CLOCK_MINUTE {
                return Ok(Write::Refused(CallNotCounted::Full(next)));
            }
            let another = update()
                .increment("status_calls")
                .when("#status_minute = :minute AND #status_calls < :most")
                .with(":most", number(STATUS_CHECKS_PER_CLOCK_MINUTE));
            if let Write::Done(item) = another.send(&self.client, ReturnValue::AllNew).await? {
                return Ok(Write::Done(read(item)?));
            }
        }
        Ok(Write::Refused(CallNotCounted::Full(next)))
    }
}
