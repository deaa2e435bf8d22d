use moa_proto::moa::notification::v1 as pb;
use prost::Message;
use sqlx::PgPool;

use crate::stage::{PHONE, Stage};

/// Trigger: the provider took a message, and later reports it delivered. Consumers: fulfillment, which then dispatches
/// the digital line, and admin-gateway.
#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn acceptance_and_delivery_are_told_once_each(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    let told = stage.told(2).await;
    let kinds: Vec<(&str, i64)> = told
        .iter()
        .map(|(kind, version, _)| (kind.as_str(), *version))
        .collect();
    assert_eq!(kinds, [("MessageAccepted", 2), ("MessageDelivered", 3)]);
    let delivered = pb::MessageDelivered::decode(told[1].2.clone()).unwrap();
    assert_eq!(delivered.template, "activation_link");
    assert_eq!(delivered.subject_id, sold.entitlement.to_string());
    assert_eq!(delivered.order_id, sold.order.to_string());
    let checks: i64 = sqlx::query_scalar("SELECT count(*) FROM notification.delivery_checks")
        .fetch_one(&stage.pool)
        .await
        .unwrap();
    assert_eq!(checks, 0, "nobody asks any more");
    assert_eq!(stage.told_so_far().await, 2);
}

/// Trigger: the carrier refuses an accepted message. Consumer: admin-gateway.
#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_failure_of_the_carrier_is_told_once(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    // Stands for a phone that is off.
    let sold = stage.sell("010-0000-3010");
    stage.grant(&sold).await;
    let told = stage.told(2).await;
    assert_eq!(
        (told[0].0.as_str(), told[1].0.as_str()),
        ("MessageAccepted", "MessageFailed")
    );
    let failed = pb::MessageFailed::decode(told[1].2.clone()).unwrap();
    assert_eq!(failed.reason, "DELIVERY_FAILED_3010");
    let message = stage.message_in(sold.order, pb::MessageState::Failed).await;
    assert_eq!(message.reason, "DELIVERY_FAILED_3010");
    assert_eq!(stage.told_so_far().await, 2);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_delivery_that_nobody_reports_is_given_up_after_72_hours_and_nobody_is_told(
    pool: PgPool,
) {
    let stage = Stage::with_senders(pool).await;
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    stage
        .message_in(sold.order, pb::MessageState::Accepted)
        .await;
    // The provider knows nothing of it, three days later.
    sqlx::query(
        "UPDATE notification.delivery_checks
         SET provider_message_id = 'M4VUNKNOWN', accepted_at = accepted_at - interval '72 hours', next_check_at = now()",
    )
    .execute(&stage.pool)
    .await
    .unwrap();
    let message = moa_testkit::eventually(|| async {
        let messages = stage.messages(sold.order).await;
        messages
            .into_iter()
            .find(|m| m.reason == "DELIVERY_UNCONFIRMED")
    })
    .await;
    assert_eq!(message.state(), pb::MessageState::Accepted);
    assert_eq!(stage.told_so_far().await, 1);
}
