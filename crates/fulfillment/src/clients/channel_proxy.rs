//! What we ask of channel-proxy: to look, to write, and to look again when an answer got lost.

use std::time::Duration;

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::channel_claims_service_client::ChannelClaimsServiceClient;
use moa_proto::moa::channel_proxy::v1::channel_inquiries_service_client::ChannelInquiriesServiceClient;
use moa_proto::moa::channel_proxy::v1::channel_proxy_service_client::ChannelProxyServiceClient;
use moa_service::ServiceChannel;
use tonic::{Request, Status};

/// A batch waits for its share of the account's quota; longer than the usual deadline, shorter than the effect's own.
const PATIENCE: Duration = Duration::from_secs(25);

/// A way to channel-proxy.
#[derive(Clone)]
pub struct ChannelProxy {
    proxy: ChannelProxyServiceClient<ServiceChannel>,
    pub(super) claims: ChannelClaimsServiceClient<ServiceChannel>,
    pub(super) inquiries: ChannelInquiriesServiceClient<ServiceChannel>,
}

impl ChannelProxy {
    /// Over this channel.
    pub fn new(channel: ServiceChannel) -> Self {
        Self {
            claims: ChannelClaimsServiceClient::new(channel.clone()),
            inquiries: ChannelInquiriesServiceClient::new(channel.clone()),
            proxy: ChannelProxyServiceClient::new(channel),
        }
    }

    /// Tells the channel that parcels are accepted.
    pub async fn acknowledge(
        &self,
        request: pb::AcknowledgeParcelsRequest,
    ) -> Result<Vec<pb::WriteResult>, Status> {
        Ok(self
            .proxy
            .clone()
            .acknowledge_parcels(patiently(request))
            .await?
            .into_inner()
            .results)
    }

    /// Looks at parcels now and asks for permits.
    pub async fn inspect(
        &self,
        request: pb::InspectLinesRequest,
    ) -> Result<Vec<pb::Inspection>, Status> {
        Ok(self
            .proxy
            .clone()
            .inspect_lines(patiently(request))
            .await?
            .into_inner()
            .inspections)
    }

    /// Tells the channel tracking numbers.
    pub async fn dispatch(
        &self,
        request: pb::DispatchLinesRequest,
    ) -> Result<Vec<pb::WriteResult>, Status> {
        Ok(self
            .proxy
            .clone()
            .dispatch_lines(patiently(request))
            .await?
            .into_inner()
            .results)
    }

    /// Asks what became of a write.
    pub async fn probe(
        &self,
        request: pb::ProbeEffectRequest,
    ) -> Result<pb::ProbeEffectResponse, Status> {
        Ok(self
            .proxy
            .clone()
            .probe_effect(patiently(request))
            .await?
            .into_inner())
    }
}

pub(super) fn patiently<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(PATIENCE);
    request
}
