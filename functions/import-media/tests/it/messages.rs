//! Messages that are late, or not what they should be.

use slipway_contract::queue::ImportMessage;
use slipway_domain::{MediaId, TenantId};
use slipway_worker::Handled;
use uuid::Uuid;
use workbench::video_of;

use crate::server::Server;
use crate::support::World;

#[tokio::test]
async fn a_message_for_settled_media_changes_nothing() {
    for server in [Server::of(video_of(200_000, 1)).await, Server::refusing(404).await] {
        let world = World::new(server).await;
        let media = world.to_import(&world.server.url()).await;
        assert_eq!(world.step(&media).await, Handled::Done);
        let settled = world.media_now(&media).await;
        assert_eq!(world.server.requests(), 1);
        assert_eq!(world.step(&media).await, Handled::Done);
        assert_eq!(world.media_now(&media).await, settled);
        assert_eq!(world.server.requests(), 1, "it is not fetched again");
    }
}

#[tokio::test]
async fn a_message_whose_tenant_does_not_own_the_media_is_dropped() {
    let world = World::new(Server::of(video_of(200_000, 1)).await).await;
    let media = world.to_import(&world.server.url()).await;
    let (message, record) = world.message(&media).await;
    let tenant = TenantId::from_uuid(Uuid::now_v7());
    assert_eq!(world.step_on(ImportMessage { tenant, ..message.clone() }, &record).await, Handled::Done);
    let id = MediaId::from_uuid(Uuid::now_v7());
    assert_eq!(world.step_on(ImportMessage { media: id, ..message }, &record).await, Handled::Done);
    assert_eq!(world.media_now(&media).await, media);
    assert_eq!(world.server.requests(), 0);
}
