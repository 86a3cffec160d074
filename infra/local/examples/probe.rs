//! A function for the tests of the local stack: it does what its event asks for, in a real Lambda process.
//!
//! The orders stand in the event itself, in an HTTP body, or in the bodies of SQS records, as one word and its argument.

use std::time::Duration;
use std::{env, process};

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if env::var("PROBE_START").as_deref() == Ok("fails") {
        eprintln!("probe: told not to start");
        process::exit(3);
    }
    lambda_runtime::run(service_fn(answer)).await
}

async fn answer(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (event, context) = event.into_parts();
    if let Some(records) = event["Records"].as_array() {
        return Ok(batch(records));
    }
    let order = event["order"].as_str().or_else(|| event["body"].as_str()).unwrap_or("echo");
    let (word, argument) = order.split_once(' ').unwrap_or((order, ""));
    Ok(match word {
        "echo" => json!({
            "event": event,
            "pid": process::id(),
            "request_id": context.request_id,
            "deadline_ms": context.deadline,
            "function_arn": context.invoked_function_arn,
            "trace_id": context.xray_trace_id,
        }),
        "environment" => json!(env::vars().collect::<std::collections::BTreeMap<_, _>>()),
        "http" => serde_json::from_str(argument)?,
        "say" => {
            println!("out: {argument}");
            eprintln!("err: {argument}");
            Value::Null
        }
        "sleep" => {
            tokio::time::sleep(Duration::from_millis(argument.parse()?)).await;
            json!({ "pid": process::id() })
        }
        // Blocks the only thread: this process will not notice that its stack is gone.
        "hang" => {
            std::thread::sleep(Duration::from_mins(10));
            Value::Null
        }
        "hold" => {
            let (mebibytes, milliseconds) = argument.split_once(' ').ok_or("hold MEBIBYTES MILLISECONDS")?;
            let held = vec![1_u8; mebibytes.parse::<usize>()? * 1024 * 1024];
            tokio::time::sleep(Duration::from_millis(milliseconds.parse()?)).await;
            json!({ "held": held.len() })
        }
        "large" => json!("x".repeat(argument.parse()?)),
        "fail" => return Err(argument.to_owned().into()),
        "exit" => {
            eprintln!("last words");
            process::exit(argument.parse()?)
        }
        other => return Err(format!("no such order: {other}").into()),
    })
}

/// Messages: `ok`, `fail`, `break` (answer nonsense), `die`.
fn batch(records: &[Value]) -> Value {
    let mut failures = Vec::new();
    for record in records {
        println!("message {} {}", record["body"], record["attributes"]["ApproximateReceiveCount"]);
        match record["body"].as_str().unwrap_or_default() {
            "fail" => failures.push(json!({ "itemIdentifier": record["messageId"] })),
            "break" => return json!("nonsense"),
            "die" => process::abort(),
            _ => {}
        }
    }
    json!({ "batchItemFailures": failures })
}
