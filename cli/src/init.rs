//! `slipway init`: the first API key of a stack, for whoever may invoke its functions.
//!
//! It works through the AWS CLI, which every operator has, with its credentials, profiles and regions. So the program links
//! no SDK of AWS, and asks nobody for a secret.

use std::io::ErrorKind;
use std::process::Stdio;

use serde::Deserialize;
use serde_json::{Deserializer, Value as Json, json};
use tokio::process::Command;

use crate::args::Init;
use crate::problem::Problem;
use crate::say::Say;

/// The output of the stack that names the function.
const FUNCTION: &str = "WorkspaceFunctionName";
/// The one with the API's address.
const ADDRESS: &str = "ApiUrl";
/// Where the AWS CLI writes what a function answers: nothing of the secret is to reach the disk.
const ANSWER: &str = "/dev/stdout";

#[derive(Deserialize)]
struct Stacks {
    #[serde(rename = "Stacks")]
    stacks: Vec<Stack>,
}

#[derive(Deserialize)]
struct Stack {
    #[serde(rename = "Outputs", default)]
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    output_key: String,
    output_value: String,
}

#[derive(Deserialize)]
struct NewKey {
    id: String,
    raw_key: String,
}

/// What a function answers that fails.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failed {
    error_message: String,
}

/// Makes the key, and prints it once.
pub(crate) async fn run(say: &Say, wanted: &Init) -> Result<(), Problem> {
    let described = aws(wanted, &["cloudformation", "describe-stacks", "--stack-name", &wanted.stack]).await?;
    let stacks: Stacks = serde_json::from_slice(&described).map_err(|error| unreadable(&error))?;
    let outputs = stacks.stacks.into_iter().flat_map(|stack| stack.outputs).collect::<Vec<_>>();
    let output = |name: &str| outputs.iter().find(|output| output.output_key == name).map(|found| &found.output_value);
    let Some(function) = output(FUNCTION) else {
        let message = format!("the stack {} has no output {FUNCTION}: it is not Slipway's", wanted.stack);
        return Err(
            Problem::usage(message).with_next_step("give its name with --stack; `aws cloudformation list-stacks`")
        );
    };
    let command = json!({"slipway": "create_key", "email": wanted.email, "name": wanted.name}).to_string();
    let invoke = ["lambda", "invoke", "--function-name", function, "--cli-binary-format", "raw-in-base64-out"];
    let invoke = [&invoke[..], &["--payload", &command, ANSWER]].concat();
    let answered = aws(wanted, &invoke).await?;
    // Behind the answer comes what the AWS CLI has to say.
    let made = Deserializer::from_slice(&answered).into_iter::<Json>().next();
    let made = made.ok_or_else(|| Problem::failure("the function has answered nothing"))?;
    let made = made.map_err(|error| unreadable(&error))?;
    if let Ok(Failed { error_message }) = Failed::deserialize(&made) {
        return Err(Problem::refused(error_message));
    }
    say.event(&json!({"event": "key", "key": made, "api_url": output(ADDRESS)}));
    let NewKey { id, raw_key } = NewKey::deserialize(&made).map_err(|error| unreadable(&error))?;
    say.done(&format!("Made the key {id} of {}. Keep it: it is shown only now.", wanted.email));
    if let Some(address) = output(ADDRESS) {
        say.note(&format!("export SLIPWAY_API_URL={address}"));
    }
    say.note("export SLIPWAY_API_KEY=…");
    say.result(&raw_key);
    Ok(())
}

/// What the AWS CLI prints. What goes wrong it says itself, on standard error.
async fn aws(wanted: &Init, arguments: &[&str]) -> Result<Vec<u8>, Problem> {
    let mut command = Command::new("aws");
    command.args(arguments).args(["--output", "json", "--no-cli-pager"]).kill_on_drop(true);
    for (flag, value) in [("--region", &wanted.region), ("--profile", &wanted.profile)] {
        command.args(value.iter().flat_map(|value| [flag, value.as_str()]));
    }
    // `output` would take standard error, too.
    let started =
        command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                Problem::usage("the AWS CLI is not there. Install it: `slipway init` works through it.")
            }
            _ => Problem::failure(format!("the AWS CLI does not start: {error}")),
        })?;
    let ended = started.wait_with_output().await;
    let ended = ended.map_err(|error| Problem::failure(format!("the AWS CLI does not end: {error}")))?;
    if ended.status.success() {
        return Ok(ended.stdout);
    }
    let what = arguments.iter().take(2).copied().collect::<Vec<_>>().join(" ");
    Err(Problem::failure(format!("`aws {what}` has failed; it says above why")))
}

/// No message quotes what was answered: the secret may be in it.
fn unreadable(error: &serde_json::Error) -> Problem {
    Problem::failure(format!("what the AWS CLI printed can't be read: {:?} error", error.classify()))
}
