use std::sync::Arc;

use moa_id::{LineId, MerchantId};
use moa_proto::moa::fulfillment::v1 as pb;
use moa_proto::moa::fulfillment::v1::affected_lines_service_server::AffectedLinesService;
use moa_service::parse::parse_text;
use moa_service::{PageToken, page_size, parse_id, timestamp};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::service::cut_page;
use crate::Error;
use crate::app::App;
use crate::domain::affected::{AffectedLine, Standing};
use crate::store::affected_lines::{self, Which};
use crate::store::listings::ListingKey;

/// Where the list of affected lines goes on.
const PAGES: PageToken = PageToken::of("affected_lines");

/// What changed mappings mean for orders.
pub(super) struct AffectedLines {
    pub(super) app: Arc<App>,
}

#[tonic::async_trait]
impl AffectedLinesService for AffectedLines {
    async fn list_affected_lines(
        &self,
        request: Request<pb::ListAffectedLinesRequest>,
    ) -> Result<Response<pb::ListAffectedLinesResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let key = ListingKey {
            account_id: parse_id("channel_account_id", &request.channel_account_id)?,
            channel_listing_id: parse_text("channel_listing_id", &request.channel_listing_id, 100)?,
        };
        let which = match request.needs_person_only {
            true => Which::NeedsPerson,
            false => Which::All,
        };
        let size = page_size(request.page_size, 50, 200)?;
        let before: Option<Uuid> = PAGES.decode(&request.page_token)?;
        let before = before.map(LineId::from_uuid);
        let mut conn = self.app.db.acquire().await.map_err(Error::from)?;
        let page = affected_lines::list(&mut conn, merchant_id, &key, which, before, size + 1)
            .await
            .map_err(Error::from)?;
        let (page, next_page_token) = cut_page(PAGES, page, size, |line| line.line_id.as_uuid());
        Ok(Response::new(pb::ListAffectedLinesResponse {
            lines: page.into_iter().map(Into::into).collect(),
            next_page_token,
        }))
    }
}

impl From<AffectedLine> for pb::AffectedLine {
    fn from(line: AffectedLine) -> Self {
        let standing = match line.standing {
            Standing::Follows => pb::AffectedLineStanding::Follows,
            Standing::Packed => pb::AffectedLineStanding::Packed,
            Standing::Left => pb::AffectedLineStanding::Left,
            Standing::Granted => pb::AffectedLineStanding::Granted,
        };
        let (shipment_id, carrier, tracking_number) = match line.shipment {
            Some(shipment) => (
                shipment.id.to_string(),
                shipment.carrier,
                shipment.tracking_number,
            ),
            None => Default::default(),
        };
        let contents = line.contents.into_iter().map(|given| pb::ShipmentContent {
            variant_id: given.variant_id.to_string(),
            sku: given.sku,
            name: given.name,
            quantity: given.quantity,
        });
        Self {
            order_id: line.order_id.to_string(),
            line_id: line.line_id.to_string(),
            channel: line.channel,
            channel_order_id: line.channel_order_id,
            product_name: line.product_name,
            option_name: line.option_name,
            quantity: line.quantity,
            ordered_at: Some(timestamp(line.ordered_at)),
            standing: standing.into(),
            shipment_id,
            carrier,
            tracking_number,
            contents: contents.collect(),
        }
    }
}
