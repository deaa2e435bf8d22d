use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use moa_proto::moa::channel_proxy::v1 as pb;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::not_played;

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
                evidence_json: format!(
                    r#"{{"parcel":{{"tracking_number":"{}"}}}}"#,
                    channel.tracking_there
                ),
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
