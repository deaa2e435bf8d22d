//! What waits in the inbox is told by Slack: when there is news, and only to those who want it.

use moa_proto::moa::effects::v1::{self as fx, EffectState};
use moa_proto::moa::notification::v1 as pb;
use moa_proto::moa::notification::v1::put_sender_request::Credentials;
use moa_proto::moa::order_sync::v1 as ord;
use moa_testkit::eventually;
use sqlx::PgPool;

use crate::stage::Stage;

impl Stage {
    fn wait_in_the_inbox(&self, urgent: i32, normal: i32, mark: &str) {
        *self.neighbours.waiting.lock().unwrap() = Some(ord::SummarizeInquiriesResponse {
            counts: vec![ord::InquiryCount {
                channel: "coupang".to_owned(),
                urgent,
                normal,
                mark: mark.to_owned(),
            }],
            earliest_answer_by: None,
        });
    }

    /// How many merchants a look told, and that it left the house.
    async fn looked(&self) -> usize {
        let told = self.digest().await.unwrap().told;
        eventually(|| async {
            let effects = self.effects().await;
            let sent = effects
                .iter()
                .all(|effect| effect.state() == EffectState::Confirmed);
            sent.then_some(())
        })
        .await;
        told
    }

    async fn want_digests(&self, enabled: bool) -> pb::InquiryDigest {
        let request = pb::SetInquiryDigestRequest {
            merchant_id: self.merchant.to_string(),
            enabled,
        };
        let answer = self.client().await.set_inquiry_digest(request).await;
        answer.unwrap().into_inner().digest.unwrap()
    }

    /// A look tells something, and Slack takes nothing until it is given up.
    async fn throttled(&self) {
        self.world.spoil("slack", "throttle", "services", 50).await;
        self.wait_in_the_inbox(0, 1, "a");
        assert_eq!(self.digest().await.unwrap().told, 1);
        eventually(|| async {
            self.let_time_pass().await;
            let effects = self.effects().await;
            effects
                .iter()
                .all(|effect| effect.state() == EffectState::Dead)
                .then_some(())
        })
        .await;
    }

    async fn an_hour_passes(&self) {
        self.minutes_pass(60).await;
    }

    async fn minutes_pass(&self, minutes: i32) {
        let sql =
            "UPDATE notification.inquiry_digests SET told_at = told_at - make_interval(mins => $1)";
        let passed = sqlx::query(sql).bind(minutes).execute(&self.pool).await;
        passed.unwrap();
    }
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn open_questions_are_told_once_until_others_wait_or_an_hour_has_passed(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    stage.wait_in_the_inbox(0, 0, "");
    assert_eq!(stage.looked().await, 0, "nothing is open");

    stage.wait_in_the_inbox(1, 2, "a");
    assert_eq!(stage.looked().await, 1);
    assert_eq!(stage.looked().await, 0, "the same is no news");
    let posts = stage.world.posts().await;
    assert_eq!(
        posts,
        [
            "답변할 문의 3건 (급한 문의 1건)\n• 쿠팡 3건 (급함 1건)\n<http://127.0.0.1:8080/inquiries|문의함 열기>"
        ]
    );

    stage.wait_in_the_inbox(1, 2, "b");
    assert_eq!(stage.looked().await, 1, "others wait, and as many");
    stage.an_hour_passes().await;
    assert_eq!(stage.looked().await, 1, "they still wait");
    assert_eq!(stage.world.posts().await.len(), 3);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn two_looks_at_once_tell_once(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    stage.wait_in_the_inbox(0, 1, "a");
    let (one, other) = tokio::join!(stage.digest(), stage.digest());
    assert_eq!(one.unwrap().told + other.unwrap().told, 1);
    assert_eq!(stage.effects().await.len(), 1);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn whoever_said_no_is_not_looked_at_and_whoever_cannot_be_is_told_of(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    stage.wait_in_the_inbox(0, 1, "a");
    assert_eq!(stage.want_digests(false).await.told_at, None);
    assert_eq!(stage.digest().await.unwrap().merchants, 0);

    assert!(stage.want_digests(true).await.enabled);
    *stage.neighbours.waiting.lock().unwrap() = None;
    let failed = stage.digest().await.unwrap_err().to_string();
    assert!(failed.contains("for 1 merchant(s)"), "{failed}");
    stage.wait_in_the_inbox(0, 1, "a");
    assert_eq!(stage.looked().await, 1);
    assert!(stage.want_digests(true).await.told_at.is_some());
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn what_slack_refused_is_told_by_the_next_look_and_never_with_old_numbers(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    stage.throttled().await;
    assert_eq!(
        stage.digest().await.unwrap().told,
        0,
        "a person may still redrive it"
    );

    stage.world.spoil("slack", "throttle", "nowhere", 1).await;
    stage.minutes_pass(10).await;
    assert_eq!(stage.digest().await.unwrap().told, 1, "nobody was told");
    eventually(|| async { (stage.world.posts().await.len() == 1).then_some(()) }).await;
    assert_eq!(stage.digest().await.unwrap().told, 0, "the same is no news");
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn what_failed_is_on_its_way_again_once_somebody_redrives_it(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    stage.throttled().await;
    let dead = stage.effect_in(EffectState::Dead).await;
    stage.redrive(&dead).await;
    stage.effect_in(EffectState::Retryable).await;
    stage.minutes_pass(10).await;
    assert_eq!(stage.digest().await.unwrap().told, 0, "it may still arrive");

    stage.world.spoil("slack", "throttle", "nowhere", 1).await;
    stage.let_time_pass().await;
    assert_eq!(stage.looked().await, 0, "the same is no news");
    assert_eq!(stage.world.posts().await.len(), 1);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_webhook_that_is_gone_is_asked_less_and_less_often(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    let mut gone = stage.slack();
    if let Some(Credentials::Slack(slack)) = &mut gone.credentials {
        slack.webhook_url = slack.webhook_url.rsplit_once('/').unwrap().0.to_owned() + "/wrong";
    }
    stage.put(gone).await.unwrap();
    stage.wait_in_the_inbox(0, 1, "a");
    for (minutes, told) in [
        (0, 1),
        (10, 1),
        (10, 0),
        (10, 1),
        (30, 0),
        (10, 1),
        (50, 0),
        (10, 1),
    ] {
        stage.minutes_pass(minutes).await;
        assert_eq!(stage.digest().await.unwrap().told, told, "after {minutes}");
        eventually(|| async {
            let effects = stage.effects().await;
            let refused = |effect: &fx::Effect| effect.state() == EffectState::Rejected;
            effects.iter().all(refused).then_some(())
        })
        .await;
    }

    stage.put(stage.slack()).await.unwrap();
    stage.an_hour_passes().await;
    assert_eq!(stage.digest().await.unwrap().told, 1);
    eventually(|| async { (stage.world.posts().await.len() == 1).then_some(()) }).await;
    stage.wait_in_the_inbox(0, 2, "b");
    eventually(|| async { (stage.digest().await.unwrap().told == 1).then_some(()) }).await;
}
