//! One merchant's trouble, one bad effect, one lock: each holds up only itself.

use chrono::TimeDelta;
use fulfillment::store::planning_queue::{self, Queued};
use moa_id::{Ids, MerchantId, OrderId};
use moa_proto::moa::fulfillment::v1::ShipmentState;
use moa_testkit::{a_friday, eventually};
use sqlx::PgPool;
use uuid::Uuid;

use crate::world::{BOOK, MUG, World};

async fn on_insert(pool: &PgPool, table: &str, when: &str, body: &str) {
    let function = format!(
        "CREATE FUNCTION public.spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
    );
    let trigger = format!(
        "CREATE TRIGGER spoil BEFORE INSERT ON fulfillment.{table} FOR EACH ROW WHEN ({when})
         EXECUTE FUNCTION public.spoil()"
    );
    for statement in [function, trigger] {
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(pool)
            .await
            .unwrap();
    }
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn the_trouble_of_one_merchant_does_not_stop_the_next(pool: PgPool) {
    let mut world = World::start(pool).await;
    let (troubled, well) = (Uuid::from_u128(0), world.merchant_id);
    let when = format!("NEW.merchant_id = '{troubled}'");
    on_insert(&world.pool, "listings", &when, "RAISE EXCEPTION 'full';").await;
    world.merchant_id = troubled;
    let held_up = world.place(&[(MUG, "box-1")]);
    world.has_heard_everything().await;
    world.merchant_id = well;
    world.accepted(&[(MUG, "box-2")]).await;

    sqlx::query("DROP TRIGGER spoil ON fulfillment.listings")
        .execute(&world.pool)
        .await
        .unwrap();
    world.advance(TimeDelta::minutes(10));
    world.effect_is(&held_up, "ACKNOWLEDGE", "CONFIRMED").await;
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn catalog_may_repeat_itself(pool: PgPool) {
    let world = World::start(pool).await;
    world.catalog.0.lock().unwrap().repeats_itself = true;
    world.accepted(&[(MUG, "box-1"), (BOOK, "box-2")]).await;
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_dispatch_that_cannot_be_read_is_settled_and_holds_its_shipment(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1")]).await;
    let body = "NEW.payload := '{}'; RETURN NEW;";
    on_insert(&world.pool, "effects", "NEW.kind = 'DISPATCH'", body).await;
    let shipment = world.pack(&order).await;
    world.dispatch(&shipment).await.unwrap();
    world.effect_is(&order, "DISPATCH", "BLOCKED").await;
    let shipment = world.shipment_is(&shipment, ShipmentState::Held).await;
    assert_eq!(shipment.hold_reason, "INTENT_MALFORMED");
    assert!(world.channel.0.lock().unwrap().dispatched.is_empty());
    world.stop().await;
}

async fn waits_for_a_lock(pool: &PgPool) -> bool {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock')",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn planned_orders_are_locked_in_the_order_of_their_ids(pool: PgPool) {
    let ids = Ids::seeded(11);
    let merchant_id: MerchantId = ids.next();
    let mut order_ids: Vec<OrderId> = vec![ids.next(), ids.next()];
    order_ids.sort();
    let mut conn = pool.acquire().await.unwrap();
    planning_queue::push(&mut conn, merchant_id, &order_ids, a_friday())
        .await
        .unwrap();
    let lock = "SELECT order_id FROM fulfillment.planning_queue WHERE order_id = $1 FOR UPDATE SKIP LOCKED";
    let mut holder = moa_service::begin(&pool).await.unwrap();
    sqlx::query(lock)
        .bind(order_ids[0].as_uuid())
        .fetch_one(&mut *holder)
        .await
        .unwrap();

    let planned: Vec<Queued> = order_ids
        .iter()
        .rev()
        .map(|order_id| Queued {
            merchant_id,
            order_id: *order_id,
            generation: 1,
            failures: 0,
        })
        .collect();
    let remover = pool.clone();
    let removing = tokio::spawn(async move {
        let mut tx = moa_service::begin(&remover).await.unwrap();
        planning_queue::remove(&mut tx, merchant_id, &planned)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    });
    eventually(|| async { waits_for_a_lock(&pool).await.then_some(()) }).await;
    let free = sqlx::query(lock)
        .bind(order_ids[1].as_uuid())
        .fetch_optional(&mut *conn)
        .await
        .unwrap();
    assert!(free.is_some(), "the later order is locked after the first");

    holder.commit().await.unwrap();
    removing.await.unwrap();
    let left = planning_queue::due(&mut conn, a_friday(), 10)
        .await
        .unwrap();
    assert_eq!(left, []);
}
