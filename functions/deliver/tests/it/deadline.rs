//! What is begun, and what is not, when Lambda is about to end the function.

use slipway_domain::webhook::CALL_TAKES;

use crate::support::World;

#[test]
fn the_function_has_twice_the_time_that_a_call_takes() {
    assert!(workbench::timeout_of("DeliverFunction") >= 2 * CALL_TAKES.unsigned_abs());
}

#[tokio::test]
async fn a_call_that_could_be_cut_off_is_not_begun_and_its_message_comes_again() {
    let world = World::start().await;
    let message = world.message().await;
    let nearly = CALL_TAKES.unsigned_abs();
    assert_eq!(world.deliver(&[&message], nearly).await, ["m0"], "it comes again");
    assert_eq!((world.endpoint.calls(), world.attempts(&message).await), (0, None), "nothing was begun");
    assert!(world.deliver(&[&message], 2 * nearly).await.is_empty());
    assert_eq!((world.endpoint.calls(), world.attempts(&message).await), (1, Some(1)));
}

#[tokio::test]
async fn what_needs_no_call_is_done_however_near_the_deadline_is() {
    let world = World::start().await;
    let message = world.message().await;
    assert!(world.deliver(&[&message], 2 * CALL_TAKES.unsigned_abs()).await.is_empty());
    assert!(world.deliver(&[&message], CALL_TAKES.unsigned_abs()).await.is_empty(), "it is delivered already");
    assert_eq!((world.endpoint.calls(), world.attempts(&message).await), (1, Some(1)));
}

#[tokio::test]
async fn of_two_messages_about_one_delivery_one_comes_again_where_time_is_short() {
    let world = World::start().await;
    let message = world.message().await;
    assert_eq!(world.deliver(&[&message, &message], CALL_TAKES.unsigned_abs()).await.len(), 1);
    assert!(world.deliver(&[&message, &message], 2 * CALL_TAKES.unsigned_abs()).await.is_empty());
    assert_eq!((world.endpoint.calls(), world.attempts(&message).await), (1, Some(1)));
}

#[tokio::test]
async fn a_slow_endpoint_is_not_held_for_a_call_that_is_not_begun() {
    let world = World::start().await;
    let message = world.message_after(1).await;
    assert_eq!(world.deliver(&[&message], CALL_TAKES.unsigned_abs()).await, ["m0"]);
    assert_eq!((world.endpoint.calls(), world.webhook(&message).await.rests_until), (0, None));
    assert!(world.deliver(&[&message], 2 * CALL_TAKES.unsigned_abs()).await.is_empty());
    assert_eq!((world.endpoint.calls(), world.attempts(&message).await), (1, Some(1)));
}
