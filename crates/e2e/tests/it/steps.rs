//! Steps that several stories share.

use anyhow::Result;
use e2e::{Hub, Look, Order, Shipment};

/// Waits until an order is on the board in a state.
pub async fn order_in_state(hub: &Hub, channel_order_id: &str, state: &str) -> Result<Order> {
    hub.soon(
        &format!("order {channel_order_id} is {state}"),
        async |hub| {
            let order = hub.admin.order(channel_order_id).await?;
            let seen = order
                .as_ref()
                .map_or("not on the board".to_owned(), |order| order.state.clone());
            Ok(Look::at(order.filter(|order| order.state == state), || {
                seen
            }))
        },
    )
    .await
}

/// Waits until a shipment is in a state.
pub async fn shipment_in_state(hub: &Hub, shipment_id: &str, state: &str) -> Result<Shipment> {
    hub.soon(&format!("shipment {shipment_id} is {state}"), async |hub| {
        let shipment = hub.admin.shipment(shipment_id).await?;
        let seen = format!("{shipment:?}");
        Ok(Look::at(
            (shipment.state == state).then_some(shipment),
            || seen,
        ))
    })
    .await
}

/// A well-formed number of CJ Logistics, different for each `n`.
pub fn tracking_number(n: usize) -> String {
    format!("6012{n:08}")
}
