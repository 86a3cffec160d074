//! The functions' rights.

use super::*;

/// A template with one function that has these policies and a queue.
fn with_policies(policies: &str) -> String {
    format!(
        r"
Resources:
  Jobs: {{ Type: AWS::SQS::Queue }}
  Table: {{ Type: AWS::DynamoDB::Table }}
  Bucket: {{ Type: AWS::S3::Bucket }}
  Key: {{ Type: AWS::KMS::Key }}
  F:
    Type: AWS::Serverless::Function
    Metadata: {{ BuildProperties: {{ Binary: f }} }}
    Properties:
      Policies: {policies}
      Events: {{ E: {{ Type: SQS, Properties: {{ Queue: !GetAtt Jobs.Arn }} }} }}
"
    )
}

#[test]
fn policies_become_statements_and_a_queues_event_brings_its_own() {
    let text = with_policies(
        r#"
        - Statement:
            - Sid: Posts
              Effect: Allow
              Action: [dynamodb:GetItem, dynamodb:Query]
              Resource: [!GetAtt Table.Arn, !Sub "${Table.Arn}/index/due"]
        - Version: "2012-10-17"
          Statement:
            - Sid: Sealed
              Effect: Allow
              Action: kms:Decrypt
              Resource: !GetAtt Key.Arn
              Condition: { StringEquals: { "kms:ViaService": !Sub "s3.${AWS::Region}.amazonaws.com" } }"#,
    );
    let functions = parse(&text).unwrap().functions(&names()).unwrap();
    let [posts, sealed, polls] = functions[0].policy.as_slice() else { panic!("three statements") };
    assert_eq!((posts.sid.as_str(), posts.via_service.as_deref()), ("Posts", None));
    assert_eq!(posts.actions, ["dynamodb:GetItem", "dynamodb:Query"]);
    let table = "arn:aws:dynamodb:us-east-1:000000000000:table/Table";
    assert_eq!(posts.resources, [table.to_owned(), format!("{table}/index/due")]);
    assert_eq!(sealed.actions, ["kms:Decrypt"]);
    assert_eq!(sealed.via_service.as_deref(), Some("s3.us-east-1.amazonaws.com"));
    assert_eq!(polls.actions, ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]);
    assert_eq!(polls.resources, ["arn:aws:sqs:us-east-1:000000000000:Jobs"]);
}

#[test]
fn policies_that_cannot_be_enforced_are_refused() {
    let statement = |rest: &str| format!("[{{ Statement: [{{ Sid: A, {rest} }}] }}]");
    let allow = |rest: &str| statement(&format!("Effect: Allow, Action: a, Resource: b{rest}"));
    for (policies, problem) in [
        ("AmazonS3FullAccess".to_owned(), "F.Policies[0]: the local stack knows policies with a Statement"),
        ("[{ SQSPollerPolicy: { QueueName: x } }]".to_owned(), "F.Policies[0]: the local stack knows policies"),
        (statement("Effect: Deny, Action: a, Resource: b"), "F.Policies[0].Statement[0]: the local stack knows"),
        (statement("Effect: Allow, Action: a"), "F.Policies[0].Statement[0]: missing field `Resource`"),
        (statement("Effect: Allow, NotAction: a, Resource: b"), "F.Policies[0].Statement[0]: unknown field"),
        (allow(", Condition: { StringLike: { a: b } }"), "F.Policies[0].Statement[0]: unknown field `StringLike`"),
        (
            allow(r#", Condition: { StringEquals: { "aws:SourceVpc": b } }"#),
            "F.Policies[0].Statement[0]: unknown field `aws:SourceVpc`",
        ),
        (
            "[{ Statement: [{ Sid: A, Effect: Allow, Action: a, Resource: !GetAtt Nobody.Arn }] }]".to_owned(),
            "F.Policies[0].Statement[0].Resource: Nobody is neither",
        ),
        (
            r"
        - Statement: [{ Sid: A, Effect: Allow, Action: a, Resource: b }]
        - Statement: [{ Sid: A, Effect: Allow, Action: c, Resource: d }]"
                .to_owned(),
            "F.Policies[1].Statement[0]: there is another statement A",
        ),
    ] {
        let error = parse(&with_policies(&policies)).unwrap().functions(&names()).unwrap_err().to_string();
        assert!(error.starts_with("template: ") && error.contains(problem), "{policies}: {error}");
    }
}
