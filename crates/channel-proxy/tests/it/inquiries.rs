use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::status::fields_of;
use moa_service::{Clock, ServiceName, timestamp};
use pb::channel_inquiries_service_client::ChannelInquiriesServiceClient;
use pb::check_reply_request::Reply;
use pb::probe_effect_request::Intended;
use serde_json::json;
use sqlx::PgPool;

use crate::topics::{Topics, expect, expect_confirmed};

fn request(topics: &Topics, kind: pb::InquiryKind) -> pb::FetchInquiriesRequest {
    let now = Clock::system().now();
    pb::FetchInquiriesRequest {
        merchant_id: topics.merchant_id(),
        channel_account_id: topics.account.clone(),
        call_class: pb::CallClass::Poll.into(),
        kind: kind.into(),
        from: Some(timestamp(now - TimeDelta::days(9))),
        to: Some(timestamp(now + TimeDelta::minutes(1))),
        page_token: String::new(),
        state: pb::InquiryState::Unspecified.into(),
    }
}

async fn listed(
    topics: &Topics,
    mut request: pb::FetchInquiriesRequest,
) -> Vec<pb::ChannelInquiry> {
    let channel = topics.stage.proxy.channel(ServiceName::OrderSync).await;
    let mut reader = ChannelInquiriesServiceClient::new(channel);
    let mut inquiries = Vec::new();
    loop {
        let page = reader
            .fetch_inquiries(request.clone())
            .await
            .unwrap()
            .into_inner();
        assert!(!page.raw_page.is_empty() && page.rejected_rows.is_empty());
        inquiries.extend(page.inquiries);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return inquiries;
        }
    }
}

/// A question of a buyer about an order's goods.
async fn asked(topics: &mut Topics, body: serde_json::Value) -> pb::ChannelInquiry {
    let parcel = topics.acknowledged(1).await;
    let kind = match body["kind"].as_str() {
        Some("product") => pb::InquiryKind::Product,
        _ => pb::InquiryKind::CallCenter,
    };
    topics.buyer(&parcel, "ask", body).await;
    let inquiries = listed(topics, request(topics, kind)).await;
    assert_eq!(inquiries.len(), 1, "{inquiries:?}");
    let inquiry = inquiries.into_iter().next().unwrap();
    assert_eq!(inquiry.kind(), kind);
    assert_eq!(inquiry.channel_order_ids, [parcel.channel_order_id]);
    inquiry
}

fn inquiry_ref(inquiry: &pb::ChannelInquiry) -> Option<pb::InquiryRef> {
    Some(pb::InquiryRef {
        kind: inquiry.kind,
        channel_inquiry_id: inquiry.channel_inquiry_id.clone(),
        asked_at: inquiry.asked_at,
    })
}

fn answer(topics: &Topics, inquiry: &pb::ChannelInquiry, text: &str) -> pb::AnswerInquiryRequest {
    let head = topics.head();
    let parent = inquiry.messages.iter().find(|message| message.needs_answer);
    let parent = parent.map(|message| message.channel_answer_id.clone());
    pb::AnswerInquiryRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: 1,
        inquiry_answer: Some(pb::InquiryAnswer {
            inquiry: inquiry_ref(inquiry),
            text: text.to_owned(),
            answered_by: topics.wing_id.clone(),
            channel_parent_answer_id: parent.unwrap_or_default(),
        }),
    }
}

async fn fetch(topics: &mut Topics, inquiry: &pb::ChannelInquiry) -> pb::FetchInquiryResponse {
    let request = pb::FetchInquiryRequest {
        merchant_id: topics.merchant_id(),
        channel_account_id: topics.account.clone(),
        call_class: pb::CallClass::Poll.into(),
        inquiry: inquiry_ref(inquiry),
    };
    topics
        .inquiries
        .fetch_inquiry(request)
        .await
        .unwrap()
        .into_inner()
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_product_question_is_answered_and_the_same_words_twice_count_as_done(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let question = json!({"kind": "product", "text": "언제 오나요?"});
    let inquiry = asked(&mut topics, question).await;
    assert_eq!(inquiry.state(), pb::InquiryState::Waiting);
    assert_eq!(inquiry.text, "언제 오나요?");
    assert_eq!(inquiry.channel_listing_ids.len(), 1);

    let words = "내일 출고됩니다.\n감사합니다.";
    let request = answer(&topics, &inquiry, words);
    let result = topics
        .inquiries
        .answer_inquiry(request.clone())
        .await
        .unwrap();
    expect_confirmed(&result.into_inner().result);
    let now = fetch(&mut topics, &inquiry).await.inquiry.unwrap();
    assert_eq!(now.state(), pb::InquiryState::Answered);
    assert_eq!(now.messages[0].text, words);
    assert_eq!(now.messages[0].author(), pb::InquiryAuthor::Merchant);

    let again = answer(&topics, &inquiry, words);
    let result = topics.inquiries.answer_inquiry(again).await.unwrap();
    expect_confirmed(&result.into_inner().result);
    let now = fetch(&mut topics, &inquiry).await.inquiry.unwrap();
    assert_eq!(now.messages.len(), 1);
    // And a repeat is answered from memory.
    topics
        .stage
        .faults(json!([{"channel": "coupang", "kind": "error_500"}]))
        .await;
    let repeat = topics.inquiries.answer_inquiry(request).await.unwrap();
    expect_confirmed(&repeat.into_inner().result);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_unclear_answer_is_found_by_its_words(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let question = json!({"kind": "product", "text": "색이 어떤가요?"});
    let inquiry = asked(&mut topics, question).await;
    for (trouble, verdict) in [
        ("reset_before", pb::ProbeVerdict::Clean),
        ("reset_after", pb::ProbeVerdict::Happened),
    ] {
        topics.trouble(trouble, "replies", 1).await;
        let request = answer(&topics, &inquiry, "흰색입니다.");
        let result = topics
            .inquiries
            .answer_inquiry(request.clone())
            .await
            .unwrap();
        let result = result.into_inner().result;
        expect(
            &result,
            pb::WriteOutcome::Unclear,
            "CHANNEL_CONNECTION_LOST",
        );
        let intended = Intended::InquiryAnswer(request.inquiry_answer.unwrap());
        let probed = topics.probe(&request.effect_id, intended).await;
        assert_eq!(probed.verdict(), verdict, "{trouble}: {probed:?}");
        assert!(!probed.evidence_json.contains("흰색"), "{probed:?}");
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn the_call_centre_is_answered_once_while_it_waits(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let question = json!({"kind": "call_center", "text": "배송 일정을 알려 주세요."});
    let inquiry = asked(&mut topics, question).await;
    assert_eq!(inquiry.state(), pb::InquiryState::Waiting);
    assert!(inquiry.answer_by.is_some());
    assert_eq!(inquiry.messages[0].author(), pb::InquiryAuthor::Channel);

    let short = answer(&topics, &inquiry, "네");
    let check = pb::CheckReplyRequest {
        merchant_id: short.merchant_id.clone(),
        channel_account_id: short.channel_account_id.clone(),
        reply: short.inquiry_answer.clone().map(Reply::InquiryAnswer),
    };
    let checked = topics.inquiries.check_reply(check.clone()).await.unwrap();
    assert_eq!(checked.into_inner().reason, "ANSWER_LENGTH");
    let long = answer(&topics, &inquiry, "네, 내일입니다.").inquiry_answer;
    let reply = long.map(Reply::InquiryAnswer);
    let checked = topics
        .inquiries
        .check_reply(pb::CheckReplyRequest { reply, ..check })
        .await
        .unwrap();
    assert_eq!(checked.into_inner(), pb::CheckReplyResponse::default());

    let result = topics
        .inquiries
        .answer_inquiry(short)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(&result, pb::WriteOutcome::RefusedFinal, "ANSWER_LENGTH");
    let mut stranger = answer(&topics, &inquiry, "내일 나갑니다.");
    "stranger".clone_into(&mut stranger.inquiry_answer.as_mut().unwrap().answered_by);
    let result = topics
        .inquiries
        .answer_inquiry(stranger)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(&result, pb::WriteOutcome::RefusedFinal, "ANSWERER_UNKNOWN");

    let request = answer(&topics, &inquiry, "내일 나갑니다.");
    let result = topics.inquiries.answer_inquiry(request).await.unwrap();
    expect_confirmed(&result.into_inner().result);
    // The same words again are there; other words are too late.
    let same = answer(&topics, &inquiry, "내일 나갑니다.");
    let result = topics.inquiries.answer_inquiry(same).await.unwrap();
    expect_confirmed(&result.into_inner().result);
    let other = answer(&topics, &inquiry, "모레 나갑니다.");
    let result = topics
        .inquiries
        .answer_inquiry(other)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(
        &result,
        pb::WriteOutcome::RefusedFinal,
        "INQUIRY_NOT_ANSWERABLE",
    );
}

fn confirm(topics: &Topics, inquiry: &pb::ChannelInquiry) -> pb::ConfirmInquiryRequest {
    let head = topics.head();
    pb::ConfirmInquiryRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: 1,
        inquiry_confirmation: Some(pb::InquiryConfirmation {
            inquiry: inquiry_ref(inquiry),
            confirmed_by: topics.wing_id.clone(),
        }),
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn what_needs_no_answer_is_confirmed(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let note = json!({"kind": "call_center", "text": "확인 바랍니다.", "confirmation_only": true});
    let inquiry = asked(&mut topics, note).await;
    assert_eq!(inquiry.state(), pb::InquiryState::ToConfirm);
    for _ in 0..2 {
        let request = confirm(&topics, &inquiry);
        let result = topics.inquiries.confirm_inquiry(request).await.unwrap();
        expect_confirmed(&result.into_inner().result);
    }
    let now = fetch(&mut topics, &inquiry).await.inquiry.unwrap();
    assert_ne!(now.state(), pb::InquiryState::ToConfirm);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn what_waits_for_an_answer_is_not_confirmed(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let question = json!({"kind": "call_center", "text": "배송 일정을 알려 주세요."});
    let inquiry = asked(&mut topics, question).await;
    let request = confirm(&topics, &inquiry);
    let result = topics
        .inquiries
        .confirm_inquiry(request)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(
        &result,
        pb::WriteOutcome::RefusedFinal,
        "INQUIRY_NOT_ANSWERABLE",
    );
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn questions_are_read_by_state_and_a_deleted_one_is_gone(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let question = json!({"kind": "product", "text": "재입고 되나요?"});
    let inquiry = asked(&mut topics, question).await;
    let mut waiting = request(&topics, pb::InquiryKind::Product);
    waiting.set_state(pb::InquiryState::Waiting);
    assert_eq!(listed(&topics, waiting.clone()).await.len(), 1);
    waiting.set_state(pb::InquiryState::Answered);
    assert_eq!(listed(&topics, waiting).await.len(), 0);

    let id = &inquiry.channel_inquiry_id;
    let path = format!("/control/questions/coupang/{id}/delete");
    topics.stage.post(&path, json!({})).await;
    assert!(fetch(&mut topics, &inquiry).await.gone);
    let late = answer(&topics, &inquiry, "네, 됩니다.");
    let result = topics
        .inquiries
        .answer_inquiry(late)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(&result, pb::WriteOutcome::RefusedFinal, "INQUIRY_NOT_FOUND");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_kind_that_coupang_lacks_is_refused_by_field(pool: PgPool) {
    let topics = Topics::set(&pool).await;
    let channel = topics.stage.proxy.channel(ServiceName::OrderSync).await;
    let mut reader = ChannelInquiriesServiceClient::new(channel);
    for kind in [pb::InquiryKind::Order, pb::InquiryKind::Unspecified] {
        let request = request(&topics, kind);
        let refused = reader.fetch_inquiries(request).await.unwrap_err();
        assert_eq!(fields_of(&refused)[0].0, "kind");
    }
}
