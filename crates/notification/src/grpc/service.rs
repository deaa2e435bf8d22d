use std::sync::Arc;

use moa_id::{MerchantId, MessageId, OrderId};
use moa_proto::moa::notification::v1 as pb;
use moa_proto::moa::notification::v1::notification_service_server::NotificationService;
use moa_service::parse::parse_text;
use moa_service::{PageToken, internal, invalid_field, page_size, parse_id};
use pb::put_sender_request::Credentials;
use secrecy::SecretString;
use tonic::{Request, Response, Status};

use super::convert;
use crate::app::{App, ResendMessage};
use crate::domain::sender::Sender;
use crate::error::Error;
use crate::store::{inquiry_digests, messages, senders};

/// Where the list of an order's messages goes on.
const PAGES: PageToken = PageToken::of("messages");

pub(crate) struct Notification {
    pub(crate) app: Arc<App>,
}

#[tonic::async_trait]
impl NotificationService for Notification {
    async fn put_sender(
        &self,
        request: Request<pb::PutSenderRequest>,
    ) -> Result<Response<pb::PutSenderResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let sender = match request.credentials {
            Some(Credentials::Solapi(solapi)) => {
                let secret = SecretString::from(solapi.api_secret);
                Sender::try_solapi(
                    merchant_id,
                    &request.base_url,
                    &solapi.api_key,
                    secret,
                    &solapi.from,
                )
            }
            Some(Credentials::Slack(slack)) => {
                let webhook_url = SecretString::from(slack.webhook_url);
                Sender::try_slack(merchant_id, &request.base_url, &webhook_url)
            }
            None => {
                return Err(invalid_field(
                    "credentials",
                    "must be those of solapi or of slack",
                ));
            }
        }
        .map_err(Error::from)?;
        let updated_at = self.app.put_sender(&sender).await?;
        let kind = sender.credentials.kind();
        Ok(Response::new(pb::PutSenderResponse {
            sender: Some(convert::sender(kind, sender.base_url, updated_at)),
        }))
    }

    async fn list_senders(
        &self,
        request: Request<pb::ListSendersRequest>,
    ) -> Result<Response<pb::ListSendersResponse>, Status> {
        let merchant_id: MerchantId = parse_id("merchant_id", &request.into_inner().merchant_id)?;
        let mut conn = self.app.db.acquire().await.map_err(internal)?;
        let senders = senders::list(&mut conn, merchant_id).await?.into_iter();
        let senders = senders.map(|(kind, base_url, at)| convert::sender(kind, base_url, at));
        Ok(Response::new(pb::ListSendersResponse {
            senders: senders.collect(),
        }))
    }

    async fn get_inquiry_digest(
        &self,
        request: Request<pb::GetInquiryDigestRequest>,
    ) -> Result<Response<pb::GetInquiryDigestResponse>, Status> {
        let merchant_id: MerchantId = parse_id("merchant_id", &request.into_inner().merchant_id)?;
        let mut conn = self.app.db.acquire().await.map_err(internal)?;
        let (enabled, told_at) = inquiry_digests::get(&mut conn, merchant_id).await?;
        Ok(Response::new(pb::GetInquiryDigestResponse {
            digest: convert::inquiry_digest(enabled, told_at),
        }))
    }

    async fn set_inquiry_digest(
        &self,
        request: Request<pb::SetInquiryDigestRequest>,
    ) -> Result<Response<pb::SetInquiryDigestResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let mut conn = self.app.db.acquire().await.map_err(internal)?;
        inquiry_digests::enable(&mut conn, merchant_id, request.enabled).await?;
        let (enabled, told_at) = inquiry_digests::get(&mut conn, merchant_id).await?;
        Ok(Response::new(pb::SetInquiryDigestResponse {
            digest: convert::inquiry_digest(enabled, told_at),
        }))
    }

    async fn list_messages(
        &self,
        request: Request<pb::ListMessagesRequest>,
    ) -> Result<Response<pb::ListMessagesResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let order_id: OrderId = parse_id("order_id", &request.order_id)?;
        let limit = page_size(request.page_size, 50, 200)?;
        let before = PAGES.decode(&request.page_token)?.map(MessageId::from_uuid);
        let mut conn = self.app.db.acquire().await.map_err(internal)?;
        let messages =
            messages::list_of_order(&mut conn, merchant_id, order_id, before, limit).await?;
        let full = i64::try_from(messages.len()).is_ok_and(|n| n == limit);
        let last = messages.last().map(|message| message.id.as_uuid());
        Ok(Response::new(pb::ListMessagesResponse {
            next_page_token: PAGES.encode(last.filter(|_| full).as_ref()),
            messages: messages.into_iter().map(Into::into).collect(),
        }))
    }

    async fn resend_message(
        &self,
        request: Request<pb::ResendMessageRequest>,
    ) -> Result<Response<pb::ResendMessageResponse>, Status> {
        let request = request.into_inner();
        let command = ResendMessage {
            merchant_id: parse_id("merchant_id", &request.merchant_id)?,
            message_id: parse_id("message_id", &request.message_id)?,
            request_id: parse_text("request_id", &request.request_id, 100)?,
            operator: parse_text("operator", &request.operator, 200)?,
        };
        let message = self.app.resend_message(command).await?;
        Ok(Response::new(pb::ResendMessageResponse {
            message: Some(message.into()),
        }))
    }
}
