//! The RPCs, in the order of the contract.

use chrono::{DateTime, Utc};
use moa_id::{MerchantId, OrderId};
use moa_proto::moa::feed::v1::Cursor;
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::order_sync_service_server::OrderSyncService;
use moa_service::{
    PageToken, current_caller, invalid_field, page_size, parse_id, parse_optional_id, timestamp,
};
use serde::{Deserialize, Serialize};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::app::App;
use crate::app::find_by_person::FindByPerson;
use crate::app::group_by_receiver::MAX_GROUPED;
use crate::app::reveal_contacts::{Purpose, RevealChange, RevealContacts};
use crate::app::{RevealedContact, reveal_contacts::MAX_ORDERS};
use crate::domain::contact::SearchWords;
use crate::domain::state::OrderState;
use crate::store::order_lists::OrderPage;

/// Where the list of orders goes on.
const ORDERS: PageToken = PageToken::of("order_sync.orders");
/// Where the list of a person's orders goes on.
const FOUND: PageToken = PageToken::of("orders_of_person");

/// Of a name or a phone number that is looked for.
const MAX_PERSON_CHARS: usize = 100;

pub(crate) struct Service {
    app: App,
}

impl Service {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }
}

/// Where a list goes on, and the feed's cursor before its first page.
#[derive(Serialize, Deserialize)]
struct ListToken {
    sorted_at: DateTime<Utc>,
    order_id: Uuid,
    epoch: i64,
    xid: u64,
    seq: i64,
}

#[tonic::async_trait]
impl OrderSyncService for Service {
    async fn list_orders(
        &self,
        request: Request<pb::ListOrdersRequest>,
    ) -> Result<Response<pb::ListOrdersResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let limit = page_size(request.page_size, 50, 500)?;
        let token: Option<ListToken> = ORDERS.decode(&request.page_token)?;
        let state = parse_state(request.state)?;
        if request.channel.len() > 40 {
            return Err(invalid_field("channel", "must have at most 40 characters"));
        }
        let cursor = token.as_ref().map(|token| Cursor {
            epoch: token.epoch,
            xid: token.xid,
            seq: token.seq,
        });
        let page = OrderPage {
            channel: &request.channel,
            state,
            after: token.map(|token| (token.sorted_at, token.order_id)),
            limit,
        };
        let listed = self.app.list_orders(merchant_id, page, cursor).await?;
        let next = listed.next.map(|(sorted_at, order_id)| ListToken {
            sorted_at,
            order_id: order_id.as_uuid(),
            epoch: listed.cursor.epoch,
            xid: listed.cursor.xid,
            seq: listed.cursor.seq,
        });
        Ok(Response::new(pb::ListOrdersResponse {
            orders: listed.orders.iter().map(pb::Order::from).collect(),
            next_page_token: ORDERS.encode(next.as_ref()),
            feed_cursor: Some(listed.cursor),
        }))
    }

    async fn get_order(
        &self,
        request: Request<pb::GetOrderRequest>,
    ) -> Result<Response<pb::GetOrderResponse>, Status> {
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        let order_id = parse_id("order_id", &request.order_id)?;
        let order = self.app.get_order(merchant_id, order_id).await?;
        Ok(Response::new(pb::GetOrderResponse {
            order: Some((&order).into()),
        }))
    }

    async fn get_contacts(
        &self,
        request: Request<pb::GetContactsRequest>,
    ) -> Result<Response<pb::GetContactsResponse>, Status> {
        let caller = current_caller(&request)
            .ok_or_else(|| Status::unauthenticated("the caller is not known"))?;
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        let count = request.order_ids.len();
        if count == 0 || count > MAX_ORDERS {
            let text = format!("must be 1 to {MAX_ORDERS}");
            return Err(invalid_field("order_ids", text));
        }
        let ids = request.order_ids.iter();
        let order_ids = ids.map(|id| parse_id::<OrderId>("order_ids", id));
        let purpose = parse_purpose(request.purpose)?;
        let operator_id = parse_optional_id("operator_id", &request.operator_id)?;
        if purpose == Purpose::OperatorReveal && operator_id.is_none() {
            let text = "is missing: a reveal is recorded with the person who asked for it";
            return Err(invalid_field("operator_id", text));
        }
        let reveal = RevealContacts {
            order_ids: order_ids.collect::<Result<_, _>>()?,
            caller,
            operator_id,
            purpose,
        };
        let contacts = self.app.reveal_contacts(merchant_id, reveal).await?;
        Ok(Response::new(pb::GetContactsResponse {
            contacts: contacts.into_iter().map(contact).collect(),
        }))
    }

    async fn find_orders_by_person(
        &self,
        request: Request<pb::FindOrdersByPersonRequest>,
    ) -> Result<Response<pb::FindOrdersByPersonResponse>, Status> {
        let caller = current_caller(&request)
            .ok_or_else(|| Status::unauthenticated("the caller is not known"))?;
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        for (field, text) in [("name", &request.name), ("phone", &request.phone)] {
            if text.chars().count() > MAX_PERSON_CHARS {
                let reason = format!("must have at most {MAX_PERSON_CHARS} characters");
                return Err(invalid_field(field, reason));
            }
        }
        let person = SearchWords::looked_for(&request.name, &request.phone)
            .map_err(|(field, reason)| invalid_field(field, reason))?;
        let find = FindByPerson {
            person,
            caller,
            operator_id: parse_id("operator_id", &request.operator_id)?,
            after: FOUND.decode(&request.page_token)?,
            limit: page_size(request.page_size, 50, 100)?,
        };
        let (found, next) = self.app.find_by_person(merchant_id, find).await?;
        Ok(Response::new(pb::FindOrdersByPersonResponse {
            order_ids: found.iter().map(ToString::to_string).collect(),
            next_page_token: FOUND.encode(next.as_ref()),
        }))
    }

    async fn group_by_receiver(
        &self,
        request: Request<pb::GroupByReceiverRequest>,
    ) -> Result<Response<pb::GroupByReceiverResponse>, Status> {
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        let count = request.order_ids.len();
        if count == 0 || count > MAX_GROUPED {
            let text = format!("must be 1 to {MAX_GROUPED}");
            return Err(invalid_field("order_ids", text));
        }
        let ids = request.order_ids.iter();
        let order_ids = ids.map(|id| parse_id::<OrderId>("order_ids", id));
        let order_ids = order_ids.collect::<Result<_, _>>()?;
        let groups = self.app.group_by_receiver(merchant_id, order_ids).await?;
        let groups = groups.into_iter().map(|group| pb::ReceiverGroup {
            order_ids: group.iter().map(ToString::to_string).collect(),
        });
        Ok(Response::new(pb::GroupByReceiverResponse {
            groups: groups.collect(),
        }))
    }

    async fn get_contact_change(
        &self,
        request: Request<pb::GetContactChangeRequest>,
    ) -> Result<Response<pb::GetContactChangeResponse>, Status> {
        let caller = current_caller(&request)
            .ok_or_else(|| Status::unauthenticated("the caller is not known"))?;
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        let change = RevealChange {
            order_id: parse_id("order_id", &request.order_id)?,
            since_version: request.since_version,
            caller,
            operator_id: parse_id("operator_id", &request.operator_id)?,
        };
        let (before, now) = self.app.reveal_contact_change(merchant_id, change).await?;
        Ok(Response::new(pb::GetContactChangeResponse {
            before: before.map(contact),
            now: Some(contact(now)),
        }))
    }

    async fn list_collection(
        &self,
        request: Request<pb::ListCollectionRequest>,
    ) -> Result<Response<pb::ListCollectionResponse>, Status> {
        let merchant_id = parse_id("merchant_id", &request.into_inner().merchant_id)?;
        let streams = self.app.list_collection(merchant_id).await?;
        let streams = streams.into_iter().map(|stream| pb::CollectionStream {
            channel_account_id: stream.channel_account_id.to_string(),
            stream: stream.stream,
            high_water_at: stream.high_water_at.map(timestamp),
            last_success_at: stream.last_success_at.map(timestamp),
            last_reason: stream.last_reason,
            last_detail: stream.last_detail,
            consecutive_failures: stream.consecutive_failures,
            parked_rows: i32::try_from(stream.parked_rows).unwrap_or(i32::MAX),
        });
        Ok(Response::new(pb::ListCollectionResponse {
            streams: streams.collect(),
        }))
    }
}

fn parse_state(state: i32) -> Result<Option<OrderState>, Status> {
    let asked = pb::OrderState::try_from(state)
        .map_err(|_| invalid_field("state", "is no state of an order"))?;
    if asked == pb::OrderState::Unspecified {
        return Ok(None);
    }
    let mut all = OrderState::ALL.into_iter();
    Ok(all.find(|state| pb::OrderState::from(*state) == asked))
}

fn parse_purpose(purpose: i32) -> Result<Purpose, Status> {
    match pb::ContactPurpose::try_from(purpose) {
        Ok(pb::ContactPurpose::OperatorReveal) => Ok(Purpose::OperatorReveal),
        Ok(pb::ContactPurpose::Message) => Ok(Purpose::Message),
        Ok(pb::ContactPurpose::Label) => Ok(Purpose::Label),
        Ok(pb::ContactPurpose::Unspecified) | Err(_) => Err(invalid_field(
            "purpose",
            "must be one of OPERATOR_REVEAL, MESSAGE, LABEL",
        )),
    }
}

fn contact(revealed: RevealedContact) -> pb::OrderContact {
    let erased = revealed.contact.is_none();
    let contact = revealed.contact.unwrap_or_default();
    pb::OrderContact {
        order_id: revealed.order_id.to_string(),
        contact_version: revealed.version,
        erased,
        orderer_name: contact.orderer_name,
        orderer_phone: contact.orderer_phone,
        receiver_name: contact.receiver_name,
        receiver_phone: contact.receiver_phone,
        postcode: contact.postcode,
        address1: contact.address1,
        address2: contact.address2,
        delivery_note: contact.delivery_note,
        email: contact.email,
    }
}
