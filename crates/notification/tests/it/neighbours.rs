//! order-sync and fulfillment as small structs: contacts and links from memory, feeds from an outbox of their own.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use moa_outbox::{FeedServer, NewEvent, Outbox};
use moa_proto::moa::fulfillment::v1 as ful;
use moa_proto::moa::fulfillment::v1::fulfillment_service_server::{
    FulfillmentService, FulfillmentServiceServer,
};
use moa_proto::moa::order_sync::v1 as ord;
use moa_proto::moa::order_sync::v1::inquiry_desk_service_server::{
    InquiryDeskService, InquiryDeskServiceServer,
};
use moa_proto::moa::order_sync::v1::order_sync_service_server::{
    OrderSyncService, OrderSyncServiceServer,
};
use moa_service::{AllowTable, GrpcServer, ServiceChannel, ServiceName, refusal};
use moa_testkit::{identity, serve};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status};

const SCHEMA: &str = "neighbours";
const SUBSCRIBE: &str = "moa.feed.v1.FeedService/Subscribe";

/// What the neighbours know.
#[derive(Clone)]
pub struct Neighbours {
    pub contacts: Arc<Mutex<HashMap<String, ord::OrderContact>>>,
    pub links: Arc<Mutex<HashMap<String, ful::GetActivationLinkResponse>>>,
    /// Answers GetActivationLink with this reason and code instead.
    pub link_refusal: Arc<Mutex<Option<(Code, &'static str)>>>,
    pub reveals: Arc<Mutex<Vec<ord::GetContactsRequest>>>,
    /// What waits in the inbox; order-sync cannot say while it is none.
    pub waiting: Arc<Mutex<Option<ord::SummarizeInquiriesResponse>>>,
    pool: PgPool,
    outbox: Outbox,
    cancel: CancellationToken,
}

impl Neighbours {
    pub async fn new(pool: PgPool, cancel: CancellationToken) -> Self {
        let ddl = moa_outbox::DDL.replace("{{schema}}", SCHEMA);
        let sql = format!("CREATE SCHEMA {SCHEMA}; {ddl}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(&pool)
            .await
            .unwrap();
        Self {
            contacts: Arc::default(),
            links: Arc::default(),
            link_refusal: Arc::default(),
            reveals: Arc::default(),
            waiting: Arc::default(),
            pool,
            outbox: Outbox::new(SCHEMA),
            cancel,
        }
    }

    /// Events of one transaction come as one batch.
    pub async fn tell(&self, events: &[NewEvent]) {
        let mut tx = moa_service::begin(&self.pool).await.unwrap();
        self.outbox.push_all(&mut tx, events).await.unwrap();
        tx.commit().await.unwrap();
        self.outbox.wake();
    }

    pub async fn channel_proxy(&self) -> ServiceChannel {
        let allow = AllowTable::new(&[(ServiceName::Notification, &[SUBSCRIBE])]);
        let server = GrpcServer::new(identity(ServiceName::ChannelProxy), allow)
            .add_service(self.feed(&["channel_warnings"]));
        serve(server, ServiceName::ChannelProxy, ServiceName::Notification).await
    }

    pub async fn fulfillment(&self) -> ServiceChannel {
        let rpc = "moa.fulfillment.v1.FulfillmentService/GetActivationLink";
        let allow = AllowTable::new(&[(ServiceName::Notification, &[rpc, SUBSCRIBE])]);
        let server = GrpcServer::new(identity(ServiceName::Fulfillment), allow)
            .add_service(FulfillmentServiceServer::new(self.clone()))
            .add_service(self.feed(&["entitlements"]));
        serve(server, ServiceName::Fulfillment, ServiceName::Notification).await
    }

    pub async fn order_sync(&self) -> ServiceChannel {
        let rpc = "moa.order_sync.v1.OrderSyncService/GetContacts";
        let desk = "moa.order_sync.v1.InquiryDeskService/SummarizeInquiries";
        let allow = AllowTable::new(&[(ServiceName::Notification, &[rpc, desk, SUBSCRIBE])]);
        let server = GrpcServer::new(identity(ServiceName::OrderSync), allow)
            .add_service(OrderSyncServiceServer::new(self.clone()))
            .add_service(InquiryDeskServiceServer::new(self.clone()))
            .add_service(self.feed(&["orders"]));
        serve(server, ServiceName::OrderSync, ServiceName::Notification).await
    }

    fn feed(
        &self,
        topics: &'static [&'static str],
    ) -> moa_proto::moa::feed::v1::feed_service_server::FeedServiceServer<FeedServer> {
        FeedServer::new(
            self.pool.clone(),
            self.outbox.clone(),
            topics,
            self.cancel.clone(),
        )
    }
}

/// Written as `async_trait` writes it, which does not look into macros.
macro_rules! not_asked {
    ($($name:ident($request:ty) -> $response:ty;)+) => {
        $(fn $name<'s, 'f>(
            &'s self,
            _: Request<$request>,
        ) -> Pin<Box<dyn Future<Output = Result<Response<$response>, Status>> + Send + 'f>>
        where
            's: 'f,
            Self: 'f,
        {
            let never = concat!("notification never asks for ", stringify!($name));
            Box::pin(async move { Err(Status::unimplemented(never)) })
        })+
    };
}

#[tonic::async_trait]
impl OrderSyncService for Neighbours {
    async fn get_contacts(
        &self,
        request: Request<ord::GetContactsRequest>,
    ) -> Result<Response<ord::GetContactsResponse>, Status> {
        let request = request.into_inner();
        let known = self.contacts.lock().unwrap();
        let contacts = request
            .order_ids
            .iter()
            .filter_map(|id| known.get(id).cloned())
            .collect();
        self.reveals.lock().unwrap().push(request);
        Ok(Response::new(ord::GetContactsResponse { contacts }))
    }

    not_asked! {
        list_orders(ord::ListOrdersRequest) -> ord::ListOrdersResponse;
        get_order(ord::GetOrderRequest) -> ord::GetOrderResponse;
        group_by_receiver(ord::GroupByReceiverRequest) -> ord::GroupByReceiverResponse;
        find_orders_by_person(ord::FindOrdersByPersonRequest) -> ord::FindOrdersByPersonResponse;
        get_contact_change(ord::GetContactChangeRequest) -> ord::GetContactChangeResponse;
        list_collection(ord::ListCollectionRequest) -> ord::ListCollectionResponse;
    }
}

#[tonic::async_trait]
impl InquiryDeskService for Neighbours {
    async fn summarize_inquiries(
        &self,
        _: Request<ord::SummarizeInquiriesRequest>,
    ) -> Result<Response<ord::SummarizeInquiriesResponse>, Status> {
        let waiting = self.waiting.lock().unwrap().clone();
        let waiting = waiting.ok_or_else(|| Status::unavailable("played away"))?;
        Ok(Response::new(waiting))
    }

    not_asked! {
        assign_inquiry(ord::AssignInquiryRequest) -> ord::AssignInquiryResponse;
        list_inquiry_assignments(ord::ListInquiryAssignmentsRequest) -> ord::ListInquiryAssignmentsResponse;
        list_answer_templates(ord::ListAnswerTemplatesRequest) -> ord::ListAnswerTemplatesResponse;
        put_answer_template(ord::PutAnswerTemplateRequest) -> ord::PutAnswerTemplateResponse;
        delete_answer_template(ord::DeleteAnswerTemplateRequest) -> ord::DeleteAnswerTemplateResponse;
        fill_answer_template(ord::FillAnswerTemplateRequest) -> ord::FillAnswerTemplateResponse;
    }
}

#[tonic::async_trait]
impl FulfillmentService for Neighbours {
    async fn get_activation_link(
        &self,
        request: Request<ful::GetActivationLinkRequest>,
    ) -> Result<Response<ful::GetActivationLinkResponse>, Status> {
        if let Some((code, reason)) = *self.link_refusal.lock().unwrap() {
            return Err(refusal(code, "fulfillment.moa", reason, "no link", []));
        }
        let id = request.into_inner().entitlement_id;
        let link = self.links.lock().unwrap().get(&id).cloned();
        let missing = || {
            refusal(
                Code::NotFound,
                "fulfillment.moa",
                "ENTITLEMENT_NOT_FOUND",
                "no entitlement",
                [],
            )
        };
        link.map(Response::new).ok_or_else(missing)
    }

    not_asked! {
        create_shipment(ful::CreateShipmentRequest) -> ful::CreateShipmentResponse;
        dispatch_shipment(ful::DispatchShipmentRequest) -> ful::DispatchShipmentResponse;
        cancel_shipment(ful::CancelShipmentRequest) -> ful::CancelShipmentResponse;
        confirm_receiver(ful::ConfirmReceiverRequest) -> ful::ConfirmReceiverResponse;
        get_shipment(ful::GetShipmentRequest) -> ful::GetShipmentResponse;
        list_shipments(ful::ListShipmentsRequest) -> ful::ListShipmentsResponse;
        explain_order(ful::ExplainOrderRequest) -> ful::ExplainOrderResponse;
        list_entitlements(ful::ListEntitlementsRequest) -> ful::ListEntitlementsResponse;
        preview_activation(ful::PreviewActivationRequest) -> ful::PreviewActivationResponse;
        redeem_activation(ful::RedeemActivationRequest) -> ful::RedeemActivationResponse;
    }
}
