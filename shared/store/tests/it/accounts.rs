//! The accounts table, and accounts to put into it.

mod authorizations;
mod brands;
mod connections;
mod due;
mod paces;
mod refresh;
mod status_calls;

use jiff::{SignedDuration, Timestamp};
use slipway_domain::scopes::tiktok::{Scope, Scopes};
use slipway_domain::{OpenId, Reach, Sealed};
use slipway_store::Write;
use slipway_store::accounts::{
    AccountRecord, Accounts, Connected, Connection, NotConnected, Profile, RefreshClaim, SealedTokens,
};
use workbench::Bench;

use crate::{bench, tenant};

struct Table {
    bench: Bench,
    accounts: Accounts,
}

impl Table {
    async fn start() -> Self {
        let bench = bench().await;
        Self { accounts: bench.owner.accounts.clone(), bench }
    }

    async fn connected(&self, connection: &Connection) -> AccountRecord {
        match connect(&self.accounts, connection, now()).await {
            Write::Done(Connected::New(account) | Connected::Again(account)) => *account,
            Write::Refused(refused) => panic!("{refused:?} with nobody"),
        }
    }

    async fn current(&self, account: &AccountRecord) -> AccountRecord {
        self.accounts.get(&Reach::whole(&account.tenant), &account.id).await.unwrap().unwrap()
    }
}

/// Looks who the user is, and connects.
async fn connect(accounts: &Accounts, connection: &Connection, now: Timestamp) -> Write<Connected, NotConnected> {
    let owner = accounts.owner(&connection.tenant, &connection.open_id).await.unwrap();
    accounts.connect(connection, owner, now).await.unwrap()
}

fn now() -> Timestamp {
    "2026-11-22T12:00:00.123Z".parse().unwrap()
}

fn tokens(generation: &str) -> SealedTokens {
    SealedTokens {
        access: Sealed::from_stored(format!("v1.0.k.n.access{generation}")),
        refresh: Sealed::from_stored(format!("v1.0.k.n.refresh{generation}")),
        access_expires_at: now() + SignedDuration::from_hours(2),
        refresh_expires_at: now() + SignedDuration::from_hours(24 * 180),
    }
}

fn scopes() -> Scopes {
    Scopes::from_iter([Scope::VideoPublish, Scope::VideoUpload])
}

fn connection(tenant_name: &str, account: &str, open_id: &str) -> Connection {
    Connection {
        tenant: tenant(tenant_name),
        id: account.parse().unwrap(),
        open_id: OpenId::new(open_id),
        brand: None,
        profile: Some(Profile { username: Some("maker".to_owned()), follower_count: Some(7), ..Profile::default() }),
        scopes: scopes(),
        tokens: tokens("1"),
        guard: None,
        taken: None,
    }
}

fn claim(owner: &str, until: Timestamp) -> RefreshClaim {
    RefreshClaim { owner: owner.to_owned(), until }
}

fn soon() -> Timestamp {
    now() + SignedDuration::from_secs(20)
}
