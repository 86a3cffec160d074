//! What sets functions going.

use super::*;

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
fn event(event: &str) -> Trigger {
    let mut functions = parse(&with_event(event)).unwrap().functions(&names()).unwrap();
    functions.pop().unwrap().triggers.pop().unwrap()
}

#[test]
fn events_become_structs() {
    let Trigger::Http(route) =
        event(r#"{ Type: HttpApi, Properties: { ApiId: !Ref Api, Path: "/v1/{p+}", Method: any } }"#)
    else {
        panic!("a route")
    };
    assert_eq!((route.route_key.as_str(), route.timeout.as_secs()), ("ANY /v1/{p+}", 30));
    let Trigger::Http(route) = event("{ Type: HttpApi, Properties: { ApiId: !Ref Api, Path: $default, Method: ANY } }")
    else {
        panic!("a route")
    };
    assert_eq!(route.route_key, "$default");

    let Trigger::Queue(queue) = event(
        "{ Type: SQS, Properties: { Queue: !GetAtt Jobs.Arn, BatchSize: 1, \
         FunctionResponseTypes: [ReportBatchItemFailures], ScalingConfig: { MaximumConcurrency: 50 } } }",
    ) else {
        panic!("a queue")
    };
    assert_eq!((queue.batch_size, queue.maximum_concurrency, queue.reports_failures), (1, Some(50), true));

    let Trigger::Schedule(schedule) =
        event("{ Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 minute), OmitName: true } }")
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
        ("{ Type: HttpApi, Properties: { ApiId: !Ref Api, Path: /a/, Method: GET } }", "/a/ ends in a slash"),
        ("{ Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 minutes) } }", "rate(5 minutes)"),
        ("{ Type: ScheduleV2, Properties: { ScheduleExpression: sometimes } }", "rate(5 minutes)"),
    ] {
        let error = parse(&with_event(event)).unwrap().functions(&names()).unwrap_err().to_string();
        assert!(error.contains(problem), "{event}: {error}");
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
