//! Accounts whose events are gone are found all the same.

use moa_id::Ids;
use moa_proto::moa::channel_proxy::v1::{
    ChannelAccount, ChannelAccountState, ChannelCapabilities, OrderDiscovery,
};
use sqlx::PgPool;

use crate::world::World;

fn account(ids: &Ids, state: ChannelAccountState, version: i64) -> ChannelAccount {
    ChannelAccount {
        merchant_id: ids.uuid().to_string(),
        channel_account_id: ids.uuid().to_string(),
        channel: "coupang".to_owned(),
        state: state.into(),
        version,
        ..Default::default()
    }
}

/// (merchant, active, version) of what is known.
async fn known(world: &World) -> Vec<(String, bool, i64)> {
    sqlx::query_as(
        "SELECT merchant_id::text, active, version FROM order_sync.channel_accounts ORDER BY version",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap()
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn every_listed_account_of_every_merchant_is_known(pool: PgPool) {
    let world = World::new(pool).await;
    let ids = Ids::seeded(3);
    let mut listed = [
        account(&ids, ChannelAccountState::Active, 1),
        account(&ids, ChannelAccountState::Inactive, 2),
        account(&ids, ChannelAccountState::Active, 3),
    ];
    world.channel.list_accounts(&listed);
    assert_eq!(world.app.reconcile_accounts().await.unwrap(), 3);
    let merchant = |n: usize| listed[n].merchant_id.clone();
    assert_eq!(
        known(&world).await,
        [
            (merchant(0), true, 1),
            (merchant(1), false, 2),
            (merchant(2), true, 3),
        ]
    );
    assert_eq!(world.app.reconcile_accounts().await.unwrap(), 0);

    // A list that is older than an event changes nothing; a newer one does.
    listed[2].version = 2;
    listed[2].set_state(ChannelAccountState::Inactive);
    world.channel.list_accounts(&listed);
    assert_eq!(world.app.reconcile_accounts().await.unwrap(), 0);
    listed[2].version = 4;
    world.channel.list_accounts(&listed);
    assert_eq!(world.app.reconcile_accounts().await.unwrap(), 1);
    assert!(!known(&world).await[2].1, "inactive by now");

    // What the channel can do is news at the same version, too: it came with a newer channel-proxy.
    listed[2].capabilities = Some(ChannelCapabilities {
        order_discovery: OrderDiscovery::ChangesFeed.into(),
        ..Default::default()
    });
    world.channel.list_accounts(&listed);
    assert_eq!(world.app.reconcile_accounts().await.unwrap(), 1);
    assert_eq!(world.app.reconcile_accounts().await.unwrap(), 0);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_account_without_its_merchant_is_refused_by_name(pool: PgPool) {
    let world = World::new(pool).await;
    let mut listed = account(&Ids::seeded(3), ChannelAccountState::Active, 1);
    listed.merchant_id = String::new();
    world.channel.list_accounts(&[listed]);
    let error = world
        .app
        .reconcile_accounts()
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("merchant_id"), "{error}");
    assert_eq!(world.count("channel_accounts").await, 0);
}
