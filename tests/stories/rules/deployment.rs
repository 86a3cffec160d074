//! What a first deployment would stumble over, by AWS's documentation and by reports of others. Nothing local refuses
//! it, so it is asked of the processed template: with the globals merged in and all parameters resolved.

use serde_json::Value;
use slipway_local::template::Processed;

use super::template;

/// What a deployment with the default parameters makes.
fn made() -> Vec<Processed> {
    let (template, names) = template(&[]);
    let made = template.processed(&names).unwrap();
    assert!(made.len() >= 25, "the resources are found: {}", made.len());
    made
}

/// What it makes of this type, which there has to be.
fn made_of(kind: &str) -> Vec<Processed> {
    let mut made = made();
    made.retain(|resource| resource.kind == kind);
    assert!(!made.is_empty(), "there is no {kind}");
    made
}

/// Each event of this type with the function that it starts.
fn events(kind: &str) -> Vec<(Processed, Value)> {
    let mut found = Vec::new();
    for function in made_of("AWS::Serverless::Function") {
        let events = function.properties["Events"].as_object().cloned().unwrap_or_default();
        let events = events.into_iter().filter(|(_, event)| event["Type"] == kind);
        found.extend(events.map(|(_, event)| (function.clone(), event["Properties"].clone())));
    }
    assert!(!found.is_empty(), "there is no event {kind}");
    found
}

/// HTTP APIs are reported to refuse such routes: SAM then makes none, or the stack rolls back. What a caller asks for
/// with a slash at its end reaches the default route, which leads to the path without it.
#[test]
fn no_route_ends_in_a_slash() {
    for (function, event) in events("HttpApi") {
        let path = event["Path"].as_str().unwrap();
        assert!(!path.ends_with('/'), "{}: {path}", function.logical_id);
    }
}

/// API Gateway's developer guide, "Throttle requests to your HTTP APIs": without settings of the stage a route may use up
/// all that the account's functions share, and TikTok's webhooks with it.
#[test]
fn a_flood_on_a_route_is_held_back_before_it_reaches_a_function() {
    let api = &made_of("AWS::Serverless::HttpApi")[0].properties;
    let of = |settings: &Value| ["ThrottlingRateLimit", "ThrottlingBurstLimit"].map(|name| number(&settings[name]));
    let [rate, burst] = of(&api["DefaultRouteSettings"]);
    assert!((1.0..=200.0).contains(&rate) && burst >= rate, "{rate} a second, {burst} at once");
    let routes = events("HttpApi");
    let own = api["RouteSettings"].as_object().unwrap();
    for (route, settings) in own {
        let is_it = |(function, event): &&(Processed, Value)| {
            format!("{} {}", event["Method"].as_str().unwrap(), event["Path"].as_str().unwrap()) == *route
                && function.logical_id == "TikTokWebhookFunction"
        };
        assert!(routes.iter().any(|found| is_it(&found)), "{route} is where TikTok's webhooks come");
        let [of_webhooks, at_once] = of(settings);
        assert!(of_webhooks > rate && at_once > burst, "TikTok's webhooks come though everything else is flooded");
    }
    assert_eq!(own.len(), 1);
}

/// Lambda's developer guide, "Configuring reserved concurrency": what is reserved is kept from all others, and 100 must be
/// left. So a new account could not deploy it, and it is the operator's to say.
#[test]
fn executions_are_kept_for_what_must_go_on_where_the_operator_says_so() {
    let reserved = |parameters: &[(&str, &str)]| {
        let (template, names) = template(parameters);
        let functions = template.processed(&names).unwrap().into_iter();
        let functions = functions.filter(|resource| resource.kind == "AWS::Serverless::Function");
        let kept = functions.filter_map(|function| {
            let kept = function.properties.get("ReservedConcurrentExecutions")?;
            Some((function.logical_id, number(kept)))
        });
        kept.collect::<std::collections::BTreeMap<_, _>>()
    };
    assert_eq!(reserved(&[]), std::collections::BTreeMap::new());
    let kept = reserved(&[("WebhookIngressConcurrency", "10"), ("TransferConcurrency", "30")]);
    let expected = [
        ("DeleteTenantsFunction", 2.0),
        ("RefreshTokensFunction", 2.0),
        ("SweepFunction", 2.0),
        ("TikTokWebhookFunction", 10.0),
        ("TransferFunction", 30.0),
    ];
    assert_eq!(kept, expected.map(|(id, most)| (id.to_owned(), most)).into());
}

/// A number, which a parameter makes a text.
fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_else(|| panic!("{value} is no number"))
}

/// CloudFormation's reference of the deletion policy: with `Retain`, what a failed first deployment has made stays, and
/// nobody's next try takes it over.
#[test]
fn what_holds_data_stays_but_not_after_a_failed_first_deployment() {
    for kind in ["AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::S3::Bucket"] {
        for resource in made_of(kind) {
            let policies = (resource.deletion_policy.as_deref(), resource.update_replace_policy.as_deref());
            assert_eq!(policies, (Some("RetainExceptOnCreate"), Some("Retain")), "{}", resource.logical_id);
        }
    }
}

/// CloudFormation's reference of tables: of those with indexes only one is made at a time.
#[test]
fn tables_with_indexes_are_made_one_after_the_other() {
    let mut tables = made_of("AWS::DynamoDB::Table");
    tables.retain(|table| table.properties["GlobalSecondaryIndexes"].is_array());
    let comes_after = |table: &Processed, other: &str| table.depends_on.iter().any(|id| id == other);
    let is_first = |table: &&Processed| !tables.iter().any(|other| comes_after(table, &other.logical_id));
    let mut chain: Vec<_> = tables.iter().filter(is_first).map(|table| table.logical_id.as_str()).collect();
    assert_eq!(chain.len(), 1, "one table is the first: {chain:?}");
    while let Some(next) = tables.iter().find(|table| comes_after(table, chain[chain.len() - 1])) {
        assert!(!chain.contains(&next.logical_id.as_str()), "{} waits for itself", next.logical_id);
        chain.push(&next.logical_id);
    }
    assert_eq!(chain.len(), tables.len(), "each has one after it: {chain:?}");
}

/// Names are unique in an account and region, so that a second stack could not be deployed beside the first.
#[test]
fn nothing_has_a_name_of_its_own() {
    const NAMES: [&str; 7] = ["FunctionName", "QueueName", "TableName", "BucketName", "AliasName", "RoleName", "Name"];
    for resource in made() {
        let named = NAMES.iter().find(|name| resource.properties.get(**name).is_some());
        assert_eq!(named, None, "{}", resource.logical_id);
    }
    for (function, schedule) in events("ScheduleV2") {
        // SAM's own name for a schedule is that of its function and event.
        assert_eq!((&schedule["OmitName"], &schedule["Name"]), (&true.into(), &Value::Null), "{}", function.logical_id);
    }
}

/// What a deployment with a domain for pulls makes beside the others.
fn made_for_pulls() -> (Vec<Processed>, Value) {
    let (template, names) = template(&[("PullDomain", "media.example.com"), ("PullCertificateArn", "arn:aws:acm:c")]);
    let made = template.processed(&names).unwrap();
    let policy =
        made.iter().find(|resource| resource.kind == "AWS::S3::BucketPolicy").expect("there is a bucket policy");
    let policy = policy.properties["PolicyDocument"]["Statement"].clone();
    (made, policy)
}

#[test]
fn without_a_domain_nothing_of_the_bucket_is_served() {
    let cdn = made().into_iter().find(|resource| resource.kind.starts_with("AWS::CloudFront::"));
    assert!(cdn.is_none(), "{cdn:?}");
    let policy = made_of("AWS::S3::BucketPolicy");
    let statements = policy[0].properties["PolicyDocument"]["Statement"].as_array().unwrap();
    assert!(statements.iter().all(|statement| statement["Effect"] == "Deny"), "{statements:#?}");
}

/// TikTok follows no redirect; what is deleted must not be had from a cache; and nothing but copies is served, to nobody
/// but this distribution.
#[test]
fn with_a_domain_copies_are_served_and_nothing_else() {
    let (made, policy) = made_for_pulls();
    let distribution = made.iter().find(|resource| resource.kind == "AWS::CloudFront::Distribution").unwrap();
    let config = &distribution.properties["DistributionConfig"];
    assert_eq!(config["Aliases"], serde_json::json!(["media.example.com"]));
    assert_eq!(config["CacheBehaviors"], Value::Null, "there is one behavior");
    let behavior = &config["DefaultCacheBehavior"];
    assert_eq!(behavior["ViewerProtocolPolicy"], "https-only");
    assert_eq!(behavior["CachePolicyId"], "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "CachingDisabled");
    assert_eq!(config["Origins"][0]["OriginAccessControlId"], "PullAccess");
    let allowed: Vec<_> =
        policy.as_array().unwrap().iter().filter(|statement| statement["Effect"] == "Allow").collect();
    let [allowed] = allowed[..] else { panic!("{policy:#?}") };
    assert_eq!(
        (&allowed["Action"], allowed["Principal"].to_string().as_str()),
        (&"s3:GetObject".into(), r#"{"Service":"cloudfront.amazonaws.com"}"#)
    );
    assert!(allowed["Resource"].as_str().unwrap().ends_with("/pull/*"), "{allowed:#?}");
    let source = allowed["Condition"]["StringEquals"]["aws:SourceArn"].as_str().unwrap();
    assert!(source.ends_with(":distribution/PullDistribution"), "{source}");
}

/// The net under the functions that delete copies.
#[test]
fn a_copy_that_nobody_deletes_is_gone_after_a_day() {
    let bucket = made_of("AWS::S3::Bucket").remove(0);
    let rules = bucket.properties["LifecycleConfiguration"]["Rules"].as_array().unwrap().clone();
    let copies: Vec<_> = rules.iter().filter(|rule| rule["Prefix"] == "pull/").collect();
    assert!(matches!(copies[..], [rule] if rule["ExpirationInDays"] == 1 && rule["Status"] == "Enabled"), "{rules:#?}");
}

/// EventBridge Scheduler invokes asynchronously: Lambda itself repeats a failed run twice, and keeps runs for hours.
#[test]
fn a_scheduled_run_is_not_repeated_and_not_kept_for_later() {
    for (function, schedule) in events("ScheduleV2") {
        let config = &function.properties["EventInvokeConfig"];
        let kept = (&config["MaximumRetryAttempts"], &config["MaximumEventAgeInSeconds"]);
        assert_eq!(kept, (&0.into(), &60.into()), "{}", function.logical_id);
        assert_eq!(schedule["RetryPolicy"]["MaximumRetryAttempts"], 0, "{}", function.logical_id);
    }
}

/// Indexes know queries and scans only; a right that means nothing hides what a role may do.
#[test]
fn only_queries_are_granted_on_indexes() {
    let mut seen = 0;
    for function in made_of("AWS::Serverless::Function") {
        let policies = function.properties["Policies"].as_array().unwrap();
        let statements = policies.iter().filter_map(|policy| policy["Statement"].as_array()).flatten();
        for statement in statements.filter(|statement| statement["Resource"].to_string().contains("/index/")) {
            assert_eq!(statement["Action"], serde_json::json!(["dynamodb:Query"]), "{}", function.logical_id);
            seen += 1;
        }
    }
    assert!(seen >= 5, "they are found: {seen}");
}
