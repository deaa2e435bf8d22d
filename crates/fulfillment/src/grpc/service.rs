use std::collections::BTreeMap;
use std::sync::Arc;

use moa_id::{CustomerId, EntitlementId, MerchantId, OperatorId, OrderId, ShipmentId};
use moa_proto::moa::fulfillment::v1 as pb;
use moa_proto::moa::fulfillment::v1::fulfillment_service_server::FulfillmentService;
use moa_service::parse::parse_text;
use moa_service::{PageToken, invalid_field, page_size, parse_id, parse_optional_id};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{entitlement_state, parse_state_filter};
use crate::Error;
use crate::app::App;
use crate::domain::carrier::{Carrier, TrackingNumber};
use crate::domain::packing::{DuplicateNumber, PackCommand, PackLine};
use crate::store::shipments::ShipmentFilter;
use crate::store::{entitlements, shipments};

/// Where the list of shipments goes on.
const SHIPMENTS: PageToken = PageToken::of("shipments");
/// Where the list of entitlements goes on.
const ENTITLEMENTS: PageToken = PageToken::of("entitlements");

const MAX_LINES: usize = 200;

/// The RPCs of `moa.fulfillment.v1`.
pub(super) struct FulfillmentGrpc {
    pub(super) app: Arc<App>,
}

#[tonic::async_trait]
impl FulfillmentService for FulfillmentGrpc {
    async fn create_shipment(
        &self,
        request: Request<pb::CreateShipmentRequest>,
    ) -> Result<Response<pb::CreateShipmentResponse>, Status> {
        let request = request.into_inner();
        let carrier = Carrier::parse(&request.carrier).map_err(Error::from)?;
        let operator_id: Option<OperatorId> =
            parse_optional_id("operator_id", &request.operator_id)?;
        let command = PackCommand {
            merchant_id: parse_id("merchant_id", &request.merchant_id)?,
            shipment_id: self.app.ids.next(),
            request_id: parse_text("request_id", &request.request_id, 100)?,
            lines: parse_lines(&request.lines)?,
            carrier,
            tracking_number: TrackingNumber::parse(carrier, &request.tracking_number)
                .map_err(Error::from)?,
            // Empty means Moa itself, which packs parcels of digital lines and never comes this way.
            created_by: operator_id.map_or_else(|| "unknown".to_owned(), |id| id.to_string()),
        };
        let duplicate = match request.accept_duplicate_number {
            true => DuplicateNumber::Accept,
            false => DuplicateNumber::Refuse,
        };
        let shipment = self.app.create_shipment(command, duplicate).await?;
        Ok(Response::new(pb::CreateShipmentResponse {
            shipment: Some((&shipment).into()),
        }))
    }

    async fn dispatch_shipment(
        &self,
        request: Request<pb::DispatchShipmentRequest>,
    ) -> Result<Response<pb::DispatchShipmentResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let shipment_id: ShipmentId = parse_id("shipment_id", &request.shipment_id)?;
        let operator = parse_operator(&request.operator_id)?;
        let shipment = self
            .app
            .dispatch_shipment(merchant_id, shipment_id, &operator)
            .await?;
        Ok(Response::new(pb::DispatchShipmentResponse {
            shipment: Some((&shipment).into()),
        }))
    }

    async fn cancel_shipment(
        &self,
        request: Request<pb::CancelShipmentRequest>,
    ) -> Result<Response<pb::CancelShipmentResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let shipment_id: ShipmentId = parse_id("shipment_id", &request.shipment_id)?;
        let operator = parse_operator(&request.operator_id)?;
        let shipment = self
            .app
            .cancel_shipment(merchant_id, shipment_id, &operator)
            .await?;
        Ok(Response::new(pb::CancelShipmentResponse {
            shipment: Some((&shipment).into()),
        }))
    }

    async fn confirm_receiver(
        &self,
        request: Request<pb::ConfirmReceiverRequest>,
    ) -> Result<Response<pb::ConfirmReceiverResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let shipment_id: ShipmentId = parse_id("shipment_id", &request.shipment_id)?;
        let operator = parse_operator(&request.operator_id)?;
        let seen = parse_seen(&request.seen)?;
        let shipment = self
            .app
            .confirm_receiver(merchant_id, shipment_id, &seen, &operator)
            .await?;
        Ok(Response::new(pb::ConfirmReceiverResponse {
            shipment: Some((&shipment).into()),
        }))
    }

    async fn get_shipment(
        &self,
        request: Request<pb::GetShipmentRequest>,
    ) -> Result<Response<pb::GetShipmentResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let shipment_id: ShipmentId = parse_id("shipment_id", &request.shipment_id)?;
        let mut conn = self.app.db.acquire().await.map_err(Error::from)?;
        let found = shipments::get(&mut conn, merchant_id, shipment_id)
            .await
            .map_err(Error::from)?;
        let shipment = found.ok_or(Error::ShipmentNotFound(shipment_id))?;
        Ok(Response::new(pb::GetShipmentResponse {
            shipment: Some((&shipment).into()),
        }))
    }

    async fn list_shipments(
        &self,
        request: Request<pb::ListShipmentsRequest>,
    ) -> Result<Response<pb::ListShipmentsResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let size = page_size(request.page_size, 50, 200)?;
        let before: Option<Uuid> = SHIPMENTS.decode(&request.page_token)?;
        let filter = ShipmentFilter {
            state: parse_state_filter(request.state)?,
            order_id: parse_optional_id("order_id", &request.order_id)?,
            before: before.map(ShipmentId::from_uuid),
        };
        let mut conn = self.app.db.acquire().await.map_err(Error::from)?;
        let page = shipments::list(&mut conn, merchant_id, &filter, size + 1)
            .await
            .map_err(Error::from)?;
        let (page, next_page_token) =
            cut_page(SHIPMENTS, page, size, |shipment| shipment.id.as_uuid());
        let shipments = page.iter().map(Into::into).collect();
        Ok(Response::new(pb::ListShipmentsResponse {
            shipments,
            next_page_token,
        }))
    }

    async fn explain_order(
        &self,
        request: Request<pb::ExplainOrderRequest>,
    ) -> Result<Response<pb::ExplainOrderResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let order_id: OrderId = parse_id("order_id", &request.order_id)?;
        let explanations = self.app.explain_order(merchant_id, order_id).await?;
        let lines = explanations.into_iter().map(Into::into).collect();
        Ok(Response::new(pb::ExplainOrderResponse { lines }))
    }

    async fn list_entitlements(
        &self,
        request: Request<pb::ListEntitlementsRequest>,
    ) -> Result<Response<pb::ListEntitlementsResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let order_id: Option<OrderId> = parse_optional_id("order_id", &request.order_id)?;
        let size = page_size(request.page_size, 50, 200)?;
        let before: Option<Uuid> = ENTITLEMENTS.decode(&request.page_token)?;
        let before = before.map(EntitlementId::from_uuid);
        let mut conn = self.app.db.acquire().await.map_err(Error::from)?;
        let page = entitlements::list(&mut conn, merchant_id, order_id, before, size + 1)
            .await
            .map_err(Error::from)?;
        let (page, next_page_token) = cut_page(ENTITLEMENTS, page, size, |entitlement| {
            entitlement.id.as_uuid()
        });
        let entitlements = page.iter().map(Into::into).collect();
        Ok(Response::new(pb::ListEntitlementsResponse {
            entitlements,
            next_page_token,
        }))
    }

    async fn get_activation_link(
        &self,
        request: Request<pb::GetActivationLinkRequest>,
    ) -> Result<Response<pb::GetActivationLinkResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let entitlement_id: EntitlementId = parse_id("entitlement_id", &request.entitlement_id)?;
        let (url, entitlement) = self
            .app
            .get_activation_link(merchant_id, entitlement_id)
            .await?;
        Ok(Response::new(pb::GetActivationLinkResponse {
            url,
            product_name: entitlement.product_name,
            order_id: entitlement.order_id.to_string(),
        }))
    }

    async fn preview_activation(
        &self,
        request: Request<pb::PreviewActivationRequest>,
    ) -> Result<Response<pb::PreviewActivationResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let entitlement = self
            .app
            .preview_activation(merchant_id, &request.token)
            .await?;
        Ok(Response::new(pb::PreviewActivationResponse {
            state: entitlement_state(entitlement.state).into(),
            product_name: entitlement.product_name,
            option_name: entitlement.option_name,
        }))
    }

    async fn redeem_activation(
        &self,
        request: Request<pb::RedeemActivationRequest>,
    ) -> Result<Response<pb::RedeemActivationResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let customer_id: CustomerId = parse_id("customer_id", &request.customer_id)?;
        let redemption = self
            .app
            .redeem_activation(merchant_id, &request.token, customer_id)
            .await?;
        Ok(Response::new(pb::RedeemActivationResponse {
            entitlement: Some((&redemption.entitlement).into()),
            already_activated: redemption.already_activated,
            product_name: redemption.entitlement.product_name,
            digital_content: redemption.digital_content,
        }))
    }
}

fn parse_lines(lines: &[pb::CreateShipmentLine]) -> Result<Vec<PackLine>, Status> {
    if lines.is_empty() || lines.len() > MAX_LINES {
        return Err(invalid_field(
            "lines",
            format!("must have 1 to {MAX_LINES} entries"),
        ));
    }
    let mut parsed = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        if line.quantity < 0 {
            return Err(invalid_field(
                &format!("lines[{index}].quantity"),
                "must not be negative; 0 means all that is left",
            ));
        }
        parsed.push(PackLine {
            order_id: parse_id(&format!("lines[{index}].order_id"), &line.order_id)?,
            line_id: parse_id(&format!("lines[{index}].line_id"), &line.line_id)?,
            quantity: line.quantity,
        });
    }
    Ok(parsed)
}

fn parse_seen(seen: &[pb::SeenReceiver]) -> Result<BTreeMap<OrderId, i64>, Status> {
    if seen.is_empty() || seen.len() > MAX_LINES {
        return Err(invalid_field(
            "seen",
            format!("must have 1 to {MAX_LINES} entries: the contacts that were looked at"),
        ));
    }
    let mut parsed = BTreeMap::new();
    for (index, one) in seen.iter().enumerate() {
        let order_id = parse_id(&format!("seen[{index}].order_id"), &one.order_id)?;
        parsed.insert(order_id, one.contact_version);
    }
    Ok(parsed)
}

fn parse_operator(operator_id: &str) -> Result<String, Status> {
    let operator_id: Option<OperatorId> = parse_optional_id("operator_id", operator_id)?;
    Ok(operator_id.map_or_else(|| "unknown".to_owned(), |id| id.to_string()))
}

/// A page was read with one row more than asked for: whether there is a next one is known without counting.
pub(super) fn cut_page<T>(
    list: PageToken,
    mut rows: Vec<T>,
    size: i64,
    id: impl Fn(&T) -> Uuid,
) -> (Vec<T>, String) {
    let size = usize::try_from(size).unwrap_or(0);
    let has_more = rows.len() > size;
    rows.truncate(size);
    let next = rows.last().filter(|_| has_more).map(id);
    (rows, list.encode(next.as_ref()))
}
