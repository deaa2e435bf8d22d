use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::channel_listings_service_server::ChannelListingsService;
use moa_service::timestamp;
use tonic::{Request, Response, Status};

use super::parse_operation::{listing_ref, operation};
use super::tell::Head;
use super::{deadline, parse};
use crate::app::App;
use crate::channel::{PageQuery, ReadQuery};

/// Implements the contract's service.
pub struct ChannelListings {
    pub app: App,
}

#[tonic::async_trait]
impl ChannelListingsService for ChannelListings {
    async fn fetch_products(
        &self,
        request: Request<pb::FetchProductsRequest>,
    ) -> Result<Response<pb::FetchProductsResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let query = PageQuery {
            class: parse::class(request.call_class)?,
            page_token: request.page_token,
            deadline,
        };
        let page = self.app.fetch_products(merchant_id, id, &query).await?;
        Ok(Response::new(pb::FetchProductsResponse {
            raw_page: page.raw,
            products: page.rows.into_iter().map(Into::into).collect(),
            rejected_rows: page.rejected.into_iter().map(Into::into).collect(),
            next_page_token: page.next_page_token,
            read_at: Some(timestamp(page.read_at)),
        }))
    }

    async fn fetch_product(
        &self,
        request: Request<pb::FetchProductRequest>,
    ) -> Result<Response<pb::FetchProductResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let query = ReadQuery {
            class: parse::class(request.call_class)?,
            what: parse::channel_id("channel_product_id", &request.channel_product_id)?,
            deadline,
        };
        let read = self.app.fetch_product(merchant_id, id, &query).await?;
        Ok(Response::new(pb::FetchProductResponse {
            gone: read.found.is_none(),
            product: read.found.map(Into::into),
            raw_page: read.raw,
            read_at: Some(timestamp(read.read_at)),
        }))
    }

    async fn fetch_offer(
        &self,
        request: Request<pb::FetchOfferRequest>,
    ) -> Result<Response<pb::FetchOfferResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let query = ReadQuery {
            class: parse::class(request.call_class)?,
            what: listing_ref("listing", request.listing)?,
            deadline,
        };
        let read = self.app.fetch_offer(merchant_id, id, &query).await?;
        Ok(Response::new(pb::FetchOfferResponse {
            gone: read.found.is_none(),
            offer: read.found.map(Into::into),
            raw_page: read.raw,
            read_at: Some(timestamp(read.read_at)),
        }))
    }

    async fn set_stock(
        &self,
        request: Request<pb::SetStockRequest>,
    ) -> Result<Response<pb::SetStockResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.stock_change)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::SetStockResponse { result }))
    }

    async fn set_price(
        &self,
        request: Request<pb::SetPriceRequest>,
    ) -> Result<Response<pb::SetPriceResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.price_change)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::SetPriceResponse { result }))
    }

    async fn stop_sale(
        &self,
        request: Request<pb::StopSaleRequest>,
    ) -> Result<Response<pb::StopSaleResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.sale_stop)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::StopSaleResponse { result }))
    }

    async fn resume_sale(
        &self,
        request: Request<pb::ResumeSaleRequest>,
    ) -> Result<Response<pb::ResumeSaleResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.sale_resumption)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::ResumeSaleResponse { result }))
    }
}
