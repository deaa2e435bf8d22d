use chrono::{DateTime, TimeDelta, Utc};
use moa_id::MerchantId;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::call_log_service_server::CallLogService;
use moa_service::{
    PageToken, internal, invalid_field, page_size, parse_id, parse_optional_id, parse_timestamp,
    timestamp,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::parse;
use crate::app::App;
use crate::domain::call::MAX_ABOUT;
use crate::partitions::KEEP_DAYS;
use crate::store::calls::{self, CallFilter, CallRow};

/// Where the list of calls goes on.
const PAGES: PageToken = PageToken::of("calls");

/// Implements the contract's service.
pub struct CallLog {
    pub app: App,
}

#[tonic::async_trait]
impl CallLogService for CallLog {
    async fn list_calls(
        &self,
        request: Request<pb::ListCallsRequest>,
    ) -> Result<Response<pb::ListCallsResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let limit = page_size(request.page_size, 100, 500)?;
        let page = usize::try_from(limit).unwrap_or(usize::MAX);
        let before: Option<(DateTime<Utc>, Uuid)> = PAGES.decode(&request.page_token)?;
        let now = self.app.clock.now();
        let given = |field, at: Option<prost_types::Timestamp>| {
            at.map(|at| parse_timestamp(field, Some(at))).transpose()
        };
        let kept = TimeDelta::days(i64::try_from(KEEP_DAYS).unwrap_or(30) + 1);
        let filter = CallFilter {
            channel_account_id: parse_optional_id(
                "channel_account_id",
                &request.channel_account_id,
            )?,
            about: about(&request.about_ids)?,
            api: optional(&request.api)
                .map(|api| parse::channel_id("api", api))
                .transpose()?,
            failures_only: request.failures_only,
            from: given("from", request.from)?.unwrap_or(now - kept),
            // A call that was sent in this very moment is inside.
            to: given("to", request.to)?.unwrap_or(now + TimeDelta::seconds(1)),
            before,
            limit: limit + 1,
        };
        let mut conn = self.app.pool.acquire().await.map_err(internal)?;
        let mut found = calls::list(&mut conn, merchant_id, &filter).await?;
        let has_more = found.len() > page;
        found.truncate(page);
        let last = found.last().filter(|_| has_more);
        let next = last.map(|last| (last.called_at, last.call_id));
        Ok(Response::new(pb::ListCallsResponse {
            calls: found.into_iter().map(Into::into).collect(),
            next_page_token: PAGES.encode(next.as_ref()),
        }))
    }
}

fn about(ids: &[String]) -> Result<Vec<String>, Status> {
    if ids.len() > MAX_ABOUT {
        return Err(invalid_field(
            "about_ids",
            format!("are more than {MAX_ABOUT}"),
        ));
    }
    ids.iter()
        .map(|id| parse::channel_id("about_ids", id))
        .collect()
}

fn optional(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

impl From<CallRow> for pb::ChannelCall {
    fn from(row: CallRow) -> Self {
        Self {
            call_id: row.call_id.to_string(),
            channel_account_id: row.channel_account_id.to_string(),
            channel: row.channel,
            api: row.api,
            called_at: Some(timestamp(row.called_at)),
            http_status: row.http_status.unwrap_or_default(),
            duration_ms: row.duration_ms,
            request_id: row.request_id,
            trace_id: row.trace_id,
            channel_trace_id: row.channel_trace_id,
            bytes_out: row.bytes_out,
            bytes_in: row.bytes_in,
            failure: row.failure.unwrap_or_default(),
            about_ids: row.about,
        }
    }
}
