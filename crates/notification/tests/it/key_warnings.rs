use chrono::TimeDelta;
use moa_id::ChannelAccountId;
use moa_outbox::NewEvent;
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_service::timestamp;
use moa_testkit::eventually;
use sqlx::PgPool;

use crate::stage::Stage;

/// channel-proxy tells that a key ends after `left`.
fn warning(
    stage: &Stage,
    account: ChannelAccountId,
    (version, within_days): (i64, i32),
    left: TimeDelta,
) -> NewEvent {
    let message = channel::ChannelKeyExpiring {
        merchant_id: stage.merchant.to_string(),
        channel_account_id: account.to_string(),
        channel: "coupang".to_owned(),
        name: "본점".to_owned(),
        key_expires_at: Some(timestamp(stage.clock.now() + left)),
        within_days,
    };
    stage.event("channel_warnings", account.as_uuid(), version, &message)
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_key_that_ends_is_told_once_for_each_warning_and_not_after_its_end(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    let account: ChannelAccountId = stage.ids.next();
    let ended = warning(&stage, account, (1, 30), TimeDelta::hours(-1));
    let soon = warning(&stage, account, (2, 7), TimeDelta::days(7));
    stage.neighbours.tell(&[ended, soon]).await;
    let last = warning(&stage, account, (3, 1), TimeDelta::days(1));
    stage.neighbours.tell(&[last]).await;
    let posts = eventually(|| async {
        let posts = stage.world.posts().await;
        (posts.len() >= 2).then_some(posts)
    })
    .await;
    assert!(
        posts[0].starts_with("쿠팡 API 키가 7일 안에 끝납니다: 본점 ("),
        "{posts:?}"
    );
    assert!(
        posts[0].ends_with("<http://127.0.0.1:8080/accounts|채널 계정 열기>"),
        "{posts:?}"
    );
    assert!(posts[1].starts_with("쿠팡 API 키가 1일 안에"), "{posts:?}");
    assert_eq!(stage.effects().await.len(), 2);
}
