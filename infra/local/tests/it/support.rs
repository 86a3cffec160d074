//! A stack over a small template, and ways to wait.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use slipway_local::{LogLine, Stack, StackOptions};
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedReceiver;

pub(crate) const TEMPLATE: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: { Type: String, Default: hello }
  BaseUrl: { Type: String, Default: "" }
Globals:
  Function:
    MemorySize: 256
    Timeout: 20
    LoggingConfig: { LogFormat: JSON, ApplicationLogLevel: DEBUG }
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration: { AllowOrigins: ["*"], AllowMethods: ["*"], ExposeHeaders: [X-Request-ID] }
  Probe:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: probe } }
    Properties:
      Environment: { Variables: { GREETING: !Ref Greeting, BASE_URL: !Ref BaseUrl, TABLE: !Ref Table, JOBS: !Ref Jobs } }
      Policies:
        - Statement:
            - { Sid: HandOver, Effect: Allow, Action: "sqs:SendMessage", Resource: !GetAtt Jobs.Arn }
      Events:
        Item: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: "/v1/{proxy+}", Method: ANY } }
        Impatient: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: /impatient, Method: ANY, TimeoutInMillis: 300 } }
        Often: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 minute) } }
  Worker:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: probe } }
    Properties:
      Events:
        Jobs:
          Type: SQS
          Properties: { Queue: !GetAtt Jobs.Arn, BatchSize: 10, FunctionResponseTypes: [ReportBatchItemFailures] }
  NeverStarts:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: probe } }
    Properties: { Environment: { Variables: { PROBE_START: fails } } }
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2 }
  Dead: { Type: AWS::SQS::Queue }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
  Bucket: { Type: AWS::S3::Bucket }
  Key: { Type: AWS::KMS::Key }
"#;

/// A stack and the folder that holds its template.
pub(crate) struct Fixture {
    pub(crate) stack: Stack,
    pub(crate) folder: TempDir,
}

pub(crate) async fn start() -> Fixture {
    start_with(|_| {}).await
}

pub(crate) async fn start_with(change: impl FnOnce(&mut StackOptions)) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let stack = Stack::start(options(folder.path(), change)).await.unwrap();
    Fixture { stack, folder }
}

pub(crate) fn options(folder: &Path, change: impl FnOnce(&mut StackOptions)) -> StackOptions {
    let template = folder.join("template.yaml");
    std::fs::write(&template, TEMPLATE).unwrap();
    let mut options = StackOptions { template, bin_dir: Some(examples()), ..StackOptions::default() };
    change(&mut options);
    options
}

/// Where cargo puts this package's examples: beside the folder of this test.
fn examples() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap().join("examples");
    assert!(
        folder.join("probe").exists(),
        "cargo test builds the examples; with --test, first run cargo build --example probe"
    );
    folder
}

impl Fixture {
    /// Gives the function an order and returns its answer.
    pub(crate) async fn order(&self, order: &str) -> Result<Value, slipway_local::InvokeError> {
        self.stack.invoke("Probe", serde_json::json!({ "order": order })).await
    }

    pub(crate) fn queue(&self, logical_id: &str) -> &str {
        self.stack.queue(logical_id).unwrap()
    }
}

/// Waits until something is so; fails after a time that only a broken stack needs.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_mins(1), "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The next log line that fits.
pub(crate) async fn line(lines: &mut UnboundedReceiver<LogLine>, fits: impl Fn(&LogLine) -> bool) -> LogLine {
    let search = async {
        loop {
            let line = lines.recv().await.expect("the stack runs");
            if fits(&line) {
                return line;
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(1), search).await.expect("the line comes")
}

/// Whether a process is gone, not merely dead and waiting to be reaped.
pub(crate) fn is_gone(pid: u32) -> bool {
    !Path::new(&format!("/proc/{pid}")).exists()
}
