//! Everything that is kept anywhere, to be compared with what is kept later.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use slipway_media::Bucket;

use crate::Bench;
use crate::accounts::OF_CREATORS;

/// What is in every table, every queue and the bucket, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traces(BTreeSet<String>);

impl Bench {
    /// All that is kept at this moment.
    pub async fn traces(&self) -> Traces {
        let mut found = BTreeSet::new();
        self.tables(&mut found).await;
        self.queues(&mut found).await;
        let Bucket { s3, name } = &self.owner.bucket;
        let objects = s3.list_objects_v2().bucket(name).send().await.expect("S3 answers");
        assert_ne!(objects.is_truncated, Some(true), "too many objects to compare");
        found.extend(objects.contents().iter().map(|object| format!("object {:?} {:?}", object.key, object.e_tag)));
        Traces(found)
    }

    async fn tables(&self, found: &mut BTreeSet<String>) {
        let listed = self.owner.dynamodb.list_tables().send().await.expect("DynamoDB answers");
        let tables = listed.table_names.unwrap_or_default();
        assert!(!tables.is_empty(), "there are tables to compare");
        for table in tables {
            found.extend(self.items_in(&table).await.into_iter().map(|mut item| {
                // What TikTok reported of a creator is kept for a minute, whoever asked for whatever.
                item.retain(|name, _| !OF_CREATORS.contains(&name.as_str()));
                format!("{table} {}", written(&AttributeValue::M(item)))
            }));
        }
    }

    async fn queues(&self, found: &mut BTreeSet<String>) {
        let client = slipway_queue::client(&self.owner.sdk);
        let urls = client.list_queues().send().await.expect("SQS answers").queue_urls.unwrap_or_default();
        assert!(!urls.is_empty(), "there are queues to compare");
        for name in urls.iter().filter_map(|url| url.rsplit('/').next()) {
            let bodies = self.deployment.aws().sqs().peek(name).expect("the queue is there");
            found.extend(bodies.iter().enumerate().map(|(index, body)| format!("{name} message {index} {body}")));
        }
    }
}

/// The value as text, with whatever has no order in one.
fn written(value: &AttributeValue) -> String {
    match value {
        AttributeValue::M(map) => {
            let map: BTreeMap<_, _> = map.iter().collect();
            let members: Vec<_> = map.into_iter().map(|(name, value)| format!("{name}: {}", written(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        AttributeValue::L(list) => format!("{:?}", list.iter().map(written).collect::<Vec<_>>()),
        plain => format!("{plain:?}"),
    }
}

impl Traces {
    /// What has come and gone since then; nothing if all is as it was.
    pub fn since(&self, before: &Self) -> Vec<String> {
        let came = self.0.difference(&before.0).map(|trace| format!("+ {trace}"));
        let went = before.0.difference(&self.0).map(|trace| format!("- {trace}"));
        came.chain(went).collect()
    }
}
