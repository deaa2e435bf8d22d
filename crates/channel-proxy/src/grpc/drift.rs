use chrono::{DateTime, Utc};
use moa_id::MerchantId;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::drift_service_server::DriftService;
use moa_service::{PageToken, internal, page_size, parse_id, timestamp};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::app::App;
use crate::domain::drift::{DriftFinding, DriftKind};
use crate::store::drift;

/// Where the list of findings goes on.
const PAGES: PageToken = PageToken::of("drift");

/// Implements the contract's service.
pub struct Drift {
    pub app: App,
}

#[tonic::async_trait]
impl DriftService for Drift {
    async fn list_drift(
        &self,
        request: Request<pb::ListDriftRequest>,
    ) -> Result<Response<pb::ListDriftResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let limit = page_size(request.page_size, 100, 500)?;
        let page = usize::try_from(limit).unwrap_or(usize::MAX);
        let before: Option<(DateTime<Utc>, Uuid)> = PAGES.decode(&request.page_token)?;
        let channel = Some(request.channel.as_str()).filter(|channel| !channel.is_empty());
        let mut conn = self.app.pool.acquire().await.map_err(internal)?;
        let mut found = drift::list(&mut conn, merchant_id, channel, before, limit + 1).await?;
        let has_more = found.len() > page;
        found.truncate(page);
        let last = found.last().filter(|_| has_more);
        let next = last.map(|last| (last.last_seen_at, last.id));
        Ok(Response::new(pb::ListDriftResponse {
            findings: found.iter().map(Into::into).collect(),
            next_page_token: PAGES.encode(next.as_ref()),
        }))
    }
}

impl From<&DriftFinding> for pb::DriftFinding {
    fn from(finding: &DriftFinding) -> Self {
        let kind = match finding.place.kind {
            DriftKind::UnknownField => pb::DriftKind::UnknownField,
            DriftKind::UnknownWord => pb::DriftKind::UnknownWord,
        };
        Self {
            drift_finding_id: finding.id.to_string(),
            channel: finding.channel.clone(),
            api: finding.place.api.clone(),
            kind: kind.into(),
            path: finding.place.path.clone(),
            first_seen_at: Some(timestamp(finding.first_seen_at)),
            last_seen_at: Some(timestamp(finding.last_seen_at)),
            count: finding.count,
            sample_json: finding.sample.clone(),
        }
    }
}
