use serde_json::json;

use super::*;

fn names() -> Names {
    Names {
        region: "us-east-1".to_owned(),
        api_url: "http://127.0.0.1:8787".to_owned(),
        queue_urls: BTreeMap::from([("Jobs".to_owned(), "http://sqs/Jobs".to_owned())]),
    }
}

fn parse(text: &str) -> Result<Template, TemplateError> {
    Template::parse(text, &BTreeMap::new())
}

/// A template with one function `F` whose environment has the variable X.
fn with_variable(value: &str) -> String {
    format!(
        r#"
Parameters:
  Stage: {{ Type: String, Default: dev }}
  Count: {{ Type: Number, Default: 3 }}
  Zones: {{ Type: CommaDelimitedList, Default: "a, b" }}
Mappings:
  Sizes: {{ dev: {{ small: 1 }} }}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsProd: !Not [!Condition IsDev]
  Neither: !And [!Condition IsDev, !Condition IsProd]
  Either: !Or [!Condition IsDev, !Condition IsProd]
Resources:
  Table:
    Type: AWS::DynamoDB::Table
  Bucket:
    Type: AWS::S3::Bucket
  Key:
    Type: AWS::KMS::Key
  Jobs:
    Type: AWS::SQS::Queue
  Later:
    Type: AWS::SQS::Queue
  Named:
    Type: AWS::DynamoDB::Table
    Properties: {{ TableName: !Sub "${{Stage}}-table" }}
  Api:
    Type: AWS::Serverless::HttpApi
  Role:
    Type: AWS::IAM::Role
  F:
    Type: AWS::Serverless::Function
    Metadata: {{ BuildProperties: {{ Binary: f }} }}
    Properties:
      Environment: {{ Variables: {{ X: {value} }} }}
"#
    )
}

#[test]
fn intrinsic_functions_are_carried_out() {
    for (value, expected) in [
        ("plain", Some("plain")),
        ("30", Some("30")),
        ("true", Some("true")),
        ("!Ref Stage", Some("dev")),
        ("{ Ref: Stage }", Some("dev")),
        ("!Ref Count", Some("3")),
        ("!Ref AWS::Region", Some("us-east-1")),
        ("!Ref AWS::AccountId", Some("000000000000")),
        ("!Ref AWS::NoValue", None),
        ("!Ref Table", Some("Table")),
        ("!Ref Named", Some("dev-table")),
        ("!Ref Bucket", Some("slipway-bucket")),
        ("!Ref Jobs", Some("http://sqs/Jobs")),
        ("!Ref F", Some("F")),
        ("!GetAtt Table.Arn", Some("arn:aws:dynamodb:us-east-1:000000000000:table/Table")),
        ("!GetAtt Named.Arn", Some("arn:aws:dynamodb:us-east-1:000000000000:table/dev-table")),
        ("!GetAtt [Jobs, Arn]", Some("arn:aws:sqs:us-east-1:000000000000:Jobs")),
        ("{ Fn::GetAtt: [Jobs, QueueName] }", Some("Jobs")),
        ("!GetAtt Later.Arn", Some("arn:aws:sqs:us-east-1:000000000000:Later")),
        ("!GetAtt Bucket.Arn", Some("arn:aws:s3:::slipway-bucket")),
        ("!GetAtt F.Arn", Some("arn:aws:lambda:us-east-1:000000000000:function:F")),
        ("!GetAtt Api.ApiEndpoint", Some("http://127.0.0.1:8787")),
        (
            r#"!Sub "${Stage}/${Bucket.Arn}/${!Literal}/${ AWS::Region }""#,
            Some("dev/arn:aws:s3:::slipway-bucket/${Literal}/us-east-1"),
        ),
        (r#"!Sub ["${Own}-${Stage}", { Own: !Ref Count }]"#, Some("3-dev")),
        (r#"{ Fn::Sub: "${Stage}!" }"#, Some("dev!")),
        (r#"!Join ["-", [a, !Ref Stage, 1]]"#, Some("a-dev-1")),
        (r#"!Join ["+", !Ref Zones]"#, Some("a+b")),
        (r#"!Select [1, !Split [",", "x,y,z"]]"#, Some("y")),
        ("!FindInMap [Sizes, !Ref Stage, small]", Some("1")),
        ("!If [IsDev, yes it is, no]", Some("yes it is")),
        ("!If [IsProd, it is, !Ref AWS::NoValue]", None),
        ("!If [Neither, it is, it is not]", Some("it is not")),
        ("!If [Either, it is, it is not]", Some("it is")),
    ] {
        let template = parse(&with_variable(value)).unwrap();
        let functions = template.functions(&names()).unwrap();
        let found = functions[0].environment.0.get("X").map(String::as_str);
        assert_eq!(found, expected, "{value}");
    }
}

#[test]
fn what_cannot_be_resolved_is_named_with_its_place() {
    for (value, problem) in [
        ("!Ref Nobody", "Nobody is neither a parameter nor a resource of this template"),
        ("!Ref Role", "it refers to Role, a AWS::IAM::Role, which the local stack does not run"),
        ("!Ref Later", "the URL of Later is not known here"),
        ("!GetAtt Table.StreamArn", "the local stack knows no attribute StreamArn of Table"),
        ("!GetAtt Table", "GetAtt is to be used as !GetAtt Resource.Attribute"),
        ("!Sub \"${Stage\"", "Sub: a ${ is never closed"),
        ("!Sub \"${Zones}\"", "Sub: Zones is not a string"),
        ("!If [Nowhere, a, b]", "there is no condition Nowhere"),
        ("!ImportValue x", "ImportValue is not supported by the local stack"),
        ("!Select [7, [a]]", "Select: there is no item 7"),
        ("!FindInMap [Sizes, x, y]", "Mappings has no Sizes.x.y"),
        ("[a, b]", "it is not a string"),
    ] {
        let error = parse(&with_variable(value)).unwrap().functions(&names()).unwrap_err();
        assert_eq!(error.to_string(), format!("template: F.Environment.Variables.X: {problem}"), "{value}");
    }
}

#[test]
fn a_name_that_refers_to_itself_is_an_error() {
    let text = r#"
Resources:
  T: { Type: "AWS::DynamoDB::Table", Properties: { TableName: !Sub "${T}-x" } }
"#;
    let error = parse(text).unwrap().tables(&names()).unwrap_err().to_string();
    assert!(error.contains("refers to itself"), "{error}");
}

#[test]
fn parameters_take_overrides_and_are_checked() {
    let text = "
Parameters:
  Level: { Type: String, Default: INFO, AllowedValues: [INFO, WARN] }
  Seconds: { Type: Number, Default: 30, MinValue: 1, MaxValue: 900 }
  Secret: { Type: String, NoEcho: true, MinLength: 3, Default: abc }
  Needed: { Type: String }
Resources: {}
";
    let check = |overrides: &[(&str, &str)]| {
        let needed = [("Needed", "x")];
        let overrides = needed.iter().chain(overrides).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Template::parse(text, &overrides.collect()).err().map(|error| error.to_string())
    };
    assert_eq!(check(&[("Level", "WARN"), ("Seconds", "900")]), None);
    let error = |name: &str, problem: &str| Some(format!("template parameter {name}: {problem}"));
    assert_eq!(check(&[("Level", "LOUD")]), error("Level", "LOUD is none of INFO, WARN"));
    assert_eq!(check(&[("Seconds", "901")]), error("Seconds", "901 is outside MinValue and MaxValue"));
    assert_eq!(check(&[("Seconds", "soon")]), error("Seconds", "soon is not a number"));
    assert_eq!(check(&[("Nobody", "x")]), error("Nobody", "the template declares no such parameter"));
    let secret = error("Secret", "its value is shorter than MinLength or longer than MaxLength");
    assert_eq!(check(&[("Secret", "zz")]), secret);
    let missing = parse(text).err().map(|problem| problem.to_string());
    assert_eq!(missing, error("Needed", "it has no default and no value was given"));
}

#[test]
fn globals_lie_under_a_functions_own_properties() {
    let text = "
Globals:
  Function:
    MemorySize: 256
    Timeout: 29
    LoggingConfig: { LogFormat: JSON, ApplicationLogLevel: INFO }
    Environment: { Variables: { BOTH: global, GLOBAL: g } }
Resources:
  Plain:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: plain } }
  Own:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: own } }
    Properties:
      Timeout: 300
      LoggingConfig: { ApplicationLogLevel: DEBUG }
      Environment: { Variables: { BOTH: own, OWN: o } }
";
    let functions = parse(text).unwrap().functions(&names()).unwrap();
    let [own, plain] = functions.as_slice() else { panic!("two functions") };
    assert_eq!((own.memory_mb, own.timeout), (256, std::time::Duration::from_mins(5)));
    assert_eq!((plain.memory_mb, plain.timeout), (256, std::time::Duration::from_secs(29)));
    assert_eq!(own.logging.log_format.as_deref(), Some("JSON"));
    assert_eq!(own.logging.application_log_level.as_deref(), Some("DEBUG"));
    assert_eq!(json!(own.environment.0), json!({ "BOTH": "own", "GLOBAL": "g", "OWN": "o" }));
    assert_eq!(json!(plain.environment.0), json!({ "BOTH": "global", "GLOBAL": "g" }));
}

#[test]
fn an_environment_shows_its_names_only() {
    let environment = Environment(BTreeMap::from([("SECRET".to_owned(), "hunter2".to_owned())]));
    assert_eq!(format!("{environment:?}"), r#"{"SECRET"}"#);
}

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

/// A template with one function that has one event.
fn with_event(event: &str) -> String {
    format!(
        "
Resources:
  Jobs: {{ Type: AWS::SQS::Queue, Properties: {{ VisibilityTimeout: 60 }} }}
  Api: {{ Type: AWS::Serverless::HttpApi }}
  F:
    Type: AWS::Serverless::Function
    Metadata: {{ BuildProperties: {{ Binary: f }} }}
    Properties:
      Timeout: 60
      Events:
        E: {event}
"
    )
}

#[track_caller]
fn event(event: &str) -> Event {
    let mut functions = parse(&with_event(event)).unwrap().functions(&names()).unwrap();
    functions.pop().unwrap().events.pop().unwrap()
}

#[test]
fn events_become_structs() {
    let Event::Http(route) =
        event(r#"{ Type: HttpApi, Properties: { ApiId: !Ref Api, Path: "/v1/{p+}", Method: any } }"#)
    else {
        panic!("a route")
    };
    assert_eq!((route.route_key.as_str(), route.timeout.as_secs()), ("ANY /v1/{p+}", 30));
    let Event::Http(route) = event("{ Type: HttpApi, Properties: { ApiId: !Ref Api, Path: $default, Method: ANY } }")
    else {
        panic!("a route")
    };
    assert_eq!(route.route_key, "$default");

    let Event::Queue(queue) = event(
        "{ Type: SQS, Properties: { Queue: !GetAtt Jobs.Arn, BatchSize: 1, \
         FunctionResponseTypes: [ReportBatchItemFailures], ScalingConfig: { MaximumConcurrency: 50 } } }",
    ) else {
        panic!("a queue")
    };
    assert_eq!((queue.batch_size, queue.maximum_concurrency, queue.reports_failures), (1, Some(50), true));

    let Event::Schedule(schedule) = event("{ Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 minute) } }")
    else {
        panic!("a schedule")
    };
    assert_eq!(schedule.name, "FE");
    assert_eq!(schedule.expression, Expression::Rate(std::time::Duration::from_mins(1)));
}

#[test]
fn events_that_cannot_run_are_refused() {
    for (event, problem) in [
        ("{ Type: SNS, Properties: {} }", "F.Events.E: the local stack knows no event of type SNS"),
        (
            "{ Type: SQS, Properties: { Queue: !GetAtt Jobs.Arn, FilterCriteria: {} } }",
            "F.Events.E: unknown field `FilterCriteria`",
        ),
        ("{ Type: SQS, Properties: { Queue: \"arn:aws:sqs:us-east-1:000000000000:Other\" } }", "declares no queue"),
        ("{ Type: HttpApi, Properties: { Path: /a, Method: GET } }", "belongs to no HTTP API"),
        ("{ Type: HttpApi, Properties: { ApiId: !Ref Api, Path: a, Method: GET } }", "does not start with /"),
        ("{ Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 minutes) } }", "rate(5 minutes)"),
        ("{ Type: ScheduleV2, Properties: { ScheduleExpression: sometimes } }", "rate(5 minutes)"),
    ] {
        let error = parse(&with_event(event)).unwrap().functions(&names()).unwrap_err().to_string();
        assert!(error.contains(problem), "{event}: {error}");
    }
}

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
fn a_queue_hides_its_messages_at_least_as_long_as_its_function_runs() {
    let text = with_event("{ Type: SQS, Properties: { Queue: !GetAtt Jobs.Arn } }");
    assert!(parse(&text).unwrap().functions(&names()).is_ok());
    let text = text.replace("VisibilityTimeout: 60", "VisibilityTimeout: 59");
    let error = parse(&text).unwrap().functions(&names()).unwrap_err().to_string();
    assert!(error.starts_with("template: Jobs.VisibilityTimeout: it is 59 s"), "{error}");
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
        .flat_map(|function| &function.events)
        .any(|event| matches!(event, Event::Http(route) if route.route_key == "$default"));
    assert!(has_default, "the API answers unknown routes");
    for table in template.tables(&names).unwrap() {
        assert_eq!(table.create["TableName"], table.name, "{}", table.logical_id);
        // Media is deleted by the sweep alone, which gives back what it took of its tenant's storage.
        let ttl_attribute = (table.logical_id != "MediaTable").then_some("expires_at");
        assert_eq!(table.ttl_attribute.as_deref(), ttl_attribute, "{}", table.logical_id);
    }
    let buckets = template.buckets(&names).unwrap();
    assert!(!buckets.is_empty() && buckets.iter().all(|bucket| bucket.key.is_some()), "what is kept is sealed");
    assert!(!template.keys(&names).unwrap().is_empty());
    assert!(template.http_api(&names).unwrap().is_some_and(|api| api.cors.is_some()));
}
