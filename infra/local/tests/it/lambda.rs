use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use slipway_local::{InvokeError, LogSource};

use crate::support::{is_gone, line, start, start_with, until};

fn pid(answer: &Value) -> u64 {
    answer["pid"].as_u64().unwrap()
}

#[tokio::test]
async fn a_function_gets_its_event_and_its_context() {
    let fixture = start().await;
    let before = jiff::Timestamp::now().as_millisecond();
    let answer = fixture.stack.invoke("Probe", json!({ "order": "echo", "more": [1, "ü"] })).await.unwrap();
    assert_eq!(answer["event"], json!({ "order": "echo", "more": [1, "ü"] }));
    assert_eq!(answer["function_arn"], "arn:aws:lambda:us-east-1:000000000000:function:Probe");
    assert!(answer["trace_id"].as_str().unwrap().starts_with("Root=1-"));
    // The deadline is a moment: the template's 20 s after the event was fetched.
    let deadline = answer["deadline_ms"].as_i64().unwrap();
    assert!((before + 20_000..=jiff::Timestamp::now().as_millisecond() + 20_000).contains(&deadline), "{deadline}");
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn a_process_finds_lambdas_variables_and_the_templates_and_nothing_else() {
    let fixture = start_with(|options| {
        options.parameters.insert("Greeting".to_owned(), "good day".to_owned());
        options.parameters.insert("BaseUrl".to_owned(), "{api_url}/x".to_owned());
    })
    .await;
    let environment = fixture.order("environment").await.unwrap();
    let names: Vec<&str> = environment.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_FORMAT",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_LEVEL",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "BASE_URL",
        "GREETING",
        "JOBS",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "LANG",
        "PATH",
        "TABLE",
        "TZ",
        "_HANDLER",
        // Set by the runtime itself.
        "_X_AMZN_TRACE_ID",
    ];
    assert_eq!(names, expected);
    assert_eq!(environment["GREETING"], "good day");
    assert_eq!(environment["BASE_URL"], format!("{}/x", fixture.stack.api_url()));
    assert_eq!(environment["TABLE"], "Table");
    assert_eq!(environment["AWS_LAMBDA_LOG_LEVEL"], "DEBUG");
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "256");
    assert_eq!(environment["AWS_ENDPOINT_URL"], fixture.stack.aws().endpoint());
    let jobs = fixture.stack.aws().sqs().address("Jobs");
    assert_eq!(environment["JOBS"], jobs.url);
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn a_warm_process_is_used_again_and_several_run_when_calls_come_at_once() {
    let fixture = start().await;
    let first = fixture.order("echo").await.unwrap();
    let second = fixture.order("echo").await.unwrap();
    assert_eq!(pid(&first), pid(&second));
    let answers = join_all((0..3).map(|_| fixture.order("sleep 1500"))).await;
    let pids: BTreeSet<u64> = answers.iter().map(|answer| pid(answer.as_ref().unwrap())).collect();
    assert_eq!(pids.len(), 3);
    assert!(pids.contains(&pid(&first)));
    assert_eq!(fixture.stack.pids("Probe").unwrap().len(), 3);
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn calls_beyond_the_most_instances_wait_in_line() {
    let fixture = start_with(|options| options.instances = 2).await;
    let answers = join_all((0..5).map(|_| fixture.order("sleep 50"))).await;
    let pids: BTreeSet<u64> = answers.iter().map(|answer| pid(answer.as_ref().unwrap())).collect();
    assert_eq!(pids.len(), 2);
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn an_error_of_the_handler_is_told_and_the_process_lives_on() {
    let fixture = start().await;
    let before = fixture.order("echo").await.unwrap();
    let error = fixture.order("fail on purpose").await.unwrap_err();
    let InvokeError::Function { message, .. } = &error else { panic!("{error:?}") };
    assert_eq!(message, "on purpose");
    assert_eq!(pid(&fixture.order("echo").await.unwrap()), pid(&before));
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_killed_and_replaced() {
    let fixture = start_with(|options| {
        options.timeouts.insert("Probe".to_owned(), Duration::from_secs(1));
    })
    .await;
    let before = fixture.order("echo").await.unwrap();
    let error = fixture.order("hang").await.unwrap_err();
    assert!(matches!(error, InvokeError::TimedOut { .. }), "{error:?}");
    assert!(error.to_string().ends_with("Task timed out after 1.00 seconds"), "{error}");
    assert!(is_gone(u32::try_from(pid(&before)).unwrap()));
    assert_ne!(pid(&fixture.order("echo").await.unwrap()), pid(&before));
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn a_killed_process_fails_its_call_and_is_replaced() {
    let fixture = Arc::new(start().await);
    let mut lines = fixture.stack.logs();
    let call = tokio::spawn({
        let fixture = Arc::clone(&fixture);
        async move { fixture.order("hang").await }
    });
    line(&mut lines, |line| line.text.starts_with("START RequestId: ")).await;
    let pids = fixture.stack.pids("Probe").unwrap();
    assert_eq!(fixture.stack.kill("Probe").await.unwrap(), 1);
    assert!(is_gone(pids[0]));
    let error = call.await.unwrap().unwrap_err();
    assert!(error.to_string().ends_with("Runtime exited with error: signal: killed"), "{error}");
    assert_ne!(pid(&fixture.order("echo").await.unwrap()), u64::from(pids[0]));
    // An idle process can be killed as well; nobody notices.
    assert_eq!(fixture.stack.kill("Probe").await.unwrap(), 1);
    fixture.order("echo").await.unwrap();
}

#[tokio::test]
async fn a_process_that_ends_by_itself_fails_its_call_with_its_last_words() {
    let fixture = start().await;
    let mut lines = fixture.stack.logs();
    let error = fixture.order("exit 7").await.unwrap_err();
    assert!(error.to_string().ends_with("Runtime exited with error: exit status 7"), "{error}");
    line(&mut lines, |line| line.source == LogSource::Stderr && line.text == "last words").await;
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn a_process_that_does_not_start_fails_the_call() {
    let fixture = start().await;
    let error = fixture.stack.invoke("NeverStarts", Value::Null).await.unwrap_err();
    assert!(error.to_string().contains("exit status 3"), "{error}");
    assert!(fixture.stack.pids("NeverStarts").unwrap().is_empty());
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn payloads_are_limited_as_lambda_limits_them() {
    let fixture = start().await;
    let error = fixture.order(&"x".repeat(6_291_556)).await.unwrap_err();
    assert!(matches!(error, InvokeError::RequestTooLarge { size_bytes } if size_bytes > 6_291_556), "{error:?}");
    // The answer is a JSON string: two quotes on top.
    let largest = fixture.order(&format!("large {}", 6_291_556 - 2)).await.unwrap();
    assert_eq!(largest.as_str().unwrap().len(), 6_291_554);
    let error = fixture.order(&format!("large {}", 6_291_556 - 1)).await.unwrap_err();
    assert_eq!(error, InvokeError::ResponseTooLarge);
    fixture.order("echo").await.unwrap();
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn what_a_function_writes_is_heard_line_by_line_with_lambdas_own_lines() {
    let fixture = start().await;
    let mut lines = fixture.stack.logs();
    fixture.order("say one").await.unwrap();
    let mut heard = Vec::new();
    let report = line(&mut lines, |line| {
        let wanted = line.source == LogSource::Platform && line.text.starts_with("REPORT RequestId: ");
        wanted && line.text.contains("Init Duration: ") && line.text.contains("Memory Size: 256 MB")
    })
    .await;
    assert_eq!(report.function, "Probe");
    fixture.order("say two").await.unwrap();
    until("both outputs of both calls are heard", || {
        while let Ok(line) = lines.try_recv() {
            heard.push((line.source, line.text));
        }
        let has = |source, text: &str| heard.iter().any(|(from, line)| *from == source && line == text);
        has(LogSource::Stdout, "out: two") && has(LogSource::Stderr, "err: two")
    })
    .await;
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn memory_is_measured_and_limited_on_request() {
    let fixture = start_with(|options| options.memory_allowance = Some(1.0)).await;
    fixture.order("hold 100 0").await.unwrap();
    let most = fixture.stack.max_memory("Probe").unwrap();
    assert!(most > 100 * 1024 * 1024, "{most}");
    let error = fixture.order("hold 300 60000").await.unwrap_err();
    assert!(error.to_string().ends_with("Runtime exited with error: signal: killed"), "{error}");
    fixture.order("echo").await.unwrap();
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn a_schedule_can_be_run_by_hand() {
    let fixture = start_with(|options| options.schedules = false).await;
    let answers = fixture.stack.run_schedule("Probe").await.unwrap();
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["event"]["detail-type"], "Scheduled Event");
    assert_eq!(answers[0]["event"]["source"], "aws.scheduler");
    assert!(fixture.stack.run_schedule("Worker").await.is_err());
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn an_unknown_function_is_named() {
    let fixture = start().await;
    let error = fixture.stack.invoke("Nobody", Value::Null).await.unwrap_err();
    assert_eq!(error.to_string(), "the template declares no function Nobody");
    fixture.stack.shutdown().await;
}
