//! How completely channels were read, and why an order is not here.

use chrono::{DateTime, TimeDelta, Utc};
use moa_id::MerchantId;
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::coverage_service_server::CoverageService;
use moa_service::parse::parse_text;
use moa_service::{
    PageToken, invalid_field, page_size, parse_id, parse_optional_id, parse_timestamp, timestamp,
};
use serde::{Deserialize, Serialize};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::app::App;
use crate::app::collect_past::OLDEST_PAST_DAYS;
use crate::app::locate_order::LocateOrder;
use crate::store::parked_rows::Page;

/// Where the list of accounts goes on.
const PAGES: PageToken = PageToken::of("coverage");
/// Where the list of parked rows goes on.
const PARKED_ROWS: PageToken = PageToken::of("parked_rows");

pub(crate) struct Coverage {
    app: App,
}

impl Coverage {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }
}

/// Where a list of parked rows goes on.
#[derive(Serialize, Deserialize)]
struct ParkedToken {
    parked_at: DateTime<Utc>,
    parked_row_id: Uuid,
}

#[tonic::async_trait]
impl CoverageService for Coverage {
    async fn list_coverage(
        &self,
        request: Request<pb::ListCoverageRequest>,
    ) -> Result<Response<pb::ListCoverageResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let only = parse_optional_id("channel_account_id", &request.channel_account_id)?;
        let limit = page_size(request.page_size, 50, 100)?;
        let after: Option<Uuid> = PAGES.decode(&request.page_token)?;
        let page = self
            .app
            .list_coverage(merchant_id, only, after, limit)
            .await?;
        Ok(Response::new(pb::ListCoverageResponse {
            streams: page.streams.into_iter().map(Into::into).collect(),
            recent_gaps: page.gaps.into_iter().map(Into::into).collect(),
            next_page_token: PAGES.encode(page.next.as_ref()),
            as_of: Some(timestamp(page.as_of)),
            schedules: page.schedules.into_iter().map(Into::into).collect(),
        }))
    }

    async fn locate_order(
        &self,
        request: Request<pb::LocateOrderRequest>,
    ) -> Result<Response<pb::LocateOrderResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let ordered_at = match request.ordered_at {
            None => None,
            given => Some(parse_timestamp("ordered_at", given)?),
        };
        if let Some(at) = ordered_at {
            check_time(at, self.app.clock.now())?;
        }
        let asked = LocateOrder {
            channel_account_id: parse_id("channel_account_id", &request.channel_account_id)?,
            channel_order_id: parse_text("channel_order_id", &request.channel_order_id, 200)?,
            ordered_at,
        };
        let located = self.app.locate_order(merchant_id, asked).await?;
        Ok(Response::new(located.into()))
    }

    async fn list_parked_rows(
        &self,
        request: Request<pb::ListParkedRowsRequest>,
    ) -> Result<Response<pb::ListParkedRowsResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let account: Option<moa_id::ChannelAccountId> =
            parse_optional_id("channel_account_id", &request.channel_account_id)?;
        let limit = page_size(request.page_size, 50, 200)?;
        let token: Option<ParkedToken> = PARKED_ROWS.decode(&request.page_token)?;
        let page = Page {
            channel_account_id: account.map(|id| id.as_uuid()),
            after: token.map(|token| (token.parked_at, token.parked_row_id)),
            limit,
        };
        let rows = self.app.list_parked_rows(merchant_id, page).await?;
        let is_full = i64::try_from(rows.len()).unwrap_or(i64::MAX) >= limit;
        let next = rows.last().filter(|_| is_full).map(|last| ParkedToken {
            parked_at: last.parked_at,
            parked_row_id: last.parked_row_id,
        });
        Ok(Response::new(pb::ListParkedRowsResponse {
            parked_rows: rows.into_iter().map(Into::into).collect(),
            next_page_token: PARKED_ROWS.encode(next.as_ref()),
        }))
    }

    async fn start_backfill(
        &self,
        request: Request<pb::StartBackfillRequest>,
    ) -> Result<Response<pb::StartBackfillResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let account_id = parse_id("channel_account_id", &request.channel_account_id)?;
        if !(1..=OLDEST_PAST_DAYS).contains(&request.days) {
            let text = format!("must be between 1 and {OLDEST_PAST_DAYS}");
            return Err(invalid_field("days", text));
        }
        let streams = self
            .app
            .start_backfill(merchant_id, account_id, request.days)
            .await?;
        Ok(Response::new(pb::StartBackfillResponse {
            streams: i32::try_from(streams).unwrap_or(i32::MAX),
        }))
    }
}

/// A time that an order may have been placed at.
fn check_time(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Status> {
    let wrong = match at {
        _ if at > now => "lies in the future",
        _ if at < now - TimeDelta::days(3660) => "lies more than ten years back",
        _ => return Ok(()),
    };
    let text = format!("{wrong}: give the time that the channel's own screen shows");
    Err(invalid_field("ordered_at", text))
}
