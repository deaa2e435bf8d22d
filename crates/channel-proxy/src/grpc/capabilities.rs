use moa_id::MerchantId;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::channel_capabilities_service_server::ChannelCapabilitiesService;
use moa_service::parse_id;
use tonic::{Request, Response, Status};

use super::convert_capability::capabilities;
use crate::app::App;

/// Implements the contract's service.
pub struct ChannelCapabilities {
    pub app: App,
}

#[tonic::async_trait]
impl ChannelCapabilitiesService for ChannelCapabilities {
    async fn list_channel_capabilities(
        &self,
        request: Request<pb::ListChannelCapabilitiesRequest>,
    ) -> Result<Response<pb::ListChannelCapabilitiesResponse>, Status> {
        let request = request.into_inner();
        let _: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let mut channels: Vec<_> = self.app.channels.iter().map(capabilities).collect();
        channels.sort_by(|a, b| a.channel.cmp(&b.channel));
        Ok(Response::new(pb::ListChannelCapabilitiesResponse {
            channels,
        }))
    }
}
