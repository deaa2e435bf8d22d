//! What buyers ask at SmartStore, and what the merchant answers, with the sandbox as judge.

use chrono::TimeDelta;
use moa_id::EffectId;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::status::fields_of;
use moa_service::{Clock, ServiceChannel, ServiceName, timestamp};
use pb::channel_inquiries_service_client::ChannelInquiriesServiceClient;
use pb::probe_effect_request::Intended;
use serde_json::json;
use sqlx::PgPool;
use tonic::Status;

use crate::smartstore_support::Store;
use crate::topics::{expect, expect_confirmed};

const WORDS: &str = "내일 출고됩니다.\n감사합니다.";

/// A store with the services of its questions.
struct Desk {
    store: Store,
    reader: ChannelInquiriesServiceClient<ServiceChannel>,
    writer: ChannelInquiriesServiceClient<ServiceChannel>,
}

impl Desk {
    async fn open(pool: &PgPool) -> Self {
        let store = Store::open(pool).await;
        let reader = store.stage.proxy.channel(ServiceName::OrderSync).await;
        let writer = store.stage.proxy.channel(ServiceName::Fulfillment).await;
        Self {
            store,
            reader: ChannelInquiriesServiceClient::new(reader),
            writer: ChannelInquiriesServiceClient::new(writer),
        }
    }

    async fn page(
        &mut self,
        kind: pb::InquiryKind,
        state: pb::InquiryState,
    ) -> Result<pb::FetchInquiriesResponse, Status> {
        let now = Clock::system().now();
        let request = pb::FetchInquiriesRequest {
            merchant_id: self.store.stage.merchant_id.to_string(),
            channel_account_id: self.store.account.clone(),
            call_class: pb::CallClass::Poll.into(),
            kind: kind.into(),
            from: Some(timestamp(now - TimeDelta::days(1))),
            to: Some(timestamp(now + TimeDelta::minutes(1))),
            page_token: String::new(),
            state: state.into(),
        };
        let response = self.reader.fetch_inquiries(request).await?;
        Ok(response.into_inner())
    }

    async fn listed(
        &mut self,
        kind: pb::InquiryKind,
        state: pb::InquiryState,
    ) -> Vec<pb::ChannelInquiry> {
        let page = self.page(kind, state).await.unwrap();
        assert!(!page.raw_page.is_empty() && page.rejected_rows.is_empty());
        assert_eq!(page.next_page_token, "");
        page.inquiries
    }

    /// A buyer's question about an order; the order's id and the question as the list shows it.
    async fn asked(&mut self, kind: pb::InquiryKind, text: &str) -> (String, pb::ChannelInquiry) {
        let wish = json!({"kind": "physical", "lines": 1});
        let (order_id, _) = self.store.place(wish).await;
        let word = match kind {
            pb::InquiryKind::Product => "product",
            _ => "order",
        };
        let path = format!("/control/orders/smartstore/{order_id}/ask");
        let question = json!({"kind": word, "text": text});
        self.store.stage.post(&path, question).await;
        let all = self.listed(kind, pb::InquiryState::Unspecified).await;
        assert_eq!(all.len(), 1, "{all:?}");
        let inquiry = all.into_iter().next().unwrap();
        assert_eq!(inquiry.kind(), kind);
        assert_eq!(inquiry.state(), pb::InquiryState::Waiting);
        assert!(inquiry.text.ends_with(text));
        (order_id, inquiry)
    }

    fn answer(&self, inquiry: &pb::ChannelInquiry, text: &str) -> pb::AnswerInquiryRequest {
        pb::AnswerInquiryRequest {
            merchant_id: self.store.stage.merchant_id.to_string(),
            channel_account_id: self.store.account.clone(),
            effect_id: self.store.stage.ids.next::<EffectId>().to_string(),
            fence: 1,
            inquiry_answer: Some(pb::InquiryAnswer {
                inquiry: inquiry_ref(inquiry),
                text: text.to_owned(),
                answered_by: String::new(),
                channel_parent_answer_id: String::new(),
            }),
        }
    }

    async fn say(&mut self, request: pb::AnswerInquiryRequest) -> Option<pb::WriteResult> {
        let response = self.writer.answer_inquiry(request).await.unwrap();
        response.into_inner().result
    }

    async fn now(&mut self, inquiry: &pb::ChannelInquiry) -> pb::FetchInquiryResponse {
        let request = pb::FetchInquiryRequest {
            merchant_id: self.store.stage.merchant_id.to_string(),
            channel_account_id: self.store.account.clone(),
            call_class: pb::CallClass::Poll.into(),
            inquiry: inquiry_ref(inquiry),
        };
        let response = self.writer.fetch_inquiry(request).await.unwrap();
        response.into_inner()
    }

    async fn probe(&mut self, request: pb::AnswerInquiryRequest) -> pb::ProbeEffectResponse {
        let request = pb::ProbeEffectRequest {
            merchant_id: request.merchant_id,
            channel_account_id: request.channel_account_id,
            effect_id: request.effect_id,
            channel_order_id: String::new(),
            channel_parcel_id: String::new(),
            intended: request.inquiry_answer.map(Intended::InquiryAnswer),
        };
        let response = self.store.stage.fulfillment.probe_effect(request).await;
        response.unwrap().into_inner()
    }

    /// Troubles of calls whose path holds a word.
    async fn trouble(&self, kind: &str, path: &str, times: u32) {
        let fault = json!([{"channel": "smartstore", "kind": kind, "path": path, "times": times}]);
        self.store.stage.faults(fault).await;
    }
}

fn inquiry_ref(inquiry: &pb::ChannelInquiry) -> Option<pb::InquiryRef> {
    Some(pb::InquiryRef {
        kind: inquiry.kind,
        channel_inquiry_id: inquiry.channel_inquiry_id.clone(),
        asked_at: inquiry.asked_at,
    })
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_question_about_an_order_is_answered_once(pool: PgPool) {
    let mut desk = Desk::open(&pool).await;
    let (order_id, inquiry) = desk.asked(pb::InquiryKind::Order, "언제 오나요?").await;
    assert_eq!(inquiry.channel_order_ids, [order_id]);

    let first = desk.answer(&inquiry, WORDS);
    expect_confirmed(&desk.say(first.clone()).await);
    // The same words by another effect are there already; other words are too late.
    let same = desk.answer(&inquiry, WORDS);
    expect_confirmed(&desk.say(same).await);
    let other = desk.answer(&inquiry, "모레 출고됩니다.");
    let refused = desk.say(other).await;
    let reason = "INQUIRY_ALREADY_ANSWERED";
    expect(&refused, pb::WriteOutcome::RefusedFinal, reason);
    assert!(!format!("{refused:?}").contains("모레"));
    let now = desk.now(&inquiry).await.inquiry.unwrap();
    assert_eq!(now.messages[0].text, WORDS);
    assert_eq!(now.messages.len(), 1);

    desk.trouble("error_500", "answer", 1).await;
    expect_confirmed(&desk.say(first).await);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_unclear_answer_is_found_by_its_words(pool: PgPool) {
    let mut desk = Desk::open(&pool).await;
    let (_, inquiry) = desk.asked(pb::InquiryKind::Order, "색이 어떤가요?").await;
    for (trouble, verdict) in [
        ("reset_before", pb::ProbeVerdict::Clean),
        ("reset_after", pb::ProbeVerdict::Happened),
    ] {
        desk.trouble(trouble, "answer", 1).await;
        let request = desk.answer(&inquiry, "흰색입니다.");
        let result = desk.say(request.clone()).await;
        let lost = "CHANNEL_CONNECTION_LOST";
        expect(&result, pb::WriteOutcome::Unclear, lost);
        let probed = desk.probe(request).await;
        assert_eq!(probed.verdict(), verdict, "{trouble}: {probed:?}");
        assert!(!probed.evidence_json.contains("흰색"), "{probed:?}");
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn questions_are_read_by_state_and_unknown_ones_are_refused(pool: PgPool) {
    use pb::InquiryState::{Answered, ToConfirm, Unspecified, Waiting};
    let mut desk = Desk::open(&pool).await;
    let kind = pb::InquiryKind::Product;
    let (_, inquiry) = desk.asked(kind, "재입고 되나요?").await;
    assert_eq!(desk.listed(kind, Waiting).await.len(), 1);
    assert_eq!(desk.listed(kind, Answered).await.len(), 0);
    assert_eq!(desk.listed(pb::InquiryKind::Order, Unspecified).await, []);
    let refused = desk.page(kind, ToConfirm).await.unwrap_err();
    assert_eq!(fields_of(&refused)[0].0, "state");
    let centre = desk.page(pb::InquiryKind::CallCenter, Unspecified).await;
    assert_eq!(fields_of(&centre.unwrap_err())[0].0, "kind");

    let mut gone = inquiry.clone();
    gone.channel_inquiry_id.push('9');
    assert!(desk.now(&gone).await.gone);
    let request = desk.answer(&gone, WORDS);
    let result = desk.say(request).await;
    let reason = "INQUIRY_NOT_FOUND";
    expect(&result, pb::WriteOutcome::RefusedFinal, reason);
    gone.asked_at = None;
    let request = desk.answer(&gone, WORDS);
    let result = desk.say(request).await;
    let reason = "INQUIRY_NOT_ANSWERABLE";
    expect(&result, pb::WriteOutcome::RefusedFinal, reason);
}
