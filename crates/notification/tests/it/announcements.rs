use chrono::TimeDelta;
use moa_proto::moa::effects::v1::EffectState;
use moa_proto::moa::notification::v1 as pb;
use moa_proto::moa::order_sync::v1 as ord;
use moa_testkit::eventually;
use sqlx::PgPool;

use crate::stage::{PHONE, Stage};

const NOW: TimeDelta = TimeDelta::zero();

async fn first_post(stage: &Stage) -> String {
    eventually(|| async { stage.world.posts().await.into_iter().next() }).await
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_batch_of_new_orders_is_one_message_in_slack(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    let orders = [
        stage.order("머그컵", 9_500, NOW),
        stage.order("머그컵", 9_500, NOW),
        stage.order("<!channel> 텀블러", 19_000, NOW),
    ];
    stage.place(&orders).await;
    assert_eq!(
        first_post(&stage).await,
        "새 주문 3건 (쿠팡 3건)\n• 머그컵 × 2\n• &lt;!channel&gt; 텀블러 × 1\n합계 38,000원"
    );
    for order in &orders {
        let order = order.order_id.parse().unwrap();
        let message = stage.message_in(order, pb::MessageState::Accepted).await;
        assert_eq!(message.template, "new_orders");
        assert_eq!(message.sender(), pb::SenderKind::Slack);
    }
    assert_eq!(stage.world.posts().await.len(), 1);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn an_order_is_announced_once_and_an_old_one_never(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    let first = stage.order("머그컵", 9_500, NOW);
    stage.place(std::slice::from_ref(&first)).await;
    first_post(&stage).await;
    let mut gone = stage.order("이미 취소", 1_000, NOW);
    gone.state = ord::OrderState::Cancelled.into();
    stage
        .place(&[
            first,
            stage.order("오래된 주문", 1_000, TimeDelta::hours(25)),
            gone,
            stage.order("텀블러", 19_000, NOW),
        ])
        .await;
    let second = eventually(|| async { stage.world.posts().await.into_iter().nth(1) }).await;
    assert_eq!(
        second,
        "새 주문 1건 (쿠팡 1건)\n• 텀블러 × 1\n합계 19,000원"
    );
    assert_eq!(stage.effects().await.len(), 2);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn without_a_slack_sender_nothing_is_announced(pool: PgPool) {
    let stage = Stage::new(pool).await;
    stage.put(stage.solapi()).await.unwrap();
    stage.place(&[stage.order("머그컵", 9_500, NOW)]).await;
    let cursor =
        "SELECT count(*) FROM notification.feed_cursors WHERE consumer = 'notification.orders'";
    eventually(|| async {
        let read: i64 = sqlx::query_scalar(cursor)
            .fetch_one(&stage.pool)
            .await
            .unwrap();
        (read == 1).then_some(())
    })
    .await;
    assert_eq!(stage.effects().await.len(), 0);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_throttled_post_comes_a_moment_later(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    stage.world.spoil("slack", "throttle", "/services", 1).await;
    stage.place(&[stage.order("머그컵", 9_500, NOW)]).await;
    let waiting = stage.effect_in(EffectState::Retryable).await;
    assert_eq!(waiting.reason, "SLACK_THROTTLED");
    first_post(&stage).await;
    assert_eq!(stage.world.posts().await.len(), 1);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_post_whose_answer_is_lost_counts_as_sent(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    stage
        .world
        .spoil("slack", "reset_after", "/services", 1)
        .await;
    let order = stage.order("머그컵", 9_500, NOW);
    stage.place(std::slice::from_ref(&order)).await;
    stage.effect_in(EffectState::Unknown).await;
    stage.let_time_pass().await;
    let message = stage
        .message_in(order.order_id.parse().unwrap(), pb::MessageState::Accepted)
        .await;
    assert_eq!(message.reason, "ASSUMED_SENT");
    assert_eq!(stage.world.posts().await.len(), 1);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_webhook_that_is_gone_is_told_and_links_still_leave(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    let mut gone = stage.slack();
    if let Some(pb::put_sender_request::Credentials::Slack(slack)) = &mut gone.credentials {
        slack.webhook_url = slack.webhook_url.rsplit_once('/').unwrap().0.to_owned() + "/wrong";
    }
    stage.put(gone).await.unwrap();
    stage.place(&[stage.order("머그컵", 9_500, NOW)]).await;
    let refused = stage.effect_in(EffectState::Rejected).await;
    assert_eq!(refused.reason, "SENDER_CREDENTIALS_REFUSED");
    assert!(!refused.detail.contains("services"), "{}", refused.detail);
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    stage
        .message_in(sold.order, pb::MessageState::Delivered)
        .await;
}
