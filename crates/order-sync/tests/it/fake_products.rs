//! What the played channel offers.

use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::channel_proxy::v1::channel_listings_service_server::ChannelListingsService;
use moa_proto::moa::money::v1::Money;
use moa_service::{refusal, timestamp};
use tonic::{Code, Request, Response, Status};

use crate::fake_channel::{FakeChannel, not_asked, page};

/// A product with these options, each a listing.
pub(crate) fn product(id: &str, name: &str, options: &[(&str, &str)]) -> channel::ChannelProduct {
    let listings = options
        .iter()
        .map(|(listing, option)| channel::ChannelListing {
            channel_listing_id: (*listing).to_owned(),
            option_name: (*option).to_owned(),
            sku_code: format!("SKU-{listing}"),
            barcode: "8801".to_owned(),
            price: Some(Money {
                amount_minor: 12_000,
                currency: "KRW".to_owned(),
            }),
            ..channel::ChannelListing::default()
        });
    channel::ChannelProduct {
        channel_product_id: id.to_owned(),
        name: name.to_owned(),
        state: channel::ProductState::Approved.into(),
        listings: listings.collect(),
        ..channel::ChannelProduct::default()
    }
}

impl FakeChannel {
    /// Offers a product; the one with its id is replaced.
    pub(crate) fn offer(&self, product: channel::ChannelProduct) {
        self.with(|state| {
            let id = &product.channel_product_id;
            state
                .products
                .retain(|known| known.channel_product_id != *id);
            state.products.push(product);
            state
                .products
                .sort_by(|a, b| a.channel_product_id.cmp(&b.channel_product_id));
        });
    }
}

#[tonic::async_trait]
impl ChannelListingsService for FakeChannel {
    async fn fetch_products(
        &self,
        request: Request<channel::FetchProductsRequest>,
    ) -> Result<Response<channel::FetchProductsResponse>, Status> {
        let request = request.into_inner();
        assert_eq!(request.call_class(), channel::CallClass::Sweep);
        self.called("FetchProducts").await?;
        let (mut products, size, shows) = self.with(|state| {
            (
                state.products.clone(),
                state.page_size,
                state.list_shows_offers,
            )
        });
        if !shows {
            for product in &mut products {
                product.listings.clear();
            }
        }
        let (products, next_page_token) = page(&products, &request.page_token, size);
        Ok(Response::new(channel::FetchProductsResponse {
            products,
            next_page_token,
            read_at: Some(timestamp(self.clock.now())),
            ..channel::FetchProductsResponse::default()
        }))
    }

    async fn fetch_product(
        &self,
        request: Request<channel::FetchProductRequest>,
    ) -> Result<Response<channel::FetchProductResponse>, Status> {
        let id = request.into_inner().channel_product_id;
        self.called("FetchProduct").await?;
        let unreadable = self.with(|state| state.unreadable_product == Some(id.clone()));
        if unreadable {
            return Err(refusal(
                Code::Unavailable,
                "channel-proxy.moa",
                "CHANNEL_FAULT",
                "the product was changed a moment ago",
                [],
            ));
        }
        let products = self.with(|state| state.products.clone());
        let product = products
            .into_iter()
            .find(|known| known.channel_product_id == id);
        Ok(Response::new(channel::FetchProductResponse {
            gone: product.is_none(),
            product,
            read_at: Some(timestamp(self.clock.now())),
            ..channel::FetchProductResponse::default()
        }))
    }

    async fn fetch_offer(
        &self,
        _: Request<channel::FetchOfferRequest>,
    ) -> Result<Response<channel::FetchOfferResponse>, Status> {
        Err(not_asked())
    }

    async fn set_stock(
        &self,
        _: Request<channel::SetStockRequest>,
    ) -> Result<Response<channel::SetStockResponse>, Status> {
        Err(not_asked())
    }

    async fn set_price(
        &self,
        _: Request<channel::SetPriceRequest>,
    ) -> Result<Response<channel::SetPriceResponse>, Status> {
        Err(not_asked())
    }

    async fn stop_sale(
        &self,
        _: Request<channel::StopSaleRequest>,
    ) -> Result<Response<channel::StopSaleResponse>, Status> {
        Err(not_asked())
    }

    async fn resume_sale(
        &self,
        _: Request<channel::ResumeSaleRequest>,
    ) -> Result<Response<channel::ResumeSaleResponse>, Status> {
        Err(not_asked())
    }
}
