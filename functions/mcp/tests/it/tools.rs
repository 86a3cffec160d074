//! Tools: what they are called, what they may do, and what comes of arguments and keys that do not fit.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::{NOBODY, World, message};

/// What a client shows of a tool before it calls it. R: reads, D: can't be undone, I: may be repeated, O: reaches others.
#[tokio::test]
async fn the_list_of_tools_is_what_clients_have_read_before() {
    let world = World::start().await;
    let told = world.say(&message("tools/list", json!({}))).await.expect(200);
    let mut table = String::from("\n");
    for tool in told["result"]["tools"].as_array().unwrap() {
        let hint = |name: &str, letter: char| if tool["annotations"][name] == true { letter } else { '-' };
        let hints = [
            hint("readOnlyHint", 'R'),
            hint("destructiveHint", 'D'),
            hint("idempotentHint", 'I'),
            hint("openWorldHint", 'O'),
        ];
        let takes: Vec<_> = tool["inputSchema"]["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let hints: String = hints.iter().collect();
        writeln!(table, "{hints} {}({})", tool["name"].as_str().unwrap(), takes.join(" ")).unwrap();
        for schema in ["inputSchema", "outputSchema"] {
            assert_eq!(tool[schema]["type"], "object", "{tool:#}");
        }
    }
    insta::assert_snapshot!(table, @r"
    R-I- list_accounts(brand_ids cursor limit)
    ---O connect_account(brand_id idempotency_key platform redirect_uri state)
    R-IO get_creator_info(account_id)
    R-I- get_account_limits(account_id)
    R-I- list_brands(cursor limit)
    ---O upload_media_from_url(dry_run filename idempotency_key url)
    ---- get_media_upload_url(content_type dry_run filename idempotency_key sha256 size_bytes)
    --I- verify_media(media_id)
    R-I- get_media(media_id wait_seconds)
    R-I- get_post_rules()
    R-IO validate_post(media media_ids platform_data publish_now scheduled_at skip_duplicate_check targets text title)
    -D-O create_post(dry_run idempotency_key media media_ids platform_data publish_now scheduled_at skip_duplicate_check targets text title)
    R-I- get_post(post_id wait_seconds)
    R-I- list_posts(account_ids brand_ids cursor from limit search sort status to)
    -D-O update_post(dry_run idempotency_key media media_ids platform_data post_id scheduled_at skip_duplicate_check targets text title)
    -D-O publish_post(dry_run idempotency_key post_id skip_duplicate_check)
    -D-O retry_post(dry_run idempotency_key post_id skip_duplicate_check)
    -D-O cancel_post(idempotency_key post_id)
    R-I- get_post_timeline(cursor limit post_id)
    R-I- list_webhooks(cursor limit)
    ---O create_webhook(account_ids brand_ids events idempotency_key url)
    R-I- list_deliveries(cursor event_type limit status webhook_id)
    R-I- get_usage()
    ");
}

/// Nobody's privacy and disclosure is decided by a program.
#[tokio::test]
async fn whoever_may_publish_is_told_to_ask_the_creator() {
    let world = World::start().await;
    let told = world.say(&message("tools/list", json!({}))).await.expect(200);
    for (tool, words) in [
        ("create_post", &["creator must have told you", "never choose it yourself", "never assume a public level"][..]),
        ("publish_post", &["creator confirm", "disclosure", "can't be undone"]),
        ("retry_post", &["ask the creator", "creator confirm", "disclosure", "can't be undone"]),
        ("update_post", &["creator's choice"]),
        ("get_creator_info", &["have the creator choose", "no level may be assumed"]),
    ] {
        let tools = told["result"]["tools"].as_array().unwrap();
        let about = tools.iter().find(|listed| listed["name"] == tool).unwrap()["description"].as_str().unwrap();
        let about = about.split_whitespace().collect::<Vec<_>>().join(" ").replace('\n', " ");
        for word in words {
            assert!(about.to_lowercase().contains(&word.to_lowercase()), "{tool} does not say {word:?}: {about}");
        }
    }
}

#[tokio::test]
async fn a_refusal_is_a_result_with_its_envelope_and_a_text_that_leads_on() {
    let world = World::start().await;
    let wrong = world.call("create_post", json!({"text": "x", "privacy": "public"})).await;
    assert_eq!(
        (&wrong["isError"], &wrong["structuredContent"]["error"]["meta"]["field"]),
        (&json!(true), &json!("privacy"))
    );
    let text = wrong["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("create_post has no argument \"privacy\"") && text.contains("platform_data"), "{text}");
    let unknown = world.call("get_creator_info", json!({"account_id": "acc_none"})).await;
    let text = unknown["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("account.not_found") && text.contains("is the tool list_accounts"), "{text}");
    assert!(unknown["structuredContent"]["request_id"].is_string(), "{unknown:#}");
    let nested = json!({"text": "x", "targets": [{"account_id": "acc_1", "privcy_level": "SELF_ONLY"}]});
    let nested = world.call("create_post", nested).await;
    let text = nested["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("targets[0].privcy_level"), "what is misspelt is not taken for said: {text}");
}

#[tokio::test]
async fn a_restricted_key_can_do_no_more_here_than_over_http() {
    let world = World::start().await;
    let narrow = world.bench.caller_with(&world.bench.tenant, &["accounts:read"], &[]).await;
    for (tool, arguments, is_refused) in [
        ("list_accounts", json!({}), false),
        ("get_usage", json!({}), false),
        ("list_posts", json!({}), true),
        ("connect_account", json!({"platform": "tiktok"}), true),
        ("create_webhook", json!({"url": "https://example.com", "events": ["post.published"]}), true),
    ] {
        let said = message("tools/call", json!({"name": tool, "arguments": arguments}));
        let told = narrow.call(&world.router, "POST", "/mcp", Some(&said)).await.expect(200);
        let result: &Value = &told["result"];
        assert_eq!(result["isError"], is_refused, "{tool}: {result:#}");
        if is_refused {
            assert_eq!(result["structuredContent"]["error"]["code"], "auth.insufficient_scope", "{result:#}");
        }
    }
}

#[tokio::test]
async fn a_dry_run_says_yes_to_nothing_that_no_argument_makes_possible() {
    let world = World::start().await;
    for (tool, arguments, field) in [
        ("upload_media_from_url", json!({"dry_run": true}), "url"),
        ("create_post", json!({"dry_run": true, "text": "x"}), "targets"),
        ("publish_post", json!({"dry_run": true}), "post_id"),
    ] {
        let told = world.call(tool, arguments).await;
        assert_eq!(told["isError"], true, "{tool}: {told:#}");
        assert_eq!(told["structuredContent"]["error"]["meta"]["field"], field, "{tool}");
    }
}

/// Whoever waits holds a process that others need.
#[tokio::test]
async fn a_call_stops_waiting_where_its_tenant_has_no_requests_left() {
    // Three a minute, where twenty seconds have room for ten looks.
    let world = World::with_limits("5").await;
    let media = world.bench.announced(&world.bench.tenant).await;
    world.bench.deployment.aws().reset_counts();
    let told = world.call("get_media", json!({"media_id": media.id, "wait_seconds": 20})).await;
    assert_eq!(told["structuredContent"]["status"], "pending", "{told:#}");
    let reads = world.bench.deployment.aws().request_counts().get("DynamoDB.GetItem").copied().unwrap_or_default();
    assert!(reads <= 4, "{reads} reads: one for each look, and the key comes with its count");
}

#[tokio::test]
async fn a_tool_that_calls_an_endpoint_counts_as_its_route_does() {
    // Twelve requests a minute.
    let world = World::with_limits("20").await;
    let endpoint = json!({"url": NOBODY, "events": ["post.published"]});
    let (mut answers, mut refusals) = (Vec::new(), 0);
    // A minute may end meanwhile.
    for _ in 0..5 {
        let call = message("tools/call", json!({"name": "create_webhook", "arguments": endpoint}));
        world.bench.deployment.aws().reset_counts();
        let answer = world.say(&call).await.text().to_owned();
        if answer.contains("ratelimit.exceeded") {
            let calls = world.bench.deployment.aws().request_counts();
            let reads: u64 = calls.iter().filter(|(name, _)| name.contains("Get")).map(|(_, count)| count).sum();
            assert!(reads <= 1 && calls.values().sum::<u64>() <= 3, "its key, and what it is counted by: {calls:?}");
            refusals += 1;
        }
        answers.push(answer);
    }
    assert!(answers[0].contains("webhook_verification_failed"), "{answers:?}");
    assert!(refusals > 0, "{answers:?}");
}
