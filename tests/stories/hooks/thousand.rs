//! A thousand deliveries to one endpoint that fails three times out of ten.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use sha2::{Digest as _, Sha256};

use super::endpoint;
use crate::support::{Receiver, Reply, Setup, World, until, video_of};

const EVENTS: usize = 1000;
/// Of ten attempts.
const FAILING: u8 = 3;

/// Whether the attempt of this number to tell of this event fails. It is as good as chance, and the same in every run.
fn fails(event: u64, attempt: u64) -> bool {
    Sha256::digest(format!("{event} {attempt}"))[0] % 10 < FAILING
}

/// Writes the one entry of the log as many times more, each as an event of its own.
async fn happen(world: &World) {
    let (client, table) = (&world.dynamodb, world.stack.table("EventsTable").unwrap());
    let scan = client.scan().table_name(table).filter_expression("kind = :kind");
    let scan = scan.expression_attribute_values(":kind", AttributeValue::S("post.scheduled".to_owned()));
    let entry = scan.send().await.unwrap().items.unwrap().remove(0);
    let at = entry["sk"].as_s().unwrap().split('#').next().unwrap().to_owned();
    let events: Vec<_> = (0..EVENTS).collect();
    for events in events.chunks(25) {
        let puts = events.iter().map(|event| {
            let (mut item, id) = (entry.clone(), format!("evt_{event:032x}"));
            item.insert("sk".to_owned(), AttributeValue::S(format!("{at}#{id}")));
            item.insert("id".to_owned(), AttributeValue::S(id));
            item.insert("data".to_owned(), AttributeValue::S(format!("{{\"number\":{event}}}")));
            let put = PutRequest::builder().set_item(Some(item)).build().unwrap();
            WriteRequest::builder().put_request(put).build()
        });
        client.batch_write_item().request_items(table, puts.collect()).send().await.unwrap();
    }
}

/// Writes so many entries of a kind into the log of each tenant whose log has one of this kind, as events of their own.
pub(super) async fn happen_to_all(world: &World, like: &str, kind: &str, times: usize) {
    let (client, table) = (&world.dynamodb, world.stack.table("EventsTable").unwrap());
    let entries = client.scan().table_name(table).send().await.unwrap().items.unwrap();
    let mut done = BTreeSet::new();
    for entry in entries.iter().filter(|entry| entry["kind"].as_s().unwrap() == like) {
        if !done.insert(entry["pk"].as_s().unwrap()) {
            continue;
        }
        let at = entry["sk"].as_s().unwrap().split('#').next().unwrap();
        for event in 0..times {
            let (mut item, id) = (entry.clone(), format!("evt_{event:032x}"));
            item.insert("kind".to_owned(), AttributeValue::S(kind.to_owned()));
            item.insert("sk".to_owned(), AttributeValue::S(format!("{at}#{id}")));
            item.insert("id".to_owned(), AttributeValue::S(id));
            client.put_item().table_name(table).set_item(Some(item)).send().await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_deliveries_arrive_though_three_of_ten_attempts_fail() {
    let receiver = Receiver::start().await;
    // Two processes are enough for one endpoint.
    let parameters = [("WebhookTrustedOrigins", receiver.origin()), ("DeliveryConcurrency", "2".to_owned())];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value)).into();
    let world = World::with(Setup { parameters, ..Setup::default() }).await;
    endpoint(&world, &receiver, "/hook", &["post.scheduled"]).await;
    let media = world.upload(video_of(200_000)).await;
    world.schedule(&world.account, &media, "Told a thousand times", 86_400).await;
    until(Duration::from_secs(20), async || (!receiver.came("/hook").is_empty()).then_some(())).await.unwrap();

    let mut attempts = BTreeMap::<u64, u64>::new();
    receiver.judge("/hook", move |body| {
        let event = body["data"]["number"].as_u64().expect("one of the thousand");
        let attempt = attempts.entry(event).and_modify(|attempt| *attempt += 1).or_insert(1);
        Reply::status(if fails(event, *attempt) { 500 } else { 200 })
    });
    happen(&world).await;
    let came = || receiver.came("/hook").into_iter().skip(1).collect::<Vec<_>>();
    let arrived = || came().into_iter().filter(|came| came.answered == 200).map(|came| came.id().to_owned());
    let all = || arrived().collect::<BTreeSet<_>>().len() == EVENTS;
    // The sweep brings what failed; nobody waits for its time.
    let is_idle = async || (world.stack.is_idle() && world.deliveries_wait_for_their_time()).then_some(());
    until(Duration::from_secs(90), async || (came().len() >= EVENTS).then_some(())).await.expect("each is tried");
    for _ in 0..60 {
        until(Duration::from_mins(1), is_idle).await.unwrap_or_else(|| panic!("{}", world.logs()));
        if all() {
            break;
        }
        world.let_pass(1).await;
    }
    assert!(all(), "only {} of {EVENTS} arrived", arrived().count());
    let mut ids = BTreeMap::<u64, BTreeSet<String>>::new();
    for came in came() {
        ids.entry(came.json()["data"]["number"].as_u64().unwrap()).or_default().insert(came.id().to_owned());
    }
    assert!(ids.values().all(|ids| ids.len() == 1), "an event was told under two ids");
    let expected: u64 = (0..EVENTS as u64).map(|event| (1..99).find(|attempt| !fails(event, *attempt)).unwrap()).sum();
    println!("{EVENTS} deliveries took {} attempts; {expected} without any repeat", came().len());
}
