//! What a first deployment would stumble over, by AWS's documentation and by reports of others. Nothing local refuses
//! it, so it is read from the template.

use std::collections::BTreeMap;

use super::{declared, resources};

/// The resources whose text contains this, which there have to be.
fn with(text: &str) -> BTreeMap<String, String> {
    let mut found = resources();
    found.retain(|_, block| block.contains(text));
    assert!(!found.is_empty(), "no resource has {text}");
    found
}

/// HTTP APIs are reported to refuse such routes: SAM then makes none, or the stack rolls back. What a caller asks for
/// with a slash at its end reaches the default route, which leads to the path without it.
#[test]
fn no_route_ends_in_a_slash() {
    for (id, block) in declared() {
        for route in block.split("Path: ").skip(1) {
            let path = route.split([',', ' ', '\n']).next().unwrap().trim_matches('"');
            assert!(!path.ends_with('/'), "{id}: {path}");
        }
    }
}

/// CloudFormation's reference of the deletion policy: with `Retain`, what a failed first deployment has made stays, and
/// nobody's next try takes it over.
#[test]
fn what_holds_data_stays_but_not_after_a_failed_first_deployment() {
    for kind in ["AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::S3::Bucket\n"] {
        for (id, block) in with(&format!("Type: {kind}")) {
            assert!(block.contains("DeletionPolicy: RetainExceptOnCreate\n"), "{id}");
            assert!(block.contains("UpdateReplacePolicy: Retain\n"), "{id}");
        }
    }
}

/// CloudFormation's reference of tables: of those with indexes only one is made at a time.
#[test]
fn tables_with_indexes_are_made_one_after_the_other() {
    let tables = with("GlobalSecondaryIndexes:");
    let after = |block: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix("    DependsOn: "))?;
        tables.contains_key(line).then(|| line.to_owned())
    };
    let mut chain: Vec<&String> = tables.keys().filter(|id| after(&tables[*id]).is_none()).collect();
    assert_eq!(chain.len(), 1, "one table is the first: {chain:?}");
    while let Some(next) = tables.keys().find(|id| after(&tables[*id]).as_ref() == chain.last().copied()) {
        assert!(!chain.contains(&next), "{next} waits for itself");
        chain.push(next);
    }
    assert_eq!(chain.len(), tables.len(), "each has one after it: {chain:?}");
}

/// Names are unique in an account and region, so that a second stack could not be deployed beside the first.
#[test]
fn nothing_has_a_name_of_its_own() {
    for (id, block) in resources() {
        for name in ["FunctionName:", "QueueName:", "TableName:", "BucketName:", "AliasName:", "RoleName:", "Name: "] {
            // `IndexName: `, `AttributeName: ` and the like are names within the resource.
            let named = block.lines().map(str::trim_start).find(|line| line.starts_with(name));
            assert_eq!(named, None, "{id}");
        }
        // SAM's own name for a schedule is that of its function and event.
        let schedules = block.matches("Type: ScheduleV2").count();
        assert_eq!(block.matches("OmitName: true").count(), schedules, "{id}");
    }
}

/// EventBridge Scheduler invokes asynchronously: Lambda itself repeats a failed run twice, and keeps runs for hours.
#[test]
fn a_scheduled_run_is_not_repeated_and_not_kept_for_later() {
    for (id, block) in with("Type: ScheduleV2") {
        assert!(block.contains("EventInvokeConfig: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }"), "{id}");
        assert!(block.contains("RetryPolicy: { MaximumRetryAttempts: 0 }"), "{id}");
    }
}

/// Indexes know queries and scans only; a right that means nothing hides what a role may do.
#[test]
fn only_queries_are_granted_on_indexes() {
    for (id, block) in declared() {
        for statement in block.split("- Sid: ").skip(1).filter(|statement| statement.contains("/index/")) {
            assert!(statement.contains("Action: [dynamodb:Query]\n"), "{id}: {statement}");
        }
    }
}
