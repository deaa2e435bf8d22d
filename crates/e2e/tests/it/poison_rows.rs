//! Rows that cannot be read, at both channels: each holds up itself alone, says why, and is taken once it can be read.

use anyhow::{Context, Result};
use e2e::{Hub, HubOptions, Look, PlacedOrder};
use serde::Deserialize;
use serde_json::json;

use crate::steps::order_in_state;

const CHANNELS: [&str; 2] = ["coupang", "smartstore"];
/// What is wrong with the row, and what the operator reads about it.
const POISONS: [(&str, &str); 3] = [
    ("wrong_type", "uantity"),
    ("huge_name", "product_name must have at most"),
    ("far_date", "ordered_at"),
];

#[derive(Debug, Deserialize)]
struct ParkedRow {
    row_key: String,
    reason: String,
}

#[derive(Deserialize)]
struct ParkedRows {
    parked_rows: Vec<ParkedRow>,
}

/// Orders that lists show in a few seconds, so that what is wrong with them can be settled before.
async fn place(hub: &Hub, channel: &str, count: usize) -> Result<Vec<PlacedOrder>> {
    let wish = json!({
        "channel": channel, "kind": "physical", "count": count, "lines": 1, "late_seconds": 3,
    });
    hub.sandbox.place(wish).await
}

async fn parked(hub: &Hub) -> Result<Vec<ParkedRow>> {
    let path = "/api/v1/coverage/parked-rows?page_size=200";
    Ok(hub.admin.get::<ParkedRows>(path).await?.parked_rows)
}

#[tokio::test]
async fn a_poison_row_holds_up_only_itself_and_says_why() -> Result<()> {
    let hub = Hub::start(HubOptions::default()).await?;
    let mut poisoned = Vec::new();
    let mut healthy = Vec::new();
    for channel in CHANNELS {
        let mut placed = place(&hub, channel, POISONS.len() + 2).await?;
        healthy.extend(placed.split_off(POISONS.len()));
        let orders = placed.into_iter().zip(POISONS);
        poisoned.extend(orders.map(|(order, poison)| (channel, order.channel_order_id, poison)));
    }
    let all: Vec<(&str, &str, &str)> = poisoned
        .iter()
        .map(|(channel, order, (poison, _))| (*channel, order.as_str(), *poison))
        .collect();
    hub.sandbox.poison(&all).await?;

    for order in &healthy {
        order_in_state(&hub, &order.channel_order_id, "ACKNOWLEDGED").await?;
    }
    for (channel, order, (poison, reason)) in &poisoned {
        let row = hub
            .soon(
                &format!("the {poison} row of {channel} is shown with its reason"),
                async |hub| {
                    let rows = parked(hub).await?;
                    let seen = format!("{rows:?}");
                    // Of a row whose order cannot be told apart the key is another one; these can.
                    let found = rows.into_iter().find(|row| row.row_key == *order);
                    Ok(Look::at(found, || seen))
                },
            )
            .await?;
        let says_why = row.reason.contains(reason) || is_count_of_coupang(channel, &row.reason);
        assert!(says_why, "{channel} {poison}: {}", row.reason);
        assert!(row.reason.len() < 300, "without the value");
        assert!(hub.admin.order(order).await?.is_none());
    }

    // Once the channel shows them as they should be, they come by themselves.
    hub.sandbox.poison(&[]).await?;
    for (_, order, _) in &poisoned {
        order_in_state(&hub, order, "ACKNOWLEDGED").await?;
    }
    hub.soon("nothing is parked any more", async |hub| {
        let rows = parked(hub).await?;
        Ok(Look::holds(rows.is_empty(), || format!("{rows:?}")))
    })
    .await?;
    assert!(!hub.process.log()?.contains("panicked"));
    let verdict = hub.sandbox.verdict().await?;
    assert!(verdict.is_clean(), "{verdict:?}");
    let placed = usize::try_from(verdict.orders_placed)?;
    let orders = hub.admin.orders().await?.len();
    assert_eq!(orders, placed);
    poisoned.first().context("something was poisoned")?;
    Ok(())
}

/// A row names the channel's own field where it is the channel's words that cannot be read.
fn is_count_of_coupang(channel: &str, reason: &str) -> bool {
    channel == "coupang" && reason.contains("shippingCount")
}
