//! Accounts that are not as they were connected.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use slipway_domain::{BrandId, Reach, TenantId};
use slipway_store::accounts::{AccountRecord, BrandRecord};

use crate::Bench;

impl Bench {
    /// A brand of this tenant's with this id, unless there is one already.
    pub async fn make_brand(&self, tenant: &TenantId, id: &str) -> BrandId {
        let (id, now): (BrandId, _) = (id.parse().expect("a brand's id"), Timestamp::now());
        let accounts = &self.owner.accounts;
        if accounts.brand(&Reach::whole(tenant), &id).await.expect("the table answers").is_none() {
            let (name, created_at, updated_at) = (id.to_string(), now, now);
            let brand = BrandRecord { id: id.clone(), name, created_at, updated_at, accounts: 0 };
            let made = accounts.add_brand(tenant, &brand, 100, None, now).await.expect("the table answers");
            assert!(made.is_done(), "{made:?}");
        }
        id
    }

    /// The account after it was put into this brand, which is made if it is not there.
    pub async fn put_into_brand(&self, account: &AccountRecord, brand: &str) -> AccountRecord {
        self.make_brand(&account.tenant, brand).await;
        let key = [format!("TENANT#{}", account.tenant), format!("BRAND#{brand}")];
        self.add("AccountsTable", key, "accounts", AttributeValue::N("1".to_owned())).await;
        self.set_of_account(account, "brand", AttributeValue::S(brand.to_owned())).await
    }

    /// The account with no more than these of TikTok's scopes. TikTok itself knows nothing of it.
    pub async fn leave_scopes(&self, account: &AccountRecord, scopes: &[&str]) -> AccountRecord {
        let scopes = scopes.iter().map(|scope| AttributeValue::S((*scope).to_owned())).collect();
        self.set_of_account(account, "scopes", AttributeValue::L(scopes)).await
    }

    /// An account of another tenant's with the very id of this one. Its tokens are this one's, so they do not open.
    pub async fn namesake(&self, account: &AccountRecord, tenant: &TenantId) -> AccountRecord {
        let mut item = self.item("AccountsTable", account_key(account)).await;
        item.insert("pk".to_owned(), AttributeValue::S(format!("TENANT#{tenant}")));
        item.insert("tenant".to_owned(), AttributeValue::S(tenant.to_string()));
        self.put_item("AccountsTable", item).await;
        self.account(&AccountRecord { tenant: tenant.clone(), ..account.clone() }).await
    }

    /// The account as it is now.
    pub async fn account(&self, account: &AccountRecord) -> AccountRecord {
        let found = self.owner.accounts.get(&Reach::whole(&account.tenant), &account.id).await;
        found.expect("the table answers").expect("the account is there")
    }

    /// Forgets what is kept of all creators, as a minute does: who wants to know asks TikTok.
    pub async fn forget_creators(&self) {
        for item in self.items("AccountsTable").await.into_iter().filter(|item| item.contains_key("tokens")) {
            let key = ["pk", "sk"].map(|name| item[name].as_s().expect("a text").clone());
            self.unset("AccountsTable", key, &OF_CREATORS).await;
        }
    }

    async fn set_of_account(&self, account: &AccountRecord, name: &str, value: AttributeValue) -> AccountRecord {
        self.set("AccountsTable", account_key(account), name, value).await;
        self.account(account).await
    }
}

/// What is kept of a creator for a minute.
pub(crate) const OF_CREATORS: [&str; 3] = ["creator_info", "creator_refused", "creator_free_at"];

fn account_key(account: &AccountRecord) -> [String; 2] {
    [format!("TENANT#{}", account.tenant), format!("ACC#{}", account.id)]
}
