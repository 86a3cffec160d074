//! The job over a deployment of its own.

use std::time::{Duration, Instant};

use delete_tenants::{DeleteTenants, Ran};
use jiff::{SignedDuration, Timestamp};
use slipway_domain::{BrandId, EventType, Reach, Sealed, TenantId};
use slipway_store::events::{Happened, LogEntry};
use slipway_store::webhooks::WebhookRecord;
use workbench::{Bench, Hands, new_tenant};

pub(crate) struct World {
    pub(crate) bench: Bench,
    pub(crate) job: DeleteTenants,
    pub(crate) began: Timestamp,
}

pub(crate) fn job(hands: &Hands) -> DeleteTenants {
    DeleteTenants {
        tenants: hands.tenants.clone().recording(hands.events.clone()),
        accounts: hands.accounts.clone(),
        counted: hands.accounts.clone(),
        tokens: hands.tokens.clone(),
        posts: hands.posts.clone(),
        media: hands.media.clone(),
        bucket: hands.bucket.clone(),
        webhooks: (*hands.webhooks).clone(),
        events: hands.events.clone(),
    }
}

pub(crate) fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

impl World {
    /// A tenant with a key, and nothing else yet.
    pub(crate) async fn start() -> Self {
        let bench = Bench::of("DeleteTenantsFunction").await;
        bench.caller(&bench.tenant).await;
        let job = job(&bench.role);
        Self { job, bench, began: Timestamp::now() }
    }

    pub(crate) async fn begin(&self) {
        assert!(self.bench.owner.tenants.begin_deletion(&self.bench.tenant, self.began).await.unwrap().is_done());
    }

    /// A run so many minutes after the deletion was begun.
    pub(crate) async fn run(&self, after: i64) -> Ran {
        self.run_for(after, Duration::from_mins(2)).await
    }

    /// The same with so much time.
    pub(crate) async fn run_for(&self, after: i64, time: Duration) -> Ran {
        self.job.run(self.began + minutes(after), Instant::now() + time).await.unwrap()
    }

    pub(crate) async fn is_there(&self) -> bool {
        self.bench.owner.tenants.tenant(&self.bench.tenant).await.unwrap().is_some()
    }

    pub(crate) async fn log(&self, tenant: &TenantId, number: usize) {
        let happened = Happened {
            kind: EventType::KeyCreated,
            resource: "key_1".to_owned(),
            accounts: Vec::new(),
            at: self.began,
        };
        let entry = LogEntry::new(tenant.clone(), &number.to_string(), happened, &"x").unwrap();
        self.bench.owner.events.append(&entry).await.unwrap();
    }

    pub(crate) async fn logged(&self, tenant: &TenantId) -> usize {
        self.bench.owner.events.list(&Reach::whole(tenant), None, 1000).await.unwrap().entries.len()
    }

    /// An endpoint of the tenant.
    pub(crate) async fn endpoint(&self) -> WebhookRecord {
        let webhook = WebhookRecord::new(
            self.bench.tenant.clone(),
            "wh_1".parse().unwrap(),
            "https://example.com/hook".to_owned().into(),
            vec![EventType::PostPublished],
            (Sealed::from_stored("sealed"), "whsec_abcd…".to_owned()),
            self.began,
        );
        let happened = Happened {
            kind: EventType::WebhookCreated,
            resource: webhook.id.to_string(),
            accounts: Vec::new(),
            at: self.began,
        };
        let entry = LogEntry::new(self.bench.tenant.clone(), "made", happened, &"x").unwrap();
        assert!(self.bench.owner.webhooks.add(&webhook, &entry, None, self.began).await.unwrap().is_done());
        webhook
    }

    pub(crate) fn stranger() -> TenantId {
        new_tenant()
    }
}

/// A brand of the tenant without accounts, whose deletion has begun.
pub(crate) async fn closed_brand(world: &World, brand: &str) -> BrandId {
    let tenant = &world.bench.tenant;
    world.bench.make_brand(tenant, brand).await;
    let brand: BrandId = brand.parse().unwrap();
    let accounts = &world.bench.owner.accounts;
    accounts.close_brand(&Reach::whole(tenant), &brand, world.began, world.began).await.unwrap().done().unwrap();
    brand
}
