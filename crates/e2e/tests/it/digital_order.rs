use anyhow::Result;
use e2e::{Hub, HubOptions, Look, Store};
use serde_json::Value;

use crate::steps::order_in_state;

#[tokio::test]
async fn a_digital_order_is_answered_by_a_link_that_activates_once() -> Result<()> {
    let hub = Hub::start(HubOptions::default()).await?;
    let placed = hub.sandbox.place_order("digital").await?;
    let store = hub
        .soon("a message with the link is sent", async |hub| {
            Ok(Look::at(
                Store::of_only_message(&hub.sandbox).await?,
                || "no message".to_owned(),
            ))
        })
        .await?;

    let page = store.open().await?;
    assert_eq!(page.status, 200);
    assert!(
        page.content_type.starts_with("text/html"),
        "{}",
        page.content_type
    );
    let preview: Value = store.preview().await?.ok()?;
    assert_eq!(preview["activated"], false);
    assert_eq!(
        store.redeem(None).await?.problem()?.reason,
        "SESSION_REQUIRED"
    );

    let buyer = store.register("buyer@example.com").await?;
    let first: Value = store.redeem(Some(&buyer)).await?.ok()?;
    assert_eq!(first["already_activated"], false);
    assert!(
        first["digital_content"]
            .as_str()
            .is_some_and(|content| content.starts_with("https://")),
        "{first}"
    );

    let again: Value = store.redeem(Some(&buyer)).await?.ok()?;
    assert_eq!(again["already_activated"], true);
    assert_eq!(again["digital_content"], first["digital_content"]);
    let stranger = store.register("stranger@example.com").await?;
    let refused = store.redeem(Some(&stranger)).await?.problem()?;
    assert_eq!(
        (refused.status, refused.reason.as_str()),
        (409, "ENTITLEMENT_ALREADY_ACTIVATED")
    );

    // The channel hears of it as a direct delivery, once the message is known to be sent.
    let order = order_in_state(&hub, &placed.channel_order_id, "DISPATCHED").await?;
    assert_eq!(order.lines[0].kind.as_deref(), Some("DIGITAL"));
    let uploads = hub.sandbox.seen("dispatched").await?;
    assert_eq!(uploads.len(), 1);
    assert_eq!(uploads[0].detail["carrier"], "DIRECT");
    let entitlements = hub.admin.entitlements(&order.id).await?;
    assert_eq!(entitlements.len(), 1);
    assert!(
        entitlements[0].link_sent_at.is_some() && entitlements[0].activated_at.is_some(),
        "{entitlements:?}"
    );

    let verdict = hub.sandbox.verdict().await?;
    assert_eq!(
        (verdict.messages_accepted, verdict.dispatches_accepted),
        (1, 1)
    );
    assert!(verdict.is_clean(), "{verdict:?}");
    Ok(())
}
