//! How the program ends, and what it never says.

use serde_json::{Value, json};

use super::program::Program;
use super::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_and_a_failure_have_different_exit_codes() {
    let world = World::new().await;
    // A port that was free a moment ago may be another test's by now; nobody is given this one.
    let nobody = "http://127.0.0.1:1";
    let wrong_key = format!("{}x", world.key);
    world.slipway(&["accounts"]).run().await.expect(0);
    // Refused.
    world.slipway(&["accounts"]).env("SLIPWAY_API_KEY", &wrong_key).run().await.expect(3);
    world.slipway(&["status", "post_00000000000000000000000000"]).run().await.expect(3);
    let no_media = ["publish", "med_00000000000000000000000000", "--caption", "x", "--privacy", "private"];
    let refused = world.slipway(&no_media).run().await.expect(3);
    assert!(refused.err.contains("request id: "), "{}", refused.err);
    // Failed.
    let unreachable = world.slipway(&["accounts", "--json"]).env("SLIPWAY_API_URL", nobody).run().await.expect(1);
    assert_eq!(unreachable.event("error")["exit_code"], 1);
    world.slipway(&["upload", "/no/such/file.mp4"]).run().await.expect(1);
    world.stack.aws().fail_next("DynamoDB", 1000, 500);
    world.slipway(&["accounts"]).run().await.expect(1);
    world.stack.aws().clear_faults();
    // Misused.
    world.slipway(&["accounts", "--nonsense"]).run().await.expect(2);
    world.slipway(&["accounts"]).without("SLIPWAY_API_KEY").run().await.expect(2);
    world.slipway(&["accounts"]).without("SLIPWAY_API_URL").run().await.expect(2);
    world.slipway(&["publish", "med_1", "--caption", "x", "--account", "nobody"]).run().await.expect(2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_is_never_printed() {
    let world = World::new().await;
    let video = world.video("video.mp4", 300_000);
    let file = video.to_str().unwrap();
    let publish = ["publish", file, "--caption", "x", "--privacy", "private"];
    let commands: [&[&str]; 8] = [
        &["--help"],
        &["accounts", "--json"],
        &["upload", file],
        &publish,
        &publish,
        &["status", "post_00000000000000000000000000", "--json"],
        &["publish", "med_1", "--caption", "x", "--account", "nobody"],
        &["nonsense"],
    ];
    for command in commands {
        let ended = world.slipway(command).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "1").run().await;
        assert!(!ended.out.contains(&world.key) && !ended.err.contains(&world.key), "{command:?}: {ended:?}");
        assert!(!ended.err.contains("X-Amz-Signature"), "{command:?}: {}", ended.err);
    }
    // The two variables confused.
    let confused = Program::new(&["accounts"]).env("SLIPWAY_API_URL", &world.key).env("SLIPWAY_API_KEY", &world.key);
    let confused = confused.env("HOME", "/nonexistent").run().await.expect(2);
    assert!(!confused.err.contains(&world.key), "{}", confused.err);
    let notes = std::fs::read_dir(world.state()).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    for note in notes {
        let note = String::from_utf8(note).unwrap();
        assert!(!note.contains(&world.key) && !note.contains("X-Amz-Signature"), "{note}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_are_listed_with_what_keeps_them_from_posting() {
    let world = World::new().await;
    let listed = world.slipway(&["accounts"]).run().await.expect(0);
    for part in [&world.account, "@sim.creator", "active"] {
        assert!(listed.out.contains(part), "{part}: {}", listed.out);
    }
    let events = world.slipway(&["accounts", "--json"]).run().await.expect(0);
    assert_eq!(events.event("account")["account"]["id"], world.account.as_str());

    // The creator removes the app at TikTok, which is noticed when the account is used.
    let open_id = world.tiktok.users().remove(0);
    assert!(world.tiktok.revoke_by_user(&open_id, 1));
    world.get(&format!("/v1/accounts/{}/creator-info", world.account)).await;
    let listed = world.slipway(&["accounts"]).run().await.expect(0);
    assert!(listed.out.contains("reconnect_required"), "{}", listed.out);
    assert!(listed.err.contains("connect it again"), "{}", listed.err);
    let video = world.video("video.mp4", 300_000);
    let command = ["publish", video.to_str().unwrap(), "--caption", "x", "--privacy", "private"];
    let refused = world.slipway(&command).run().await.expect(3);
    assert!(refused.err.contains("can't post"), "{}", refused.err);
    assert_eq!(world.get("/v1/media").await["count"], 0, "nothing was uploaded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_speaks_the_programs_language() {
    let world = World::new().await;
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = format!("http://{address}");
    // Neither a home nor a state folder is needed for what notes nothing.
    let unreachable = world.slipway(&["accounts"]).without("SLIPWAY_STATE_DIR").env("SLIPWAY_API_URL", &nobody);
    let unreachable = unreachable.run().await.expect(1);
    assert!(unreachable.err.contains(&format!("{address} does not answer")), "{}", unreachable.err);
    world.slipway(&["accounts"]).without("SLIPWAY_STATE_DIR").run().await.expect(0);
    let refused = world.slipway(&["accounts"]).env("SLIPWAY_API_KEY", "slip_live_wrong").run().await.expect(3);
    assert!(refused.err.contains("check SLIPWAY_API_KEY"), "{}", refused.err);

    let video = world.video("video.mp4", 300_000);
    let file = video.to_str().unwrap();
    let caption = "x".repeat(2201);
    let long = world.slipway(&["publish", file, "--caption", &caption, "--privacy", "private"]).run().await.expect(3);
    assert!(long.err.contains("--caption"), "{}", long.err);
    let past = world.slipway(&["publish", file, "--caption", "x", "--privacy", "private", "--at", "soon"]);
    let past = past.run().await.expect(2);
    assert!(past.err.contains("tomorrow 18:00"), "{}", past.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_may_not_publish_is_named_before_anything_is_sent() {
    let world = World::new().await;
    let asked = world.post("/v1/accounts/connect", &json!({"platform": "tiktok"})).await;
    let page = format!("{}&sim_untick=video.publish", asked["auth_url"].as_str().unwrap());
    assert!(reqwest::get(page).await.unwrap().status().is_success());
    let listed = world.slipway(&["accounts"]).run().await.expect(0);
    assert!(listed.err.contains("did not allow video.publish"), "{}", listed.err);
    let video = world.video("video.mp4", 300_000);
    let command = ["publish", video.to_str().unwrap(), "--caption", "x", "--privacy", "private"];
    let refused = world.slipway(&command).run().await.expect(3);
    for part in ["@sim.creator", "video.publish", "slipway connect"] {
        assert!(refused.err.contains(part), "{part}: {}", refused.err);
    }
    assert_eq!(world.get("/v1/media").await["count"], 0, "nothing was uploaded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timeout_ends_whatever_is_under_way() {
    let world = World::new().await;
    // An API that takes a connection and never answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", listener.local_addr().unwrap());
    let late = world.slipway(&["accounts", "--timeout", "1"]).env("SLIPWAY_API_URL", &silent).run().await.expect(4);
    assert!(late.err.contains("--timeout is over"), "{}", late.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_are_connected_and_posts_and_media_listed_and_deleted() {
    let world = World::new().await;
    let mut program = world.slipway(&["connect", "--json"]).start();
    program.until_says("authorize").await;
    // Somebody else connects an account meanwhile: it is not the one that the program waits for.
    world.connect().await;
    world.tiktok.add_user(tiktok_sim::User { username: "second".to_owned(), ..tiktok_sim::User::default() });
    assert!(world.tiktok.log_in("second"));
    let page: Value = serde_json::from_str(program.said().lines().next().unwrap()).unwrap();
    assert!(reqwest::get(page["url"].as_str().unwrap()).await.unwrap().status().is_success());
    let connected = program.end().await.expect(0);
    assert_eq!(connected.event("connected")["account"]["username"], "second");

    let video = world.video("video.mp4", 300_000);
    let file = video.to_str().unwrap();
    let later = ["publish", file, "--caption", "Later", "--privacy", "private", "--at", "tomorrow 18:00"];
    let post = world.slipway(&[&later[..], &["--account", "@second"]].concat()).run().await.expect(0);
    assert!(!post.err.contains("✓ Waits"), "nothing is ticked that has not come: {}", post.err);
    let listed = world.slipway(&["list", "--status", "scheduled"]).run().await.expect(0);
    assert!(listed.out.contains(post.result()) && listed.out.contains("Later"), "{}", listed.out);
    assert_eq!(world.slipway(&["list", "--status", "published"]).run().await.expect(0).out, "");
    let shown = world.slipway(&["status", post.result()]).run().await.expect(0);
    assert!(shown.out.contains("@second"), "{}", shown.out);

    // What a post needs stays, and the rest goes.
    let needed = world.get(&format!("/v1/posts/{}", post.result())).await["media_ids"][0].clone();
    world.slipway(&["delete", needed.as_str().unwrap()]).run().await.expect(1);
    let other = world.video("other.mp4", 300_001);
    let media = world.slipway(&["upload", other.to_str().unwrap()]).run().await.expect(0);
    world.slipway(&["delete", media.result()]).run().await.expect(0);
    assert_eq!(world.get("/v1/media").await["count"], 1);
}
