use anyhow::Result;
use e2e::{Hub, HubOptions, Look};

use crate::steps::{order_in_state, shipment_in_state, tracking_number};

#[tokio::test]
async fn an_order_arrives_is_acknowledged_and_gets_its_tracking_number() -> Result<()> {
    let hub = Hub::start(HubOptions::default()).await?;
    let placed = hub.sandbox.place_order("physical").await?;

    let order = order_in_state(&hub, &placed.channel_order_id, "ACKNOWLEDGED").await?;
    assert_eq!(order.channel, "coupang");
    assert_eq!(
        order.lines[0].channel_parcel_id,
        placed.channel_parcel_ids[0]
    );
    assert_eq!(order.lines[0].kind.as_deref(), Some("PHYSICAL"));

    let number = tracking_number(1);
    let shipment = hub.admin.ship(&order, &number).await?;
    assert_eq!(shipment.state, "READY");
    hub.admin.dispatch(&shipment.id).await?;
    shipment_in_state(&hub, &shipment.id, "DISPATCHED").await?;

    let order = hub
        .soon("the board shows the order on its way", async |hub| {
            let order = hub.admin.order(&placed.channel_order_id).await?;
            let seen = format!("{order:?}");
            let left = order.filter(|order| {
                order.state == "DISPATCHED" && order.lines[0].tracking_number.is_some()
            });
            Ok(Look::at(left, || seen))
        })
        .await?;
    assert_eq!(
        order.lines[0].tracking_number.as_deref(),
        Some(number.as_str())
    );
    assert_eq!(order.shipment_state.as_deref(), Some("DISPATCHED"));

    let uploads = hub.sandbox.seen("dispatched").await?;
    assert_eq!(uploads.len(), 1);
    assert_eq!(uploads[0].detail["tracking_number"], number);
    assert_eq!(
        uploads[0].channel_parcel_id.as_ref(),
        placed.channel_parcel_ids.first()
    );

    let verdict = hub.sandbox.verdict().await?;
    assert_eq!(
        (
            verdict.orders_placed,
            verdict.orders_acknowledged,
            verdict.dispatches_accepted
        ),
        (1, 1, 1)
    );
    assert!(verdict.is_clean(), "{verdict:?}");

    let timeline = hub.admin.timeline(&order.id).await?;
    assert!(timeline.len() >= 3, "{timeline:?}");
    assert!(
        timeline.is_sorted_by(|one, next| one.at <= next.at),
        "{timeline:?}"
    );
    Ok(())
}
