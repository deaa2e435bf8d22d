//! The RPCs about how long personal data is kept, in the order of the contract.

use moa_id::{MerchantId, OperatorId};
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::retention_service_server::RetentionService;
use moa_service::{invalid_field, parse_id, timestamp};
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::app::erase_contacts::EraseContact;
use crate::app::retention::Retention;
use crate::domain::retention::{Cause, DAYS};

pub(super) struct RetentionOf {
    pub(super) app: App,
}

#[tonic::async_trait]
impl RetentionService for RetentionOf {
    async fn get_retention(
        &self,
        request: Request<pb::GetRetentionRequest>,
    ) -> Result<Response<pb::GetRetentionResponse>, Status> {
        let merchant_id = parse_id("merchant_id", &request.into_inner().merchant_id)?;
        let retention = self.app.get_retention(merchant_id).await?;
        Ok(Response::new(pb::GetRetentionResponse {
            retention: Some(retention.into()),
        }))
    }

    async fn set_retention(
        &self,
        request: Request<pb::SetRetentionRequest>,
    ) -> Result<Response<pb::SetRetentionResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let operator_id: OperatorId = parse_id("operator_id", &request.operator_id)?;
        let channel = request.channel;
        if channel.len() > 40 || !channel.chars().all(|c| c.is_ascii_alphanumeric()) {
            let text = "must be a channel's code, at most 40 letters and digits; empty for all";
            return Err(invalid_field("channel", text));
        }
        let days = match request.days {
            0 if !channel.is_empty() => None,
            days if DAYS.contains(&days) => Some(days),
            _ => {
                let (least, most) = (DAYS.start(), DAYS.end());
                let text = format!("must be {least} to {most}; 0 takes a channel's own time back");
                return Err(invalid_field("days", text));
            }
        };
        let set = self
            .app
            .set_retention(merchant_id, channel, days, operator_id);
        Ok(Response::new(pb::SetRetentionResponse {
            retention: Some(set.await?.into()),
        }))
    }

    async fn erase_contact(
        &self,
        request: Request<pb::EraseContactRequest>,
    ) -> Result<Response<pb::EraseContactResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let erase = EraseContact {
            order_id: parse_id("order_id", &request.order_id)?,
            operator_id: parse_id("operator_id", &request.operator_id)?,
            cause: parse_reason(request.reason)?,
            even_if_open: request.even_if_open,
        };
        let (erased_at, erased) = self.app.erase_contact(merchant_id, erase).await?;
        let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        Ok(Response::new(pb::EraseContactResponse {
            erased_at: Some(timestamp(erased_at)),
            inquiries: number(erased.inquiries),
            raw_pages: number(erased.raw_pages),
        }))
    }
}

fn parse_reason(reason: i32) -> Result<Cause, Status> {
    match pb::ErasureReason::try_from(reason) {
        Ok(pb::ErasureReason::BuyerRequest) => Ok(Cause::BuyerRequest),
        Ok(pb::ErasureReason::WrongData) => Ok(Cause::WrongData),
        Ok(pb::ErasureReason::TestOrder) => Ok(Cause::TestOrder),
        Ok(pb::ErasureReason::Legal) => Ok(Cause::Legal),
        Ok(pb::ErasureReason::Unspecified) | Err(_) => Err(invalid_field(
            "reason",
            "must be one of BUYER_REQUEST, WRONG_DATA, TEST_ORDER, LEGAL",
        )),
    }
}

impl From<Retention> for pb::Retention {
    fn from(retention: Retention) -> Self {
        let channels = retention.channels.into_iter();
        Self {
            days: retention.days,
            channels: channels
                .map(|period| pb::ChannelRetention {
                    channel: period.channel,
                    days: period.days,
                    updated_at: Some(timestamp(period.updated_at)),
                })
                .collect(),
            erased_contacts: retention.erased_contacts,
            kept_contacts: retention.kept_contacts,
        }
    }
}
