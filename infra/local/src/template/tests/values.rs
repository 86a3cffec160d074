//! Values: intrinsic functions, parameters, globals.

use serde_json::json;

use super::*;

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
        ("!GetAtt Table.SomeArn", "the local stack knows no attribute SomeArn of Table"),
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
