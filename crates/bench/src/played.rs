//! A channel in memory: what it shows stands ready, so that nothing but storing is measured.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::channel_proxy_service_server::{
    ChannelProxyService, ChannelProxyServiceServer,
};
use moa_proto::moa::money::v1::Money;
use moa_service::{
    AllowTable, Clock, GrpcServer, MAX_MESSAGE_BYTES, ServiceChannel, ServiceKeys, ServiceName,
    timestamp,
};
use sha2::{Digest, Sha256};
use tonic::{Request, Response, Status};

/// Orders of a page, as Coupang has them.
const PAGE: usize = 50;

/// The channel. Clones are the same.
#[derive(Clone, Default)]
pub struct Played(Arc<Mutex<Vec<pb::ChannelOrder>>>);

impl Played {
    /// Shows these orders and no others.
    pub fn show(&self, orders: Vec<pb::ChannelOrder>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = orders;
    }

    /// The way to it for order-sync.
    pub async fn serve(&self) -> Result<ServiceChannel> {
        let keys = ServiceKeys::generate()?;
        let identity = |name| keys.identity(name).context("every service has a key");
        let allow = AllowTable::new(&[(
            ServiceName::OrderSync,
            &["moa.channel_proxy.v1.ChannelProxyService/*"],
        )]);
        let service = ChannelProxyServiceServer::new(self.clone())
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        let server = GrpcServer::new(identity(ServiceName::ChannelProxy)?, allow);
        let served = server.add_service(service).into_service().await?;
        let caller = identity(ServiceName::OrderSync)?;
        Ok(ServiceChannel::in_process(
            caller,
            ServiceName::ChannelProxy,
            served,
        ))
    }
}

/// An order with two lines and a contact, as a page of new orders shows it.
pub fn order(number: u64, ordered_at: DateTime<Utc>) -> pb::ChannelOrder {
    let won = |amount_minor| {
        Some(Money {
            amount_minor,
            currency: "KRW".to_owned(),
        })
    };
    let id = format!("{}", 31_000_000_000_000 + number);
    let lines = (1..=2).map(|line| pb::ChannelOrderLine {
        channel_line_id: format!("7000000000{line}"),
        channel_parcel_id: format!("{}", 700_000_000_000_000_000 + number),
        channel_listing_id: format!("7000000000{line}"),
        product_name: format!("머그컵 {line}"),
        option_name: "흰색".to_owned(),
        sku_code: format!("MUG-{line}"),
        quantity: 2,
        unit_price: won(9_000),
        line_total: won(18_000),
        state: pb::LineState::Placed.into(),
        ..Default::default()
    });
    pb::ChannelOrder {
        channel_order_id: id,
        ordered_at: Some(timestamp(ordered_at)),
        paid_at: Some(timestamp(ordered_at)),
        lines: lines.collect(),
        contact: Some(pb::Contact {
            orderer_name: "홍길동".to_owned(),
            orderer_phone: "0502-123-4567".to_owned(),
            receiver_name: format!("홍길동 {number}"),
            receiver_phone: "0502-123-4567".to_owned(),
            postcode: "04524".to_owned(),
            address1: "서울특별시 중구 세종대로 110".to_owned(),
            address2: format!("{number}호"),
            delivery_note: "문 앞".to_owned(),
            email: String::new(),
        }),
        shipping_fee: won(3_000),
        ..Default::default()
    }
}

fn not_asked() -> Status {
    Status::unimplemented("nobody asks this channel for it")
}

#[tonic::async_trait]
impl ChannelProxyService for Played {
    async fn fetch_orders(
        &self,
        request: Request<pb::FetchOrdersRequest>,
    ) -> Result<Response<pb::FetchOrdersResponse>, Status> {
        let request = request.into_inner();
        let start = match request.page_token.as_str() {
            "" => 0,
            token => token
                .parse()
                .map_err(|_| Status::invalid_argument("page_token"))?,
        };
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let orders: Vec<pb::ChannelOrder> = shown.iter().skip(start).take(PAGE).cloned().collect();
        let end = start + orders.len();
        let next_page_token = match end < shown.len() {
            true => end.to_string(),
            false => String::new(),
        };
        let names: Vec<&str> = orders
            .iter()
            .map(|order| order.channel_order_id.as_str())
            .collect();
        // As large as what a channel sends, about.
        let mut raw_page = names.join(",").into_bytes();
        raw_page.resize(1_500 * orders.len(), b' ');
        let read_at = Some(timestamp(Clock::system().now()));
        // As channel-proxy does it: the page is made and hashed, and stays behind.
        if request.known_sha256 == Sha256::digest(&raw_page).as_slice() {
            return Ok(Response::new(pb::FetchOrdersResponse {
                unchanged_orders: u32::try_from(orders.len()).ok(),
                next_page_token,
                read_at,
                ..Default::default()
            }));
        }
        Ok(Response::new(pb::FetchOrdersResponse {
            raw_page: raw_page.into(),
            orders,
            rejected_rows: Vec::new(),
            next_page_token,
            read_at,
            unchanged_orders: None,
        }))
    }

    async fn fetch_parcel(
        &self,
        _: Request<pb::FetchParcelRequest>,
    ) -> Result<Response<pb::FetchParcelResponse>, Status> {
        Err(not_asked())
    }

    async fn fetch_claims(
        &self,
        _: Request<pb::FetchClaimsRequest>,
    ) -> Result<Response<pb::FetchClaimsResponse>, Status> {
        Err(not_asked())
    }

    async fn register_channel_account(
        &self,
        _: Request<pb::RegisterChannelAccountRequest>,
    ) -> Result<Response<pb::RegisterChannelAccountResponse>, Status> {
        Err(not_asked())
    }

    async fn get_channel_account(
        &self,
        _: Request<pb::GetChannelAccountRequest>,
    ) -> Result<Response<pb::GetChannelAccountResponse>, Status> {
        Err(not_asked())
    }

    async fn list_channel_accounts(
        &self,
        _: Request<pb::ListChannelAccountsRequest>,
    ) -> Result<Response<pb::ListChannelAccountsResponse>, Status> {
        Err(not_asked())
    }

    async fn test_channel_account(
        &self,
        _: Request<pb::TestChannelAccountRequest>,
    ) -> Result<Response<pb::TestChannelAccountResponse>, Status> {
        Err(not_asked())
    }

    async fn activate_channel_account(
        &self,
        _: Request<pb::ActivateChannelAccountRequest>,
    ) -> Result<Response<pb::ActivateChannelAccountResponse>, Status> {
        Err(not_asked())
    }

    async fn deactivate_channel_account(
        &self,
        _: Request<pb::DeactivateChannelAccountRequest>,
    ) -> Result<Response<pb::DeactivateChannelAccountResponse>, Status> {
        Err(not_asked())
    }

    async fn parse_orders(
        &self,
        _: Request<pb::ParseOrdersRequest>,
    ) -> Result<Response<pb::ParseOrdersResponse>, Status> {
        Err(not_asked())
    }

    async fn acknowledge_parcels(
        &self,
        _: Request<pb::AcknowledgeParcelsRequest>,
    ) -> Result<Response<pb::AcknowledgeParcelsResponse>, Status> {
        Err(not_asked())
    }

    async fn inspect_lines(
        &self,
        _: Request<pb::InspectLinesRequest>,
    ) -> Result<Response<pb::InspectLinesResponse>, Status> {
        Err(not_asked())
    }

    async fn dispatch_lines(
        &self,
        _: Request<pb::DispatchLinesRequest>,
    ) -> Result<Response<pb::DispatchLinesResponse>, Status> {
        Err(not_asked())
    }

    async fn probe_effect(
        &self,
        _: Request<pb::ProbeEffectRequest>,
    ) -> Result<Response<pb::ProbeEffectResponse>, Status> {
        Err(not_asked())
    }
}
