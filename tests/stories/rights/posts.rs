//! The life of posts, as far as it calls AWS.

use std::time::Duration;

use aws_stand_in::NewMessage;
use serde_json::{Value, json};
use tiktok_sim::{Action, Endpoint, FailReason, Fault, PublishCommand};

use super::media::TWO_PARTS;
use super::revoked_in_silence;
use crate::support::large::{begin, put_whole};
use crate::support::{Items, Nets, Site, World, until, video_of};

const SWEEP: &str = "SweepFunction";

pub(super) async fn live(world: &World, site: &Site) {
    Items::of(world).keys_were_not_used_lately().await;
    world.get("/v1/posts").await.expect(200);
    at_once(world, site).await;
    for_two(world).await;
    outcomes(world).await;
    interrupted(world).await;
    pulled(world).await;
    in_time(world).await;
    messages_that_do_not_read(world).await;
}

/// Publishes at once, says it again, reads it; and the same of a video that is still somewhere else.
async fn at_once(world: &World, site: &Site) {
    let media = world.upload(video_of(300_000)).await;
    // The creator's limits are asked for with a token that has ended.
    world.tiktok.expire_access_tokens(None);
    let mut body = world.body(&media, "At once");
    let post = world.post("/v1/posts", body.clone()).await.expect(201);
    let again = world.post("/v1/posts", body.clone()).await;
    assert_eq!(again.body["id"], post["id"], "once: {:#}", again.body);
    world.until_post(post["id"].as_str().unwrap(), "published").await;
    world.get("/v1/posts").await.expect(200);
    world.get("/v1/posts?sort=scheduled_asc").await.expect(200);
    // Whose post it is, where there is but one account.
    body["text"] = "For the only account".into();
    body.as_object_mut().unwrap().remove("targets");
    body["platforms"] = json!(["tiktok"]);
    let post = world.post("/v1/posts", body).await.expect(201);
    // What is planned for the next init is not for this one.
    world.until_post(post["id"].as_str().unwrap(), "published").await;

    let url = site.file("/posted.mp4", &video_of(310_000));
    let post = world.post("/v1/posts", world.body(&url, "By its address")).await.expect(201);
    world.until_post(post["id"].as_str().unwrap(), "published").await;

    // Whoever verifies a file that was PUT whole gives up the parts in which it might have come.
    let begun = begin(world, TWO_PARTS).await;
    assert!(put_whole(TWO_PARTS, &begun).await.status().is_success());
    let mut draft = world.body(begun["media_id"].as_str().unwrap(), "A large draft");
    draft["publish_now"] = false.into();
    let draft = world.post("/v1/posts", draft).await.expect(201);
    world.delete(&format!("/v1/posts/{}", draft["id"].as_str().unwrap())).await.expect(200);
    // By TikTok's id of a video that nobody has.
    assert_eq!(world.get("/v1/posts/7678907398077074696").await.status, 404);
}

/// For two accounts: whoever brings the one to its end looks what has become of the other.
async fn for_two(world: &World) {
    let other = world.account_of(&world.connect_newcomer().await).await;
    let media = world.upload(video_of(315_000)).await;
    let mut body = world.body(&media, "For two");
    body["targets"] = json!([{"account_id": world.account}, {"account_id": other}]);
    let post = world.post("/v1/posts", body).await.expect(201);
    world.until_post(post["id"].as_str().unwrap(), "published").await;
}

/// Outcomes for which somebody has to ask, with a token that has ended, more than once, and requeued by the sweep.
async fn outcomes(world: &World) {
    let media = world.upload(video_of(320_000)).await;
    let silence = world.tiktok.fault(Fault::on(Endpoint::Webhook, Action::WithholdWebhook));
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::StickProcessing).times(1));
    let id = world.publish(&media).await;
    let publish_id = until_state(world, &id, "processing").await["publish_id"].as_str().unwrap().to_owned();
    // Not before: a late question about an earlier post would end the token before this one's init, which would use up
    // what was planned for that, and be repeated.
    world.tiktok.fault(Fault::on(Endpoint::StatusFetch, Action::ExpireAccessToken).times(1));
    // Whoever asks in vain sends the message for the next time.
    let asked = world.in_time(Nets::Redelivery, async || {
        let post = world.get(&format!("/v1/posts/{id}")).await.body;
        post["targets"][0]["metadata"]["tiktok_status"].is_string().then_some(())
    });
    asked.await.unwrap_or_else(|| panic!("nobody asks:\n{}", world.logs()));
    assert!(world.tiktok.command(&publish_id, PublishCommand::Unstick));
    world.until_post(&id, "published").await;
    world.tiktok.remove_fault(silence);

    let media = world.upload(video_of(330_000)).await;
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::StickProcessing).times(1));
    let id = world.publish(&media).await;
    let publish_id = until_state(world, &id, "processing").await["publish_id"].as_str().unwrap().to_owned();
    let requeued = until(Duration::from_mins(1), async || {
        // A status check may put it off at the same moment.
        Items::of(world).due_post(&id).await;
        world.stack.run_schedule(SWEEP).await.unwrap();
        world.logs().lines().any(|line| line.contains("requeued") && line.contains("processing")).then_some(())
    });
    requeued.await.unwrap_or_else(|| panic!("the sweep does not see it:\n{}", world.logs()));
    assert!(world.tiktok.command(&publish_id, PublishCommand::Unstick));
    world.until_post(&id, "published").await;
}

/// Uploads that end half way: the invocation's time is over, TikTok gives up, the file is gone.
async fn interrupted(world: &World) {
    let slow =
        || world.tiktok.fault(Fault::on(Endpoint::Upload, Action::SlowBody { bytes_per_second: 20_000 }).times(1));
    let media = world.upload(video_of(400_000)).await;
    slow();
    let id = world.publish(&media).await;
    world.until_post(&id, "published").await;

    let media = world.upload(video_of(410_000)).await;
    slow();
    let id = world.publish(&media).await;
    let publish_id = until_state(world, &id, "uploading").await["publish_id"].as_str().unwrap().to_owned();
    assert!(world.tiktok.command(&publish_id, PublishCommand::Fail { reason: FailReason::Internal }));
    world.until_post(&id, "published").await;

    let media = world.upload(video_of(420_000)).await;
    let id = world.schedule(&world.account, &media, "Lost", 2).await;
    let key = Items::of(world).object_key(&media).await;
    world.stack.aws().lose_object(world.stack.bucket("MediaBucket").unwrap(), &key).unwrap();
    until_swept(world, &id, "failed").await;
}

/// A video that TikTok fetches, and one whose answer is lost, so that its copy is deleted by who told TikTok.
async fn pulled(world: &World) {
    let media = world.upload(video_of(440_000)).await;
    for text in ["Pulled", "Pulled and lost"] {
        let mut body = world.body(&media, text);
        body["platform_data"]["tiktok"]["transfer"] = "pull".into();
        if text == "Pulled and lost" {
            world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::CutAfter).times(1));
        }
        let post = world.post("/v1/posts", body).await.expect(201);
        world.until_post_by(Nets::All, post["id"].as_str().unwrap(), "published").await;
    }
}

/// A scheduled post, which the sweep finds; and one whose account is lost by the time.
async fn in_time(world: &World) {
    let media = world.upload(video_of(430_000)).await;
    let id = world.schedule(&world.account, &media, "In time", 2).await;
    until_swept(world, &id, "published").await;

    // One that TikTok has faults for: the sweep sets it going again.
    let faults = world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::StatusBefore { status: 503, code: None }));
    let id = world.publish(&world.upload(video_of(450_000)).await).await;
    until_state(world, &id, "deferred").await;
    world.tiktok.remove_fault(faults);
    let requeued = until(Duration::from_mins(1), async || {
        Items::of(world).due_post(&id).await;
        world.stack.run_schedule(SWEEP).await.unwrap();
        world.logs().lines().any(|line| line.contains("requeued") && line.contains("deferred")).then_some(())
    });
    requeued.await.unwrap_or_else(|| panic!("the sweep does not see it:\n{}", world.logs()));
    world.until_post_by(Nets::All, &id, "published").await;

    let creator = world.connect_newcomer().await;
    let account = world.account_of(&creator).await;
    let id = world.schedule(&account, &media, "Too late", 2).await;
    revoked_in_silence(world, &creator);
    until_swept(world, &id, "failed").await;
}

/// What nobody can read comes back, until it is with the dead letters.
async fn messages_that_do_not_read(world: &World) {
    for queue in ["StatusChecksQueue", "TikTokEventsQueue"] {
        world.stack.aws().sqs().send(world.stack.queue(queue).unwrap(), &NewMessage::new("{}")).unwrap();
    }
    world.until_logged("a message that does not read is seen", "a message does not read").await;
}

/// What is known of the post's only target once it is in this state.
async fn until_state(world: &World, id: &str, state: &str) -> Value {
    let found = until(Duration::from_mins(1), async || {
        let post = world.get(&format!("/v1/posts/{id}")).await.expect(200);
        let metadata = &post["targets"][0]["metadata"];
        (metadata["state"] == state).then(|| metadata.clone())
    });
    found.await.unwrap_or_else(|| panic!("never {state}:\n{}", world.logs()))
}

/// Lets the sweep run until the post is in this status.
async fn until_swept(world: &World, id: &str, status: &str) {
    let found = until(Duration::from_mins(1), async || {
        world.stack.run_schedule(SWEEP).await.unwrap();
        let post = world.get(&format!("/v1/posts/{id}")).await.expect(200);
        (post["status"] == status).then_some(())
    });
    found.await.unwrap_or_else(|| panic!("never {status}:\n{}", world.logs()));
}
