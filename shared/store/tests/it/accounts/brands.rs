//! The brands that events concern.

use jiff::Timestamp;
use serde_json::{Value, json};
use slipway_domain::EventType;
use slipway_store::events::{Happened, LogEntry};

use crate::bench;

#[tokio::test]
async fn an_event_concerns_the_brands_of_its_accounts_unless_it_says_one_itself() {
    let bench = bench().await;
    let accounts = &bench.owner.accounts;
    let account = bench.connect().await;
    let entry = |occasion: &str, of: &[&str], data: Value| {
        let of = of.iter().map(|account| account.parse().unwrap()).collect();
        let (kind, resource) = (EventType::PostFailed, "post_1".to_owned());
        let happened = Happened { kind, resource, accounts: of, at: Timestamp::now() };
        LogEntry::new(bench.tenant.clone(), occasion, happened, &data).unwrap()
    };
    let id = account.id.as_str();
    let entries = [
        entry("one", &[id], json!({})),
        entry("another", &[id, "acc_gone"], json!({})),
        entry("none", &[], json!({})),
        entry("gone", &["acc_gone"], json!({})),
        entry("said", &["acc_unread"], json!({"brand_id": "brand_c"})),
    ];
    let brands = async || {
        bench.deployment.aws().reset_counts();
        let brands = accounts.brands_of(&entries.iter().collect::<Vec<_>>()).await.unwrap();
        // Each account is read once, however many events concern it.
        assert_eq!(bench.deployment.aws().request_counts().get("DynamoDB.GetItem"), Some(&2));
        brands.iter().map(|of| of.iter().map(ToString::to_string).collect()).collect::<Vec<Vec<_>>>()
    };
    let default = account.brand_or_default().to_string();
    let expected = |own: &str| {
        // Of the second nobody knows all.
        let expected: [&[&str]; 5] = [&[own], &[], &[], &[], &["brand_c"]];
        expected.map(|of| of.iter().map(|brand| (*brand).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(brands().await, expected(&default));
    bench.put_into_brand(&account, "brand_b").await;
    assert_eq!(brands().await, expected("brand_b"));
}
