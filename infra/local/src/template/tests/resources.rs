//! Queues, tables, buckets and keys, and what can not be run here.

use serde_json::json;

use super::*;

#[test]
fn resources_whose_condition_fails_do_not_exist() {
    let text = r#"
Conditions: { No: !Equals [a, b], Yes: !Equals [a, a] }
Resources:
  Gone: { Type: "AWS::SQS::Queue", Condition: No }
  Here: { Type: "AWS::SQS::Queue", Condition: Yes }
"#;
    let queues = parse(text).unwrap().queues(&names()).unwrap();
    assert_eq!(queues.iter().map(|queue| queue.name.as_str()).collect::<Vec<_>>(), ["Here"]);
}

#[test]
fn a_processed_resource_has_its_attributes_and_what_the_globals_give_it() {
    let text = r#"
Parameters: { Most: { Type: Number, Default: 7 } }
Conditions: { No: !Equals [a, b] }
Globals: { Function: { Timeout: 29, EventInvokeConfig: { MaximumRetryAttempts: 0 } } }
Resources:
  F:
    Type: AWS::Serverless::Function
    DeletionPolicy: Retain
    UpdateReplacePolicy: Delete
    DependsOn: [T, P]
    Properties: { MemorySize: !Ref Most }
  Gone: { Type: "AWS::SQS::Queue", Condition: No }
  P: { Type: "AWS::S3::BucketPolicy", DependsOn: T, Properties: { Bucket: x } }
  T: { Type: "AWS::DynamoDB::Table" }
"#;
    let made = parse(text).unwrap().processed(&names()).unwrap();
    assert_eq!(made.iter().map(|made| made.logical_id.as_str()).collect::<Vec<_>>(), ["F", "P", "T"]);
    let expected = json!({ "Timeout": 29, "EventInvokeConfig": { "MaximumRetryAttempts": 0 }, "MemorySize": "7" });
    assert_eq!((made[0].kind.as_str(), &made[0].properties), ("AWS::Serverless::Function", &expected));
    let policies = (made[0].deletion_policy.as_deref(), made[0].update_replace_policy.as_deref());
    assert_eq!(
        (policies, &made[0].depends_on[..]),
        ((Some("Retain"), Some("Delete")), &["T", "P"].map(str::to_owned)[..])
    );
    assert_eq!((&made[1].depends_on[..], made[2].deletion_policy.as_deref()), (&["T".to_owned()][..], None));
}

#[test]
fn dead_letter_queues_come_first() {
    let text = "
Resources:
  A:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      DelaySeconds: 5
      RedrivePolicy: { deadLetterTargetArn: !GetAtt B.Arn, maxReceiveCount: 10 }
  B: { Type: AWS::SQS::Queue, Properties: { MessageRetentionPeriod: 1209600 } }
";
    let queues = parse(text).unwrap().queues(&names()).unwrap();
    assert_eq!((queues[0].name.as_str(), queues[0].retention.as_secs()), ("B", 1_209_600));
    assert_eq!((queues[1].visibility_timeout.as_secs(), queues[1].delay.as_secs()), (60, 5));
    assert_eq!(queues[1].redrive, Some(Redrive { dead_letters: "B".to_owned(), max_receive_count: 10 }));
}

#[test]
fn a_bucket_names_the_key_that_seals_it_by_id_or_by_arn() {
    for key in ["!Ref Key", "!GetAtt Key.Arn"] {
        let text = format!(
            "
Resources:
  Key: {{ Type: AWS::KMS::Key }}
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {{ SSEAlgorithm: aws:kms, KMSMasterKeyID: {key} }}
"
        );
        let template = parse(&text).unwrap();
        let arn = template.keys(&names()).unwrap().pop().unwrap().arn;
        assert_eq!(template.buckets(&names()).unwrap().pop().unwrap().key, Some(arn), "{key}");
    }
}

#[test]
fn a_resource_nobody_here_can_run_is_refused() {
    let error = parse("Resources: { S: { Type: AWS::StepFunctions::StateMachine } }").err().unwrap();
    assert_eq!(error.to_string(), "template: S: the local stack cannot run a AWS::StepFunctions::StateMachine");
}

#[test]
fn the_projects_own_template_can_be_run() {
    let path = std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml"));
    let needed = ["TikTokClientKey", "TikTokClientSecret"].map(|name| (name.to_owned(), "x".to_owned()));
    let template = Template::read(&path, &BTreeMap::from(needed)).unwrap();
    let mut names = names();
    for queue in template.queues(&names).unwrap() {
        names.queue_urls.insert(queue.logical_id.clone(), format!("http://sqs/{}", queue.name));
    }
    let functions = template.functions(&names).unwrap();
    let has_default = functions
        .iter()
        .flat_map(|function| &function.triggers)
        .any(|trigger| matches!(trigger, Trigger::Http(route) if route.route_key == "$default"));
    assert!(has_default, "the API answers unknown routes");
    for table in template.tables(&names).unwrap() {
        assert_eq!(table.create["TableName"], table.name, "{}", table.logical_id);
        assert_eq!(table.ttl_attribute.as_deref(), Some("expires_at"), "{}", table.logical_id);
    }
    let buckets = template.buckets(&names).unwrap();
    assert!(!buckets.is_empty() && buckets.iter().all(|bucket| bucket.key.is_some()), "what is kept is sealed");
    assert!(!template.keys(&names).unwrap().is_empty());
    assert!(template.http_api(&names).unwrap().is_some_and(|api| api.cors.is_some()));
}
