use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::channel_parcels_service_server::ChannelParcelsService;
use moa_service::timestamp;
use tonic::{Request, Response, Status};

use super::parse_operation::operation;
use super::tell::Head;
use super::{convert, deadline, parse};
use crate::app::App;
use crate::channel::ReadQuery;

/// Implements the contract's service.
pub struct ChannelParcels {
    pub app: App,
}

#[tonic::async_trait]
impl ChannelParcelsService for ChannelParcels {
    async fn fetch_order(
        &self,
        request: Request<pb::FetchOrderRequest>,
    ) -> Result<Response<pb::FetchOrderResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let query = ReadQuery {
            class: parse::class(request.call_class)?,
            what: parse::channel_id("channel_order_id", &request.channel_order_id)?,
            deadline,
        };
        let (read, rejected) = self.app.fetch_order(merchant_id, id, &query).await?;
        let order = read.found.map(|order| {
            convert::order(order, |receiver| {
                self.app.receiver_mark(merchant_id, receiver)
            })
        });
        Ok(Response::new(pb::FetchOrderResponse {
            gone: order.is_none() && rejected.is_empty(),
            order,
            raw_page: read.raw,
            rejected_rows: rejected.into_iter().map(Into::into).collect(),
            read_at: Some(timestamp(read.read_at)),
        }))
    }

    async fn fetch_parcel_history(
        &self,
        request: Request<pb::FetchParcelHistoryRequest>,
    ) -> Result<Response<pb::FetchParcelHistoryResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let query = ReadQuery {
            class: parse::class(request.call_class)?,
            what: parse::channel_id("channel_parcel_id", &request.channel_parcel_id)?,
            deadline,
        };
        let history = self.app.fetch_history(merchant_id, id, &query).await?;
        let events = history.events.into_iter().map(convert::parcel_event);
        Ok(Response::new(pb::FetchParcelHistoryResponse {
            events: events.collect(),
            raw_page: history.raw,
            read_at: Some(timestamp(history.read_at)),
        }))
    }

    async fn correct_tracking(
        &self,
        request: Request<pb::CorrectTrackingRequest>,
    ) -> Result<Response<pb::CorrectTrackingResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.tracking_correction)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::CorrectTrackingResponse { result }))
    }

    async fn delay_dispatch(
        &self,
        request: Request<pb::DelayDispatchRequest>,
    ) -> Result<Response<pb::DelayDispatchResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.dispatch_delay)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::DelayDispatchResponse { result }))
    }

    async fn report_delivered(
        &self,
        request: Request<pb::ReportDeliveredRequest>,
    ) -> Result<Response<pb::ReportDeliveredResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.delivery_report)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::ReportDeliveredResponse { result }))
    }
}
