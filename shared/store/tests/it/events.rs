//! The events table.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_domain::{EventType, LogKey, Reach, TenantId};
use slipway_store::events::{Happened, LogEntry};

use crate::{bench, tenant};

fn event(tenant: &TenantId, occasion: &str, seconds: i64) -> LogEntry {
    let at = "2026-11-22T12:00:00.123Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds);
    happened(tenant, EventType::AccountConnected, occasion, at)
}

fn happened(tenant: &TenantId, kind: EventType, occasion: &str, at: Timestamp) -> LogEntry {
    let happened = Happened { kind, resource: "acc_1".to_owned(), accounts: vec!["acc_1".parse().unwrap()], at };
    LogEntry::new(tenant.clone(), occasion, happened, &json!({"likes": 9_007_199_254_740_993_u64})).unwrap()
}

#[tokio::test]
async fn recording_an_event_twice_is_recording_it_once() {
    let bench = bench().await;
    let events = &bench.owner.events;
    let tenant = tenant("ten_1");
    let once = event(&tenant, "acc_1 connected", 0);
    for _ in 0..3 {
        events.append(&once).await.unwrap();
    }
    assert_eq!(events.list(&Reach::whole(&tenant), None, 10).await.unwrap().entries, [once], "to the last digit");
}

#[tokio::test]
async fn what_happened_to_others_or_otherwise_is_another_event() {
    let (one, two) = (tenant("ten_1"), tenant("ten_2"));
    let first = event(&one, "acc_1", 0);
    assert_eq!(first.id, event(&one, "acc_1", 0).id);
    assert_ne!(first.id, event(&one, "acc_2", 0).id);
    assert_ne!(first.id, event(&two, "acc_1", 0).id);
    assert_ne!(first.id, happened(&one, EventType::AccountDisconnected, "acc_1", first.at).id);
}

#[tokio::test]
async fn a_log_is_read_newest_first_page_by_page_and_by_its_tenant_only() {
    let bench = bench().await;
    let events = &bench.owner.events;
    let (one, two) = (tenant("ten_1"), tenant("ten_2"));
    for second in [3, 1, 4, 0, 2] {
        events.append(&event(&one, &second.to_string(), second)).await.unwrap();
    }
    events.append(&event(&two, "theirs", 9)).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = events.list(&Reach::whole(&one), after.as_ref(), 2).await.unwrap();
        assert!(page.entries.len() <= 2);
        seen.extend(page.entries.into_iter().map(|event| event.at.as_second()));
        let Some(next) = page.next else { break };
        after = Some(LogKey::parse(next.as_str()).unwrap());
    }
    let newest = seen[0];
    assert_eq!(seen, (0..5).map(|second| newest - second).collect::<Vec<_>>());
}

#[test]
fn a_place_is_nothing_that_a_caller_could_make_up() {
    for text in ["", "#", "000001763812800#evt_1", "00001763812800123#evt_1x#", "0x0176381280012#evt_1", "1#evt_1"] {
        let good = text == "000001763812800#evt_1";
        assert_eq!(LogKey::parse(text).is_some(), good, "{text:?}");
    }
}
