//! What is stored about media and posts, as nobody but a story about time and crashes may look at it, or turn it back.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::World;

pub(crate) struct Items<'a> {
    client: Client,
    world: &'a World,
}

const TABLES: [&str; 6] = ["TenantsTable", "AccountsTable", "MediaTable", "PostsTable", "EventsTable", "WebhooksTable"];

type Item = HashMap<String, AttributeValue>;

impl<'a> Items<'a> {
    pub(crate) fn of(world: &'a World) -> Self {
        Self { client: world.dynamodb.clone(), world }
    }

    async fn all(&self, table: &str) -> Vec<Item> {
        let scan = self.client.scan().table_name(self.world.stack.table(table).unwrap()).send().await.unwrap();
        scan.items.unwrap()
    }

    /// Everything in the tables that names one of these, as a text.
    pub(crate) async fn naming(&self, names: &[String]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for table in TABLES {
            let items = self.all(table).await.into_iter().map(|item| in_order(&AttributeValue::M(item)));
            found.extend(items.filter(|item| names.iter().any(|name| item.contains(name.as_str()))));
        }
        assert!(!found.is_empty(), "something is named");
        found
    }

    /// Everything in the tables that names one of these, but for what goes by its time being over: guards against repeats,
    /// states of authorizations, and the publishes of posts that were deleted. By their keys.
    pub(crate) async fn left_of(&self, names: &[String]) -> BTreeMap<String, String> {
        const BY_TIME: [&str; 3] = ["GUARD#", "STATE#", "ALIAS#"];
        let mut found = BTreeMap::new();
        for table in TABLES {
            for item in self.all(table).await {
                let begins = |name: &str| BY_TIME.iter().any(|kind| item[name].as_s().unwrap().starts_with(kind));
                let goes_by_itself = item.contains_key("expires_at") && (begins("pk") || begins("sk"));
                let key = ["pk", "sk"].map(|name| item[name].as_s().unwrap().as_str()).join(" ");
                let item = in_order(&AttributeValue::M(item.clone()));
                if !goes_by_itself && names.iter().any(|name| item.contains(name.as_str())) {
                    found.insert(format!("{table} {key}"), item);
                }
            }
        }
        found
    }

    /// Whether there is a tenant of this id, or its deletion.
    pub(crate) async fn has_tenant(&self, tenant: &str) -> bool {
        self.is_going(tenant).await || self.find("TenantsTable", "id", tenant).await.is_some()
    }

    /// Whether the tenant is being deleted.
    pub(crate) async fn is_going(&self, tenant: &str) -> bool {
        self.deletion_of(tenant).await.is_some()
    }

    /// When something of a tenant that is being deleted was found last, and when its deletion goes on. Of one that is gone
    /// nothing is written.
    pub(crate) async fn deletion_goes_on(&self, tenant: &str, found_at: Timestamp, due_at: Timestamp) {
        let Some(item) = self.deletion_of(tenant).await else { return };
        self.set("TenantsTable", &item, &["found_at"], text(found_at)).await;
        self.set("TenantsTable", &item, &["due_at"], AttributeValue::N(due_at.as_second().to_string())).await;
    }

    async fn deletion_of(&self, tenant: &str) -> Option<Item> {
        self.find("TenantsTable", "sk", tenant).await
    }

    /// Whether anything is stored about the account.
    pub(crate) async fn knows_account(&self, account: &str) -> bool {
        self.find("AccountsTable", "id", account).await.is_some()
    }

    async fn find(&self, table: &str, name: &str, value: &str) -> Option<Item> {
        let fits = |item: &Item| item.get(name).and_then(|found| found.as_s().ok()).is_some_and(|found| found == value);
        self.all(table).await.into_iter().find(fits)
    }

    /// Whether anything is stored about the media.
    pub(crate) async fn knows(&self, media: &str) -> bool {
        self.find("MediaTable", "id", media).await.is_some()
    }

    /// How many authorizations are under way, or known still.
    pub(crate) async fn authorizations(&self) -> usize {
        let is_state = |item: &&Item| item["sk"].as_s().is_ok_and(|sk| sk == "STATE");
        self.all("AccountsTable").await.iter().filter(is_state).count()
    }

    async fn set(&self, table: &str, item: &Item, path: &[&str], value: AttributeValue) {
        let mut update = self.client.update_item().table_name(self.world.stack.table(table).unwrap());
        let names: Vec<_> = (0..path.len()).map(|index| format!("#n{index}")).collect();
        update = update.update_expression(format!("SET {} = :value", names.join(".")));
        for (name, part) in names.into_iter().zip(path) {
            update = update.expression_attribute_names(name, *part);
        }
        update = update.key("pk", item["pk"].clone()).key("sk", item["sk"].clone());
        update.expression_attribute_values(":value", value).send().await.unwrap();
    }

    /// Whoever uses a key next notes that it is used.
    pub(crate) async fn keys_were_not_used_lately(&self) {
        let long_ago = Timestamp::now() - SignedDuration::from_hours(24);
        for item in self.all("TenantsTable").await.iter().filter(|item| item.contains_key("last_used_at")) {
            self.set("TenantsTable", item, &["last_used_at"], text(long_ago)).await;
        }
    }

    /// Every delivery that is to be tried again is due now.
    pub(crate) async fn due_deliveries(&self) {
        let now = Timestamp::now();
        for item in self.all("WebhooksTable").await.iter().filter(|item| item.contains_key("next_attempt_at")) {
            self.set("WebhooksTable", item, &["next_attempt_at"], text(now)).await;
            self.set("WebhooksTable", item, &["due_at"], AttributeValue::N(now.as_second().to_string())).await;
        }
    }

    /// Every endpoint that fails has done so for a week.
    pub(crate) async fn failing_for_a_week(&self) {
        let since = Timestamp::now() - SignedDuration::from_hours(7 * 24);
        for item in self.all("WebhooksTable").await.iter().filter(|item| item.contains_key("failing_since")) {
            self.set("WebhooksTable", item, &["failing_since"], text(since)).await;
        }
    }

    /// Every target is of a version that knew nothing of brands.
    pub(crate) async fn targets_say_no_brand(&self) {
        let table = self.world.stack.table("PostsTable").unwrap();
        for item in self.all("PostsTable").await.into_iter().filter(|item| item.contains_key("brand")) {
            let update = self.client.update_item().table_name(table).update_expression("REMOVE brand");
            let key = update.key("pk", item["pk"].clone()).key("sk", item["sk"].clone());
            key.send().await.unwrap();
        }
    }

    /// The media was made so long ago.
    pub(crate) async fn made(&self, media: &str, ago: SignedDuration) {
        let item = self.find("MediaTable", "id", media).await.expect("the media is stored");
        self.set("MediaTable", &item, &["created_at"], text(Timestamp::now() - ago)).await;
    }

    /// The sweep looks at the media now. What it decides is its own business.
    pub(crate) async fn due(&self, media: &str) {
        let item = self.find("MediaTable", "id", media).await.expect("the media is stored");
        let now = Timestamp::now().as_second() - 1;
        self.set("MediaTable", &item, &["due_at"], AttributeValue::N(now.to_string())).await;
    }

    /// Where the media's object is in the bucket.
    pub(crate) async fn object_key(&self, media: &str) -> String {
        let item = self.find("MediaTable", "id", media).await.expect("the media is stored");
        item["s3_key"].as_s().unwrap().clone()
    }

    /// These posts were made of the media; by now nothing is known of them.
    pub(crate) async fn used_by(&self, media: &str, posts: Vec<String>) {
        let item = self.find("MediaTable", "id", media).await.expect("the media is stored");
        self.set("MediaTable", &item, &["posts"], AttributeValue::Ss(posts)).await;
    }

    /// The posts that are noted to need the media.
    pub(crate) async fn posts_of(&self, media: &str) -> Vec<String> {
        let item = self.find("MediaTable", "id", media).await.expect("the media is stored");
        item.get("posts").map_or_else(Vec::new, |posts| posts.as_ss().unwrap().clone())
    }

    /// The post's only target was published so long ago.
    pub(crate) async fn published(&self, post: &str, ago: SignedDuration) {
        self.set("PostsTable", &self.target(post).await, &["state", "at"], text(Timestamp::now() - ago)).await;
    }

    /// The sweep looks at the post's only target now.
    pub(crate) async fn due_post(&self, post: &str) {
        let now = Timestamp::now().as_second() - 1;
        self.set("PostsTable", &self.target(post).await, &["due_at"], AttributeValue::N(now.to_string())).await;
    }

    /// The state of the post's only target.
    pub(crate) async fn state(&self, post: &str) -> String {
        let target = self.target(post).await;
        target["state"].as_m().unwrap()["name"].as_s().unwrap().clone()
    }

    async fn target(&self, post: &str) -> Item {
        let is_target = |item: &Item| item["pk"].as_s().unwrap().ends_with(post) && item.contains_key("account");
        self.all("PostsTable").await.into_iter().find(is_target).expect("the target is stored")
    }

    /// How often the log says this of the media.
    pub(crate) async fn events(&self, kind: &str, media: &str) -> usize {
        let is_it = |item: &Item| {
            let data: Value = serde_json::from_str(item["data"].as_s().unwrap()).unwrap();
            item["kind"].as_s().unwrap() == kind && data["media_id"] == media
        };
        self.all("EventsTable").await.iter().filter(|item| is_it(item)).count()
    }

    /// The hour is over: the next sweep begins to compare the whole bucket.
    pub(crate) async fn next_round(&self) {
        let delete = self.client.delete_item().table_name(self.world.stack.table("MediaTable").unwrap());
        let key = |name: &str| AttributeValue::S(name.to_owned());
        delete.key("pk", key("BUCKET")).key("sk", key("ROUND")).send().await.unwrap();
    }

    /// The sweep comes by, and compares the whole bucket.
    pub(crate) async fn compare_bucket(&self) {
        self.next_round().await;
        self.world.stack.run_schedule("SweepFunction").await.expect("the sweep runs");
    }

    /// The sweep comes by, and looks at this media.
    pub(crate) async fn sweep(&self, media: &str) {
        self.due(media).await;
        // A killed sweep answers nothing; the next one goes on.
        let _ = self.world.stack.run_schedule("SweepFunction").await;
    }
}

/// The value as a text, which is the same for the same value.
fn in_order(value: &AttributeValue) -> String {
    match value {
        AttributeValue::M(map) => {
            format!("{:?}", map.iter().map(|(name, value)| (name, in_order(value))).collect::<BTreeMap<_, _>>())
        }
        AttributeValue::L(list) => format!("{:?}", list.iter().map(in_order).collect::<Vec<_>>()),
        other => format!("{other:?}"),
    }
}

fn text(at: Timestamp) -> AttributeValue {
    AttributeValue::S(at.to_string())
}
