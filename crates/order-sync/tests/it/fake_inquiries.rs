//! What buyers ask at the played channel.

use chrono::{DateTime, Utc};
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::channel_proxy::v1::channel_inquiries_service_server::ChannelInquiriesService;
use moa_service::{parse_timestamp, timestamp};
use tonic::{Request, Response, Status};

use crate::fake_channel::{FakeChannel, inside, not_asked, page, raw};

/// A question on a product's page, about an order.
pub(crate) fn question(id: &str, order: &str, text: &str) -> channel::ChannelInquiry {
    channel::ChannelInquiry {
        channel_inquiry_id: id.to_owned(),
        kind: channel::InquiryKind::Product.into(),
        state: channel::InquiryState::Waiting.into(),
        asked_at: Some(timestamp(moa_testkit::a_friday())),
        text: text.to_owned(),
        channel_order_ids: vec![order.to_owned()],
        product_name: "사과".to_owned(),
        asked_by: "hong****".to_owned(),
        ..channel::ChannelInquiry::default()
    }
}

/// A message in a thread.
pub(crate) fn message(
    id: &str,
    author: channel::InquiryAuthor,
    at: DateTime<Utc>,
    text: &str,
) -> channel::InquiryMessage {
    channel::InquiryMessage {
        channel_answer_id: id.to_owned(),
        channel_parent_answer_id: String::new(),
        author: author.into(),
        at: Some(timestamp(at)),
        text: text.to_owned(),
        needs_answer: false,
    }
}

impl FakeChannel {
    /// Shows a question; the one with its id is replaced.
    pub(crate) fn ask(&self, inquiry: channel::ChannelInquiry) {
        self.with(|state| {
            state
                .inquiries
                .retain(|known| known.channel_inquiry_id != inquiry.channel_inquiry_id);
            state.inquiries.push(inquiry);
        });
    }
}

#[tonic::async_trait]
impl ChannelInquiriesService for FakeChannel {
    async fn fetch_inquiries(
        &self,
        request: Request<channel::FetchInquiriesRequest>,
    ) -> Result<Response<channel::FetchInquiriesResponse>, Status> {
        let request = request.into_inner();
        let read_at = Some(timestamp(self.clock.now()));
        self.called(request.kind().as_str_name()).await?;
        let from = parse_timestamp("from", request.from)?;
        let to = parse_timestamp("to", request.to)?;
        let (rows, size) = self.with(|state| {
            let asked = state.inquiries.iter();
            let asked = asked.filter(|row| row.kind == request.kind);
            let asked = asked.filter(|row| inside(row.asked_at, from, to));
            (asked.cloned().collect::<Vec<_>>(), state.page_size)
        });
        let (mut inquiries, next_page_token) = page(&rows, &request.page_token, size);
        let raw_page = raw(&inquiries);
        for inquiry in &mut inquiries {
            inquiry.read_at = read_at;
        }
        Ok(Response::new(channel::FetchInquiriesResponse {
            raw_page,
            inquiries,
            rejected_rows: Vec::new(),
            next_page_token,
            read_at,
        }))
    }

    async fn fetch_inquiry(
        &self,
        _: Request<channel::FetchInquiryRequest>,
    ) -> Result<Response<channel::FetchInquiryResponse>, Status> {
        Err(not_asked())
    }

    async fn check_reply(
        &self,
        _: Request<channel::CheckReplyRequest>,
    ) -> Result<Response<channel::CheckReplyResponse>, Status> {
        Err(not_asked())
    }

    async fn answer_inquiry(
        &self,
        _: Request<channel::AnswerInquiryRequest>,
    ) -> Result<Response<channel::AnswerInquiryResponse>, Status> {
        Err(not_asked())
    }

    async fn confirm_inquiry(
        &self,
        _: Request<channel::ConfirmInquiryRequest>,
    ) -> Result<Response<channel::ConfirmInquiryResponse>, Status> {
        Err(not_asked())
    }
}
