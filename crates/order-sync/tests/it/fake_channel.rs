//! A marketplace that can be told what to show, as channel-proxy answers for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::channel_proxy::v1::channel_inquiries_service_server::ChannelInquiriesServiceServer;
use moa_proto::moa::channel_proxy::v1::channel_listings_service_server::ChannelListingsServiceServer;
use moa_proto::moa::channel_proxy::v1::channel_parcels_service_server::{
    ChannelParcelsService, ChannelParcelsServiceServer,
};
use moa_proto::moa::channel_proxy::v1::channel_proxy_service_server::{
    ChannelProxyService, ChannelProxyServiceServer,
};
use moa_proto::moa::money::v1::Money;
use moa_service::{
    AllowTable, Clock, GrpcServer, ServiceChannel, ServiceName, parse_timestamp, refusal, timestamp,
};
use moa_testkit::{identity, serve};
use prost::Message;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tonic::{Code, Request, Response, Status};

/// A marketplace behind channel-proxy. Clones are the same.
#[derive(Clone)]
pub(crate) struct FakeChannel {
    pub(crate) clock: Clock,
    state: Arc<Mutex<State>>,
    /// Calls wait for a permit of this.
    gate: Arc<Semaphore>,
}

#[derive(Default)]
pub(crate) struct State {
    orders: Vec<channel::ChannelOrder>,
    claims: Vec<channel::ChannelClaim>,
    pub(crate) inquiries: Vec<channel::ChannelInquiry>,
    /// Whether the list shows what is sold of a product, or only the product's own page does.
    pub(crate) list_shows_offers: bool,
    pub(crate) products: Vec<channel::ChannelProduct>,
    /// A product whose own page cannot be read.
    pub(crate) unreadable_product: Option<String>,
    accounts: Vec<channel::ChannelAccount>,
    rejected: Vec<channel::RejectedRow>,
    gone: Vec<String>,
    pub(crate) page_size: usize,
    refusal: Option<&'static str>,
    /// After so many more calls, one is refused.
    stumble: Option<(usize, &'static str)>,
    calls: HashMap<String, usize>,
    windows: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// Pages of orders that were known and left out.
    unchanged: usize,
    /// (call class, from, to) of every read of orders.
    reads: Vec<(channel::CallClass, DateTime<Utc>, DateTime<Utc>)>,
    /// What today's parser makes of any page.
    parsed: channel::ParseOrdersResponse,
    /// Pages that it was given.
    parsed_pages: Vec<prost::bytes::Bytes>,
}

impl FakeChannel {
    pub(crate) fn new(clock: Clock) -> Self {
        let state = State {
            page_size: 50,
            ..State::default()
        };
        Self {
            clock,
            state: Arc::new(Mutex::new(state)),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        }
    }

    pub(crate) fn server(&self) -> GrpcServer {
        let allow = AllowTable::new(&[(
            ServiceName::OrderSync,
            &[
                "moa.channel_proxy.v1.ChannelProxyService/*",
                "moa.channel_proxy.v1.ChannelInquiriesService/*",
                "moa.channel_proxy.v1.ChannelListingsService/*",
                "moa.channel_proxy.v1.ChannelParcelsService/*",
                "moa.feed.v1.FeedService/*",
            ],
        )]);
        GrpcServer::new(identity(ServiceName::ChannelProxy), allow)
            .add_service(ChannelProxyServiceServer::new(self.clone()))
            .add_service(ChannelInquiriesServiceServer::new(self.clone()))
            .add_service(ChannelListingsServiceServer::new(self.clone()))
            .add_service(ChannelParcelsServiceServer::new(self.clone()))
    }

    pub(crate) async fn serve(&self) -> ServiceChannel {
        let (callee, caller) = (ServiceName::ChannelProxy, ServiceName::OrderSync);
        serve(self.server(), callee, caller).await
    }

    pub(crate) fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    /// Places an order of these lines, ten minutes before a Friday's ten o'clock.
    pub(crate) fn place(&self, id: &str, lines: &[&str]) {
        self.put(order(id, lines));
    }

    /// Shows an order as given from now on.
    pub(crate) fn put(&self, order: channel::ChannelOrder) {
        self.with(|state| {
            state
                .orders
                .retain(|known| known.channel_order_id != order.channel_order_id);
            state.orders.push(order);
        });
    }

    /// Shows another part of an order, in a row of its own.
    pub(crate) fn put_part(&self, order: channel::ChannelOrder) {
        self.with(|state| state.orders.push(order));
    }

    /// Changes an order that is shown.
    pub(crate) fn change(&self, id: &str, change: impl FnOnce(&mut channel::ChannelOrder)) {
        self.with(|state| {
            let order = state.orders.iter_mut();
            let order = order.into_iter().find(|o| o.channel_order_id == id);
            change(order.unwrap());
        });
    }

    /// Moves every line of an order to a state.
    pub(crate) fn move_to(&self, id: &str, to: channel::LineState) {
        self.change(id, |order| {
            for line in &mut order.lines {
                line.state = to.into();
            }
        });
    }

    /// Shows a claim; the one with its id is replaced.
    pub(crate) fn claim(&self, claim: channel::ChannelClaim) {
        self.with(|state| {
            state
                .claims
                .retain(|known| known.channel_claim_id != claim.channel_claim_id);
            state.claims.push(claim);
        });
    }

    /// Lists these accounts, of whichever merchants.
    pub(crate) fn list_accounts(&self, accounts: &[channel::ChannelAccount]) {
        self.with(|state| state.accounts = accounts.to_vec());
    }

    pub(crate) fn listed_accounts(&self) -> Vec<channel::ChannelAccount> {
        self.with(|state| state.accounts.clone())
    }

    pub(crate) fn reject(&self, channel_order_id: &str, reason: &str) {
        self.with(|state| {
            state.rejected = vec![channel::RejectedRow {
                index: 0,
                channel_order_id: channel_order_id.to_owned(),
                reason: reason.to_owned(),
            }];
        });
    }

    /// What the parser of an upgraded channel-proxy makes of any page.
    pub(crate) fn upgrade_parser(&self, parsed: channel::ParseOrdersResponse) {
        self.with(|state| state.parsed = parsed);
    }

    /// Pages that were given to the parser.
    pub(crate) fn parsed_pages(&self) -> Vec<prost::bytes::Bytes> {
        self.with(|state| state.parsed_pages.clone())
    }

    /// (call class, from, to) of every read of orders, oldest first.
    pub(crate) fn reads(&self) -> Vec<(channel::CallClass, DateTime<Utc>, DateTime<Utc>)> {
        self.with(|state| state.reads.clone())
    }

    /// How many pages of orders were known and left out.
    pub(crate) fn unchanged(&self) -> usize {
        self.with(|state| state.unchanged)
    }

    pub(crate) fn lose_parcel(&self, id: &str) {
        self.with(|state| state.gone.push(id.to_owned()));
    }

    pub(crate) fn page_size(&self, rows: usize) {
        self.with(|state| state.page_size = rows);
    }

    /// Refuses every call with a reason, or no more.
    pub(crate) fn refuse(&self, reason: Option<&'static str>) {
        self.with(|state| state.refusal = reason);
    }

    /// Refuses one call with a reason, after so many that pass.
    pub(crate) fn stumble_after(&self, calls: usize, reason: &'static str) {
        self.with(|state| state.stumble = Some((calls, reason)));
    }

    /// Lets only so many more calls pass until `open_gate`.
    pub(crate) fn close_gate(&self, calls: usize) {
        let open = self.gate.available_permits();
        self.gate.forget_permits(open - calls);
    }

    pub(crate) fn open_gate(&self) {
        self.gate.add_permits(1000);
    }

    pub(crate) fn calls(&self, name: &str) -> usize {
        self.with(|state| state.calls.get(name).copied().unwrap_or(0))
    }

    /// The windows that were asked for, oldest call first.
    pub(crate) fn windows(&self) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        self.with(|state| state.windows.clone())
    }

    pub(crate) async fn called(&self, name: &str) -> Result<(), Status> {
        self.with(|state| *state.calls.entry(name.to_owned()).or_default() += 1);
        self.gate.acquire().await.unwrap().forget();
        let refused = self.with(|state| match state.stumble.take() {
            Some((0, reason)) => Some(reason),
            Some((calls, reason)) => {
                state.stumble = Some((calls - 1, reason));
                state.refusal
            }
            None => state.refusal,
        });
        match refused {
            None => Ok(()),
            Some(reason) => Err(refusal(
                Code::Unavailable,
                "channel-proxy.moa",
                reason,
                "the channel cannot be reached",
                [],
            )),
        }
    }
}

/// An order of ₩10,000 lines by 김하늘, waiting to be accepted.
pub(crate) fn order(id: &str, lines: &[&str]) -> channel::ChannelOrder {
    let won = |amount_minor| {
        Some(Money {
            amount_minor,
            currency: "KRW".to_owned(),
        })
    };
    let ordered_at = moa_testkit::a_friday() - TimeDelta::minutes(10);
    let lines = lines.iter().map(|line| channel::ChannelOrderLine {
        channel_line_id: (*line).to_owned(),
        channel_parcel_id: format!("box-{id}"),
        channel_listing_id: (*line).to_owned(),
        product_name: format!("사과 {line}"),
        option_name: "3kg".to_owned(),
        quantity: 2,
        unit_price: won(5000),
        line_total: won(10_000),
        state: channel::LineState::Placed.into(),
        ..Default::default()
    });
    channel::ChannelOrder {
        channel_order_id: id.to_owned(),
        ordered_at: Some(timestamp(ordered_at)),
        paid_at: Some(timestamp(ordered_at)),
        lines: lines.collect(),
        contact: Some(channel::Contact {
            orderer_name: "김하늘".to_owned(),
            orderer_phone: "010-1234-5678".to_owned(),
            receiver_name: "이바다".to_owned(),
            receiver_phone: "0502-9876-5432".to_owned(),
            postcode: "06236".to_owned(),
            address1: "서울특별시 강남구 테헤란로 152".to_owned(),
            address2: "101동 1001호".to_owned(),
            delivery_note: "문 앞".to_owned(),
            email: String::new(),
        }),
        shipping_fee: won(3000),
        read_at: None,
        receiver: Some(channel::ReceiverMark {
            place: vec![1; 32].into(),
            name: vec![2; 32].into(),
        }),
    }
}

/// A demand to cancel, about these lines.
pub(crate) fn cancel(
    id: &str,
    order: &str,
    state: channel::ClaimState,
    lines: &[(&str, i32)],
) -> channel::ChannelClaim {
    let lines = lines
        .iter()
        .map(|(line, quantity)| channel::ChannelClaimLine {
            channel_line_id: (*line).to_owned(),
            channel_parcel_id: format!("box-{order}"),
            quantity: *quantity,
            replacement_listing_id: String::new(),
        });
    channel::ChannelClaim {
        channel_claim_id: id.to_owned(),
        channel_order_id: order.to_owned(),
        kind: channel::ClaimKind::Cancel.into(),
        state: state.into(),
        lines: lines.collect(),
        requested_at: Some(timestamp(moa_testkit::a_friday())),
        read_at: None,
        reason: "CHANGE_OF_MIND".to_owned(),
        ..channel::ChannelClaim::default()
    }
}

pub(crate) fn page<T: Clone>(rows: &[T], token: &str, size: usize) -> (Vec<T>, String) {
    let start: usize = token.parse().unwrap_or(0);
    let end = (start + size).min(rows.len());
    let next = if end < rows.len() {
        end.to_string()
    } else {
        String::new()
    };
    (rows[start..end].to_vec(), next)
}

pub(crate) fn inside(
    at: Option<prost_types::Timestamp>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> bool {
    let at = parse_timestamp("at", at).unwrap();
    from <= at && at < to
}

/// The bytes that the channel "sent": they carry the names, and no time of reading.
pub(crate) fn raw<T: Message>(rows: &[T]) -> prost::bytes::Bytes {
    let mut bytes = Vec::new();
    for row in rows {
        row.encode(&mut bytes).unwrap();
    }
    bytes.into()
}

#[tonic::async_trait]
impl ChannelProxyService for FakeChannel {
    async fn fetch_orders(
        &self,
        request: Request<channel::FetchOrdersRequest>,
    ) -> Result<Response<channel::FetchOrdersResponse>, Status> {
        let request = request.into_inner();
        let box_name = request.state().as_str_name();
        // The read is sent before whatever holds the answer up.
        let read_at = Some(timestamp(self.clock.now()));
        self.called(box_name).await?;
        let from = parse_timestamp("from", request.from)?;
        let to = parse_timestamp("to", request.to)?;
        let mut rows = Vec::new();
        let (rejected, size) = self.with(|state| {
            state.windows.push((from, to));
            state.reads.push((request.call_class(), from, to));
            for order in &state.orders {
                let mut order = order.clone();
                // A box shows its lines, a feed all of what changed.
                let in_box = |state| request.state == 0 || state == request.state;
                order.lines.retain(|line| in_box(line.state));
                let in_time = request.state == 0 || inside(order.ordered_at, from, to);
                if !order.lines.is_empty() && in_time {
                    rows.push(order);
                }
            }
            (state.rejected.clone(), state.page_size)
        });
        let (mut orders, next_page_token) = page(&rows, &request.page_token, size);
        let raw_page = raw(&orders);
        let digest = Sha256::digest(&raw_page);
        if rejected.is_empty() && request.known_sha256 == digest.as_slice() {
            self.with(|state| state.unchanged += 1);
            return Ok(Response::new(channel::FetchOrdersResponse {
                unchanged_orders: u32::try_from(orders.len()).ok(),
                next_page_token,
                read_at,
                ..Default::default()
            }));
        }
        for order in &mut orders {
            order.read_at = read_at;
        }
        Ok(Response::new(channel::FetchOrdersResponse {
            raw_page,
            orders,
            rejected_rows: rejected,
            next_page_token,
            read_at,
            unchanged_orders: None,
        }))
    }

    async fn fetch_parcel(
        &self,
        request: Request<channel::FetchParcelRequest>,
    ) -> Result<Response<channel::FetchParcelResponse>, Status> {
        let id = request.into_inner().channel_parcel_id;
        let read_at = Some(timestamp(self.clock.now()));
        self.called("FetchParcel").await?;
        let (order, gone) = self.with(|state| {
            let mut orders = state.orders.iter().cloned();
            let order = orders.find(|o| o.lines.iter().any(|l| l.channel_parcel_id == id));
            (order, state.gone.contains(&id))
        });
        let order = order.filter(|_| !gone).map(|mut order| {
            order.read_at = read_at;
            order
        });
        Ok(Response::new(channel::FetchParcelResponse {
            raw_page: raw(order.as_slice()),
            order,
            gone,
            read_at,
        }))
    }

    async fn fetch_claims(
        &self,
        request: Request<channel::FetchClaimsRequest>,
    ) -> Result<Response<channel::FetchClaimsResponse>, Status> {
        let request = request.into_inner();
        let read_at = Some(timestamp(self.clock.now()));
        let settled = request
            .lists()
            .any(|list| list == channel::ClaimList::CompletedReturns);
        let name = if settled { "SETTLED_CLAIMS" } else { "CLAIMS" };
        self.called(name).await?;
        let from = parse_timestamp("from", request.from)?;
        let to = parse_timestamp("to", request.to)?;
        let (rows, size) = self.with(|state| {
            let claims = state.claims.iter();
            let claims = claims.filter(|claim| inside(claim.requested_at, from, to));
            (claims.cloned().collect::<Vec<_>>(), state.page_size)
        });
        let (mut claims, next_page_token) = page(&rows, &request.page_token, size);
        let raw_page = raw(&claims);
        for claim in &mut claims {
            claim.read_at = read_at;
        }
        Ok(Response::new(channel::FetchClaimsResponse {
            raw_page,
            claims,
            rejected_rows: Vec::new(),
            next_page_token,
            read_at,
        }))
    }

    async fn register_channel_account(
        &self,
        _: Request<channel::RegisterChannelAccountRequest>,
    ) -> Result<Response<channel::RegisterChannelAccountResponse>, Status> {
        Err(not_asked())
    }
    async fn get_channel_account(
        &self,
        _: Request<channel::GetChannelAccountRequest>,
    ) -> Result<Response<channel::GetChannelAccountResponse>, Status> {
        Err(not_asked())
    }
    async fn list_channel_accounts(
        &self,
        request: Request<channel::ListChannelAccountsRequest>,
    ) -> Result<Response<channel::ListChannelAccountsResponse>, Status> {
        let request = request.into_inner();
        assert_eq!(
            request.merchant_id, "",
            "order-sync asks for every merchant's"
        );
        let accounts = self.with(|state| state.accounts.clone());
        // Two to a page, so that the pages are followed.
        let (channel_accounts, next_page_token) = page(&accounts, &request.page_token, 2);
        Ok(Response::new(channel::ListChannelAccountsResponse {
            channel_accounts,
            next_page_token,
        }))
    }
    async fn test_channel_account(
        &self,
        _: Request<channel::TestChannelAccountRequest>,
    ) -> Result<Response<channel::TestChannelAccountResponse>, Status> {
        Err(not_asked())
    }
    async fn activate_channel_account(
        &self,
        _: Request<channel::ActivateChannelAccountRequest>,
    ) -> Result<Response<channel::ActivateChannelAccountResponse>, Status> {
        Err(not_asked())
    }
    async fn deactivate_channel_account(
        &self,
        _: Request<channel::DeactivateChannelAccountRequest>,
    ) -> Result<Response<channel::DeactivateChannelAccountResponse>, Status> {
        Err(not_asked())
    }
    async fn parse_orders(
        &self,
        request: Request<channel::ParseOrdersRequest>,
    ) -> Result<Response<channel::ParseOrdersResponse>, Status> {
        let request = request.into_inner();
        assert_eq!(request.channel, "coupang");
        let parsed = self.with(|state| {
            state.parsed_pages.push(request.raw_page);
            state.parsed.clone()
        });
        Ok(Response::new(parsed))
    }
    async fn acknowledge_parcels(
        &self,
        _: Request<channel::AcknowledgeParcelsRequest>,
    ) -> Result<Response<channel::AcknowledgeParcelsResponse>, Status> {
        Err(not_asked())
    }
    async fn inspect_lines(
        &self,
        _: Request<channel::InspectLinesRequest>,
    ) -> Result<Response<channel::InspectLinesResponse>, Status> {
        Err(not_asked())
    }
    async fn dispatch_lines(
        &self,
        _: Request<channel::DispatchLinesRequest>,
    ) -> Result<Response<channel::DispatchLinesResponse>, Status> {
        Err(not_asked())
    }
    async fn probe_effect(
        &self,
        _: Request<channel::ProbeEffectRequest>,
    ) -> Result<Response<channel::ProbeEffectResponse>, Status> {
        Err(not_asked())
    }
}

#[tonic::async_trait]
impl ChannelParcelsService for FakeChannel {
    async fn fetch_order(
        &self,
        request: Request<channel::FetchOrderRequest>,
    ) -> Result<Response<channel::FetchOrderResponse>, Status> {
        let id = request.into_inner().channel_order_id;
        let read_at = Some(timestamp(self.clock.now()));
        self.called("FetchOrder").await?;
        let order = self.with(|state| {
            let mut orders = state.orders.iter().cloned();
            orders.find(|order| order.channel_order_id == id)
        });
        Ok(Response::new(channel::FetchOrderResponse {
            raw_page: raw(order.as_slice()),
            gone: order.is_none(),
            order,
            rejected_rows: Vec::new(),
            read_at,
        }))
    }

    async fn fetch_parcel_history(
        &self,
        _: Request<channel::FetchParcelHistoryRequest>,
    ) -> Result<Response<channel::FetchParcelHistoryResponse>, Status> {
        Err(not_asked())
    }
    async fn correct_tracking(
        &self,
        _: Request<channel::CorrectTrackingRequest>,
    ) -> Result<Response<channel::CorrectTrackingResponse>, Status> {
        Err(not_asked())
    }
    async fn delay_dispatch(
        &self,
        _: Request<channel::DelayDispatchRequest>,
    ) -> Result<Response<channel::DelayDispatchResponse>, Status> {
        Err(not_asked())
    }
    async fn report_delivered(
        &self,
        _: Request<channel::ReportDeliveredRequest>,
    ) -> Result<Response<channel::ReportDeliveredResponse>, Status> {
        Err(not_asked())
    }
}

pub(crate) fn not_asked() -> Status {
    Status::unimplemented("order-sync does not ask for this")
}
