//! `slipway keys`, `slipway brands`, `slipway usage` and `slipway user`.

use serde_json::Value;

use super::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_and_brands_are_made_listed_and_removed() {
    let world = World::new().await;
    let made = world.slipway(&["keys", "create", "reporting", "--scope", "posts:read"]).run().await.expect(0);
    assert!(made.result().starts_with("slip_live_") && made.err.contains("shown only now"), "{}", made.err);
    let listed = world.slipway(&["keys", "list", "--json"]).run().await.expect(0);
    assert!(!listed.out.contains(made.result()), "the secret is shown once");
    let key = listed.events().into_iter().map(|event| event["key"].clone()).find(|key| key["name"] == "reporting");
    let id = key.expect("it is listed")["id"].as_str().unwrap().to_owned();
    let table = world.slipway(&["keys", "list"]).run().await.expect(0);
    assert!(table.out.contains(&id) && table.out.contains("posts:read"), "{}", table.out);
    let rotated = world.slipway(&["keys", "rotate", &id, "--overlap", "60"]).run().await.expect(0);
    assert_ne!(rotated.result(), made.result());
    world.slipway(&["keys", "revoke", &id]).run().await.expect(0);
    world.slipway(&["keys", "revoke", &id]).run().await.expect(3);

    let brand = world.slipway(&["brands", "create", "Shop"]).run().await.expect(0).result().to_owned();
    world.slipway(&["brands", "rename", &brand, "The shop"]).run().await.expect(0);
    let listed = world.slipway(&["brands", "list"]).run().await.expect(0);
    assert!(listed.out.contains("The shop") && listed.out.contains(&brand), "{}", listed.out);
    let usage = world.slipway(&["usage"]).run().await.expect(0);
    assert!(usage.out.contains("brands") && usage.out.contains("no limit"), "{}", usage.out);
    world.slipway(&["brands", "delete", &brand]).run().await.expect(0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_takes_its_data_along_and_leaves() {
    let world = World::new().await;
    let shown = world.slipway(&["user", "show"]).run().await.expect(0);
    assert!(shown.out.contains("owner@example.com") && shown.out.contains("unlimited"), "{}", shown.out);

    let exported = world.slipway(&["user", "export"]).run().await.expect(0);
    let lines: Vec<Value> = exported.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = lines.iter().filter_map(|line| line["kind"].as_str()).collect();
    assert!(["tenant", "key", "account"].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    assert!(!kinds.contains(&"page") && exported.err.contains(&format!("Exported {} records", lines.len())));
    let file = world.file("export.ndjson", b"");
    world.slipway(&["user", "export", "--out", file.to_str().unwrap()]).run().await.expect(0);
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), lines.len());

    let refused = world.slipway(&["user", "delete", "me@example.com"]).run().await.expect(3);
    assert!(refused.err.contains("belongs to owner@example.com") && refused.err.contains("nothing was deleted"));
    let gone = world.slipway(&["user", "delete", "OWNER@example.com"]).run().await.expect(0);
    assert!(gone.err.contains("opens anything any more"), "{}", gone.err);
    world.slipway(&["user", "show"]).run().await.expect(3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_creator_connects_at_once_and_publishes_nowhere() {
    let mut world = World::new().await;
    let refused = world.slipway(&["test", "connect"]).run().await.expect(3);
    assert!(refused.err.contains("slipway keys create NAME --test"), "{}", refused.err);
    let made = world.slipway(&["keys", "create", "tests", "--test"]).run().await.expect(0);
    assert!(made.result().starts_with("slip_test_"), "{}", made.err);
    world.key = made.result().to_owned();
    let connected = world.slipway(&["test", "connect", "@anna"]).run().await.expect(0);
    assert!(connected.err.contains("@anna is connected"), "{}", connected.err);
    let listed = world.slipway(&["accounts"]).run().await.expect(0);
    assert!(listed.out.contains(connected.result()) && !listed.out.contains(&world.account), "{}", listed.out);
    let outcomes = world.slipway(&["test", "outcomes"]).run().await.expect(0);
    assert!(outcomes.out.contains("[test:rate_limit]") && outcomes.out.contains("banned"), "{}", outcomes.out);
    let video = world.video("clip.mp4", 200_000);
    let failing =
        ["publish", video.to_str().unwrap(), "--caption", "[test:frame_rate_check_failed]", "--privacy", "public"];
    let failed = world.slipway(&failing).run().await.expect(3);
    assert!(failed.err.contains("frame rate") || failed.err.contains("frames"), "{}", failed.err);

    let nobody = world.slipway(&["accounts", "disconnect", "ben"]).run().await.expect(2);
    assert!(nobody.err.contains("there is no account ben"), "{}", nobody.err);
    let gone = world.slipway(&["accounts", "disconnect", "@anna"]).run().await.expect(0);
    assert!(gone.err.contains("Disconnected @anna"), "{}", gone.err);
    let listed = world.slipway(&["accounts", "list"]).run().await.expect(0);
    assert!(listed.err.contains("No account is connected"), "{}", listed.err);
}
