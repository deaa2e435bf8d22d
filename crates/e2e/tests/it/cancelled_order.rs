use anyhow::Result;
use e2e::{Hub, HubOptions};

use crate::steps::{order_in_state, shipment_in_state, tracking_number};

#[tokio::test]
async fn an_order_cancelled_between_entry_and_dispatch_is_held_and_nothing_is_sent() -> Result<()> {
    // Claims are polled too rarely to be seen in time: only the look before the dispatch can find this one.
    let options = HubOptions::default().with("MOA_ORDER_SYNC_REVISIT", 3600);
    let hub = Hub::start(options).await?;
    let placed = hub.sandbox.place_order("physical").await?;
    let order = order_in_state(&hub, &placed.channel_order_id, "ACKNOWLEDGED").await?;
    let shipment = hub.admin.ship(&order, &tracking_number(2)).await?;

    hub.sandbox.cancel(&placed.channel_order_id).await?;
    hub.admin.dispatch(&shipment.id).await?;

    let held = shipment_in_state(&hub, &shipment.id, "HELD").await?;
    let hold = held.hold.expect("a held shipment says why");
    assert!(
        ["CANCEL_REQUESTED", "ORDER_CANCELLED"].contains(&hold.reason.as_str()),
        "{hold:?}"
    );
    assert!(!hold.detail.is_empty());

    let effects = hub.admin.effects().await?;
    let dispatch = effects
        .iter()
        .find(|effect| effect.kind == "DISPATCH")
        .expect("the intent is in the ledger");
    assert_eq!(
        (dispatch.state.as_str(), dispatch.reason.as_deref()),
        ("BLOCKED", Some(hold.reason.as_str()))
    );

    let verdict = hub.sandbox.verdict().await?;
    assert_eq!(
        (verdict.dispatches_accepted, verdict.dispatches_after_cancel),
        (0, 0)
    );
    assert!(verdict.is_clean(), "{verdict:?}");
    assert!(
        hub.sandbox.seen("dispatch_refused").await?.is_empty(),
        "not even an attempt was made"
    );
    Ok(())
}
