//! What is told of what happens.

use super::World;

impl World {
    /// What the log tells of this post, by name and each as often as it was told.
    pub(crate) async fn told(&self, post: &str) -> Vec<String> {
        let log = self.get(&format!("/v1/events?limit=100&resource_id={post}")).await.expect(200);
        let events = log["events"].as_array().expect("a list of events").iter();
        let mut told: Vec<_> = events.map(|event| event["action"].as_str().unwrap().to_owned()).collect();
        told.sort();
        told
    }
}
