//! The other services, played: each remembers what it was asked and answers what the test set.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use moa_proto::moa::catalog::v1 as catalog;
use moa_proto::moa::channel_proxy::v1 as channels;
use moa_proto::moa::effects::v1 as effects;
use moa_proto::moa::fulfillment::v1 as fulfillment;
use moa_proto::moa::order_sync::v1 as orders;
use tonic::{Request, Response, Status};

/// RPCs that no test calls.
macro_rules! not_played {
    ($package:ident: $($name:ident($request:ident) -> $response:ident),+ $(,)?) => {$(
        fn $name<'a, 'async_trait>(
            &'a self,
            _: Request<$package::$request>,
        ) -> Pin<Box<dyn Future<Output = Result<Response<$package::$response>, Status>> + Send + 'async_trait>>
        where
            'a: 'async_trait,
            Self: 'async_trait,
        {
            Box::pin(async { Err(Status::unimplemented("not played")) })
        }
    )+};
}
pub(crate) use not_played;

/// What a player does next, and what it was asked.
pub struct Played<Q> {
    pub asked: Mutex<Vec<Q>>,
    pub refusal: Mutex<Option<Status>>,
}

impl<Q> Default for Played<Q> {
    fn default() -> Self {
        Self {
            asked: Mutex::default(),
            refusal: Mutex::default(),
        }
    }
}

impl<Q: Clone> Played<Q> {
    pub fn ask(&self, question: Q) -> Result<(), Status> {
        self.asked.lock().unwrap().push(question);
        self.refusal.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    pub fn refuse(&self, status: Status) {
        *self.refusal.lock().unwrap() = Some(status);
    }

    pub fn relent(&self) {
        *self.refusal.lock().unwrap() = None;
    }

    pub fn asked(&self) -> Vec<Q> {
        self.asked.lock().unwrap().clone()
    }
}

#[derive(Clone, Default)]
pub struct Fulfillment {
    pub creates: Arc<Played<fulfillment::CreateShipmentRequest>>,
    pub dispatches: Arc<Played<fulfillment::DispatchShipmentRequest>>,
    pub confirms: Arc<Played<fulfillment::ConfirmReceiverRequest>>,
    /// The order whose receiver moved since it was packed.
    pub packed_for: Arc<Mutex<String>>,
}

pub const SHIPMENT: &str = "01920000-0000-7000-8000-000000000001";

fn shipment(state: fulfillment::ShipmentState) -> fulfillment::Shipment {
    fulfillment::Shipment {
        shipment_id: SHIPMENT.to_owned(),
        version: 1,
        state: state.into(),
        carrier: "CJ_LOGISTICS".to_owned(),
        tracking_number: "123456789012".to_owned(),
        ..Default::default()
    }
}

#[tonic::async_trait]
impl fulfillment::fulfillment_service_server::FulfillmentService for Fulfillment {
    async fn create_shipment(
        &self,
        request: Request<fulfillment::CreateShipmentRequest>,
    ) -> Result<Response<fulfillment::CreateShipmentResponse>, Status> {
        self.creates.ask(request.into_inner())?;
        let shipment = Some(shipment(fulfillment::ShipmentState::Ready));
        Ok(Response::new(fulfillment::CreateShipmentResponse {
            shipment,
        }))
    }

    async fn dispatch_shipment(
        &self,
        request: Request<fulfillment::DispatchShipmentRequest>,
    ) -> Result<Response<fulfillment::DispatchShipmentResponse>, Status> {
        self.dispatches.ask(request.into_inner())?;
        let shipment = Some(shipment(fulfillment::ShipmentState::Dispatching));
        Ok(Response::new(fulfillment::DispatchShipmentResponse {
            shipment,
        }))
    }

    async fn get_shipment(
        &self,
        _: Request<fulfillment::GetShipmentRequest>,
    ) -> Result<Response<fulfillment::GetShipmentResponse>, Status> {
        let receiver = fulfillment::ShipmentReceiver {
            order_id: self.packed_for.lock().unwrap().clone(),
            contact_version: 2,
        };
        let shipment = Some(fulfillment::Shipment {
            receivers: vec![receiver],
            ..shipment(fulfillment::ShipmentState::Held)
        });
        Ok(Response::new(fulfillment::GetShipmentResponse { shipment }))
    }

    async fn confirm_receiver(
        &self,
        request: Request<fulfillment::ConfirmReceiverRequest>,
    ) -> Result<Response<fulfillment::ConfirmReceiverResponse>, Status> {
        self.confirms.ask(request.into_inner())?;
        let shipment = Some(shipment(fulfillment::ShipmentState::Ready));
        Ok(Response::new(fulfillment::ConfirmReceiverResponse {
            shipment,
        }))
    }

    not_played! { fulfillment:
        cancel_shipment(CancelShipmentRequest) -> CancelShipmentResponse,
        list_shipments(ListShipmentsRequest) -> ListShipmentsResponse,
        explain_order(ExplainOrderRequest) -> ExplainOrderResponse,
        list_entitlements(ListEntitlementsRequest) -> ListEntitlementsResponse,
        get_activation_link(GetActivationLinkRequest) -> GetActivationLinkResponse,
        preview_activation(PreviewActivationRequest) -> PreviewActivationResponse,
        redeem_activation(RedeemActivationRequest) -> RedeemActivationResponse,
    }
}

#[derive(Clone, Default)]
pub struct OrderSync {
    pub contacts: Arc<Played<orders::GetContactsRequest>>,
    pub people: Arc<Played<orders::FindOrdersByPersonRequest>>,
    /// Orders of whoever is looked for.
    pub found: Arc<Mutex<Vec<String>>>,
    pub streams: Arc<Mutex<Vec<orders::CollectionStream>>>,
}

#[tonic::async_trait]
impl orders::order_sync_service_server::OrderSyncService for OrderSync {
    async fn get_contacts(
        &self,
        request: Request<orders::GetContactsRequest>,
    ) -> Result<Response<orders::GetContactsResponse>, Status> {
        let request = request.into_inner();
        self.contacts.ask(request.clone())?;
        let contacts = request
            .order_ids
            .into_iter()
            .map(|order_id| orders::OrderContact {
                order_id,
                receiver_name: "김모아".to_owned(),
                receiver_phone: "010-1234-5678".to_owned(),
                ..Default::default()
            });
        let contacts = contacts.collect();
        Ok(Response::new(orders::GetContactsResponse { contacts }))
    }

    async fn find_orders_by_person(
        &self,
        request: Request<orders::FindOrdersByPersonRequest>,
    ) -> Result<Response<orders::FindOrdersByPersonResponse>, Status> {
        self.people.ask(request.into_inner())?;
        Ok(Response::new(orders::FindOrdersByPersonResponse {
            order_ids: self.found.lock().unwrap().clone(),
            next_page_token: "more".to_owned(),
        }))
    }

    async fn get_contact_change(
        &self,
        request: Request<orders::GetContactChangeRequest>,
    ) -> Result<Response<orders::GetContactChangeResponse>, Status> {
        let request = request.into_inner();
        let contact = |contact_version, address1: &str| {
            Some(orders::OrderContact {
                order_id: request.order_id.clone(),
                contact_version,
                address1: address1.to_owned(),
                ..Default::default()
            })
        };
        Ok(Response::new(orders::GetContactChangeResponse {
            before: contact(request.since_version, "서울"),
            now: contact(3, "부산"),
        }))
    }

    async fn list_collection(
        &self,
        _: Request<orders::ListCollectionRequest>,
    ) -> Result<Response<orders::ListCollectionResponse>, Status> {
        let streams = self.streams.lock().unwrap().clone();
        Ok(Response::new(orders::ListCollectionResponse { streams }))
    }

    not_played! { orders:
        list_orders(ListOrdersRequest) -> ListOrdersResponse,
        get_order(GetOrderRequest) -> GetOrderResponse,
        group_by_receiver(GroupByReceiverRequest) -> GroupByReceiverResponse,
    }
}

#[derive(Clone, Default)]
pub struct ChannelProxy {
    pub registers: Arc<Played<channels::RegisterChannelAccountRequest>>,
    pub accounts: Arc<Mutex<Vec<channels::ChannelAccount>>>,
}

#[tonic::async_trait]
impl channels::channel_proxy_service_server::ChannelProxyService for ChannelProxy {
    async fn register_channel_account(
        &self,
        request: Request<channels::RegisterChannelAccountRequest>,
    ) -> Result<Response<channels::RegisterChannelAccountResponse>, Status> {
        let request = request.into_inner();
        let name = request.name.clone();
        self.registers.ask(request)?;
        let channel_account = Some(channels::ChannelAccount {
            channel_account_id: SHIPMENT.to_owned(),
            channel: "coupang".to_owned(),
            name,
            state: channels::ChannelAccountState::Active.into(),
            ..Default::default()
        });
        Ok(Response::new(channels::RegisterChannelAccountResponse {
            channel_account,
        }))
    }

    async fn list_channel_accounts(
        &self,
        _: Request<channels::ListChannelAccountsRequest>,
    ) -> Result<Response<channels::ListChannelAccountsResponse>, Status> {
        let channel_accounts = self.accounts.lock().unwrap().clone();
        Ok(Response::new(channels::ListChannelAccountsResponse {
            channel_accounts,
            next_page_token: String::new(),
        }))
    }

    async fn get_channel_account(
        &self,
        request: Request<channels::GetChannelAccountRequest>,
    ) -> Result<Response<channels::GetChannelAccountResponse>, Status> {
        let id = request.into_inner().channel_account_id;
        let accounts = self.accounts.lock().unwrap().clone();
        let found = accounts
            .into_iter()
            .find(|account| account.channel_account_id == id);
        let channel_account = found.ok_or_else(|| {
            let (code, domain) = (tonic::Code::NotFound, "channel-proxy.moa");
            moa_service::refusal(
                code,
                domain,
                "CHANNEL_ACCOUNT_NOT_FOUND",
                "no such account",
                [],
            )
        })?;
        Ok(Response::new(channels::GetChannelAccountResponse {
            channel_account: Some(channel_account),
        }))
    }

    not_played! { channels:
        test_channel_account(TestChannelAccountRequest) -> TestChannelAccountResponse,
        activate_channel_account(ActivateChannelAccountRequest) -> ActivateChannelAccountResponse,
        deactivate_channel_account(DeactivateChannelAccountRequest) -> DeactivateChannelAccountResponse,
        fetch_orders(FetchOrdersRequest) -> FetchOrdersResponse,
        parse_orders(ParseOrdersRequest) -> ParseOrdersResponse,
        fetch_parcel(FetchParcelRequest) -> FetchParcelResponse,
        fetch_claims(FetchClaimsRequest) -> FetchClaimsResponse,
        acknowledge_parcels(AcknowledgeParcelsRequest) -> AcknowledgeParcelsResponse,
        inspect_lines(InspectLinesRequest) -> InspectLinesResponse,
        dispatch_lines(DispatchLinesRequest) -> DispatchLinesResponse,
        probe_effect(ProbeEffectRequest) -> ProbeEffectResponse,
    }
}

#[derive(Clone, Default)]
pub struct Catalog {
    pub products: Arc<Played<catalog::CreateProductRequest>>,
    pub mappings: Arc<Played<catalog::MapListingRequest>>,
    pub lists: Arc<Played<catalog::ListListingsRequest>>,
    /// What the list shows.
    pub listings: Arc<Mutex<Vec<catalog::Listing>>>,
}

#[tonic::async_trait]
impl catalog::catalog_service_server::CatalogService for Catalog {
    async fn create_product(
        &self,
        request: Request<catalog::CreateProductRequest>,
    ) -> Result<Response<catalog::CreateProductResponse>, Status> {
        let request = request.into_inner();
        let product = Some(catalog::Product {
            name: request.name.clone(),
            ..Default::default()
        });
        self.products.ask(request)?;
        Ok(Response::new(catalog::CreateProductResponse { product }))
    }

    async fn list_listings(
        &self,
        request: Request<catalog::ListListingsRequest>,
    ) -> Result<Response<catalog::ListListingsResponse>, Status> {
        self.lists.ask(request.into_inner())?;
        let listings = self.listings.lock().unwrap().clone();
        Ok(Response::new(catalog::ListListingsResponse {
            listings,
            next_page_token: String::new(),
        }))
    }

    async fn map_listing(
        &self,
        request: Request<catalog::MapListingRequest>,
    ) -> Result<Response<catalog::MapListingResponse>, Status> {
        let request = request.into_inner();
        let listing = Some(catalog::Listing {
            channel: request.channel.clone(),
            components: request.components.clone(),
            mapped_by: request.operator.clone(),
            version: 2,
            ..Default::default()
        });
        self.mappings.ask(request)?;
        Ok(Response::new(catalog::MapListingResponse { listing }))
    }

    not_played! { catalog:
        list_products(ListProductsRequest) -> ListProductsResponse,
        get_listing(GetListingRequest) -> GetListingResponse,
        count_listings(CountListingsRequest) -> CountListingsResponse,
        batch_map_listings(BatchMapListingsRequest) -> BatchMapListingsResponse,
        unmap_listing(UnmapListingRequest) -> UnmapListingResponse,
        acknowledge_listing(AcknowledgeListingRequest) -> AcknowledgeListingResponse,
        get_listing_history(GetListingHistoryRequest) -> GetListingHistoryResponse,
        resolve_listings(ResolveListingsRequest) -> ResolveListingsResponse,
        batch_get_variants(BatchGetVariantsRequest) -> BatchGetVariantsResponse,
    }
}

/// A ledger of effects, newest first, paged by the last id given out.
#[derive(Clone, Default)]
pub struct Ledger {
    pub effects: Arc<Mutex<Vec<effects::Effect>>>,
    pub redrives: Arc<Played<effects::RedriveEffectRequest>>,
}

impl Ledger {
    fn find(&self, id: &str) -> Result<effects::Effect, Status> {
        let effects = self.effects.lock().unwrap();
        let effect = effects.iter().find(|effect| effect.effect_id == id);
        effect.cloned().ok_or_else(|| {
            moa_service::refusal(
                tonic::Code::NotFound,
                "effects.moa",
                "EFFECT_NOT_FOUND",
                "no such effect",
                [],
            )
        })
    }
}

#[tonic::async_trait]
impl effects::effects_service_server::EffectsService for Ledger {
    async fn list_effects(
        &self,
        request: Request<effects::ListEffectsRequest>,
    ) -> Result<Response<effects::ListEffectsResponse>, Status> {
        let request = request.into_inner();
        let size = usize::try_from(request.page_size).unwrap();
        let mut effects = self.effects.lock().unwrap().clone();
        effects.retain(|effect| request.state == 0 || effect.state == request.state);
        if !request.page_token.is_empty() {
            effects.retain(|effect| effect.effect_id < request.page_token);
        }
        effects.sort_by(|a, b| b.effect_id.cmp(&a.effect_id));
        let more = effects.len() > size;
        effects.truncate(size);
        let last = effects.last().filter(|_| more);
        let next_page_token = last
            .map(|effect| effect.effect_id.clone())
            .unwrap_or_default();
        Ok(Response::new(effects::ListEffectsResponse {
            effects,
            next_page_token,
        }))
    }

    async fn get_effect(
        &self,
        request: Request<effects::GetEffectRequest>,
    ) -> Result<Response<effects::GetEffectResponse>, Status> {
        let effect = self.find(&request.into_inner().effect_id)?;
        let attempts = vec![effects::EffectAttempt {
            fence: 1,
            from_state: effects::EffectState::Sending.into(),
            to_state: effects::EffectState::Confirmed.into(),
            evidence_json: r#"{"status":200}"#.to_owned(),
            ..Default::default()
        }];
        let effect = Some(effect);
        Ok(Response::new(effects::GetEffectResponse {
            effect,
            attempts,
        }))
    }

    async fn redrive_effect(
        &self,
        request: Request<effects::RedriveEffectRequest>,
    ) -> Result<Response<effects::RedriveEffectResponse>, Status> {
        let request = request.into_inner();
        let effect = Some(self.find(&request.effect_id)?);
        self.redrives.ask(request)?;
        Ok(Response::new(effects::RedriveEffectResponse { effect }))
    }
}
