use std::time::Duration;

use aws_stand_in::NewMessage;

use crate::support::{Fixture, line, start, until};

fn send(fixture: &Fixture, body: &str) {
    fixture.stack.aws().sqs().send(fixture.queue("Jobs"), &NewMessage::new(body)).unwrap();
}

fn depth(fixture: &Fixture, queue: &str) -> usize {
    fixture.stack.aws().sqs().depth(fixture.queue(queue)).unwrap().total()
}

/// Ends all visibility time-outs that run now.
fn pass_visibility(fixture: &Fixture) {
    fixture.stack.aws().sqs().advance(Duration::from_secs(61));
}

#[tokio::test]
async fn messages_reach_the_function_and_are_deleted() {
    let fixture = start().await;
    for _ in 0..12 {
        send(&fixture, "ok");
    }
    until("all messages are done", || depth(&fixture, "Jobs") == 0).await;
    assert_eq!(depth(&fixture, "Dead"), 0);
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn a_message_named_as_failed_comes_back_and_ends_as_a_dead_letter() {
    let fixture = start().await;
    let mut lines = fixture.stack.logs();
    send(&fixture, "ok");
    send(&fixture, "fail");
    line(&mut lines, |line| line.text == r#"message "fail" "1""#).await;
    until("only the failed one is left", || depth(&fixture, "Jobs") == 1).await;
    pass_visibility(&fixture);
    line(&mut lines, |line| line.text == r#"message "fail" "2""#).await;
    pass_visibility(&fixture);
    until("the message is given up", || depth(&fixture, "Dead") == 1).await;
    assert_eq!(depth(&fixture, "Jobs"), 0);
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn no_message_is_deleted_if_the_answer_is_nonsense_or_the_process_dies() {
    for order in ["break", "die"] {
        let fixture = start().await;
        let mut lines = fixture.stack.logs();
        send(&fixture, order);
        line(&mut lines, |line| line.text.starts_with("1 message(s) stay in Jobs")).await;
        assert_eq!(depth(&fixture, "Jobs"), 1, "{order}");
        pass_visibility(&fixture);
        line(&mut lines, |line| line.text == format!(r#"message "{order}" "2""#)).await;
        fixture.stack.shutdown().await;
    }
}
