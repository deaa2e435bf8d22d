//! The neighbours: channel-proxy, catalog, and the feeds of others.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use futures::Stream;
use moa_proto::moa::catalog::v1 as catalog;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::feed::v1 as feed;
use prost::{Message, Name};
use tokio::sync::watch;
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// Plays channel-proxy with the channel behind it.
#[derive(Clone, Default)]
pub(crate) struct ChannelProxy(pub(crate) Arc<Mutex<Channel>>);

/// What the channel does, and what it saw.
pub(crate) struct Channel {
    /// The answer to the next acknowledgements.
    pub(crate) acknowledge: (pb::WriteOutcome, &'static str),
    /// The answer to the next looks.
    pub(crate) inspect: (pb::InspectionVerdict, &'static str),
    /// The tracking number the channel shows when it says that a parcel has left already.
    pub(crate) tracking_there: String,
    /// The answer to the next dispatches.
    pub(crate) dispatch: (pb::WriteOutcome, &'static str),
    /// The answer to the next probes.
    pub(crate) probe: (pb::ProbeVerdict, &'static str),
    pub(crate) acknowledged: Vec<pb::AcknowledgeItem>,
    pub(crate) inspected: Vec<pb::InspectItem>,
    pub(crate) dispatched: Vec<pb::DispatchItem>,
    pub(crate) probed: Vec<pb::ProbeEffectRequest>,
    permits: HashSet<String>,
}

impl Default for Channel {
    fn default() -> Self {
        Self {
            acknowledge: (pb::WriteOutcome::Confirmed, ""),
            inspect: (pb::InspectionVerdict::Clear, ""),
            tracking_there: String::new(),
            dispatch: (pb::WriteOutcome::Confirmed, ""),
            probe: (pb::ProbeVerdict::Happened, ""),
            acknowledged: Vec::new(),
            inspected: Vec::new(),
            dispatched: Vec::new(),
            probed: Vec::new(),
            permits: HashSet::new(),
        }
    }
}

impl ChannelProxy {
    /// How many looks, dispatches and probes there were.
    pub(crate) fn looks_dispatches_probes(&self) -> (usize, usize, usize) {
        let channel = self.0.lock().unwrap();
        (
            channel.inspected.len(),
            channel.dispatched.len(),
            channel.probed.len(),
        )
    }
}

fn result(effect_id: &str, (outcome, reason): (pb::WriteOutcome, &str)) -> pb::WriteResult {
    pb::WriteResult {
        effect_id: effect_id.to_owned(),
        outcome: outcome.into(),
        reason: reason.to_owned(),
        detail: format!("the channel said {reason}"),
        retry_at: None,
        evidence_json: r#"{"status":200}"#.to_owned(),
    }
}

#[tonic::async_trait]
impl pb::channel_proxy_service_server::ChannelProxyService for ChannelProxy {
    async fn acknowledge_parcels(
        &self,
        request: Request<pb::AcknowledgeParcelsRequest>,
    ) -> Result<Response<pb::AcknowledgeParcelsResponse>, Status> {
        let mut channel = self.0.lock().unwrap();
        let items = request.into_inner().items;
        let results = items
            .iter()
            .map(|item| result(&item.effect_id, channel.acknowledge))
            .collect();
        channel.acknowledged.extend(items);
        Ok(Response::new(pb::AcknowledgeParcelsResponse { results }))
    }

    async fn inspect_lines(
        &self,
        request: Request<pb::InspectLinesRequest>,
    ) -> Result<Response<pb::InspectLinesResponse>, Status> {
        let mut channel = self.0.lock().unwrap();
        let (verdict, reason) = channel.inspect;
        let mut inspections = Vec::new();
        for item in request.into_inner().items {
            let permit_id = Uuid::from_u128(channel.inspected.len() as u128 + 1).to_string();
            channel.permits.insert(permit_id.clone());
            inspections.push(pb::Inspection {
                effect_id: item.effect_id.clone(),
                verdict: verdict.into(),
                permit: (verdict == pb::InspectionVerdict::Clear).then(|| pb::Permit {
                    permit_id,
                    evidence_hash: "ab".repeat(32),
                    ..pb::Permit::default()
                }),
                reason: reason.to_owned(),
                detail: format!("the channel shows {reason}"),
                retry_at: None,
                evidence_json: format!(r#"{{"tracking_number":"{}"}}"#, channel.tracking_there),
            });
            channel.inspected.push(item);
        }
        Ok(Response::new(pb::InspectLinesResponse { inspections }))
    }

    async fn dispatch_lines(
        &self,
        request: Request<pb::DispatchLinesRequest>,
    ) -> Result<Response<pb::DispatchLinesResponse>, Status> {
        let mut channel = self.0.lock().unwrap();
        let mut results = Vec::new();
        for item in request.into_inner().items {
            // A permit is used once.
            let answer = if channel.permits.remove(&item.permit_id) {
                channel.dispatch
            } else {
                (pb::WriteOutcome::RefusedFinal, "PERMIT_INVALID")
            };
            results.push(result(&item.effect_id, answer));
            channel.dispatched.push(item);
        }
        Ok(Response::new(pb::DispatchLinesResponse { results }))
    }

    async fn probe_effect(
        &self,
        request: Request<pb::ProbeEffectRequest>,
    ) -> Result<Response<pb::ProbeEffectResponse>, Status> {
        let mut channel = self.0.lock().unwrap();
        let (verdict, reason) = channel.probe;
        channel.probed.push(request.into_inner());
        Ok(Response::new(pb::ProbeEffectResponse {
            verdict: verdict.into(),
            reason: reason.to_owned(),
            detail: format!("the channel shows {reason}"),
            evidence_json: String::new(),
        }))
    }

    async fn register_channel_account(
        &self,
        _: Request<pb::RegisterChannelAccountRequest>,
    ) -> Result<Response<pb::RegisterChannelAccountResponse>, Status> {
        Err(not_played())
    }

    async fn get_channel_account(
        &self,
        _: Request<pb::GetChannelAccountRequest>,
    ) -> Result<Response<pb::GetChannelAccountResponse>, Status> {
        Err(not_played())
    }

    async fn list_channel_accounts(
        &self,
        _: Request<pb::ListChannelAccountsRequest>,
    ) -> Result<Response<pb::ListChannelAccountsResponse>, Status> {
        Err(not_played())
    }

    async fn test_channel_account(
        &self,
        _: Request<pb::TestChannelAccountRequest>,
    ) -> Result<Response<pb::TestChannelAccountResponse>, Status> {
        Err(not_played())
    }

    async fn activate_channel_account(
        &self,
        _: Request<pb::ActivateChannelAccountRequest>,
    ) -> Result<Response<pb::ActivateChannelAccountResponse>, Status> {
        Err(not_played())
    }

    async fn deactivate_channel_account(
        &self,
        _: Request<pb::DeactivateChannelAccountRequest>,
    ) -> Result<Response<pb::DeactivateChannelAccountResponse>, Status> {
        Err(not_played())
    }

    async fn fetch_orders(
        &self,
        _: Request<pb::FetchOrdersRequest>,
    ) -> Result<Response<pb::FetchOrdersResponse>, Status> {
        Err(not_played())
    }

    async fn parse_orders(
        &self,
        _: Request<pb::ParseOrdersRequest>,
    ) -> Result<Response<pb::ParseOrdersResponse>, Status> {
        Err(not_played())
    }

    async fn fetch_parcel(
        &self,
        _: Request<pb::FetchParcelRequest>,
    ) -> Result<Response<pb::FetchParcelResponse>, Status> {
        Err(not_played())
    }

    async fn fetch_claims(
        &self,
        _: Request<pb::FetchClaimsRequest>,
    ) -> Result<Response<pb::FetchClaimsResponse>, Status> {
        Err(not_played())
    }
}

fn not_played() -> Status {
    Status::unimplemented("not played here")
}

/// Plays catalog: mappings by the channel's listing id, and what variants contain.
#[derive(Clone, Default)]
pub(crate) struct Catalog(pub(crate) Arc<Mutex<Shelf>>);

/// What catalog knows.
#[derive(Default)]
pub(crate) struct Shelf {
    pub(crate) mappings: HashMap<String, (Uuid, catalog::VariantKind)>,
    pub(crate) is_away: bool,
    pub(crate) calls: usize,
}

#[tonic::async_trait]
impl catalog::catalog_service_server::CatalogService for Catalog {
    async fn resolve_listings(
        &self,
        request: Request<catalog::ResolveListingsRequest>,
    ) -> Result<Response<catalog::ResolveListingsResponse>, Status> {
        let mut shelf = self.0.lock().unwrap();
        shelf.calls += 1;
        if shelf.is_away {
            return Err(Status::unavailable("away"));
        }
        let mut mappings = Vec::new();
        for listing in request.into_inner().listings {
            if let Some((variant_id, kind)) = shelf.mappings.get(&listing.channel_listing_id) {
                mappings.push(mapping(
                    &listing.channel_account_id,
                    &listing.channel_listing_id,
                    *variant_id,
                    *kind,
                ));
            }
        }
        Ok(Response::new(catalog::ResolveListingsResponse { mappings }))
    }

    async fn batch_get_variants(
        &self,
        request: Request<catalog::BatchGetVariantsRequest>,
    ) -> Result<Response<catalog::BatchGetVariantsResponse>, Status> {
        let shelf = self.0.lock().unwrap();
        if shelf.is_away {
            return Err(Status::unavailable("away"));
        }
        let known: HashSet<String> = shelf
            .mappings
            .values()
            .map(|(id, _)| id.to_string())
            .collect();
        let wanted = request
            .into_inner()
            .variant_ids
            .into_iter()
            .filter(|id| known.contains(id));
        let variants = wanted.map(|variant_id| catalog::Variant {
            variant_id,
            kind: catalog::VariantKind::Digital.into(),
            digital_content: "https://books.example/1".to_owned(),
            ..catalog::Variant::default()
        });
        Ok(Response::new(catalog::BatchGetVariantsResponse {
            variants: variants.collect(),
        }))
    }

    async fn create_product(
        &self,
        _: Request<catalog::CreateProductRequest>,
    ) -> Result<Response<catalog::CreateProductResponse>, Status> {
        Err(not_played())
    }

    async fn list_products(
        &self,
        _: Request<catalog::ListProductsRequest>,
    ) -> Result<Response<catalog::ListProductsResponse>, Status> {
        Err(not_played())
    }

    async fn list_listings(
        &self,
        _: Request<catalog::ListListingsRequest>,
    ) -> Result<Response<catalog::ListListingsResponse>, Status> {
        Err(not_played())
    }

    async fn map_listing(
        &self,
        _: Request<catalog::MapListingRequest>,
    ) -> Result<Response<catalog::MapListingResponse>, Status> {
        Err(not_played())
    }
}

/// What a listing stands for, as catalog says it.
pub(crate) fn mapping(
    account_id: &str,
    listing_id: &str,
    variant_id: Uuid,
    kind: catalog::VariantKind,
) -> catalog::ListingMapping {
    catalog::ListingMapping {
        channel_account_id: account_id.to_owned(),
        channel_listing_id: listing_id.to_owned(),
        variant_id: variant_id.to_string(),
        kind: kind.into(),
        quantity_multiplier: 1,
        sku: "SKU-1".to_owned(),
    }
}

/// Plays the feed of another service: what is published is served, in order.
#[derive(Clone)]
pub(crate) struct Feed {
    topic: &'static str,
    events: Arc<watch::Sender<Vec<feed::Event>>>,
}

impl Feed {
    pub(crate) fn new(topic: &'static str) -> Self {
        Self {
            topic,
            events: Arc::new(watch::Sender::new(Vec::new())),
        }
    }

    /// Publishes an event.
    pub(crate) fn publish<M: Message + Name>(
        &self,
        merchant_id: Uuid,
        aggregate_id: Uuid,
        version: i64,
        message: &M,
    ) {
        self.events.send_modify(|events| {
            let seq = events.len() as i64 + 1;
            events.push(feed::Event {
                event_id: Uuid::from_u128(seq as u128).to_string(),
                merchant_id: merchant_id.to_string(),
                topic: self.topic.to_owned(),
                r#type: M::full_name(),
                aggregate_id: aggregate_id.to_string(),
                aggregate_version: version,
                occurred_at: Some(moa_service::timestamp(moa_testkit::a_friday())),
                payload: message.encode_to_vec().into(),
                cursor: Some(feed::Cursor {
                    epoch: 1,
                    xid: 1,
                    seq,
                }),
                traceparent: String::new(),
            });
        });
    }

    /// How many events were published.
    pub(crate) fn len(&self) -> i64 {
        self.events.borrow().len() as i64
    }
}

#[tonic::async_trait]
impl feed::feed_service_server::FeedService for Feed {
    type SubscribeStream =
        Pin<Box<dyn Stream<Item = Result<feed::SubscribeResponse, Status>> + Send>>;

    async fn subscribe(
        &self,
        request: Request<feed::SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let request = request.into_inner();
        assert_eq!(request.topic, self.topic);
        let seen = request.after.map_or(0, |cursor| cursor.seq);
        let stream = futures::stream::unfold(
            (self.events.subscribe(), seen),
            |(mut events, seen)| async move {
                let start = usize::try_from(seen).unwrap();
                let next: Vec<feed::Event> = events
                    .wait_for(|events| events.len() > start)
                    .await
                    .ok()?
                    .iter()
                    .skip(start)
                    .cloned()
                    .collect();
                let cursor = next.last().and_then(|event| event.cursor);
                let seen = cursor.map_or(seen, |cursor| cursor.seq);
                Some((
                    Ok(feed::SubscribeResponse {
                        events: next,
                        cursor,
                    }),
                    (events, seen),
                ))
            },
        );
        Ok(Response::new(Box::pin(stream)))
    }
}
