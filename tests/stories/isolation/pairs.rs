//! Who has something, and who must see nothing of it: another tenant, the same one's other mode, another of its brands.

use serde_json::json;

use super::owned::{Border, Owned, Stranger};
use super::raw;
use crate::support::{Receiver, Setup, World};

/// A world with something of each kind in it, and those who must see nothing of it.
pub(super) type Neighbours = (World, Owned, Vec<Stranger>);

/// All pairs there are.
pub(super) async fn all() -> [Neighbours; 3] {
    [
        tenants_and_modes(&Receiver::start().await, []).await,
        live_beside_test().await,
        brands(&Receiver::start().await, []).await,
    ]
}

/// A live key's, which another tenant must not see, nor the same one in test mode. The endpoints are this receiver's, in a
/// deployment with these parameters, too.
pub(super) async fn tenants_and_modes<const N: usize>(
    receiver: &Receiver,
    parameters: [(String, String); N],
) -> Neighbours {
    let world = world(receiver, parameters).await;
    let owned = Owned::of(&world, receiver).await;
    let other = json!({"slipway": "create_key", "email": "other@example.com"});
    let other = raw(&world.stack.invoke("WorkspaceFunction", other).await.unwrap());
    let own = of_test_mode(&world).await;
    let strangers = vec![
        Stranger::with(&world, receiver, other, Border::Tenants).await,
        Stranger::with(&world, receiver, own, Border::TestBesideLive).await,
    ];
    (world, owned, strangers)
}

/// A test key's, which the same tenant must not see with a live one.
pub(super) async fn live_beside_test() -> Neighbours {
    let receiver = Receiver::start().await;
    let world = world(&receiver, []).await;
    let owned = Owned::of_whom(&world, &receiver, &of_test_mode(&world).await).await;
    let stranger = Stranger::with(&world, &receiver, world.key.clone(), Border::LiveBesideTest).await;
    (world, owned, vec![stranger])
}

/// What the key of one brand has, which that of another one must not see.
pub(super) async fn brands<const N: usize>(receiver: &Receiver, parameters: [(String, String); N]) -> Neighbours {
    let world = world(receiver, parameters).await;
    let of_brand = async |name: &str| {
        let brand = world.post("/v1/brands", json!({"name": name})).await.expect(201)["id"].clone();
        let key = raw(&world.post("/v1/keys", json!({"name": name, "brand_ids": [brand]})).await.expect(201));
        (brand.as_str().unwrap().to_owned(), key)
    };
    let ((brand, key), (_, of_another)) = (of_brand("One").await, of_brand("Another").await);
    let mut owned = Owned::of_brand(&world, receiver, &key, &brand).await;
    owned.traces.retain(|trace| *trace != owned.uri && !trace.starts_with("https://"));
    let stranger = Stranger::with(&world, receiver, of_another, Border::Brands).await;
    (world, owned, vec![stranger])
}

async fn world<const N: usize>(receiver: &Receiver, parameters: [(String, String); N]) -> World {
    let parameters = parameters.into_iter().chain([("WebhookTrustedOrigins".to_owned(), receiver.origin())]);
    World::with(Setup { parameters: parameters.collect(), ..Setup::default() }).await
}

async fn of_test_mode(world: &World) -> String {
    raw(&world.post("/v1/keys", json!({"name": "tests", "mode": "test"})).await.expect(201))
}
