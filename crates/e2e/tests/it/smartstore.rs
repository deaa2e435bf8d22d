//! SmartStore's orders through the whole hub.

use anyhow::{Context, Result};
use e2e::{ChannelAccount, ChannelAccountTest, Hub, HubOptions, Look, PlacedOrder, Store};
use serde_json::json;

use crate::steps::{order_in_state, shipment_in_state, tracking_number};

async fn place(hub: &Hub, kind: &str, lines: u32) -> Result<PlacedOrder> {
    let wish = json!({"channel": "smartstore", "kind": kind, "count": 1, "lines": lines});
    let mut placed = hub.sandbox.place(wish).await?;
    placed.pop().context("the sandbox placed no order")
}

#[tokio::test]
async fn an_order_at_smartstore_arrives_is_accepted_and_all_its_lines_leave() -> Result<()> {
    let hub = Hub::start(HubOptions::default()).await?;
    let placed = place(&hub, "physical", 2).await?;
    let order = order_in_state(&hub, &placed.channel_order_id, "ACKNOWLEDGED").await?;
    assert_eq!(order.channel, "smartstore");
    assert_eq!(order.lines.len(), placed.channel_parcel_ids.len());
    for line in &order.lines {
        assert!(placed.channel_parcel_ids.contains(&line.channel_parcel_id));
        assert_eq!(line.kind.as_deref(), Some("PHYSICAL"));
    }

    // One package under one number: a dispatch for each of its product orders.
    let number = tracking_number(1);
    let shipment = hub.admin.ship(&order, &number).await?;
    hub.admin.dispatch(&shipment.id).await?;
    shipment_in_state(&hub, &shipment.id, "DISPATCHED").await?;
    let order = order_in_state(&hub, &placed.channel_order_id, "DISPATCHED").await?;
    assert_eq!(order.shipment_state.as_deref(), Some("DISPATCHED"));

    let verdict = hub.sandbox.verdict().await?;
    assert_eq!(verdict.orders_placed, 1);
    assert_eq!(
        usize::try_from(verdict.dispatches_accepted)?,
        placed.channel_parcel_ids.len()
    );
    assert!(verdict.is_clean(), "{verdict:?}");
    Ok(())
}

#[tokio::test]
async fn a_cancel_at_smartstore_between_entry_and_dispatch_is_held_and_never_refused() -> Result<()>
{
    let hub = Hub::start(HubOptions::default()).await?;
    let placed = place(&hub, "physical", 1).await?;
    let order = order_in_state(&hub, &placed.channel_order_id, "ACKNOWLEDGED").await?;
    let shipment = hub.admin.ship(&order, &tracking_number(2)).await?;

    hub.sandbox
        .cancel_at("smartstore", &placed.channel_order_id)
        .await?;
    // Whoever hears of the cancel first holds the shipment: the poll of what changed, or the look before the dispatch.
    let path = format!("/api/v1/shipments/{}/dispatch", shipment.id);
    let answer = hub.admin.post(&path, &json!({})).await?;
    if !answer.status.is_success() {
        assert_eq!(answer.status, 409, "{}", answer.body);
    }
    let held = shipment_in_state(&hub, &shipment.id, "HELD").await?;
    let hold = held.hold.context("a held shipment says why")?;
    assert!(!hold.detail.is_empty(), "{hold:?}");

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

#[tokio::test]
async fn a_digital_order_at_smartstore_leaves_without_a_carrier_once_its_link_is_sent() -> Result<()>
{
    let hub = Hub::start(HubOptions::default()).await?;
    let placed = place(&hub, "digital", 1).await?;
    hub.soon("a message with the link is sent", async |hub| {
        Ok(Look::at(
            Store::of_only_message(&hub.sandbox).await?,
            || "no message".to_owned(),
        ))
    })
    .await?;
    let order = order_in_state(&hub, &placed.channel_order_id, "DISPATCHED").await?;
    assert_eq!(order.lines[0].kind.as_deref(), Some("DIGITAL"));
    let verdict = hub.sandbox.verdict().await?;
    assert_eq!(
        (verdict.messages_accepted, verdict.dispatches_accepted),
        (1, 1)
    );
    assert!(verdict.is_clean(), "{verdict:?}");
    Ok(())
}

#[tokio::test]
async fn an_application_is_registered_by_its_own_credentials_and_tested() -> Result<()> {
    let hub = Hub::start(HubOptions::default().without_demo()).await?;
    let applications = hub.sandbox.applications().await?;
    let application = applications.first().context("the sandbox has none")?;
    let registration = |secret: &str| {
        json!({
            "channel": "smartstore",
            "name": "스마트스토어",
            "base_url": application.base_url,
            "credentials": {
                "client_id": application.client_id,
                "client_secret": secret,
                "account_type": "SELF",
            },
        })
    };
    let path = "/api/v1/channel-accounts";
    let eaten = application.client_secret.replace('$', "");
    let refused = hub
        .admin
        .post(path, &registration(&eaten))
        .await?
        .problem()?;
    assert_eq!(refused.status, 400, "{refused:?}");
    assert!(
        refused
            .fields
            .iter()
            .any(|named| named.field.contains("client_secret")),
        "{refused:?}"
    );
    let account: ChannelAccount = hub
        .admin
        .post(path, &registration(&application.client_secret))
        .await?
        .ok()?;
    assert_eq!(account.channel, "smartstore");
    let test: ChannelAccountTest = hub
        .admin
        .post(&format!("{path}/{}/test", account.id), &json!({}))
        .await?
        .ok()?;
    assert!(test.ok, "{test:?}");
    Ok(())
}
