//! What buyers demand after the sale, decided from the screen's API, with the channel as judge.

use anyhow::{Context, Result};
use e2e::{Hub, HubOptions, Look};
use serde_json::{Value, json};

use crate::steps::{order_in_state, shipment_in_state, tracking_number};

/// The only claim here, once it looks as expected.
async fn claim_when(hub: &Hub, what: &str, expected: impl Fn(&Value) -> bool) -> Result<Value> {
    hub.soon(what, async |hub| {
        let listed: Value = hub.admin.get("/api/v1/claims").await?;
        let found = listed["claims"].get(0).cloned();
        let seen = listed.to_string();
        Ok(Look::at(found.filter(|claim| expected(claim)), || seen))
    })
    .await
}

fn offers(claim: &Value, action: &str) -> bool {
    let actions = claim["actions"].as_array();
    actions.is_some_and(|actions| actions.iter().any(|one| one == action))
}

async fn decide(hub: &Hub, claim: &Value, body: Value) -> Result<()> {
    let id = claim["id"].as_str().context("the claim has no id")?;
    let path = format!("/api/v1/claims/{id}/decide");
    let _decision: Value = hub.admin.post(&path, &body).await?.ok()?;
    Ok(())
}

#[tokio::test]
async fn a_stop_that_is_confirmed_cancels_the_order_and_nothing_leaves() -> Result<()> {
    let hub = Hub::start(HubOptions::default()).await?;
    let placed = hub.sandbox.place_order("physical").await?;
    order_in_state(&hub, &placed.channel_order_id, "ACKNOWLEDGED").await?;
    hub.sandbox.cancel(&placed.channel_order_id).await?;
    let claim = claim_when(&hub, "the stop is here", |claim| {
        offers(claim, "CONFIRM_STOP")
    })
    .await?;
    assert_eq!(claim["kind"], "STOP_SHIPMENT");

    let wrong = json!({"action": "APPROVE"});
    let path = format!(
        "/api/v1/claims/{}/decide",
        claim["id"].as_str().context("no id")?
    );
    let refused = hub.admin.post(&path, &wrong).await?.problem()?;
    assert_eq!(refused.reason, "CLAIM_ACTION_NOT_POSSIBLE");

    decide(&hub, &claim, json!({"action": "CONFIRM_STOP"})).await?;
    let done = claim_when(&hub, "the stop is confirmed", |claim| {
        claim["state"] == "COMPLETED" && claim["decisions"][0]["state"] == "CONFIRMED"
    })
    .await?;
    assert_eq!(done["actions"], json!([]));
    order_in_state(&hub, &placed.channel_order_id, "CANCELLED").await?;
    let verdict = hub.sandbox.verdict().await?;
    assert_eq!(
        (verdict.dispatches_accepted, verdict.dispatches_after_cancel),
        (0, 0)
    );
    assert!(verdict.is_clean(), "{verdict:?}");
    Ok(())
}

#[tokio::test]
async fn a_return_is_collected_and_approved_step_by_step() -> Result<()> {
    // A carrier that is quick: only what arrived can be sent back.
    let options = HubOptions::default()
        .with_sandbox("MOA_SANDBOX_SCAN_AFTER", 1)
        .with_sandbox("MOA_SANDBOX_DELIVER_AFTER", 2);
    let hub = Hub::start(options).await?;
    let placed = hub.sandbox.place_order("physical").await?;
    let order = order_in_state(&hub, &placed.channel_order_id, "ACKNOWLEDGED").await?;
    let shipment = hub.admin.ship(&order, &tracking_number(1)).await?;
    hub.admin.dispatch(&shipment.id).await?;
    shipment_in_state(&hub, &shipment.id, "DISPATCHED").await?;
    hub.soon(
        "the carrier has it and the buyer sends it back",
        async |hub| {
            let id = &placed.channel_order_id;
            let wish = json!({"reason": "changed_mind"});
            let returned = hub.sandbox.buyer("coupang", id, "return", wish).await;
            Ok(match returned {
                Ok(_) => Look::Here(()),
                Err(error) => Look::NotYet(format!("{error:#}")),
            })
        },
    )
    .await?;
    let claim = claim_when(&hub, "the return is here", |claim| {
        offers(claim, "CONFIRM_COLLECTED")
    })
    .await?;
    assert_eq!(claim["kind"], "RETURN");
    decide(&hub, &claim, json!({"action": "CONFIRM_COLLECTED"})).await?;
    let claim = claim_when(&hub, "the goods are back", |claim| offers(claim, "APPROVE")).await?;
    decide(&hub, &claim, json!({"action": "APPROVE"})).await?;
    let done = claim_when(&hub, "the return is granted", |claim| {
        claim["state"] == "COMPLETED"
    })
    .await?;
    let steps: Vec<&str> = done["decisions"]
        .as_array()
        .context("no decisions")?
        .iter()
        .filter_map(|decision| decision["action"].as_str())
        .collect();
    assert_eq!(steps, ["CONFIRM_COLLECTED", "APPROVE"]);
    order_in_state(&hub, &placed.channel_order_id, "RETURNED").await?;
    assert!(hub.sandbox.verdict().await?.is_clean());
    Ok(())
}
