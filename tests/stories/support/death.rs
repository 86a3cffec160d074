//! Death at a chosen call to AWS, and lives that end there, one call after the other.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aws_stand_in::Moment;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::Value;

use super::{Nets, World, until};

/// Lets all processes of these functions die at their call number `call` to AWS from now on. Others' calls don't count: a
/// process that dies at one of them has calls of its own under way, which take effect behind its death.
pub(crate) fn die_at(world: &Arc<World>, functions: &'static [&'static str], call: u64, moment: Moment) {
    let dying = Arc::downgrade(world);
    let crash = move || -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let dying = dying.clone();
        Box::pin(async move {
            if let Some(world) = dying.upgrade() {
                world.kill(functions).await;
            }
        })
    };
    world.stack.aws().crash_at_call_of(functions, call, moment, Arc::new(crash));
}

/// Whether the functions died as planned. From now on they live, however many calls there are.
pub(crate) fn has_died(world: &World, call: u64) -> bool {
    let reached = world.stack.aws().calls_since_crash_was_planned() >= call;
    world.stack.aws().crash_at(u64::MAX, Moment::Before, Arc::new(|| Box::pin(async {})));
    reached
}

/// A post whose makers are killed.
pub(crate) struct Victim {
    /// What is sent to `POST /v1/posts`.
    pub(crate) body: Value,
    /// Of the video.
    pub(crate) sha256: String,
}

/// Lives one post after the other, in which these functions die at the first call to AWS, at the second, and so on until
/// a post needs no further one. Each is published exactly once all the same. Nobody reads a post before the crash, so
/// that all calls up to it are its own. Answers how many calls were the last one.
pub(crate) async fn die_at_every_call(
    worlds: Vec<World>,
    functions: &'static [&'static str],
    moment: Moment,
    victim: impl AsyncFn(&World, u64) -> Victim,
    afterwards: impl AsyncFn(&World, &Value),
) -> usize {
    let at_once = worlds.len();
    let worlds = worlds.into_iter().zip(1_u64..).map(async |(world, first)| {
        let world = Arc::new(world);
        let mut deaths = 0;
        for call in (first..).step_by(at_once) {
            // No post waits for the minute of those before it.
            world.age_paces(SignedDuration::from_mins(2)).await;
            let victim = victim(&world, call).await;
            let (id, died) = die_once(&world, functions, call, moment, &victim.body).await;
            let post = world.until_post_by(Nets::All, &id, "published").await;
            world.rest().await;
            world.published_among_others(&victim.sha256);
            assert_eq!(world.tiktok.ledger().published().len(), deaths + 1, "nothing else was posted");
            afterwards(&world, &post).await;
            if died.is_none() {
                break;
            }
            deaths += 1;
        }
        deaths
    });
    let deaths = join_all(worlds).await.into_iter().sum();
    println!("killed {moment:?} each of {deaths} AWS calls");
    deaths
}

/// Makes a post and has these functions die at call number `call` to AWS from then on. Answers the post's id, and at whose
/// call of what they died, if the post needed so many calls.
pub(crate) async fn die_once(
    world: &Arc<World>,
    functions: &'static [&'static str],
    call: u64,
    moment: Moment,
    body: &Value,
) -> (String, Option<String>) {
    die_at(world, functions, call, moment);
    let id = world.post_as_a_client_does(body).await;
    let aws = world.stack.aws();
    let over = until(Duration::from_secs(30), async || {
        let is_over = world.stack.is_idle() && world.says_published(&id);
        (is_over || aws.calls_since_crash_was_planned() >= call).then_some(())
    });
    assert!(over.await.is_some(), "neither death nor end before call {call}:\n{}", world.story_of(&id));
    let died_at = aws.died_at();
    has_died(world, call);
    (id, died_at)
}

impl World {
    /// Kills every process of these functions, as when a whole machine dies.
    pub(crate) async fn kill(&self, functions: &[&str]) {
        for function in functions {
            self.stack.kill(function).await.expect("the stack lives");
        }
    }

    /// Sends the post as the SDK does: the same body again after a failure.
    async fn post_as_a_client_does(&self, body: &Value) -> String {
        let made = until(Duration::from_secs(30), async || {
            let answer = self.post("/v1/posts", body.clone()).await;
            (answer.status == 201).then(|| answer.body["id"].as_str().unwrap().to_owned())
        });
        made.await.unwrap_or_else(|| panic!("the post is never accepted:\n{}", self.story_of("")))
    }

    /// Whether the functions have logged that the post is published: asking the API would be a call to AWS.
    fn says_published(&self, id: &str) -> bool {
        self.has_logged(|line| line.contains(id) && line.contains("\\\"outcome\\\"") && line.contains("published"))
    }
}
