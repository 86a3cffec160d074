//! `slipway init`, where the AWS CLI is a script that says what it was asked for.

use std::fs::{Permissions, read_to_string, set_permissions, write};
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::program::Program;

const STACK: &str = r#"{"Stacks": [{"Outputs": [
    {"OutputKey": "ApiUrl", "OutputValue": "https://abc.example"},
    {"OutputKey": "WorkspaceFunctionName", "OutputValue": "slipway-Workspace-1"}]}]}"#;
const KEY: &str = r#"{"id": "key_1", "raw_key": "slip_live_secret", "tenant_id": "t"}{"StatusCode": 200}"#;
const FAILED: &str =
    r#"{"errorType": "CommandError", "errorMessage": "no tenant has the address"}{"FunctionError": "Unhandled"}"#;

/// An operator's machine, on which CloudFormation and Lambda answer so, and what the AWS CLI was asked for.
fn machine(stack: &str, function: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$*\" >> \"{}/asked\"\ncase \"$1\" in\ncloudformation) cat <<'END'\n{stack}\nEND\n;;\n\
         lambda) cat <<'END'\n{function}\nEND\n;;\n*) exit 9 ;;\nesac\n",
        folder.path().display()
    );
    let program = folder.path().join("aws");
    write(&program, script).unwrap();
    set_permissions(&program, Permissions::from_mode(0o700)).unwrap();
    folder
}

fn slipway(machine: &TempDir, arguments: &[&str]) -> Program {
    let path = format!("{}:/usr/bin:/bin", machine.path().display());
    Program::new(&[&["init", "--email", "you@example.com"], arguments].concat()).env("PATH", &path)
}

#[tokio::test]
async fn the_first_key_is_made_by_the_function_that_the_stack_names() {
    let machine = machine(STACK, KEY);
    let made = slipway(&machine, &["--stack", "mine", "--region", "eu-west-1"]).run().await.expect(0);
    assert_eq!(made.out, "slip_live_secret\n");
    assert!(made.err.contains("export SLIPWAY_API_URL=https://abc.example"), "{}", made.err);
    assert!(!made.err.contains("slip_live_secret"), "the secret is the result and nothing else");
    let asked = read_to_string(machine.path().join("asked")).unwrap();
    let asked: Vec<_> = asked.lines().collect();
    let common = "--output json --no-cli-pager --region eu-west-1";
    assert_eq!(asked[0], format!("cloudformation describe-stacks --stack-name mine {common}"));
    let command = r#"{"email":"you@example.com","name":"operator","slipway":"create_key"}"#;
    let invoked = "lambda invoke --function-name slipway-Workspace-1 --cli-binary-format raw-in-base64-out --payload";
    assert_eq!(asked[1..], [format!("{invoked} {command} /dev/stdout {common}")]);
    let event = slipway(&machine, &["--json"]).run().await.expect(0).event("key");
    assert_eq!(
        (&event["key"]["raw_key"], &event["api_url"]),
        (&"slip_live_secret".into(), &"https://abc.example".into())
    );
}

#[tokio::test]
async fn without_the_stack_the_function_or_the_aws_cli_it_says_what_is_missing() {
    let other = slipway(&machine(r#"{"Stacks": [{}]}"#, KEY), &[]).run().await.expect(2);
    assert!(other.err.contains("has no output WorkspaceFunctionName"), "{}", other.err);
    let refused = slipway(&machine(STACK, FAILED), &[]).run().await.expect(3);
    assert!(refused.err.contains("no tenant has the address"), "{}", refused.err);
    let odd = slipway(&machine(STACK, r#"{"raw_key": "slip_live_secret"}"#), &[]).run().await.expect(1);
    assert!(!format!("{}{}", odd.out, odd.err).contains("slip_live_secret"), "what can't be read is not shown");
    let nowhere = tempfile::tempdir().unwrap();
    let none = Program::new(&["init", "--email", "you@example.com"]).env("PATH", nowhere.path().to_str().unwrap());
    let none = none.run().await.expect(2);
    assert!(none.err.contains("the AWS CLI is not there"), "{}", none.err);
}

#[tokio::test]
async fn what_the_aws_cli_says_of_its_failure_stands_above_ours() {
    let machine = machine(STACK, KEY);
    write(machine.path().join("aws"), "#!/bin/sh\necho 'Unable to locate credentials' >&2\nexit 255\n").unwrap();
    let failed = slipway(&machine, &[]).run().await.expect(1);
    let (theirs, ours) = failed.err.split_once("`aws cloudformation describe-stacks` has failed").unwrap();
    assert!(theirs.contains("Unable to locate credentials"), "{theirs}{ours}");
}
