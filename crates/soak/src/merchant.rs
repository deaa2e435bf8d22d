//! The merchant at work: packs and sends off whatever is acknowledged, through the admin API.

use std::time::Duration;

use anyhow::{Result, bail};
use e2e::{NewShipment, Order, Shipment};
use futures::{StreamExt, TryStreamExt, stream};

use crate::orders::{Key, Kind, Step};
use crate::world::World;

/// Requests at once.
const HANDS: usize = 8;
/// The pause between two looks at the board.
const BETWEEN: Duration = Duration::from_secs(1);

/// Works for ever. Ends only when something is wrong.
pub async fn work_on(world: &World) -> Result<()> {
    loop {
        let ready = ready_orders(world).await?;
        stream::iter(&ready)
            .map(Ok)
            .try_for_each_concurrent(HANDS, |order| async {
                if pack(world, order).await? {
                    send_off(world, &key_of(order)).await?;
                }
                Ok::<(), anyhow::Error>(())
            })
            .await?;
        tokio::time::sleep(BETWEEN).await;
    }
}

/// Packs orders and leaves them.
pub async fn pack_all(world: &World, orders: &[Order]) -> Result<()> {
    stream::iter(orders)
        .map(Ok)
        .try_for_each_concurrent(HANDS, |order| async {
            pack(world, order).await?;
            Ok(())
        })
        .await
}

/// Sends off orders that are packed.
pub async fn send_off_all(world: &World, keys: &[Key]) -> Result<()> {
    stream::iter(keys)
        .map(Ok)
        .try_for_each_concurrent(HANDS, |key| send_off(world, key))
        .await
}

/// Acknowledged orders with goods to pack that nobody holds and nobody has sent off.
pub async fn ready_orders(world: &World) -> Result<Vec<Order>> {
    let mut orders = world.hub.admin.orders_in("ACKNOWLEDGED").await?;
    let known = world.orders.lock();
    orders.retain(|order| {
        let waits = known
            .get(&key_of(order))
            .is_some_and(|placed| placed.kind == Kind::Physical && placed.step != Step::Sent);
        let is_whole = order
            .lines
            .iter()
            .all(|line| line.state == "ACKNOWLEDGED" && line.kind.as_deref() == Some("PHYSICAL"));
        waits && is_whole && order.hold.is_none()
    });
    Ok(orders)
}

/// An order's key.
pub fn key_of(order: &Order) -> Key {
    (order.channel.clone(), order.channel_order_id.clone())
}

/// Whether the order is packed now; not when the hub refuses since it was called off meanwhile.
async fn pack(world: &World, order: &Order) -> Result<bool> {
    let key = key_of(order);
    let known = world.orders.lock().get(&key).cloned();
    let Some(known) = known.filter(|known| known.step == Step::Waiting) else {
        return Ok(true);
    };
    let new = NewShipment {
        order,
        carrier: "CJ_LOGISTICS",
        tracking_number: &known.tracking_number,
    };
    let answer = world.hub.admin.try_ship(new).await?;
    if !answer.status.is_success() {
        refused(world, &key, "pack", answer.problem()?)?;
        return Ok(false);
    }
    let shipment: Shipment = answer.ok()?;
    world.orders.advance(&key, Step::Packed(shipment.id));
    Ok(true)
}

async fn send_off(world: &World, key: &Key) -> Result<()> {
    let step = world.orders.lock().get(key).map(|known| known.step.clone());
    let Some(Step::Packed(shipment)) = step else {
        return Ok(());
    };
    let path = format!("/api/v1/shipments/{shipment}/dispatch");
    let answer = world.hub.admin.post(&path, &serde_json::json!({})).await?;
    if answer.status.is_success() {
        world.orders.advance(key, Step::Sent);
        return Ok(());
    }
    refused(world, key, "send off", answer.problem()?)
}

/// A wrong moment (409) passes, or the order was called off and is left as it is; anything else is wrong.
fn refused(world: &World, key: &Key, what: &str, problem: e2e::Problem) -> Result<()> {
    if problem.status == 409 {
        let mut seen = world.seen();
        *seen.refusals.entry(problem.reason).or_default() += 1;
        return Ok(());
    }
    bail!("the hub would not {what} {key:?}: {problem:?}")
}
