use anyhow::Result;
use e2e::{Hub, HubOptions};
use serde_json::json;

use crate::steps::order_in_state;

#[tokio::test]
async fn pages_of_garbage_from_the_channel_lose_no_order() -> Result<()> {
    let hub = Hub::start(HubOptions::default()).await?;
    let spoilt = |kind, times| json!({"channel": "coupang", "method": "GET", "path": "ordersheets", "kind": kind, "times": times});
    let faults = json!([
        spoilt("garbage_body", 1),
        spoilt("torn_body", 1),
        spoilt("error_500", 1)
    ]);
    hub.sandbox.spoil(faults).await?;
    let placed = hub.sandbox.place_orders("physical", 3).await?;

    for order in &placed {
        order_in_state(&hub, &order.channel_order_id, "ACKNOWLEDGED").await?;
    }
    assert_eq!(
        hub.sandbox.still_to_spoil().await?,
        0,
        "the trouble was met"
    );
    assert_eq!(hub.admin.orders().await?.len(), placed.len());
    assert!(!hub.process.log()?.contains("panicked"));
    let verdict = hub.sandbox.verdict().await?;
    assert_eq!(verdict.orders_acknowledged, 3);
    assert!(verdict.is_clean(), "{verdict:?}");
    Ok(())
}
