//! `slipway posts`, `slipway cancel` and `slipway validate`.

use serde_json::json;
use tiktok_sim::{Action, Endpoint, FailReason, Fault};

use super::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_is_validated_kept_listed_called_off_and_told_step_by_step() {
    let world = World::new().await;
    let video = world.video("video.mp4", 300_000);
    let file = video.to_str().unwrap();
    let post = ["--caption", "Hello", "--privacy", "private", "--account", "@sim.creator"];
    let valid = world.slipway(&[&["validate", file][..], &post].concat()).run().await.expect(0);
    assert!(valid.err.contains("Nothing stands against it"), "{}", valid.err);
    assert_eq!(world.get("/v1/posts").await["count"], 0, "nothing is published");

    let draft = world.slipway(&[&["publish", file][..], &post, &["--draft"]].concat()).run().await.expect(0);
    assert!(draft.err.contains("Kept as a draft"), "{}", draft.err);
    let later = [&["publish", file][..], &post, &["--at", "tomorrow 18:00"]].concat();
    let later = world.slipway(&later).run().await.expect(0);
    let listed =
        world.slipway(&["posts", "list", "--status", "draft", "--account", "sim.creator"]).run().await.expect(0);
    for part in ["ID", "WHERE IT IS", draft.result(), "@sim.creator", "kept as a draft", "Hello"] {
        assert!(listed.out.contains(part), "{part}: {}", listed.out);
    }
    assert!(!listed.out.contains(later.result()), "{}", listed.out);
    let found = world.slipway(&["posts", "list", "--search", "nowhere", "--json"]).run().await.expect(0);
    assert_eq!(found.out, "");

    let off = world.slipway(&["cancel", later.result()]).run().await.expect(0);
    assert!(off.err.contains("Called off") && off.out.contains("cancelled"), "{} {}", off.err, off.out);
    world.slipway(&["posts", "cancel", later.result()]).run().await.expect(0);
    let shown = world.slipway(&["posts", "show", later.result()]).run().await.expect(0);
    assert!(shown.out.contains("cancelled") && shown.out.contains("@sim.creator"), "{}", shown.out);
    let steps = world.slipway(&["posts", "timeline", later.result()]).run().await.expect(0);
    for part in ["WHAT HAPPENED", "accepted", "cancelled", "@sim.creator"] {
        assert!(steps.out.contains(part), "{part}: {}", steps.out);
    }
    let steps = world.slipway(&["posts", "timeline", later.result(), "--json"]).run().await.expect(0);
    assert_eq!(steps.events()[0]["step"]["account_id"], world.account.as_str());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn validation_tells_every_problem_by_its_flag() {
    let world = World::new().await;
    let video = world.video("video.mp4", 300_000);
    let caption = "x".repeat(2201);
    let command = ["validate", video.to_str().unwrap(), "--caption", &caption, "--privacy", "private", "--branded"];
    let refused = world.slipway(&[&command[..], &["--json"]].concat()).run().await.expect(3);
    let error = refused.event("error");
    assert_eq!(
        (&error["kind"], &refused.event("validated")["validation"]["valid"]),
        (&json!("refused"), &json!(false))
    );
    assert!(refused.err.contains("--caption"), "{}", refused.err);
    let short = ["validate", video.to_str().unwrap(), "--caption", "Hi", "--privacy", "private", "--branded"];
    let refused = world.slipway(&short).run().await.expect(3);
    assert!(refused.err.contains("--privacy") || refused.err.contains("--branded"), "{}", refused.err);
    // A bad video hides nothing: the caption is told of, too.
    let slow = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/video/fixtures/too_slow.mp4");
    let both = world.slipway(&["validate", slow, "--caption", &caption, "--privacy", "private"]).run().await.expect(3);
    assert!(both.err.contains("--caption") && both.err.contains("the frame rate is 15"), "{}", both.err);
    let empty = video.with_file_name("empty.mp4");
    std::fs::write(&empty, "").unwrap();
    let command = ["publish", empty.to_str().unwrap(), "--caption", "Hi", "--privacy", "private"];
    let refused = world.slipway(&command).run().await.expect(3);
    assert!(refused.err.contains("empty.mp4 is empty"), "{}", refused.err);
    let unsaid = world.slipway(&["validate", video.to_str().unwrap(), "--caption", "Hi"]).run().await.expect(2);
    assert!(unsaid.err.contains("--privacy"), "{}", unsaid.err);
    assert_eq!(world.get("/v1/posts").await["count"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_is_tried_again_and_followed_to_its_end() {
    let world = World::new().await;
    let refuse = Action::FailPublish { reason: FailReason::FrameRate };
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, refuse).times(1));
    let video = world.video("video.mp4", 300_000);
    let command = ["publish", video.to_str().unwrap(), "--caption", "Again", "--privacy", "private", "--json"];
    let failed = world.slipway(&command).run().await.expect(3);
    let post = failed.event("created")["post_id"].as_str().unwrap().to_owned();
    let ended = world.slipway(&["posts", "retry", &post]).run().await.expect(0);
    assert!(ended.out.contains("published"), "{}", ended.out);
    assert_eq!(world.tiktok.ledger().published().len(), 1);
    let nothing = world.slipway(&["posts", "retry", &post]).run().await.expect(3);
    assert!(nothing.err.contains("error:"), "{}", nothing.err);
    let there = world.slipway(&["cancel", &post]).run().await.expect(3);
    assert!(there.err.contains("stays there"), "{}", there.err);
    // Nothing is left unconfirmed that a person could settle.
    let settled = ["posts", "resolve", &post, "not-published", "--account", "@sim.creator"];
    world.slipway(&settled).run().await.expect(3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_posts_is_imported_once() {
    let world = World::new().await;
    let video = world.video("video.mp4", 300_000);
    let media = world.slipway(&["upload", video.to_str().unwrap(), "--quiet"]).run().await.expect(0);
    let row = |text: &str, level: &str| format!("{text},{},{},{level}\n", world.account, media.result());
    let rows = |rows: &[String]| format!("text,account_ids,media_ids,visibility\n{}", rows.concat());
    let mixed = world.file("mixed.csv", rows(&[row("One", "private"), row("Two", "nobody")]).as_bytes());
    let mixed = mixed.to_str().unwrap();
    let dry = world.slipway(&["posts", "import", mixed, "--dry-run"]).run().await.expect(3);
    assert!(dry.err.contains("row 2, visibility"), "{}", dry.err);
    assert_eq!(world.get("/v1/posts").await["count"], 0);

    let good = world.file("good.csv", rows(&[row("One", "private"), row("Two", "private")]).as_bytes());
    let good = good.to_str().unwrap();
    let made = world.slipway(&["posts", "import", good]).run().await.expect(0);
    assert!(made.out.contains("post_") && made.out.contains("draft"), "{}", made.out);
    let again = world.slipway(&["posts", "import", good]).run().await.expect(0);
    assert_eq!((again.out, &world.get("/v1/posts").await["count"]), (made.out, &json!(2)));
    let forced = world.slipway(&["posts", "import", good, "--again", "--json"]).run().await.expect(0);
    assert_eq!(forced.event("imported")["import"]["created"], 2);
    assert_eq!(world.get("/v1/posts").await["count"], 4);
    world.slipway(&["posts", "import", "/no/such/file.csv"]).run().await.expect(1);
}
