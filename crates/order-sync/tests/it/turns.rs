//! Pages of many reads under few turns.

use moa_testkit::eventually;
use order_sync::Stream;
use sqlx::PgPool;

use crate::world::World;

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_read_of_many_pages_lets_others_in_between(pool: PgPool) {
    let world = World::with(pool, &[("MOA_ORDER_SYNC_CONCURRENT_POLLS", "1")]).await;
    for number in 0..8 {
        world.channel.place(&format!("10{number}"), &["a"]);
    }
    world.channel.page_size(1);
    // The first page comes; the second is asked for and waits.
    world.channel.close_gate(1);
    let (app, account, lease) = (
        world.app.clone(),
        world.account.clone(),
        world.lease.clone(),
    );
    let many =
        tokio::spawn(async move { app.collect(&account, Stream::OrdersPlaced, &lease).await });
    eventually(|| async { (world.channel.calls("LINE_STATE_PLACED") == 2).then_some(()) }).await;

    let mut other = Box::pin(world.collect(Stream::Claims));
    assert!(
        futures::poll!(&mut other).is_pending(),
        "there is one turn, and it is taken"
    );
    assert_eq!(world.channel.calls("CLAIMS"), 0);
    world.channel.open_gate();
    assert!(other.await.caught_up);
    let pages = world.channel.calls("LINE_STATE_PLACED");
    assert!(pages < 8, "it waited for all {pages} pages of the other");
    assert_eq!(many.await.unwrap().unwrap().placed, 8);
}
