use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use serde_json::Value;
use slipway_local::LogSource;

use crate::support::{Fixture, line, start};

/// What a process of the function is configured with.
async fn config(fixture: &Fixture, environment: &Value) -> SdkConfig {
    let variable = |name: &str| environment[name].as_str().unwrap().to_owned();
    let (id, secret) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"));
    let config = aws_config::defaults(BehaviorVersion::latest()).region(Region::new(fixture.stack.aws().region()));
    let config = config.credentials_provider(Credentials::new(id, secret, None, None, "process"));
    config.endpoint_url(variable("AWS_ENDPOINT_URL")).load().await
}

#[tokio::test]
async fn a_process_may_do_what_its_policies_say_and_a_denial_is_logged() {
    let fixture = start().await;
    let mut lines = fixture.stack.logs();
    let aws = fixture.stack.aws();
    let environment = fixture.order("environment").await.unwrap();
    assert_ne!(environment["AWS_ACCESS_KEY_ID"], aws.access_key_id());
    let sqs = aws_sdk_sqs::Client::new(&config(&fixture, &environment).await);
    let (jobs, dead) = (aws.sqs().address("Jobs"), aws.sqs().address("Dead"));
    sqs.send_message().queue_url(&jobs.url).message_body("ok").send().await.unwrap();
    sqs.send_message().queue_url(&dead.url).message_body("ok").send().await.unwrap_err();

    let used: Vec<_> = aws.uses().into_iter().map(|made| (made.grant.principal, made.grant.sid)).collect();
    assert_eq!(used, [("Probe".to_owned(), "HandOver".to_owned())]);
    let denied = aws.denials();
    assert_eq!((denied.len(), denied[0].resource.as_str()), (1, dead.arn.as_str()));
    let said = line(&mut lines, |line| line.text.starts_with("Access denied. ")).await;
    assert_eq!((said.function.as_str(), said.source), ("Probe", LogSource::Platform));
    assert!(said.text.contains("is not authorized to perform: sqs:SendMessage on resource: "), "{}", said.text);
    fixture.stack.shutdown().await;
}
