//! Reading what buyers ask, beside orders and claims.

use async_trait::async_trait;
use serde_json::json;

use super::SmartStore;
use super::inquiries::lists;
use crate::channel::{
    FetchError, Inquiries, InquiriesQuery, Page, ReadQuery, Reply, Session, Single,
};
use crate::domain::inquiry::ChannelInquiry;
use crate::domain::operation::InquiryRef;

#[async_trait]
impl Inquiries for SmartStore {
    async fn fetch_inquiries(
        &self,
        session: &Session,
        query: &InquiriesQuery,
    ) -> Result<Page<ChannelInquiry>, FetchError> {
        lists::fetch_inquiries(&self.tokens, session, query).await
    }

    async fn fetch_inquiry(
        &self,
        session: &Session,
        query: &ReadQuery<InquiryRef>,
    ) -> Result<Single<ChannelInquiry>, FetchError> {
        lists::fetch_inquiry(&self.tokens, session, query).await
    }
}

/// What a good answer to a write is evidence of, without a word of its body.
pub fn seen(reply: &Reply) -> String {
    json!({
        "http_status": reply.http_status,
        "sent_at": reply.sent_at,
        "answered_at": reply.answered_at,
    })
    .to_string()
}
