//! What the tenant's plan has room for.

use jiff::Timestamp;
use slipway_domain::{MediaId, Plan, Plans};
use slipway_store::Write;
use slipway_store::media::{MediaRecord, MediaRules, MediaState};
use slipway_worker::Handled;
use uuid::Uuid;
use workbench::video_of;

use crate::server::Server;
use crate::support::{World, reason};

/// The size of the videos here.
const SIZE: u64 = 200_000;

/// A world whose plan has room for 100 MB.
async fn world(server: Server) -> World {
    let mut world = World::new(server).await;
    let rules = MediaRules { plans: Plans::usual(Plan::Hobby), ..MediaRules::default() };
    world.worker.media = world.worker.media.ruled_by(rules);
    world
}

/// Takes all the tenant's storage but for this much.
async fn leave(world: &World, bytes: u64) {
    let taken = Plans::usual(Plan::Hobby).of(None).limits.storage_bytes.unwrap() - bytes;
    let (id, now) = (MediaId::from_uuid(Uuid::now_v7()), Timestamp::now());
    let other = MediaRecord::new(world.tenant.clone(), id, "other.mp4".to_owned(), "video/mp4".to_owned(), now);
    assert_eq!(world.owner.media.put(&other.announced(Some(taken))).await.unwrap(), Write::Done(()));
}

#[tokio::test]
async fn a_file_that_just_fits_is_kept_and_counted() {
    let world = world(Server::of(video_of(200_000, 1)).await).await;
    let media = world.to_import(&world.server.url()).await;
    leave(&world, SIZE).await;
    assert_eq!(world.step(&media).await, Handled::Done);
    assert!(matches!(world.media_now(&media).await.state, MediaState::Ready { .. }));
    assert_eq!(
        Some(world.owner.media.usage(&world.tenant).await.unwrap().bytes),
        Plans::usual(Plan::Hobby).of(None).limits.storage_bytes
    );
}

#[tokio::test]
async fn a_file_for_which_there_is_no_room_is_left_where_it_is() {
    let world = world(Server::of(video_of(200_000, 1)).await).await;
    let media = world.to_import(&world.server.url()).await;
    leave(&world, SIZE - 1).await;
    // As soon as its size is known: the server sends nothing of it.
    world.server.hold_at(0);
    assert_eq!(world.step(&media).await, Handled::Done);
    assert_eq!(reason(&world.media_now(&media).await), "storage_quota");
    assert_eq!(world.object(&media).await, None);
}

#[tokio::test]
async fn a_file_whose_room_was_taken_meanwhile_is_deleted() {
    let server = Server::of(video_of(200_000, 1)).await;
    server.hold_at(1000);
    let world = world(server).await;
    let media = world.to_import(&world.server.url()).await;
    let other = async {
        world.until_fetching(&media).await;
        leave(&world, SIZE - 1).await;
        world.server.let_go();
    };
    let (outcome, ()) = tokio::join!(world.step(&media), other);
    assert_eq!(outcome, Handled::Done);
    assert_eq!(reason(&world.media_now(&media).await), "storage_quota");
    assert_eq!(world.object(&media).await, None);
    assert_eq!(world.owner.media.usage(&world.tenant).await.unwrap().bytes, 100_000_000 - SIZE + 1);
}
