//! One tenant, and one server, hold no more than their share of the workers.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use aws_stand_in::{Moment, NewMessage};
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_domain::{Shares, TenantId};
use slipway_store::media::{MediaRecord, MediaState};
use slipway_worker::Handled;
use tokio::sync::Notify;
use uuid::Uuid;
use workbench::{until, video_of};

use crate::server::Server;
use crate::support::{IMPORTS, World};

const SIZE: usize = 200_000;

/// A world with six workers, of which a tenant may hold two and a server three, and a server that sends half a file.
async fn world() -> World {
    let server = Server::of(video_of(SIZE, 1)).await;
    server.hold_at(SIZE / 2);
    let world = World::new(server).await;
    assert_eq!(world.worker.shares, Shares { tenant: 2, server: 3 });
    world
}

impl World {
    /// Imports of this many files by each of so many tenants.
    async fn imports(&self, tenants: usize, each: usize) -> Vec<MediaRecord> {
        let mut all = Vec::new();
        for _ in 0..tenants {
            let tenant = TenantId::from_uuid(Uuid::now_v7());
            for _ in 0..each {
                all.push(self.to_import_of(&tenant, &self.server.url()).await);
            }
        }
        all
    }

    /// The messages that call an import, whoever's it is. Those that a test hands out belong to no group.
    fn calls(&self) -> Vec<serde_json::Value> {
        self.sent(IMPORTS).into_iter().filter(|sent| sent.group.is_some()).map(|sent| sent.body).collect()
    }
}

fn call_of(media: &MediaRecord) -> serde_json::Value {
    json!({"tenant": media.tenant, "media": media.id})
}

/// Steps on all of them at once, and what was answered once so many of them have asked the server; the server sends the
/// rest afterwards.
async fn all_at_once(world: &World, imports: &[MediaRecord], asked: usize) -> Vec<Handled> {
    let steps = join_all(imports.iter().map(async |media| world.step(media).await));
    let watch = async {
        until("the server is asked", async || world.server.requests() == asked).await;
        until("the rest waits", async || waiting(world, imports).await == imports.len() - asked).await;
        world.server.let_go();
    };
    tokio::join!(steps, watch).0
}

/// How many of these have been put off until somebody calls them.
async fn waiting(world: &World, imports: &[MediaRecord]) -> usize {
    let now = join_all(imports.iter().map(async |media| world.media_now(media).await)).await;
    let later = slipway_store::Epoch::from(Timestamp::now() + SignedDuration::from_mins(10));
    now.iter().filter(|media| media.due_at > later && media.import.as_ref().unwrap().tries == 0).count()
}

#[tokio::test]
async fn a_tenant_holds_no_more_than_its_share_and_the_rest_is_called() {
    let world = world().await;
    let imports = world.imports(1, 4).await;
    let handled = all_at_once(&world, &imports, 2).await;
    assert_eq!(handled, [Handled::Done; 4], "nobody polls");
    assert_eq!(world.server.requests(), 2);
    let (ready, waits): (Vec<_>, Vec<_>) = join_all(imports.iter().map(async |media| world.media_now(media).await))
        .await
        .into_iter()
        .partition(|media| matches!(media.state, MediaState::Ready { .. }));
    assert_eq!((ready.len(), waits.len()), (2, 2));
    for media in &waits {
        assert!(world.calls().contains(&call_of(media)), "{:?}", world.calls());
        assert_eq!(world.step(media).await, Handled::Done);
        assert!(matches!(world.media_now(media).await.state, MediaState::Ready { .. }));
    }
    assert_eq!(world.server.requests(), 4);
}

#[tokio::test]
async fn a_server_is_held_by_no_more_than_its_share_whoever_asks() {
    let world = world().await;
    let imports = world.imports(2, 2).await;
    let handled = all_at_once(&world, &imports, 3).await;
    assert_eq!(handled, [Handled::Done; 4]);
    for media in &imports {
        if world.media_now(media).await.state == MediaState::Pending {
            assert!(world.calls().contains(&call_of(media)));
            assert_eq!(world.step(media).await, Handled::Done);
        }
        assert!(matches!(world.media_now(media).await.state, MediaState::Ready { .. }));
    }
}

#[tokio::test]
async fn who_goes_on_for_a_dead_worker_has_its_slot() {
    let world = World::with_claim_time(Server::of(video_of(SIZE, 1)).await, Duration::from_secs(1)).await;
    world.server.hold_at(SIZE / 2);
    let imports = world.imports(1, 2).await;
    {
        let steps = join_all(imports.iter().map(async |media| world.step(media).await));
        let dies = until("both fetch", async || world.server.requests() == 2);
        tokio::select! {
            _ = steps => panic!("the server sends half a file"),
            () = dies => {}
        }
    }
    world.server.let_go();
    for media in &imports {
        until("the dead worker's claim ends", async || world.step(media).await == Handled::Done).await;
        assert!(matches!(world.media_now(media).await.state, MediaState::Ready { .. }));
    }
}

#[tokio::test]
async fn media_that_is_deleted_while_it_waits_holds_nobody_up() {
    let world = world().await;
    let imports = world.imports(1, 4).await;
    let [first, second, third, fourth] = imports.as_slice() else { unreachable!() };
    let held = async { tokio::join!(world.step(first), world.step(second)) };
    let others = async {
        until("two fetch", async || world.server.requests() == 2).await;
        for media in [third, fourth] {
            assert_eq!(world.step(media).await, Handled::Done);
        }
        let now = world.media_now(third).await;
        let marked = world.owner.media.mark_deleting(&now, Timestamp::now()).await.unwrap().done();
        world.owner.media.forget(&marked.unwrap(), Timestamp::now()).await.unwrap().done().unwrap();
        world.server.let_go();
    };
    let _ = tokio::join!(held, others);
    assert!(world.calls().contains(&call_of(fourth)));
    assert_eq!(world.step(third).await, Handled::Done);
    assert_eq!(world.step(fourth).await, Handled::Done);
    assert!(matches!(world.media_now(fourth).await.state, MediaState::Ready { .. }));
}

#[tokio::test]
async fn a_failed_import_and_one_that_pauses_free_their_slots() {
    for (status, again) in [(404, false), (503, true)] {
        let world = World::new(Server::refusing(status).await).await;
        for media in world.imports(1, 5).await {
            assert_eq!(matches!(world.step(&media).await, Handled::Again(_)), again, "{status}");
        }
        assert_eq!(world.server.requests(), 5, "nobody waits for who fetches no more");
    }
}

#[tokio::test]
async fn a_slow_server_loses_its_worker_as_soon_as_others_wait() {
    let server = Server::of(video_of(SIZE, 1)).await;
    server.hold_at(SIZE / 2);
    let world = World::with_claim_time(server, Duration::from_secs(1)).await;
    let media = world.to_import(&world.server.url()).await;
    let aws = world.deployment.aws();
    let asked = || aws.request_counts().get("SQS.GetQueueAttributes").copied().unwrap_or_default();
    let other = async {
        until("it is slow, and nobody waits", async || asked() > 2).await;
        assert!(world.media_now(&media).await.import.unwrap().claim.is_some(), "it may be as slow as it likes");
        let queue = world.deployment.queue(IMPORTS).unwrap();
        aws.sqs().send(queue, &NewMessage::new("another tenant's".to_owned())).unwrap();
    };
    let (handled, ()) = tokio::join!(world.step(&media), other);
    assert!(matches!(handled, Handled::Again(_)), "{handled:?}");
    assert_eq!(world.media_now(&media).await.import.unwrap().claim, None);
}

#[tokio::test]
async fn no_call_is_lost_whenever_the_worker_dies_that_makes_it() {
    let deaths: Vec<_> = stream::iter(1..=18).map(killed_after).buffered(4).collect().await;
    let died = deaths.iter().take_while(|died| **died).count();
    assert!(died > 10, "only {died} deaths");
    assert!(deaths[died..].iter().all(|died| !died), "{deaths:?}");
    assert!(died < deaths.len(), "there are more calls than these");
}

/// Kills a worker right after this call of those that it makes once its file has come. Answers whether it got so far;
/// whatever came of it, the next in line is called.
async fn killed_after(call: u64) -> bool {
    let server = Server::of(video_of(SIZE, 1)).await;
    server.hold_at(SIZE / 2);
    let mut world = World::with_claim_time(server, Duration::from_secs(1)).await;
    world.worker.shares = Shares { tenant: 1, server: 1 };
    let imports = world.imports(1, 2).await;
    let [first, second] = imports.as_slice() else { unreachable!() };
    let died = {
        let mut step = pin!(world.step(first));
        tokio::select! {
            handled = &mut step => panic!("{handled:?}"),
            () = until("one fetches", async || world.server.requests() == 1) => {}
        }
        assert_eq!(world.step(second).await, Handled::Done, "it waits in line");
        let killed = Arc::new(Notify::new());
        let kill = Arc::clone(&killed);
        let crash = Arc::new(move || -> Pin<Box<dyn Future<Output = ()> + Send>> {
            kill.notify_one();
            Box::pin(async {})
        });
        world.deployment.aws().crash_at(call, Moment::After, crash);
        world.server.let_go();
        tokio::select! {
            biased;
            () = killed.notified() => true,
            handled = step => {
                assert_eq!(handled, Handled::Done);
                false
            }
        }
    };
    // Nobody answered for its message: it comes back.
    until("another worker goes on", async || world.step(first).await == Handled::Done).await;
    assert!(world.calls().contains(&call_of(second)), "nobody calls the next in line after a death at call {call}");
    assert_eq!(world.step(second).await, Handled::Done);
    assert!(matches!(world.media_now(second).await.state, MediaState::Ready { .. }), "after a death at call {call}");
    died
}
