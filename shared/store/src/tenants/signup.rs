//! Tenants that sign up by themselves.

use aws_sdk_dynamodb::types::CancellationReason;
use jiff::Timestamp;

use super::{KeyRecord, TenantRecord, Tenants, email_key, hash_key, listed_key, tenant_key};
use crate::guards::{Guard, Hindrance, Repeated};
use crate::quota::{Exceeded, Quota};
use crate::transact::{did_not_hold, transact};
use crate::{StoreError, Write};

/// Why nobody was signed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSignedUp {
    /// The address has a tenant already.
    Known,
    /// A quota is used up.
    TooMany(Exceeded),
    /// The same request came before.
    Repeated(Repeated),
}

impl Tenants {
    /// Makes the tenant with its first key, which says its hash, if its address has none and none of these quotas is used
    /// up, which it counts against. All of it is one write, with the guard.
    pub async fn sign_up(
        &self,
        tenant: &TenantRecord,
        key: &KeyRecord,
        quotas: &[Quota],
        guard: Option<&Guard>,
        now: Timestamp,
    ) -> Result<Write<(), NotSignedUp>, StoreError> {
        let hash = key.hash.as_ref().ok_or_else(|| StoreError::unreadable("a new key does not say its hash"))?;
        let tenant = TenantRecord { keys: 1, signed_up: true, ..tenant.clone() };
        let mut items = quotas.iter().map(|quota| quota.count(&self.table, now)).collect::<Result<Vec<_>, _>>()?;
        items.push(self.put_new(&tenant, email_key(&tenant.email))?);
        items.push(self.put_new(&tenant, tenant_key(&tenant.id))?);
        items.push(self.put_new(key, hash_key(hash))?);
        items.push(self.put_new(key, listed_key(&tenant.id, &key.id))?);
        Ok(match self.guards().transact(guard, items, now).await? {
            Write::Done(()) => Write::Done(()),
            Write::Refused(Hindrance::Repeated(repeated)) => Write::Refused(NotSignedUp::Repeated(repeated)),
            Write::Refused(Hindrance::Reasons(reasons)) => Write::Refused(match used_up(quotas, &reasons, now) {
                Some(exceeded) => NotSignedUp::TooMany(exceeded),
                None => self.asked_for_known(quotas, now).await?,
            }),
        })
    }

    /// Counts who signs up with a known address, so that nobody asks for one address after the other. That is a call of
    /// its own: the write that met the address was none, and has counted nothing.
    async fn asked_for_known(&self, quotas: &[Quota], now: Timestamp) -> Result<NotSignedUp, StoreError> {
        let items = quotas.iter().map(|quota| quota.count(&self.table, now)).collect::<Result<Vec<_>, _>>()?;
        Ok(match transact(&self.client, items).await? {
            Write::Done(()) => NotSignedUp::Known,
            Write::Refused(reasons) => used_up(quotas, &reasons, now).map_or(NotSignedUp::Known, NotSignedUp::TooMany),
        })
    }
}

/// Which quota is used up, by the reasons for which nothing was written.
fn used_up(quotas: &[Quota], reasons: &[CancellationReason], now: Timestamp) -> Option<Exceeded> {
    let mut both = quotas.iter().zip(reasons);
    both.find(|(_, reason)| did_not_hold(reason)).map(|(quota, _)| quota.exceeded(now))
}
