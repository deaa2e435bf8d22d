//! Questions are answered once, whoever asks and whatever answers get lost.

use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::channel_proxy::v1::WriteOutcome;
use moa_proto::moa::effects::v1::EffectState;
use moa_proto::moa::fulfillment::v1 as pb;
use moa_proto::moa::fulfillment::v1::inquiry_answers_service_client::InquiryAnswersServiceClient;
use moa_proto::moa::order_sync::v1 as order_sync;
use moa_service::{ServiceChannel, ServiceName, metadata_of, reason_of, timestamp};
use moa_testkit::{a_friday, eventually, identity, serve};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use uuid::Uuid;

use crate::world::World;

const INQUIRY: Uuid = Uuid::from_u128(77);
const TEXT: &str = "내일 출발합니다, 김하늘님";

type Answers = InquiryAnswersServiceClient<ServiceChannel>;

impl World {
    async fn answers(&self) -> Answers {
        let server = fulfillment::grpc::server(
            self.app.clone(),
            identity(ServiceName::Fulfillment),
            CancellationToken::new(),
        );
        let channel = serve(server, ServiceName::Fulfillment, ServiceName::AdminGateway);
        InquiryAnswersServiceClient::new(channel.await)
    }

    /// A buyer asks on a product's page; order-sync has read it.
    fn is_asked(&self) {
        let mut asked = self.desk.0.lock().unwrap();
        asked.stored = Some(order_sync::ListedInquiry {
            inquiry: Some(order_sync::Inquiry {
                inquiry_id: INQUIRY.to_string(),
                channel: "coupang".to_owned(),
                channel_account_id: self.account_id.to_string(),
                channel_inquiry_id: "4711".to_owned(),
                kind: order_sync::InquiryKind::Product.into(),
                state: order_sync::InquiryState::Waiting.into(),
                asked_at: Some(timestamp(a_friday())),
                ..order_sync::Inquiry::default()
            }),
            ..order_sync::ListedInquiry::default()
        });
        asked.shown = Some(channel::ChannelInquiry {
            channel_inquiry_id: "4711".to_owned(),
            kind: channel::InquiryKind::Product.into(),
            state: channel::InquiryState::Waiting.into(),
            ..channel::ChannelInquiry::default()
        });
    }

    fn reply(&self, text: &str) -> pb::AnswerInquiryRequest {
        pb::AnswerInquiryRequest {
            merchant_id: self.merchant_id.to_string(),
            request_id: self.app.ids.uuid().to_string(),
            inquiry_id: INQUIRY.to_string(),
            text: text.to_owned(),
            answered_by: "seller1".to_owned(),
            operator_id: Uuid::from_u128(7).to_string(),
        }
    }

    async fn answer(&self, request: pb::AnswerInquiryRequest) -> Result<pb::InquiryAnswer, Status> {
        let answer = self.answers().await.answer_inquiry(request).await?;
        Ok(answer.into_inner().answer.unwrap())
    }

    async fn refuses(&self, request: pb::AnswerInquiryRequest, reason: &str) {
        let refused = self.answer(request).await.unwrap_err();
        assert_eq!(reason_of(&refused).as_deref(), Some(reason));
    }

    async fn the_answer(&self) -> pb::InquiryAnswer {
        let request = pb::ListInquiryAnswersRequest {
            merchant_id: self.merchant_id.to_string(),
            inquiry_ids: vec![INQUIRY.to_string()],
        };
        let answers = self
            .answers()
            .await
            .list_inquiry_answers(request)
            .await
            .unwrap();
        let mut answers = answers.into_inner().answers;
        assert_eq!(answers.len(), 1);
        answers.remove(0)
    }

    async fn answer_is(&self, state: EffectState) -> pb::InquiryAnswer {
        eventually(|| async {
            let answer = self.the_answer().await;
            (answer.state() == state).then_some(answer)
        })
        .await
    }

    fn said(&self) -> Vec<String> {
        let asked = self.desk.0.lock().unwrap();
        let texts = asked
            .answers
            .iter()
            .map(|request| request.inquiry_answer.clone());
        texts.map(|answer| answer.unwrap().text).collect()
    }

    async fn count_answers_with_text(&self) -> i64 {
        sqlx::query_scalar(
            "SELECT count(*) FROM fulfillment.inquiry_answers a
             JOIN fulfillment.data_keys k ON k.data_key_id = a.data_key_id
             WHERE a.sealed IS NOT NULL AND k.wrapped IS NOT NULL",
        )
        .fetch_one(&self.pool)
        .await
        .unwrap()
    }
}

/// `InquiryAnswered`: emitted when the channel took an answer. Consumer: order-sync.
#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_question_is_answered_after_a_look_and_its_text_is_forgotten(pool: PgPool) {
    let world = World::start(pool).await;
    world.is_asked();
    let request = world.reply(TEXT);
    world.answer(request.clone()).await.unwrap();
    world.answer_is(EffectState::Confirmed).await;
    assert_eq!(world.said(), [TEXT]);
    {
        let asked = world.desk.0.lock().unwrap();
        assert!(asked.looks > 0);
        let sent = asked.answers[0].inquiry_answer.clone().unwrap();
        assert_eq!(sent.answered_by, "seller1");
        assert_eq!(sent.inquiry.unwrap().channel_inquiry_id, "4711");
    }
    let heard = world.events::<pb::InquiryAnswered>().await;
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].inquiry_id, INQUIRY.to_string());
    assert_eq!(world.count_answers_with_text().await, 0);

    // The same request again answers the first result; another one is refused.
    let again = world.answer(request).await.unwrap();
    assert_eq!(again.state(), EffectState::Confirmed);
    world
        .refuses(world.reply("또 다른 말"), "INQUIRY_ALREADY_ANSWERED")
        .await;
    assert_eq!(world.said().len(), 1);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn two_operators_who_answer_at_once_make_one_answer(pool: PgPool) {
    let world = World::start(pool).await;
    world.is_asked();
    let replies = ["하나", "둘", "셋", "넷"].map(|text| world.answer(world.reply(text)));
    let answers = futures::future::join_all(replies).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    world.answer_is(EffectState::Confirmed).await;
    assert_eq!(world.said().len(), 1);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_lost_answer_is_asked_about_and_not_said_again(pool: PgPool) {
    let world = World::start(pool).await;
    world.is_asked();
    world.desk.0.lock().unwrap().reply = (WriteOutcome::Unclear, "CHANNEL_TIMED_OUT");
    world.answer(world.reply(TEXT)).await.unwrap();
    world.answer_is(EffectState::Unknown).await;
    world
        .refuses(world.reply("다른 말"), "INQUIRY_ANSWER_UNDER_WAY")
        .await;

    world.time_of_effects_has_come().await;
    world.answer_is(EffectState::Confirmed).await;
    assert_eq!(world.said().len(), 1);
    let probed = world.channel.0.lock().unwrap().probed.clone();
    let Some(channel::probe_effect_request::Intended::InquiryAnswer(asked)) = &probed[0].intended
    else {
        panic!("another thing was asked about");
    };
    assert_eq!(asked.text, TEXT);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_answer_given_elsewhere_blocks_ours(pool: PgPool) {
    let world = World::start(pool).await;
    world.is_asked();
    {
        let mut asked = world.desk.0.lock().unwrap();
        let shown = asked.shown.as_mut().unwrap();
        shown.state = channel::InquiryState::Answered.into();
        shown.messages = vec![channel::InquiryMessage {
            author: channel::InquiryAuthor::Merchant.into(),
            text: "WING에서 답했습니다".to_owned(),
            ..channel::InquiryMessage::default()
        }];
    }
    world.answer(world.reply(TEXT)).await.unwrap();
    let blocked = world.answer_is(EffectState::Blocked).await;
    assert_eq!(blocked.reason, "INQUIRY_ALREADY_ANSWERED");
    assert!(world.said().is_empty());
    world.stop().await;
}

/// Makes an answer that the channel does not take; its text is kept for another try.
async fn refused_answer(world: &World) {
    world.is_asked();
    world.desk.0.lock().unwrap().reply = (WriteOutcome::RefusedFinal, "ANSWERER_UNKNOWN");
    world.answer(world.reply(TEXT)).await.unwrap();
    world.answer_is(EffectState::Rejected).await;
    assert_eq!(world.count_answers_with_text().await, 1);
}

async fn living_keys(world: &World) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM fulfillment.data_keys WHERE wrapped IS NOT NULL")
        .fetch_one(&world.pool)
        .await
        .unwrap()
}

/// `InquiryErased` of order-sync: the answer goes with its question.
#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_answer_that_was_not_taken_goes_with_its_question(pool: PgPool) {
    let world = World::start(pool).await;
    refused_answer(&world).await;
    let erased = order_sync::InquiryErased {
        inquiry: Some(order_sync::Inquiry {
            inquiry_id: INQUIRY.to_string(),
            version: 2,
            ..order_sync::Inquiry::default()
        }),
    };
    world
        .inquiries
        .publish(world.merchant_id, INQUIRY, 2, &erased);
    world.has_heard_everything().await;
    assert_eq!(world.count_answers_with_text().await, 0);
    assert_eq!(living_keys(&world).await, 0);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_answer_that_was_not_taken_is_forgotten_after_thirty_days(pool: PgPool) {
    let world = World::start(pool).await;
    refused_answer(&world).await;
    world.advance(chrono::TimeDelta::days(29));
    assert_eq!(world.app.erase_old_words().await.unwrap(), 0);
    world.advance(chrono::TimeDelta::days(2));
    assert_eq!(world.app.erase_old_words().await.unwrap(), 1);
    assert_eq!(world.app.erase_old_words().await.unwrap(), 0);
    assert_eq!(living_keys(&world).await, 0);

    // New words make another try.
    world.desk.0.lock().unwrap().reply = (WriteOutcome::Confirmed, "");
    world.answer(world.reply("모레 출발합니다")).await.unwrap();
    world.answer_is(EffectState::Confirmed).await;
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_refused_answer_is_given_anew_by_the_same_effect(pool: PgPool) {
    let world = World::start(pool).await;
    world.is_asked();
    world.desk.0.lock().unwrap().reply = (WriteOutcome::RefusedFinal, "ANSWERER_UNKNOWN");
    let first = world.answer(world.reply(TEXT)).await.unwrap();
    let refused = world.answer_is(EffectState::Rejected).await;
    assert_eq!(refused.reason, "ANSWERER_UNKNOWN");

    world.desk.0.lock().unwrap().reply = (WriteOutcome::Confirmed, "");
    let mut anew = world.reply("모레 출발합니다");
    anew.answered_by = "seller2".to_owned();
    let second = world.answer(anew).await.unwrap();
    assert_eq!(second.effect_id, first.effect_id);
    world.answer_is(EffectState::Confirmed).await;
    assert_eq!(world.said(), [TEXT, "모레 출발합니다"]);

    // Who answered last at this account answers the next one too.
    {
        let mut asked = world.desk.0.lock().unwrap();
        let stored = asked.stored.as_mut().unwrap().inquiry.as_mut().unwrap();
        stored.inquiry_id = Uuid::from_u128(78).to_string();
    }
    let mut next = world.reply("네");
    next.inquiry_id = Uuid::from_u128(78).to_string();
    next.answered_by = String::new();
    world.answer(next).await.unwrap();
    eventually(|| async { (world.said().len() == 3).then_some(()) }).await;
    let asked = world.desk.0.lock().unwrap().answers[2]
        .inquiry_answer
        .clone();
    assert_eq!(asked.unwrap().answered_by, "seller2");
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn what_the_channel_would_not_take_is_refused_before_anything_is_intended(pool: PgPool) {
    let world = World::start(pool).await;
    world.is_asked();
    world.desk.0.lock().unwrap().wants_answerer = true;
    let unnamed = pb::AnswerInquiryRequest {
        answered_by: String::new(),
        ..world.reply(TEXT)
    };
    let refused = world.answer(unnamed.clone()).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("ANSWERER_UNKNOWN"));
    assert_eq!(metadata_of(&refused)["field"], "answered_by");
    assert_eq!(world.count_answers_with_text().await, 0);

    let answered = world.answer(world.reply(TEXT)).await.unwrap();
    world.answer_is(EffectState::Confirmed).await;
    assert_eq!(world.said(), [TEXT]);
    // A question that is answered says so, whoever asks.
    world.refuses(unnamed, "INQUIRY_ALREADY_ANSWERED").await;
    assert_eq!(world.the_answer().await.effect_id, answered.effect_id);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn what_the_call_centre_only_tells_is_confirmed(pool: PgPool) {
    let world = World::start(pool).await;
    world.is_asked();
    {
        let mut asked = world.desk.0.lock().unwrap();
        let stored = asked.stored.as_mut().unwrap().inquiry.as_mut().unwrap();
        stored.kind = order_sync::InquiryKind::CallCenter.into();
        stored.state = order_sync::InquiryState::ToConfirm.into();
        let shown = asked.shown.as_mut().unwrap();
        shown.state = channel::InquiryState::ToConfirm.into();
    }
    world
        .refuses(world.reply(TEXT), "INQUIRY_NOT_ANSWERABLE")
        .await;
    let request = pb::ConfirmInquiryRequest {
        merchant_id: world.merchant_id.to_string(),
        request_id: "r1".to_owned(),
        inquiry_id: INQUIRY.to_string(),
        answered_by: "seller1".to_owned(),
        operator_id: Uuid::from_u128(7).to_string(),
    };
    world
        .answers()
        .await
        .confirm_inquiry(request)
        .await
        .unwrap();
    assert!(
        world
            .answer_is(EffectState::Confirmed)
            .await
            .is_confirmation
    );
    assert_eq!(world.desk.0.lock().unwrap().confirmations.len(), 1);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_answer_stands_nowhere_in_the_open(pool: PgPool) {
    let world = World::start(pool).await;
    world.is_asked();
    world.desk.0.lock().unwrap().reply = (WriteOutcome::RefusedFinal, "ANSWER_REFUSED");
    world.answer(world.reply("카나리아 답변")).await.unwrap();
    world.answer_is(EffectState::Rejected).await;
    for table in ["inquiry_answers", "effects", "effect_attempts", "outbox"] {
        for trace in ["카나리아", "ecb9b4eb8298"] {
            let sql = format!(
                "SELECT count(*) FROM fulfillment.{table} t WHERE t::text LIKE '%{trace}%'"
            );
            let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                .fetch_one(&world.pool)
                .await
                .unwrap();
            assert_eq!(found, 0, "{table}");
        }
    }
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_bad_answer_is_refused_by_its_field(pool: PgPool) {
    let world = World::start(pool).await;
    world.refuses(world.reply(TEXT), "INQUIRY_NOT_FOUND").await;
    for (text, says) in [("  ", "is missing"), (&*"가".repeat(2001), "at most 2000")] {
        let refused = world.answer(world.reply(text)).await.unwrap_err();
        let fields = moa_service::status::fields_of(&refused);
        assert_eq!(fields[0].0, "text");
        assert!(fields[0].1.contains(says), "{fields:?}");
    }
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_answer_with_an_open_gap_of_a_template_does_not_leave(pool: PgPool) {
    let world = World::start(pool).await;
    world.is_asked();
    let request = world.reply("{buyer}님, 송장번호는 {tracking_number}입니다.");
    let refused = world.answer(request).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("PLACEHOLDER_UNFILLED"));
    let said = metadata_of(&refused);
    assert_eq!(
        (said["field"].as_str(), said["placeholders"].as_str()),
        ("text", "{buyer}, {tracking_number}")
    );
    assert_eq!(world.count_answers_with_text().await, 0);
}
