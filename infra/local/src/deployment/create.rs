//! Creates what the template declares. Creating again what is there changes nothing, so that kept data is found again.

use std::collections::BTreeMap;
use std::fmt::Display;

use aws_stand_in::{AwsStandIn, CorsRule, QueueSpec, Redrive};

use crate::StartError;
use crate::template::{BucketCorsRule, Names, Processed, Queue, Template};

/// The physical names of what was created, by logical id.
pub(super) struct Created {
    pub(super) queues: BTreeMap<String, Queue>,
    pub(super) tables: BTreeMap<String, String>,
    pub(super) buckets: BTreeMap<String, String>,
    /// ARNs of keys.
    pub(super) keys: BTreeMap<String, String>,
    /// Where what a CDN would serve is served, if anything is.
    pub(super) served_at: Option<String>,
}

/// Creates keys, queues, tables and buckets; puts the queues' URLs among the names.
pub(super) async fn all(template: &Template, names: &mut Names, aws: &AwsStandIn) -> Result<Created, StartError> {
    let mut created = Created {
        queues: BTreeMap::new(),
        tables: BTreeMap::new(),
        buckets: BTreeMap::new(),
        keys: BTreeMap::new(),
        served_at: None,
    };
    for key in template.keys(names)? {
        aws.create_key(&key.key_id).map_err(|error| refused(&key.logical_id, &error))?;
        created.keys.insert(key.logical_id, key.arn);
    }
    for queue in template.queues(names)? {
        let address = aws.sqs().create_queue(&spec(&queue)).map_err(|error| refused(&queue.logical_id, &error))?;
        names.queue_urls.insert(queue.logical_id.clone(), address.url);
        created.queues.insert(queue.logical_id.clone(), queue);
    }
    for table in template.tables(names)? {
        aws.create_table(table.create, table.ttl_attribute.as_deref())
            .await
            .map_err(|error| refused(&table.logical_id, &error))?;
        created.tables.insert(table.logical_id, table.name);
    }
    for bucket in template.buckets(names)? {
        aws.create_bucket(&bucket.name).map_err(|error| refused(&bucket.logical_id, &error))?;
        aws.set_bucket_cors(&bucket.name, bucket.cors.into_iter().map(rule).collect());
        if let Some(key) = &bucket.key {
            aws.set_bucket_key(&bucket.name, key);
        }
        created.buckets.insert(bucket.logical_id, bucket.name);
    }
    for (bucket, prefix) in served(&template.processed(names)?) {
        created.served_at = Some(aws.serve_objects(&bucket, &prefix));
    }
    Ok(created)
}

/// What bucket policies let a CDN read: each a bucket, and what keys begin with.
fn served(resources: &[Processed]) -> Vec<(String, String)> {
    let policies = resources.iter().filter(|resource| resource.kind == "AWS::S3::BucketPolicy");
    let statements =
        policies.filter_map(|policy| policy.properties["PolicyDocument"]["Statement"].as_array()).flatten();
    let served = statements.filter(|statement| {
        let by_cloudfront = statement["Principal"]["Service"] == "cloudfront.amazonaws.com";
        by_cloudfront && statement["Effect"] == "Allow" && statement["Action"] == "s3:GetObject"
    });
    let objects = served.filter_map(|statement| statement["Resource"].as_str()?.strip_prefix("arn:aws:s3:::"));
    let objects = objects.filter_map(|objects| objects.strip_suffix('*')?.split_once('/'));
    objects.map(|(bucket, prefix)| (bucket.to_owned(), prefix.to_owned())).collect()
}

fn rule(rule: BucketCorsRule) -> CorsRule {
    CorsRule {
        allowed_origins: rule.allowed_origins,
        allowed_methods: rule.allowed_methods,
        allowed_headers: rule.allowed_headers,
        exposed_headers: rule.exposed_headers,
        max_age_seconds: rule.max_age,
    }
}

fn spec(queue: &Queue) -> QueueSpec {
    QueueSpec {
        visibility_timeout: queue.visibility_timeout,
        delay: queue.delay,
        retention: queue.retention,
        redrive: queue.redrive.as_ref().map(|redrive| Redrive {
            dead_letter_queue: redrive.dead_letters.clone(),
            max_receive_count: redrive.max_receive_count,
        }),
        ..QueueSpec::new(&queue.name)
    }
}

fn refused(logical_id: &str, problem: &impl Display) -> StartError {
    StartError::Create { logical_id: logical_id.to_owned(), problem: problem.to_string() }
}
