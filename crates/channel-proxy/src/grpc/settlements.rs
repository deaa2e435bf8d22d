use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::channel_settlements_service_server::ChannelSettlementsService;
use moa_service::timestamp;
use tonic::{Request, Response, Status};

use super::{deadline, parse};
use crate::app::App;
use crate::channel::SettlementsQuery;

/// Implements the contract's service.
pub struct ChannelSettlements {
    pub app: App,
}

#[tonic::async_trait]
impl ChannelSettlementsService for ChannelSettlements {
    async fn fetch_settlements(
        &self,
        request: Request<pb::FetchSettlementsRequest>,
    ) -> Result<Response<pb::FetchSettlementsResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let query = SettlementsQuery {
            class: parse::class(request.call_class)?,
            from: parse::day("from_day", &request.from_day)?,
            to: parse::day("to_day", &request.to_day)?,
            page_token: request.page_token,
            deadline,
        };
        let page = self.app.fetch_settlements(merchant_id, id, &query).await?;
        Ok(Response::new(pb::FetchSettlementsResponse {
            raw_page: page.raw,
            settlements: page.rows.into_iter().map(Into::into).collect(),
            rejected_rows: page.rejected.into_iter().map(Into::into).collect(),
            next_page_token: page.next_page_token,
            read_at: Some(timestamp(page.read_at)),
        }))
    }
}
